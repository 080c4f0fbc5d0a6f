"""Films of other areas and thicknesses beside those of the campaign's size."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from castline.figures.common import electrode_name
from castline.figures.style import (
    COLOURS,
    LINES,
    MARKERS,
    PAGE_INCH,
    new_figure,
    panel_letters,
    plain_logarithmic,
    shared_legend,
)
from castline.results.findings import span
from castline.results.intervals import Share
from castline.results.schema import ELECTRODE

DIRECTIONS = {"area_factor": "area", "thickness_factor": "thickness"}
# Of both states after the press, the second one paler.
STATES = {"calendered": 1.0, "assembled": 0.45}
QUANTITIES = {
    "porosity": ("porosity / %", 100.0),
    "sigma_e_s_per_m": ("σ_e / S m⁻¹", 1.0),
    "sigma_ion_s_per_m": ("σ_ion / mS cm⁻¹", 10.0),
}


def size_effects_figure(ratios: pd.DataFrame) -> Figure:
    """A column per direction; porosity, conductivities, and the share of films that conduct.

    Points are geometric means of the films that conduct, bars 95 % intervals, of the share exact
    ones. Dashed lines are sigma_e without the margins at the faces.

    Parameters
    ----------
    ratios : the table `size_ratios`.
    """
    figure = new_figure(PAGE_INCH, 7.6)
    panels = figure.subplots(4, 2, sharex="col", sharey="row")
    electrodes = [key for key, _ in ratios.groupby(list(ELECTRODE))]
    for column, (direction, name) in enumerate(DIRECTIONS.items()):
        other = next(d for d in DIRECTIONS if d != direction)
        films = ratios[ratios[other] == 1]
        for k, electrode in enumerate(electrodes):
            for state, alpha in STATES.items():
                part = films[_of(films, electrode) & (films["state"] == state)]
                shift = 2 ** (0.03 * (2 * k + (state != "calendered") - len(electrodes)))
                look = {"color": COLOURS[k % len(COLOURS)], "marker": MARKERS[k % len(MARKERS)]}
                look |= {"alpha": alpha, "ms": 4, "lw": 0.9, "capsize": 2}
                label = f"{electrode_name(*electrode)}, {state}"
                _draw(panels[:, column], part, direction, shift, look, label)
        factors = sorted(films[direction].unique())
        panels[-1, column].set_xscale("log", base=2)
        panels[-1, column].set_xticks(factors, [f"{factor:g}" for factor in factors])
        panels[-1, column].set_xlabel(f"{name} over that of the campaign")
    for row, text in enumerate([*(text for text, _ in QUANTITIES.values()), "films that conduct"]):
        panels[row, 0].set_ylabel(text)
        if not text.startswith("σ_e"):
            panels[row, 0].set_ylim(bottom=0)
    panels[-1, 0].set_ylim(-0.05, 1.05)
    # films scatter by factors, and intervals of two films reach over decades
    plain_logarithmic(panels[1, 0].yaxis)
    panel_letters(panels.flat)
    title = f"films a point: {span(ratios['films'])}; bars: 95 % interval; "
    shared_legend(figure, panels.flat, f"{title}dashed: σ_e without the margins at the faces")
    return figure


def _of(films: pd.DataFrame, electrode: tuple[str, float]) -> pd.Series:
    psd, content = electrode
    return (films["psd"] == psd) & (films["solid_content_percent"] == content)


def _draw(panels, part: pd.DataFrame, direction: str, shift: float, look: dict, label: str) -> None:
    of = {name: rows.sort_values(direction) for name, rows in part.groupby("quantity")}
    for panel, (column, (_, factor)) in zip(panels, QUANTITIES.items(), strict=False):
        points = of[column]
        mean = points["mean"].to_numpy()
        ends = points[["mean_low_95", "mean_high_95"]].to_numpy().T
        width = np.abs(ends - mean) * factor if np.isfinite(ends).any() else None
        x = points[direction] * shift
        panel.errorbar(x, mean * factor, yerr=width, ls=LINES[0], label=label, **look)
    if (core := of.get("sigma_e_core_s_per_m")) is not None:
        panels[1].plot(core[direction] * shift, core["mean"], "--", color=look["color"],
                       alpha=look["alpha"], lw=0.9)  # fmt: skip
    shares = of["sigma_e_s_per_m"]
    for factor, connected, films in shares[[direction, "conducting", "films"]].to_numpy():
        share = Share(int(connected), int(films))
        low, high = share.interval
        error = [[share.value - low], [high - share.value]]
        panels[3].errorbar([factor * shift], [share.value], yerr=error, ls="", **look)
