"""Validation of the mass scale: viscosity along strain, unscaled and scaled."""

import pandas as pd
from matplotlib.figure import Figure

from castline.figures.style import (
    COLOURS,
    LINES,
    MARKERS,
    PAGE_INCH,
    new_figure,
    panel_letters,
    shared_legend,
)


def acceleration_figure(along: pd.DataFrame) -> Figure:
    """A panel per shear rate, a line per variant; the two main ones with their 95 % interval.

    Parameters
    ----------
    along : columns shear_rate_per_s, variant, strain, viscosity_pa_s, viscosity_ci95_pa_s, seeds.
    """
    figure = new_figure(PAGE_INCH, 3.0)
    rates = sorted(along["shear_rate_per_s"].unique())
    panels = figure.subplots(1, len(rates), squeeze=False)[0]
    variants = list(dict.fromkeys(along["variant"]))
    for panel, rate in zip(panels, rates, strict=True):
        of_rate = along[along["shear_rate_per_s"] == rate]
        main = list(dict.fromkeys(of_rate["variant"]))[:2]
        for k, name in enumerate(variants):
            curve = of_rate[of_rate["variant"] == name]
            if curve.empty:
                continue
            bars = curve["viscosity_ci95_pa_s"] if name in main else None
            panel.errorbar(
                curve["strain"],
                curve["viscosity_pa_s"],
                yerr=bars,
                color=COLOURS[k % len(COLOURS)],
                marker=MARKERS[k % len(MARKERS)],
                ls=LINES[k % len(LINES)],
                ms=3,
                lw=1.4 if name in main else 0.8,
                capsize=2,
                label=name,
            )
        panel.set_ylim(bottom=0)
        panel.set_xlabel("strain")
        panel.set_title(f"{rate:g} s⁻¹")
    panels[0].set_ylabel("viscosity / Pa s")
    panel_letters(panels)
    seeds = int(along["seeds"].min())
    shared_legend(figure, panels, f"mass scale and step; bars: 95 % interval over {seeds} slurries")
    return figure
