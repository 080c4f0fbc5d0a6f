"""Figures of measurements without a campaign: spectra with fits and residuals, flow curves."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator

from castline.figures.common import Electrodes
from castline.figures.impedance import (
    draw_cell,
    label_nyquist,
    left_out,
    left_out_handle,
    normalised,
    scale_modulus,
)
from castline.figures.measured import draw_measured_viscosity, origin_text
from castline.figures.style import (
    COLOURS,
    MARKERS,
    PAGE_INCH,
    legend_above,
    new_figure,
    panel_letters,
    plain_logarithmic,
    shared_legend,
)

NO_SPECTRUM = "no cell has a spectrum that could be fitted"
NO_CURVE = "no flow curve could be read"


def cells_figure(spectra: pd.DataFrame) -> Figure:
    """Nyquist plot (a), Bode modulus and phase (b, c), residuals of the fits (d).

    Parameters
    ----------
    spectra : pandas.DataFrame
        Table of measured spectra with their fits; impedances are drawn times area per thickness, so
        that cells of any size compare.
    """
    if spectra.empty:
        return _empty(NO_SPECTRUM)
    figure = new_figure(PAGE_INCH, 5.4)
    (nyquist, modulus), (phase, residuals) = figure.subplots(2, 2)
    handles = []
    for k, (name, cell) in enumerate(normalised(spectra).groupby("cell", sort=False)):
        colour, marker = COLOURS[k % len(COLOURS)], MARKERS[k % len(MARKERS)]
        points = {"color": colour, "marker": marker, "ms": 3, "lw": 0, "mfc": "none", "mew": 0.7}
        draw_cell(nyquist, modulus, phase, cell, points, {"color": "black", "lw": 0.7})
        _draw_residuals(residuals, cell, points)
        handles.append(Line2D([], [], label=name, **points))
    handles.append(Line2D([], [], color="black", lw=0.7, label="TLM fit"))
    if left_out(spectra).any():
        handles.append(left_out_handle())
    label_nyquist(nyquist, relative=False)
    for panel, label in (
        (modulus, "|Z| A / L  /  Ω m"),
        (phase, "phase / °"),
        (residuals, "(data − fit) / |data|  /  %"),
    ):
        plain_logarithmic(panel.xaxis)
        panel.xaxis.set_major_locator(LogLocator(100.0))
        panel.set_xlabel("frequency / Hz")
        panel.set_ylabel(label)
    scale_modulus(modulus)
    residuals.axhline(0, color="0.6", lw=0.7, zorder=0)
    residuals.plot([], [], "o", color="0.3", ms=3, label="real part")
    residuals.plot([], [], "o", color="0.3", ms=3, mfc="none", label="imaginary part")
    residuals.legend(loc="best", ncols=2)
    residuals.margins(y=0.15)
    panel_letters([nyquist, modulus, phase, residuals])
    legend_above(figure, handles, f"cells, {origin_text(spectra)}")
    return figure


def _draw_residuals(panel, cell, points):
    """Residuals of the points that were fitted."""
    cell = cell[~left_out(cell)]
    data = (cell["z_real_ohm"] + 1j * cell["z_imag_ohm"]).to_numpy()
    fit = (cell["z_real_fit_ohm"] + 1j * cell["z_imag_fit_ohm"]).to_numpy()
    misfit = 100.0 * (data - fit) / np.abs(data)
    for values, face in ((misfit.real, points["color"]), (misfit.imag, "none")):
        panel.plot(cell["frequency_hz"], values, **points | {"mfc": face})


def flow_curves_figure(table: pd.DataFrame) -> Figure:
    """Measured viscosity against shear rate, a panel per size distribution.

    Parameters
    ----------
    table : pandas.DataFrame
        Table of measured viscosities.
    """
    good = table[table["status"] == "ok"]
    if good.empty:
        return _empty(NO_CURVE)
    electrodes = Electrodes(
        tuple(sorted(good["psd"].unique())), tuple(sorted(good["solid_content_percent"].unique()))
    )
    figure = new_figure(PAGE_INCH, 3.5)
    axes = figure.subplots(1, len(electrodes.psds), sharey=True, squeeze=False)[0]
    for panel, psd in zip(axes, electrodes.psds, strict=True):
        draw_measured_viscosity(panel, good, psd, electrodes)
        plain_logarithmic(panel.xaxis, panel.yaxis)
        panel.set_xlabel("shear rate / s⁻¹")
        panel.set_title(psd)
    axes[0].set_ylabel("viscosity / Pa s")
    panel_letters(axes)
    shared_legend(figure, axes, "solid content; bars: standard deviation over samples")
    return figure


def _empty(text: str) -> Figure:
    figure = new_figure(PAGE_INCH, 1.0)
    figure.text(0.5, 0.5, text, ha="center", va="center")
    return figure
