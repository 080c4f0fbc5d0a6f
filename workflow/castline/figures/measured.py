"""Measured points drawn over the simulation: crosses, as hollow markers mean "not converged"."""

import pandas as pd

from castline.figures.common import Electrodes

ORIGIN = {"measured": "measured", "synthetic": "synthetic example"}
NOT_SIMULATED = "0.3"
MARKER = "x"
BRANCH_MARKERS = {"up": MARKER, "down": "1"}


def origin_text(table: pd.DataFrame) -> str:
    """What the points are called: measured, or synthetic example."""
    return ORIGIN[table["data_origin"].iloc[0]]


def draw_measured_viscosity(
    panel, measured: pd.DataFrame, psd: str, electrodes: Electrodes
) -> None:
    """Measured viscosities of one distribution: mean over samples, bars of one deviation.

    Branches of sweeps that go up and down have a marker each.
    """
    good = measured[(measured["status"] == "ok") & (measured["psd"] == psd)]
    several = len(good["branch"].unique()) > 1
    for (content, branch), curve in good.groupby(["solid_content_percent", "branch"], sort=True):
        known = content in electrodes.contents
        panel.errorbar(
            curve["shear_rate_per_s"],
            curve["viscosity_mean_pa_s"],
            yerr=curve["viscosity_std_pa_s"],
            color=electrodes.look_of_content(content).colour if known else NOT_SIMULATED,
            marker=BRANCH_MARKERS[branch.split()[0]],
            ms=4,
            lw=0,
            elinewidth=0.7,
            label=f"{content:g} %, {origin_text(good)}" + (f", {branch}" if several else ""),
        )


def draw_measured_means(
    panel, measured: pd.DataFrame, column, state: str, electrodes: Electrodes, factor=1.0
) -> None:
    """Measured means of electrodes against solid content, bars of one deviation.

    Parameters
    ----------
    panel : matplotlib.axes.Axes
    measured : pandas.DataFrame
        Table of measured electrodes.
    column : (str, str)
        Quantity and unit ending, such as ("sigma_e_impedance", "_s_per_m").
    state : str
    electrodes : Electrodes
    factor : float
        Multiplies the values, for the unit of the panel.
    """
    name, unit = column
    chosen = measured[measured["state"] == state]
    for psd, part in chosen.groupby("psd", sort=True):
        known = psd in electrodes.psds
        panel.errorbar(
            part["solid_content_percent"] + (2.5 * electrodes.dodge(psd) if known else 0.0),
            part[f"{name}_mean{unit}"] * factor,
            yerr=part[f"{name}_std{unit}"] * factor,
            color=electrodes.look_of_psd(psd).colour if known else NOT_SIMULATED,
            marker=MARKER,
            ms=5,
            lw=0,
            elinewidth=0.7,
            capsize=2,
            label=f"{psd}, {origin_text(chosen)}",
        )
