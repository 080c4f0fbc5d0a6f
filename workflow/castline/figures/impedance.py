"""Figure 7: Nyquist and Bode plots, simulated electrodes and measured cells with their fits.

Impedances are drawn times area per thickness, in ohm m, so that cells of any size compare.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import LogLocator
from scipy.special import stdtrit

from castline.figures.common import Electrodes, Given, Look, electrode_name, name_missing
from castline.figures.measured import NOT_SIMULATED, origin_text
from castline.figures.style import (
    PAGE_INCH,
    legend_above,
    new_figure,
    panel_letters,
    plain_logarithmic,
)
from castline.results.findings import span

CROSSES = ["x", "+", "1", "2", "3", "4"]
# Below this ratio of height to width an arc drawn to scale is a line.
FLAT = 0.12
# Measured points that were not fitted.
LEFT_OUT = {"color": "0.6", "marker": "s"}
NOTHING_CONDUCTS = "no simulated film conducts electrons:\nno spectrum to predict"


def draw(given: Given) -> Figure:
    predicted = given.tables["predicted_spectra"]
    # Campaigns of before films were assembled have the spectra of the released ones only.
    state = "assembled" if (predicted["state"] == "assembled").any() else "calendered"
    shown = predicted[predicted["state"] == state]
    return impedance_figure(shown, given.electrodes, given.tables["measured_spectra"])


def impedance_figure(
    predicted: pd.DataFrame, electrodes: Electrodes, measured: pd.DataFrame | None = None
) -> Figure:
    """A column per distribution: simulated and measured Nyquist plots, Bode modulus and phase.

    Parameters
    ----------
    predicted : pandas.DataFrame
        Predicted spectra of one state. Lines are means, bands of the Bode plots 95 % intervals over
        replicates. Nyquist plots are over each electrode's DC value and show shapes alone.
    measured : pandas.DataFrame, optional
        Table of measured spectra with their fits; only calendered cells are drawn.
    """
    if measured is not None:
        measured = normalised(measured[measured["state"] == "calendered"])
    has_cells = measured is not None and not measured.empty
    tables = [predicted, measured] if has_cells else [predicted]
    psds = sorted(set().union(*(table["psd"] for table in tables)))
    contents = sorted(set().union(*(table["solid_content_percent"] for table in tables)))
    if not psds:
        figure = new_figure(PAGE_INCH, 1.0)
        figure.text(0.5, 0.5, NOTHING_CONDUCTS, ha="center", va="center")
        return figure
    style = {content: _look(content, k, electrodes) for k, content in enumerate(contents)}
    n_rows = 4 if has_cells else 3
    figure = new_figure(PAGE_INCH, 2.0 * n_rows + 0.6)
    axes = figure.subplots(n_rows, len(psds), squeeze=False)
    for k, psd in enumerate(psds):
        column = axes[:, k]
        _draw_predicted(
            column[0], column[-2], column[-1], predicted[predicted["psd"] == psd], style
        )
        column[0].set_title(f"{psd}, simulated")
        if not (predicted["psd"] == psd).any():
            column[0].text(
                0.5, 0.5, NOTHING_CONDUCTS, ha="center", va="center", transform=column[0].transAxes
            )
        if has_cells:
            cells = measured[measured["psd"] == psd]
            _draw_measured(column[1], column[-2], column[-1], cells, style)
            column[1].set_title(f"{psd}, {origin_text(measured)}, with TLM fits")
        for panel in column[:-2]:
            label_nyquist(panel, relative=panel is column[0])
        for panel, label in ((column[-2], "|Z| A / L  /  Ω m"), (column[-1], "phase / °")):
            plain_logarithmic(panel.xaxis)
            panel.xaxis.set_major_locator(LogLocator(100.0))
            panel.set_xlabel("frequency / Hz")
            panel.set_ylabel(label)
        scale_modulus(column[-2])
    panel_letters(axes.flat)
    _legend(figure, predicted, measured if has_cells else None, style)
    name_missing(figure, _without_spectrum(predicted, electrodes))
    return figure


def _look(content, k, electrodes):
    """As in all figures; the marker is a cross, as hollow markers mean "not converged"."""
    cross = CROSSES[k % len(CROSSES)]
    if content not in electrodes.contents:
        return Look(NOT_SIMULATED, cross, "-")
    return replace(electrodes.look_of_content(content), marker=cross)


def _without_spectrum(predicted, electrodes):
    """Electrodes that conduct no electrons, or are not in the results."""
    there = set(zip(predicted["psd"], predicted["solid_content_percent"], strict=True))
    return [electrode_name(*cell) for cell in electrodes.cells if cell not in there]


def normalised(measured):
    """Add impedances times area per thickness, in ohm m."""
    per_ohm = measured["area_mm2"] * 1e-6 / (measured["thickness_um"] * 1e-6)
    columns = {
        name.replace("_ohm", "_ohm_m"): measured[name] * per_ohm
        for name in ("z_real_ohm", "z_imag_ohm", "z_real_fit_ohm", "z_imag_fit_ohm")
    }
    return measured.assign(**columns)


def _draw_predicted(nyquist, modulus, phase, table, style):
    for content, curve in table.groupby("solid_content_percent", sort=True):
        colour, line = style[content].colour, style[content].line
        frequency = curve["frequency_hz"]
        # films differ by orders of magnitude; over the DC value their shapes compare
        dc = curve["z_real_mean_ohm_m"].iloc[int(np.argmin(frequency))]
        real_mean, imag_mean = curve["z_real_mean_ohm_m"] / dc, curve["z_imag_mean_ohm_m"] / dc
        nyquist.plot(real_mean, -imag_mean, line, color=colour)
        modulus.plot(frequency, curve["modulus_mean_ohm_m"], line, color=colour)
        phase.plot(frequency, curve["phase_mean_deg"], line, color=colour)
        if curve["n_replicates"].iloc[0] < 2:
            continue
        n = curve["n_replicates"].iloc[0]
        quantile = stdtrit(n - 1, 0.975) / np.sqrt(n)
        band = {"color": colour, "alpha": 0.2, "lw": 0}
        mean, std = curve["modulus_mean_ohm_m"], curve["modulus_std_ohm_m"]
        # a modulus is positive: its interval is that of the log-normal with this mean and spread
        factor = np.exp(quantile * np.sqrt(np.log1p((std / mean) ** 2)))
        modulus.fill_between(frequency, mean / factor, mean * factor, **band)
        mean, half = curve["phase_mean_deg"], quantile * curve["phase_std_deg"]
        phase.fill_between(frequency, mean - half, mean + half, **band)


def _draw_measured(nyquist, modulus, phase, cells, style):
    for content, group in cells.groupby("solid_content_percent", sort=True):
        look = {"color": style[content].colour, "marker": style[content].marker}
        look |= {"ms": 3.5, "lw": 0, "mew": 0.7}
        fit_look = {"color": "black", "lw": 0.6}
        for _, cell in group.groupby("cell", sort=True):
            draw_cell(nyquist, modulus, phase, cell, look, fit_look)


def draw_cell(nyquist, modulus, phase, cell, look, fit_look):
    """A measured spectrum of `normalised` and its fit; points left out of it look different."""
    frequency = cell["frequency_hz"]
    data = cell["z_real_ohm_m"] + 1j * cell["z_imag_ohm_m"]
    fit = cell["z_real_fit_ohm_m"] + 1j * cell["z_imag_fit_ohm_m"]
    out = left_out(cell)
    for rows, values, how in (
        (~out, data, look),
        (out, data, look | LEFT_OUT),
        (out | True, fit, fit_look),
    ):
        shown, at = values[rows].to_numpy(), frequency[rows]
        nyquist.plot(shown.real, -shown.imag, **how)
        modulus.plot(at, np.abs(shown), **how)
        phase.plot(at, np.degrees(np.angle(shown)), **how)


def left_out(measured):
    """Points of the table that were not fitted; the reason is empty, or missing, for all others."""
    return measured["left_out"].fillna("") != ""


def left_out_handle():
    """What the legend says of points that were not fitted."""
    return Line2D([], [], ms=3.5, lw=0, label="left out of the fit", **LEFT_OUT)


def label_nyquist(panel, relative):
    over, unit = ("/ Z′(DC)", "") if relative else ("A / L", "  /  Ω m")
    panel.set_xlabel(f"Z′ {over}{unit}")
    panel.set_ylabel(f"−Z″ {over}{unit}")
    box = panel.dataLim
    if box.width > 0 and box.height / box.width > FLAT:
        panel.set_aspect("equal", adjustable="datalim")
    else:
        panel.set_title(f"{panel.get_title()} (axes not to one scale)")


def scale_modulus(panel):
    """Logarithmic where curves lie more than half a decade apart, else linear for its ticks."""
    values = np.concatenate([line.get_ydata() for line in panel.lines])
    if values.min() > 0 and values.max() > 3.0 * values.min():
        plain_logarithmic(panel.yaxis)
        # a wide interval must not squeeze the curves
        panel.set_ylim(bottom=max(panel.get_ylim()[0], values.min() / 10))


def _legend(figure, predicted, measured, style):
    handles = []
    for content, look in style.items():
        drawn = measured is not None and (measured["solid_content_percent"] == content).any()
        label = f"solid content {content:g} %"
        marker = look.marker if drawn else None
        handles.append(Line2D([], [], color=look.colour, ls=look.line, marker=marker, label=label))
    with_interval = (predicted["n_replicates"] > 1).any()
    if with_interval:
        label = f"95 % interval of {span(predicted['n_replicates'])} replicates (Bode plots)"
        handles.append(Patch(color="0.7", label=label))
    if measured is not None:
        handles.append(
            Line2D([], [], color="0.4", marker="x", lw=0, label=f"crosses: {origin_text(measured)}")
        )
        handles.append(Line2D([], [], color="black", lw=0.6, label="TLM fit"))
        if left_out(measured).any():
            handles.append(left_out_handle())
    title = "" if with_interval else "simulated: one replicate, no interval"
    legend_above(figure, handles, title)
