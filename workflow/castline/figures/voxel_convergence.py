"""Conductivities against voxel size, and what they extrapolate to."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from castline.figures.common import Electrodes, Given, missing_text
from castline.figures.style import (
    PAGE_INCH,
    footnote,
    new_figure,
    panel_letters,
    shared_legend,
)
from castline.results.schema import KEYS, on_axis

MOST = 2.0  # ratios above are named at the upper edge: one would flatten all others
QUANTITIES = {"sigma_e": "electronic conductivity", "sigma_ion": "ionic conductivity"}


def draw(given: Given) -> Figure:
    tables = given.tables
    return voxel_convergence_figure(
        tables["voxel_series"],
        tables["voxel_error"],
        given.settings["voxel_um"],
        given.electrodes,
    )


def voxel_convergence_figure(
    series: pd.DataFrame, error: pd.DataFrame, voxel_um: float, electrodes: Electrodes
) -> Figure:
    """Each conductivity over its value at the campaign's voxel size; at 0 the extrapolation.

    A series without that size is drawn over its finest. Every film is a line. Hollow: the series
    does not settle. Films with a value of zero there have no ratio and are named, as are ratios
    above `MOST`. Intervals end at 0, as conductivities do.
    """
    if not np.isclose(series["voxel_um"], voxel_um).any():
        voxel_um = series["voxel_um"].min()
    keys = on_axis(KEYS, electrodes.axis)
    figure = new_figure(PAGE_INCH, 3.3)
    axes = figure.subplots(1, len(QUANTITIES))
    unscaled, unlimited = [], []
    for panel, (name, label) in zip(axes, QUANTITIES.items(), strict=True):
        for key, film in series.groupby(keys, sort=True):
            psd, content, replicate = key
            if (psd, content) not in electrodes.cells:
                continue
            film = film.sort_values("voxel_um")
            at = film.loc[np.isclose(film["voxel_um"], voxel_um), f"{name}_s_per_m"]
            if at.isna().any():  # no phase carries it
                continue
            if at.empty or at.iloc[0] == 0:
                unscaled.append(f"{electrodes.name(psd, content)} r{replicate} ({name})")
                continue
            look, colour = electrodes.look_of_content(content), electrodes.look_of_psd(psd).colour
            ratio = film[f"{name}_s_per_m"] / at.iloc[0]
            panel.plot(
                film["voxel_um"],
                ratio,
                color=colour,
                ls=look.line,
                marker=look.marker,
                lw=0.9,
                label=electrodes.name(psd, content) if replicate == 1 else None,
            )
            _name_beyond(panel, film["voxel_um"], ratio, colour)
            row = error[(error[keys] == list(key)).all(axis=1)]
            if row.empty:
                unlimited.append(f"{electrodes.name(psd, content)} r{replicate} ({name})")
                continue
            _draw_limit(panel, row.iloc[0], key, name, at.iloc[0], look, colour, electrodes)
        panel.axhline(1.0, color="0.7", lw=0.6, zorder=0)
        panel.set_xlabel("voxel size / µm")
        panel.set_ylabel(f"{label} /\nvalue at {voxel_um:g} µm")
        panel.set_xlim(-0.12 * series["voxel_um"].max(), 1.05 * series["voxel_um"].max())
        top = min(MOST, panel.get_ylim()[1])
        panel.set_ylim(-0.03 * top, top)  # a value of 0 is drawn whole
    panel_letters(axes)
    shared_legend(
        figure,
        axes,
        "at 0: extrapolated with its interval, hollow: the series does not settle",
    )
    notes = []
    if missing := electrodes.missing(series):
        notes.append(missing_text(missing))
    if unscaled:
        notes.append(f"zero at {voxel_um:g} µm, no ratio: {', '.join(unscaled)}")
    if unlimited:
        notes.append(f"not extrapolated: {', '.join(unlimited)}")
    if notes:
        footnote(figure, "; ".join(notes))
    return figure


def _name_beyond(panel, sizes, ratios, colour):
    for size, ratio in zip(sizes, ratios, strict=True):
        if ratio > MOST:
            height = (0.98 - 0.06 * len(panel.texts)) * MOST  # below those of other films
            text = f"{float(f'{ratio:.2g}'):g} ▴"
            panel.text(size, height, text, color=colour, ha="right", va="top", fontsize=7)


def _draw_limit(panel, row, key, name, scale, look, colour, electrodes):
    shift = 0.012 * (electrodes.cells.index(key[:2]) - (len(electrodes.cells) - 1) / 2)
    panel.errorbar(
        shift,
        row[f"{name}_extrapolated_s_per_m"] / scale,
        yerr=row[f"{name}_extrapolated_half_width_s_per_m"] / scale,
        color=colour,
        marker=look.marker,
        mfc=colour if row[f"{name}_series_settles"] else "white",
        capsize=1.5,
        elinewidth=0.7,
        lw=0,
    )
