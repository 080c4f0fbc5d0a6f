"""Published composites: predicted against measured, and their ratio against what conducts."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from castline.figures.style import (
    COLOURS,
    MARKERS,
    PAGE_INCH,
    footnote,
    legend_above,
    new_figure,
    panel_letters,
    plain_logarithmic,
)
from castline.results.composites import (
    GOAL_ELECTRONIC,
    GOAL_IONIC,
    GOAL_IONIC_LITTLE_SE,
    SE_FRACTION,
)

TWO = 2.0
PURE_NAME = {"ionic": "pure electrolyte", "electronic": "pure active material"}
BAND, SPREAD, GOAL = "0.80", "0.92", "0.35"
NOTHING = "v"


def composites_figure(
    table: pd.DataFrame, labels: Mapping[str, str], spread: tuple[float, float]
) -> Figure:
    """Three panels: ionic (a), electronic (b), and predicted over measured (c).

    Parameters
    ----------
    table : the table `composites`.
    labels : of the sets, by their names.
    spread : lowest and highest conductivity of one powder in several laboratories, over their mean.
    """
    figure = new_figure(PAGE_INCH, 3.4)
    panels = figure.subplots(1, 3)
    looks = {
        name: (COLOURS[k % len(COLOURS)], MARKERS[k % len(MARKERS)])
        for k, name in enumerate(table["set"].unique())
    }
    for panel, carrier in zip(panels, PURE_NAME, strict=False):
        rows = table[table["carrier"] == carrier]
        _draw_against(panel, rows, looks, spread if carrier == "ionic" else None)
        panel.set_xlabel(f"measured / {PURE_NAME[carrier]}")
        panel.set_ylabel(f"predicted / {PURE_NAME[carrier]}")
        panel.text(0.04, 0.96, carrier, transform=panel.transAxes, va="top")
    _draw_ratio(panels[2], table, looks)
    panel_letters(panels)
    handles = [
        Line2D([], [], color=colour, marker=marker, ls="", label=labels[name])
        for name, (colour, marker) in looks.items()
    ]
    handles += [
        Patch(fc=BAND, label="factor of two"),
        Patch(fc=SPREAD, label="between laboratories, one powder (Ohno 2020)"),
        Line2D([], [], color=GOAL, ls=":", label=f"goal, ionic ({GOAL_ELECTRONIC:g} electronic)"),
        Line2D(
            [], [], color="0.4", marker=NOTHING, mfc="white", ls="", label="no path in any film"
        ),
    ]
    legend_above(figure, handles, "")
    films = table["films"]
    count = f"{films.min()}" if films.min() == films.max() else f"{films.min()} to {films.max()}"
    footnote(
        figure,
        f"Means over {count} films each, bars: 95 % intervals of the mean; horizontal bars: range "
        "of the measured values. All measured values as quoted by a third party "
        "(config/published/composites.csv). c: filled ionic, hollow electronic.",
    )
    return figure


def _draw_against(panel, rows: pd.DataFrame, looks, spread) -> None:
    """Predicted against measured on two logarithmic axes of one range."""
    plain_logarithmic(panel.xaxis, panel.yaxis)
    known = rows[rows["predicted_over_pure"] > 0]
    values = np.concatenate(
        [rows["measured_low"], rows["measured_high"], known["predicted_over_pure"]]
    )
    if len(values) == 0:
        panel.text(0.5, 0.5, "nothing measured", ha="center", transform=panel.transAxes)
        panel.tick_params(which="both", length=0, labelleft=False, labelbottom=False)
        panel.set_box_aspect(1)
        return
    low, high = values.min() / 3, max(values.max() * 3, 1.0)
    ends = np.array([low, high])
    if spread is not None:
        panel.fill_between(ends, ends * spread[0], ends * spread[1], color=SPREAD, lw=0, zorder=0)
    panel.fill_between(ends, ends / TWO, ends * TWO, color=BAND, lw=0, zorder=0.5)
    panel.plot(ends, ends, color="0.4", lw=0.7, zorder=1)
    for row in rows.itertuples():
        colour, marker = looks[row.set]
        middle = np.sqrt(row.measured_low * row.measured_high)
        if row.predicted_over_pure == 0:
            panel.plot(middle, low * 1.25, NOTHING, mec=colour, mfc="white", zorder=3)
            continue
        panel.errorbar(
            middle,
            row.predicted_over_pure,
            xerr=[[middle - row.measured_low], [row.measured_high - middle]],
            yerr=_bar(row.predicted_over_pure, row.predicted_half_width, low),
            color=colour, marker=marker, ls="", capsize=1.5, elinewidth=0.8, zorder=3,
        )  # fmt: skip
    panel.set_xlim(low, high)
    panel.set_ylim(low, high)
    panel.set_box_aspect(1)


def _bar(value: float, half_width: float, lowest: float):
    """Lower and upper length of an error bar that stays on a logarithmic axis; None without one."""
    if np.isnan(half_width):
        return None
    return [[min(half_width, value - lowest / 2)], [half_width]]


def _draw_ratio(panel, table: pd.DataFrame, looks) -> None:
    """Predicted over measured against the volume fraction of the phase that conducts."""
    plain_logarithmic(panel.yaxis)
    panel.axhspan(1 / TWO, TWO, fc=BAND, lw=0, zorder=0)
    panel.axhline(1, color="0.4", lw=0.7, zorder=1)
    for factor in (GOAL_IONIC, 1 / GOAL_IONIC):
        panel.plot([SE_FRACTION, 1], [factor] * 2, ":", color=GOAL, lw=1, zorder=1)
    for factor in (GOAL_IONIC_LITTLE_SE, 1 / GOAL_IONIC_LITTLE_SE):
        panel.plot([0, SE_FRACTION], [factor] * 2, ":", color=GOAL, lw=1, zorder=1)
    shown = table[table["predicted_over_measured"] > 0]
    low = min(0.1, shown["predicted_over_measured"].min() / 2) if len(shown) else 0.1
    for row in table.itertuples():
        colour, marker = looks[row.set]
        ionic = row.carrier == "ionic"
        fraction = row.se_volume_fraction if ionic else row.am_volume_fraction
        if row.predicted_over_measured == 0:
            panel.plot(fraction, low * 1.2, NOTHING, mec=colour, mfc="white", zorder=3)
            continue
        relative = row.predicted_half_width / row.predicted_over_pure
        panel.errorbar(
            fraction,
            row.predicted_over_measured,
            yerr=_bar(
                row.predicted_over_measured, row.predicted_over_measured * relative, low
            ),
            color=colour, marker=marker, mfc=colour if ionic else "white", ls="",
            capsize=1.5, elinewidth=0.8, zorder=3,
        )  # fmt: skip
    panel.set_ylim(bottom=low)
    panel.set_xlim(0, 1)
    panel.set_xlabel("volume fraction of SE (ionic) or AM")
    panel.set_ylabel("predicted / measured")
    panel.set_box_aspect(1)
