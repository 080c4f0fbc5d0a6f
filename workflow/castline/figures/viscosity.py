"""Figure 4: shear viscosity against shear rate."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from castline import stated
from castline.figures.common import over_replicates
from castline.figures.impedance import draw_measured_viscosity
from castline.figures.style import (
    COLOURS,
    LINES,
    MARKERS,
    PAGE_INCH,
    new_figure,
    shared_legend,
    stated_band,
)

COLUMNS = [
    "psd",
    "solid_content_percent",
    "replicate",
    "shear_rate_per_s",
    "viscosity_pa_s",
    "viscosity_stderr_pa_s",
    "converged",
]


def viscosity_figure(table: pd.DataFrame, measured: pd.DataFrame | None = None) -> Figure:
    """One panel per distribution, one curve per solid content, log-log.

    Bars are the 95 % interval over replicates, or of the single run from its standard error. Hollow
    points did not reach the asked standard error. Measured curves are overlaid where there are any.
    """
    psds = sorted(table["psd"].unique())
    figure = new_figure(PAGE_INCH, 3.3)
    axes = figure.subplots(1, len(psds), sharey=True, squeeze=False)[0]
    contents = sorted(table["solid_content_percent"].unique())
    look = {
        c: (COLOURS[k % len(COLOURS)], MARKERS[k % len(MARKERS)]) for k, c in enumerate(contents)
    }
    for panel, psd in zip(axes, psds, strict=True):
        stated_band(panel, stated.VISCOSITY, "stated range, 50 %")
        for k, content in enumerate(contents):
            chosen = table[(table["psd"] == psd) & (table["solid_content_percent"] == content)]
            points = over_replicates(chosen, "viscosity_pa_s", ["shear_rate_per_s"])
            single = chosen.groupby("shear_rate_per_s")["viscosity_stderr_pa_s"].mean().to_numpy()
            bars = np.where(points["count"] > 1, points["half_width"], 1.96 * single)
            converged = chosen.groupby("shear_rate_per_s")["converged"].all().to_numpy()
            colour, marker = look[content]
            rate, mean = points["shear_rate_per_s"].to_numpy(), points["mean"].to_numpy()
            panel.errorbar(
                rate, mean, yerr=bars, color=colour, ls=LINES[k % len(LINES)], capsize=2, lw=1
            )
            for full in (True, False):
                panel.plot(
                    rate[converged == full],
                    mean[converged == full],
                    marker,
                    color=colour,
                    mfc=colour if full else "white",
                    label=f"{content:g} %" if full else None,
                )
        if measured is not None:
            draw_measured_viscosity(panel, measured, psd, {c: look[c][0] for c in look})
        panel.set_xscale("log")
        panel.set_yscale("log")
        panel.set_xlabel("shear rate / 1/s")
        panel.set_title(psd)
    axes[0].set_ylabel("viscosity / Pa s")
    if not table["converged"].all():
        axes[0].plot([], [], "o", color="0.3", mfc="white", label="standard error above target")
    shared_legend(figure, axes, "solid content")
    return figure
