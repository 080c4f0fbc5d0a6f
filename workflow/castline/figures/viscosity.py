"""Figure 4: shear viscosity against shear rate."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from castline.figures.common import Electrodes, Given, electrode_name, missing_text
from castline.figures.measured import draw_measured_viscosity
from castline.figures.style import (
    PAGE_INCH,
    footnote,
    new_figure,
    panel_letters,
    plain_logarithmic,
    shared_legend,
    stated_band,
)
from castline.results import stated
from castline.results.findings import span
from castline.results.flow_model import PARAMETERS, POOLED, log_viscosity
from castline.results.schema import KEYS
from castline.results.statistics import over_replicates

FITTED = "herschel_bulkley"


def draw(given: Given) -> Figure:
    tables = given.tables
    return viscosity_figure(
        tables["viscosity"], tables["flow_curves"], given.electrodes, tables["measured_viscosity"]
    )


def viscosity_figure(
    table: pd.DataFrame,
    fits: pd.DataFrame,
    electrodes: Electrodes,
    measured: pd.DataFrame | None = None,
) -> Figure:
    """One panel per distribution, one curve per solid content, log-log.

    Bars are the 95 % interval over replicates, or of the single run from its standard error. Hollow
    points did not reach the asked standard error. Lines are Herschel-Bulkley fits of all replicates
    together. Measured curves are overlaid where there are any.

    Parameters
    ----------
    table, fits, measured : tables of viscosities, of their flow-curve fits, and of measured ones.
    """
    figure = new_figure(PAGE_INCH, 3.5)
    axes = figure.subplots(1, len(electrodes.psds), sharey=True, squeeze=False)[0]
    without_fit = []
    for panel, psd in zip(axes, electrodes.psds, strict=True):
        stated_band(panel, stated.VISCOSITY, "stated range, 50 %")
        for content in electrodes.contents:
            chosen = _of(table, psd, content)
            if len(chosen):
                look = electrodes.look_of_content(content)
                _draw_points(panel, chosen, look, f"{content:g} %")
                fitted = _fitted(_of(fits, psd, content))
                _draw_fit(panel, fitted, chosen["shear_rate_per_s"], look)
                if fitted.empty:
                    without_fit.append(electrode_name(psd, content))
        if measured is not None:
            draw_measured_viscosity(panel, measured, psd, electrodes)
        plain_logarithmic(panel.xaxis, panel.yaxis)
        panel.set_xlabel("shear rate / s⁻¹")
        panel.set_title(psd)
    axes[0].set_ylabel("viscosity / Pa s")
    if not table["converged"].all():
        axes[0].plot([], [], "o", color="0.3", mfc="white", label="standard error above target")
    axes[0].plot([], [], color="0.4", label="Herschel-Bulkley fit")
    panel_letters(axes)
    shared_legend(figure, axes, _bars_text(table))
    notes = []
    if missing := electrodes.missing(table):
        notes.append(missing_text(missing))
    if without_fit:
        notes.append(f"no Herschel-Bulkley fit: {', '.join(without_fit)}")
    if notes:
        footnote(figure, "; ".join(notes))
    return figure


def _of(table: pd.DataFrame, psd: str, content: float) -> pd.DataFrame:
    return table[(table["psd"] == psd) & (table["solid_content_percent"] == content)]


def _fitted(fits: pd.DataFrame) -> pd.DataFrame:
    """Parameters of the fit of all replicates; no row where there were too few rates for one."""
    fits = fits[(fits["model"] == FITTED) & (fits["replicate"].astype(str) == POOLED)]
    return fits[list(PARAMETERS.values())].dropna()


def _draw_fit(panel, fitted: pd.DataFrame, rates: pd.Series, look) -> None:
    rate = np.geomspace(rates.min(), rates.max(), 100)
    for values in fitted.to_numpy():
        panel.plot(rate, np.exp(log_viscosity(rate, *values)), look.line, color=look.colour, lw=1)


def _draw_points(panel, chosen, look, label):
    points = over_replicates(chosen, "viscosity_pa_s", ["shear_rate_per_s"])
    single = chosen.groupby("shear_rate_per_s")["viscosity_stderr_pa_s"].mean().to_numpy()
    bars = np.where(points["count"] > 1, points["half_width"], 1.96 * single)
    converged = chosen.groupby("shear_rate_per_s")["converged"].all().to_numpy()
    rate, mean = points["shear_rate_per_s"].to_numpy(), points["mean"].to_numpy()
    panel.errorbar(rate, mean, yerr=bars, color=look.colour, ls="", capsize=2, elinewidth=1)
    for full in (True, False):
        panel.plot(
            rate[converged == full],
            mean[converged == full],
            look.marker,
            color=look.colour,
            mfc=look.colour if full else "white",
            label=label if full else None,
        )


def _bars_text(table):
    numbers = table.groupby(KEYS[:2])["replicate"].nunique()
    source = f"over {span(numbers)} replicates" if numbers.max() > 1 else "of one run"
    return f"solid content; bars: 95 % interval {source}"
