"""Films against the rate at which they dried: where the binder is, and what they conduct."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from castline.base.errors import InputError
from castline.figures.common import (
    IN_CELL,
    Electrodes,
    Given,
    draw_electrode,
    missing_text,
    replicates_text,
)
from castline.figures.style import (
    COLOURS,
    PAGE_INCH,
    footnote,
    new_figure,
    panel_letters,
    shared_legend,
)
from castline.recipe.electrode import split_powder
from castline.results.drying_rates import ADHESION_LAYER_UM

RATE = "drying_rate_um_per_s"
DRIED = "dried"
MS_PER_CM = 10.0  # 1 S/m = 10 mS/cm
PANELS = (
    (
        "cbd_in_adhesion_layer",
        100.0,
        f"CBD in the lowest {ADHESION_LAYER_UM:g} µm / vol.%",
        (("dried", DRIED), ("calendered", "")),
    ),
    ("sigma_e_s_per_m", 1.0, "electronic conductivity / S m⁻¹", None),
    ("sigma_ion_s_per_m", MS_PER_CM, "ionic conductivity / mS cm⁻¹", None),
)
IN_BOTH = (("calendered", ""), ("assembled", IN_CELL))


def draw(given: Given) -> Figure:
    return drying_rates_figure(given.tables, given.electrodes)


def drying_rates_figure(tables: dict[str, pd.DataFrame], electrodes: Electrodes) -> Figure:
    """CBD along the height of the calendered films of each rate, means over replicates; then CBD at
    the collector and both conductivities against the rate.
    """
    table, profiles = tables["drying_rates"], tables["profiles"]
    figure = new_figure(PAGE_INCH, 5.2)
    axes = figure.subplots(2, 2).ravel()
    psds = sorted({split_powder(powder)[0] for powder in electrodes.psds})
    plain = Electrodes(tuple(psds), electrodes.contents, axis=electrodes.axis)
    _draw_profiles(axes[0], table, profiles, plain)
    for panel, (column, factor, label, states) in zip(axes[1:], PANELS, strict=True):
        for state, variant in states or IN_BOTH:
            films = table[(table["state"] == state) & table[column].notna()]
            line = ":" if variant == DRIED else ""
            for cell in plain.cells:
                draw_electrode(panel, films, plain, cell, RATE, column, factor, variant, line)
        panel.set_xscale("log")
        panel.set_xlabel("drying rate / µm s⁻¹")
        panel.set_ylabel(label)
        panel.margins(y=0.1)
        panel.set_ylim(bottom=0)
    panel_letters(axes)
    shared_legend(figure, axes[1:], f"calendered films; {replicates_text(table)}")
    pressed = profiles[profiles["state"] == "calendered"]
    if missing := electrodes.missing(pressed):
        footnote(figure, missing_text(missing))
    return figure


def _draw_profiles(panel, table, profiles, electrodes: Electrodes) -> None:
    """CBD over its mean against the height over the film's, one line for each distribution and
    rate, mean over solid contents and replicates.
    """
    rates = dict(zip(table["drying_rate"], table[RATE], strict=True))
    of = [split_powder(powder) for powder in profiles["psd"]]
    for powder, (_, rate) in zip(profiles["psd"], of, strict=True):
        if rate not in rates:
            raise InputError(f"profiles: {powder} has no drying rate in table drying_rates")
    films = profiles.assign(psd=[psd for psd, _ in of], rate=[rates[rate] for _, rate in of])
    films = films[films["state"] == "calendered"]
    for psd in electrodes.psds:
        line = electrodes.look_of_psd(psd).line
        part = films[films["psd"] == psd]
        for k, (rate, of_rate) in enumerate(part.groupby("rate", sort=True)):
            by_film = of_rate.groupby(["solid_content_percent", "replicate"])
            curves = [film.sort_values("z_um")["cbd"].to_numpy() for _, film in by_film]
            cbd = np.mean([curve / curve.mean() for curve in curves], axis=0)
            height = (np.arange(len(cbd)) + 0.5) / len(cbd)
            panel.plot(cbd, height, line, color=COLOURS[k % len(COLOURS)], label=f"{rate:g} µm/s")
    panel.set_xlim(left=0)
    panel.set_ylim(0, 1)
    panel.set_xlabel("CBD over its mean")
    panel.set_ylabel("height over the film's")
    handles, labels = panel.get_legend_handles_labels()
    once = dict(zip(labels, handles, strict=True))
    panel.legend(once.values(), once.keys())
