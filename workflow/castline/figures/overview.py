"""How well the model does: every statement of the study, tested on the campaign."""

import textwrap

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from castline.base.errors import InputError
from castline.figures.common import Electrodes, Given
from castline.figures.style import PAGE_INCH, STATED_COLOUR, new_figure, panel_letters
from castline.results.findings import span
from castline.results.stated import ABOUT
from castline.results.trends import CONTRADICTED, NOT_RESOLVED, SUPPORTED

LEVEL = "level"
FURTHEST = 4.0  # ratios beyond are drawn at the edge, with their value
WRAP = 44
UNKNOWN_COLOUR = "0.3"  # of a distribution that the campaign does not have
VERDICTS = {
    SUPPORTED: {"marker": "o", "color": "#009E73"},
    NOT_RESOLVED: {"marker": "D", "color": "0.45", "mfc": "white"},
    CONTRADICTED: {"marker": "X", "color": "#D55E00"},
    "not tested": {"marker": "_", "color": "0.6"},
}


def draw(given: Given) -> Figure:
    return overview_figure(given.tables["trends"], given.electrodes)


def overview_figure(trends: pd.DataFrame, electrodes: Electrodes) -> Figure:
    """Values over what the study states (a), and its comparisons with their verdicts (b).

    Parameters
    ----------
    trends : the campaign's table of tested statements.
    """
    levels = trends[trends["kind"] == LEVEL]
    others = trends[trends["kind"] != LEVEL]
    counts = [max(part["statement"].nunique(), 1) for part in (levels, others)]
    figure = new_figure(PAGE_INCH, 1.6 + 0.30 * sum(counts))
    upper, lower = figure.subplots(2, 1, height_ratios=counts)
    _draw_levels(upper, levels, electrodes)
    _draw_verdicts(lower, others)
    panel_letters((upper, lower))
    figure.legend(
        handles=_handles(electrodes, levels),
        loc="outside upper center",
        ncols=4,
        title="statements of the study; bars: 95 % interval over replicates\n"
        "right: replicates n, and (how many the open tests would need)",
    )
    return figure


def _rows(panel, table: pd.DataFrame):
    """Number and tests of each statement, from the top; its sentence labels the axis."""
    groups = list(table.groupby("statement", sort=False))
    panel.set_yticks(
        range(len(groups)),
        [_wrapped(tests["sentence"].iloc[0]) for _, tests in groups],
    )
    panel.set_ylim(len(groups) - 0.5, -0.5)
    panel.tick_params(axis="y", length=0)
    counts = panel.secondary_yaxis("right")
    counts.set_yticks(range(len(groups)), [_sample_size(tests) for _, tests in groups])
    counts.tick_params(axis="y", length=0, labelsize=7, labelcolor="0.35")
    return enumerate(tests for _, tests in groups)


def _sample_size(tests: pd.DataFrame) -> str:
    """Replicates, and below them those that its open tests would need, such as 'n 3' and '6 to
    35'.
    """
    text = f"n {span(tests['n_replicates'])}" if tests["n_replicates"].max() else ""
    open_ = tests.loc[tests["verdict"] == NOT_RESOLVED, "n_needed"]
    if open_.empty:
        return text
    needed = [span(open_.dropna())] if open_.notna().any() else []
    needed += ["> 9999"] if open_.isna().any() else []
    return f"{text}\n({' or '.join(needed)})"


def _wrapped(sentence: str) -> str:
    return textwrap.fill(sentence.replace(" %", "\u00a0%"), WRAP)


