"""Figures of a calibration: convergence, importance, profiles of the parameters, trade-offs."""

import math

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FormatStrFormatter, LogLocator, NullFormatter

from castline.figures.style import COLOURS, PAGE_INCH, new_figure, panel_letters

# Of the trade-offs of a single target there are no more.
TRADE_OFFS = ["target_a", "target_b", "n_trials"]
COMPLETE, STOPPED, FAILED = "complete", "stopped early", "failed"
GREY = "0.55"
PANELS_A_ROW = 3


def _objective_scale(axes, objective: pd.Series) -> None:
    """Logarithmic, linear below 0.01 where an objective of zero was reached."""
    if objective.min() > 0:
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.yaxis.set_major_formatter(FormatStrFormatter("%g"))
        axes.yaxis.set_minor_formatter(NullFormatter())
    else:
        axes.set_yscale("symlog", linthresh=0.01)


def _sets(trials: pd.DataFrame) -> pd.DataFrame:
    """One row per set with an objective; in a race per candidate, with its mean objective."""
    if "candidate" not in trials:
        return trials[trials["state"] == COMPLETE]
    means = trials.drop_duplicates("candidate").dropna(subset="mean_objective")
    return means.assign(objective=means["mean_objective"])


def _best_so_far(order: pd.DataFrame) -> np.ndarray:
    """Lowest objective up to each trial; in a race the lowest mean of at least two replicates."""
    objective = order["objective"].where(order["state"] == COMPLETE)
    if "candidate" not in order:
        return np.fmin.accumulate(objective.to_numpy())
    counted = objective.where(order["n_replicates"] > 0)
    best = []
    for end in range(1, len(order) + 1):
        known = counted[:end].groupby(order["candidate"][:end]).agg(["mean", "count"])
        best.append(known["mean"][known["count"] > 1].min())
    return np.array(best)


def _draw_means(axes, order: pd.DataFrame) -> None:
    """Mean of every repeated candidate at its last trial, with the line of its replicates."""
    repeated = order[(order["n_replicates"] > 1) & (order["state"] == COMPLETE)]
    last = repeated.drop_duplicates("candidate", keep="last")
    for _, trials in repeated.groupby("candidate"):
        axes.plot(trials["trial"], trials["objective"], color=COLOURS[0], lw=0.6, alpha=0.6)
    axes.errorbar(
        last["trial"] + 0.2, last["mean_objective"], last["mean_objective_stderr"], fmt="s",
        ms=3.5, color=COLOURS[3], lw=0.9, capsize=2, label="mean of a repeated set", zorder=4,
    )  # fmt: skip


def convergence_figure(trials: pd.DataFrame) -> Figure:
    """Objective of every trial and the best so far.

    A triangle is a trial stopped early: its objective is at least that. Failed trials are crosses
    at the lower edge. Diamonds are the finalists, with their objective at full size. In a race
    lines join the replicates of a set, a square is their mean with its standard error, and the best
    so far is the lowest mean of at least two replicates.
    """
    figure = new_figure(PAGE_INCH, 3.0)
    axes = figure.subplots()
    order = trials.sort_values("trial")
    place = order["trial"].to_numpy()
    state, objective = order["state"].to_numpy(), order["objective"]
    done, cut, failed = (state == name for name in (COMPLETE, STOPPED, FAILED))
    _objective_scale(axes, objective[done])
    axes.plot(place[done], objective[done], "o", color=COLOURS[0], label="complete")
    if cut.any():
        axes.plot(
            place[cut], objective[cut], "^", color=GREY, mfc="white",
            label="stopped early: at least",
        )  # fmt: skip
    if "candidate" in order:
        _draw_means(axes, order)
    best = _best_so_far(order)
    axes.step(place, best, where="post", color=COLOURS[1], label="best so far")
    finalist = order["objective_at_full_size"].to_numpy()
    if np.isfinite(finalist).any():
        axes.plot(place, finalist, "D", ms=4.5, color=COLOURS[2], label="at full size", zorder=4)
    if failed.any():
        low = axes.get_ylim()[0]
        axes.plot(
            place[failed], np.full(failed.sum(), low), "x", color="0.2", clip_on=False,
            label="failed", zorder=5,
        )  # fmt: skip
        axes.set_ylim(bottom=low)
    if done[0]:
        axes.plot(
            place[:1], objective[:1], "s", ms=9, mfc="none", color="0.2", label="starting set"
        )
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.set_xlim(place[0] - 1, place[-1] + 1)
    axes.set_xlabel("number of the trial")
    axes.set_ylabel("objective / squared tolerances")
    figure.legend(loc="outside upper center", ncols=6)
    return figure


