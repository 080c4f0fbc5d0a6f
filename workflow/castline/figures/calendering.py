"""Force-gap curves of the calendering: pressure on the plane against the gap."""

import pandas as pd
from matplotlib.figure import Figure

from castline.figures.common import Electrodes, Given, name_missing
from castline.figures.style import (
    PAGE_INCH,
    new_figure,
    panel_letters,
    shared_legend,
)

SMOOTH = 9  # samples of the running median: single collisions are not the film's answer


def draw(given: Given) -> Figure:
    return calendering_figure(given.tables["calendering"], given.electrodes)


def calendering_figure(table: pd.DataFrame, electrodes: Electrodes) -> Figure:
    """One panel per distribution: pressing, release (thin) and the film at rest (marker).

    Every replicate is a line.
    """
    figure = new_figure(PAGE_INCH, 3.3)
    axes = figure.subplots(1, len(electrodes.psds), sharex=True, sharey=True, squeeze=False)[0]
    for panel, psd in zip(axes, electrodes.psds, strict=True):
        for content in electrodes.contents:
            part = table[(table["psd"] == psd) & (table[electrodes.axis.column] == content)]
            look = electrodes.look_of_content(content)
            for k, (_, film) in enumerate(part.groupby("replicate", sort=True)):
                _draw_film(
                    panel, film, look, f"{content:g} {electrodes.axis.unit}" if k == 0 else None
                )
        panel.set_ylim(bottom=0)
        panel.set_xlabel("gap / µm")
        panel.set_title(psd)
    axes[0].set_ylabel("pressure on the plane / MPa")
    axes[0].plot([], [], color="0.4", lw=0.6, label="release")
    panel_letters(axes)
    drawn = "pressing, release, and the film at rest (marker)"
    shared_legend(figure, axes, f"{electrodes.axis.name}; {drawn}")
    name_missing(figure, electrodes.missing(table))
    return figure


def _draw_film(panel, film: pd.DataFrame, look, label) -> None:
    film = film.sort_values("step")
    press = film[film["phase"] == "press"]
    after = film[film["phase"] != "press"]
    median = press["plane_pressure_mpa"].rolling(SMOOTH, center=True, min_periods=1).median()
    panel.plot(press["gap_um"], median, look.line, color=look.colour, lw=1)
    panel.plot(after["gap_um"], after["plane_pressure_mpa"], color=look.colour, lw=0.5, alpha=0.7)
    last = film.iloc[-SMOOTH:]
    panel.plot(
        last["gap_um"].iloc[-1],
        last["plane_pressure_mpa"].median(),
        look.marker,
        color=look.colour,
        mec="white",
        mew=0.5,
        label=label,
        clip_on=False,
        zorder=3,
    )