def _draw_levels(panel, levels: pd.DataFrame, electrodes: Electrodes) -> None:
    panel.set_xscale("log", base=2)
    panel.set_xlim(1 / FURTHEST, FURTHEST)
    ticks = [0.25, 0.5, 0.75, 1, 1.5, 2, 3, 4]
    panel.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    panel.minorticks_off()
    panel.axvline(1.0, color="0.6", lw=0.6, zorder=0)
    for row, tests in _rows(panel, levels):
        middle = (tests["wanted_low"] + tests["wanted_high"]) / 2
        ratio = (tests["effect"] / middle).to_numpy()
        low = (tests["effect_low_95"] / middle).to_numpy()
        high = (tests["effect_high_95"] / middle).to_numpy()
        panel.fill_betweenx(
            [row - 0.42, row + 0.42],
            (tests["wanted_low"] / middle).min(),
            (tests["wanted_high"] / middle).max(),
            color=STATED_COLOUR,
            alpha=0.5,
            lw=0,
            zorder=0,
        )
        heights = row + np.linspace(-0.28, 0.28, len(tests)) if len(tests) > 1 else [row]
        for k, (_, test) in enumerate(tests.iterrows()):
            look = _look(test, electrodes)
            inside = 1 / FURTHEST <= ratio[k] <= FURTHEST
            x = np.clip(ratio[k], 1.03 / FURTHEST, FURTHEST / 1.03)
            if inside:
                panel.plot([low[k], high[k]], [heights[k]] * 2, color=look["color"], lw=0.8)
            else:
                look = {**look, "marker": "<" if ratio[k] < 1 else ">"}
            panel.plot(x, heights[k], ls="", ms=4, **look)
        _name_outside(panel, row, ratio)
        if np.isnan(ratio).all():
            panel.text(1.0, row, "not tested", ha="center", va="center", fontsize=7, color="0.4")
    panel.set_xlabel("simulated / middle of what is stated")


def _name_outside(panel, row: int, ratio: np.ndarray) -> None:
    """Write the ratios beyond the axis at its other end, where there is room."""
    for beyond, side, arrow in (
        (ratio[ratio < 1 / FURTHEST], "right", "◂"),
        (ratio[ratio > FURTHEST], "left", "▸"),
    ):
        if len(beyond):
            text = f"{arrow} " + ", ".join(f"{value:.2g}" for value in sorted(beyond))
            at = FURTHEST / 1.05 if side == "right" else 1.05 / FURTHEST
            panel.text(at, row, text, ha=side, va="center", fontsize=7, color="0.25")


def _look(test: pd.Series, electrodes: Electrodes) -> dict:
    known = test["psd"] in electrodes.psds
    colour = electrodes.look_of_psd(test["psd"]).colour if known else UNKNOWN_COLOUR
    try:
        content = float(test["solid_content_percent"])
    except ValueError as error:
        raise InputError(
            f"trends table, {test['statement']}: solid_content_percent is "
            f"{test['solid_content_percent']!r}, not a number"
        ) from error
    marker = electrodes.look_of_content(content).marker if content in electrodes.contents else "o"
    return {"color": colour, "marker": marker}


def _draw_verdicts(panel, others: pd.DataFrame) -> None:
    most = max(others.groupby("statement").size(), default=1)
    for row, tests in _rows(panel, others):
        kinds = [v if v in VERDICTS else "not tested" for v in tests["verdict"]]
        for k, kind in enumerate(sorted(kinds, key=list(VERDICTS).index)):
            panel.plot(k, row, ls="", ms=5, clip_on=False, **VERDICTS[kind])
        panel.axhline(row + 0.5, color="0.9", lw=0.5, zorder=0)
    panel.set_xlim(-0.8, max(most, 6) - 0.2)
    panel.set_xticks([])
    panel.set_xlabel("tests of each statement: distributions, solid contents, shear rates")


def _handles(electrodes: Electrodes, levels: pd.DataFrame) -> list:
    handles = [
        Patch(color=electrodes.look_of_psd(psd).colour, label=psd) for psd in electrodes.psds
    ]
    handles += [
        Line2D([], [], ls="", color="0.3", marker=electrodes.look_of_content(c).marker,
               label=f"{c:g} %")
        for c in electrodes.contents
    ]  # fmt: skip
    handles += [
        Patch(color=UNKNOWN_COLOUR, label=f"{psd} (not in the campaign)")
        for psd in sorted(set(levels["psd"].dropna()) - set(electrodes.psds))
    ]
    handles.append(
        Patch(color=STATED_COLOUR, alpha=0.5, label=f"stated range (about: ± {100 * ABOUT:.0f} %)")
    )
    return handles + [Line2D([], [], ls="", ms=5, label=k, **v) for k, v in VERDICTS.items()]
