"""Validation of the mass scale: viscosity along strain, unscaled and scaled."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from castline.figures.style import (
    COLOURS,
    MARKERS,
    PAGE_INCH,
    STATED_COLOUR,
    new_figure,
    panel_letters,
    shared_legend,
)

# As many ways to shear on as castline.line.acceleration has.
COLOURS_OF_EIGHT = [*COLOURS, "black", "saddlebrown"]
MARKERS_OF_EIGHT = [*MARKERS, "X", "*"]


def acceleration_figure(along: pd.DataFrame, automatic: str, tolerance: float) -> Figure:
    """A column per shear rate: viscosity above, below its ratio to the run with smallest masses.

    Parameters
    ----------
    along : table of `castline.line.acceleration.along_strain`.
    automatic : the variant that a campaign runs.
    tolerance : half width of the band around a ratio of 1.
    """
    rates = sorted(along["shear_rate_per_s"].unique())
    variants = list(dict.fromkeys(along["variant"]))
    figure = new_figure(PAGE_INCH, 4.4)
    panels = figure.subplots(2, len(rates), squeeze=False, sharex="col")
    for (above, below), rate in zip(panels.T, rates, strict=True):
        of_rate = along[along["shear_rate_per_s"] == rate]
        reference = of_rate["reference"].iloc[0]
        strains = np.unique(of_rate["strain"])
        spacing = np.diff(strains).min() if len(strains) > 1 else 0.0
        below.axhspan(1 - tolerance, 1 + tolerance, color=STATED_COLOUR, alpha=0.4, lw=0)
        for k, name in enumerate(variants):
            curve = of_rate[of_rate["variant"] == name]
            if curve.empty:
                continue
            shift = (k / len(variants) - 0.5) * 0.6 * spacing
            look = {"color": COLOURS_OF_EIGHT[k], "marker": MARKERS_OF_EIGHT[k]}
            look |= {"ms": 3, "capsize": 1.5}
            for panel, column in ((above, "viscosity"), (below, "over_reference")):
                if panel is above and name not in (automatic, reference):
                    continue
                if panel is below and name == reference:
                    continue
                unit = "_pa_s" if panel is above else ""
                panel.errorbar(
                    curve["strain"] + shift,
                    curve[f"{column}{unit}"],
                    yerr=curve[f"{column}_ci95{unit}"],
                    lw=0.9,
                    elinewidth=0.7,
                    label=name,
                    **look,
                )
        above.set_ylim(bottom=0)
        above.set_title(f"{rate:g} s⁻¹")
        below.set_xlabel("strain")
        below.set_ylabel(f"viscosity / that of {reference}")
    panels[0, 0].set_ylabel("viscosity / Pa s")
    panel_letters(panels.ravel())
    seeds, band = int(along["seeds"].min()), 100 * tolerance
    title = f"mass scale and step; bars: 95 % interval over {seeds} slurries; band: {band:g} %"
    shared_legend(figure, panels.ravel(), title)
    return figure