def importance_figure(parameters: pd.DataFrame) -> Figure:
    """Importance of each parameter, the largest on top."""
    order = parameters.sort_values("importance", na_position="first")
    figure = new_figure(PAGE_INCH, 1.0 + 0.26 * len(order))
    axes = figure.subplots()
    axes.barh(order["parameter"], order["importance"].fillna(0.0), color=COLOURS[0], height=0.6)
    axes.set_xlim(0, 1)
    axes.set_xlabel("importance: what sets the best tenth of the trials apart from the whole space")
    if order["importance"].isna().all():
        axes.text(0.5, 0.5, "too few complete trials", transform=axes.transAxes, ha="center")
    return figure


def _log_ticks(low: float, high: float) -> list[float]:
    """Round numbers between two bounds, few enough for a narrow panel."""
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for steps in ((1,), (1, 3), (1, 2, 5), (1, 2, 3, 5, 7)):
        ticks = [step * 10.0**k for k in decades for step in steps]
        inside = [tick for tick in ticks if low <= tick <= high]
        if len(inside) >= 2:
            break
    return inside


def profiles_figure(trials: pd.DataFrame, parameters: pd.DataFrame, margin: float) -> Figure:
    """Objective of the complete sets against each parameter, between its bounds.

    The lower envelope of the points is the profile of the parameter. Shaded: range of the trials
    within `margin` of the best or not worse than the one chosen; the chosen value is a line. In a
    race the objective is the mean over the replicates of a set.
    """
    done = _sets(trials)
    rows = math.ceil(len(parameters) / PANELS_A_ROW)
    columns = min(len(parameters), PANELS_A_ROW)
    figure = new_figure(PAGE_INCH, 0.5 + 1.9 * rows)
    panels = figure.subplots(rows, columns, sharey=True, squeeze=False)
    limit = max(done["objective"].min() + margin, done["objective"][done["chosen"]].item())
    for axes, row in zip(panels.flat, parameters.to_dict("records"), strict=False):
        _objective_scale(axes, done["objective"])
        good = done["objective"] <= limit
        axes.plot(done[row["parameter"]], done["objective"], "o", ms=3, color=GREY)
        axes.plot(
            done[row["parameter"]][good], done["objective"][good], "o", ms=3.5, color=COLOURS[0],
            label="acceptable",
        )  # fmt: skip
        axes.axvline(row["value"], color=COLOURS[1], label="set found")
        axes.axhline(limit, color="0.3", ls=":", lw=0.8, label="limit")
        if not math.isnan(row["acceptable_low"]):
            axes.axvspan(
                row["acceptable_low"], row["acceptable_high"], color=COLOURS[0], alpha=0.12, lw=0
            )
        axes.set_xscale(row["scale"])
        if row["scale"] == "log":
            axes.xaxis.set_major_locator(
                FixedLocator(_log_ticks(row["bound_low"], row["bound_high"]))
            )
            axes.xaxis.set_major_formatter(FormatStrFormatter("%g"))
            axes.xaxis.set_minor_formatter(NullFormatter())
        axes.set_xlim(row["bound_low"], row["bound_high"])
        axes.set_xlabel(row["parameter"], fontsize=7)
    for axes in list(panels.flat)[len(parameters) :]:
        axes.set_axis_off()
    for axes in panels[:, 0]:
        axes.set_ylabel("objective")
    panel_letters(list(panels.flat)[: len(parameters)])
    handles, labels = panels[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=3)
    return figure


def trade_offs_figure(table: pd.DataFrame) -> Figure:
    """Rank correlation of the misfits of every pair of targets; red pairs pull against each other.

    Below each number: in how many trials both were met, of those that met the row's target.
    """
    names = list(dict.fromkeys([*table["target_a"], *table["target_b"]]))
    size = len(names)
    figure = new_figure(PAGE_INCH, 1.6 + 0.42 * size)
    axes = figure.subplots()
    value = np.full((size, size), np.nan)
    for row in table.to_dict("records"):
        i, j = names.index(row["target_a"]), names.index(row["target_b"])
        value[i, j] = row["misfit_rank_correlation"]
        number = "" if math.isnan(value[i, j]) else f"{value[i, j]:+.2f}\n"
        axes.text(
            j, i, f"{number}{row['n_both_met']:.0f} of {row['n_a_met']:.0f}", ha="center",
            va="center", fontsize=6, color="white" if abs(value[i, j]) > 0.65 else "black",
        )  # fmt: skip
    image = axes.imshow(value, cmap="RdBu", vmin=-1, vmax=1, aspect="auto")
    axes.set_facecolor("0.93")
    axes.set_xticks(range(size), names, rotation=35, ha="right")
    axes.set_yticks(range(size), names)
    axes.tick_params(length=0)
    bar = figure.colorbar(image, shrink=0.8)
    bar.set_label("rank correlation of misfits\n< 0: pull against each other")
    trials = int(table["n_trials"].iloc[0]) if len(table) else 0
    axes.set_title(
        f"{trials} complete trials; lower: how many meet both, of those that meet the row"
    )
    return figure
