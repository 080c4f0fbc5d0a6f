"""Discharge of the films in solid-state half-cells: curves, capacity against rate, losses."""

from itertools import pairwise

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from castline.figures.common import Electrodes, Given, electrode_name, missing_text
from castline.figures.style import (
    PAGE_INCH,
    footnote,
    new_figure,
    panel_letters,
    plain_logarithmic,
    shared_legend,
)
from castline.results.schema import LOSSES
from castline.results.statistics import over_replicates

SHOWN_RATES = 4
SIDE_BY_SIDE = 2  # distributions whose capacities and losses fit into half the page
COLUMNS = 3
NOTHING_DISCHARGED = "no simulated film conducts electrons and ions: nothing to discharge"
LOSS_COLOURS = {
    "electronic": "#3C5A99",
    "ionic": "#C79A00",
    "separator": "#E6D08A",
    "kinetic": "#CC2E29",
    "diffusion": "#29292E",
    "lithium": "#9A9A9A",
    "collector": "#D8D8D8",
}


def draw(given: Given) -> Figure:
    tables = given.tables
    return discharge_figure(tables["discharge"], tables["discharge_curves"], given.electrodes)


def discharge_figure(table: pd.DataFrame, curves: pd.DataFrame, electrodes: Electrodes) -> Figure:
    """Voltage against capacity (one panel a distribution), capacity and losses against the C rate.

    Parameters
    ----------
    table, curves : tables `discharge` and `discharge_curves`.
    """
    fine = table[(table["status"] == "ok") & table["psd"].isin(electrodes.psds)]
    if curves.empty:
        return nothing_discharged()
    figure, above, capacity, losses = _panels(len(electrodes.psds))
    for panel, psd in zip(above, electrodes.psds, strict=True):
        _curves(panel, curves[curves["psd"] == psd], electrodes, psd)
    _capacity(capacity, fine, electrodes)
    _losses(losses, fine)
    panel_letters((*above, capacity, losses))
    shared_legend(figure, above, "solid content")
    without = table[table["status"] != "ok"]
    names = sorted(
        {
            f"{electrode_name(row.psd, row.solid_content_percent)} r{row.replicate}"
            for row in without.itertuples()
        }
    )
    notes = [f"no discharge (reasons in discharge.csv): {', '.join(names)}"] if names else []
    missing = dict.fromkeys([*electrodes.missing(table), *electrodes.missing(curves)])
    if lost := [name for name in missing if name not in names]:
        notes.append(missing_text(lost))
    if notes:
        footnote(figure, "; ".join(notes))
    return figure


def _panels(psds: int) -> tuple[Figure, list, Axes, Axes]:
    """Panels for the curves of each distribution, and below for capacity and losses: side by side,
    or one below the other where they have many lines and bars.
    """
    if psds <= SIDE_BY_SIDE:
        figure = new_figure(PAGE_INCH, 5.6)
        grid = figure.add_gridspec(2, 2)
        above = [figure.add_subplot(grid[0, k]) for k in range(psds)]
        return figure, above, figure.add_subplot(grid[1, 0]), figure.add_subplot(grid[1, 1])
    rows = -(-psds // COLUMNS)
    figure = new_figure(PAGE_INCH, 2.2 * rows + 6.0)
    grid = figure.add_gridspec(rows + 2, COLUMNS, height_ratios=[*[2.2] * rows, 2.6, 3.4])
    above = [figure.add_subplot(grid[divmod(k, COLUMNS)]) for k in range(psds)]
    return figure, above, figure.add_subplot(grid[-2, :]), figure.add_subplot(grid[-1, :])


def nothing_discharged() -> Figure:
    """What is drawn of films that none of conducts."""
    figure = new_figure(PAGE_INCH, 1.0)
    figure.text(0.5, 0.5, NOTHING_DISCHARGED, ha="center", va="center")
    return figure


def _thickness_text(values: pd.Series) -> str:
    low, high = values.min(), values.max()
    return f"{low:.3g} µm" if high - low < 0.05 * high else f"{low:.3g} to {high:.3g} µm"


def _thickest(table: pd.DataFrame) -> pd.DataFrame:
    """Of every film the rows of its largest thickness."""
    film = ["psd", "solid_content_percent", "replicate", "state"]
    largest = table.groupby(film)["thickness_um"].transform("max")
    return table[np.isclose(table["thickness_um"], largest)]


def _curves(panel, curves: pd.DataFrame, electrodes: Electrodes, psd: str) -> None:
    """Mean voltage of the replicates at equal shares of the charge; band: all of them."""
    curves = _thickest(curves)
    rates = np.sort(curves["c_rate"].unique())
    if len(rates) > SHOWN_RATES:
        rates = rates[np.linspace(0, len(rates) - 1, SHOWN_RATES).astype(int)]
    for content in electrodes.contents:
        look = electrodes.look_of_content(content)
        for rate in rates:
            part = curves[(curves["solid_content_percent"] == content) & (curves["c_rate"] == rate)]
            if part.empty:
                continue
            runs = [run for _, run in part.groupby("replicate")]
            charge = np.mean([run["capacity_mah_per_g"].to_numpy() for run in runs], axis=0)
            volts = np.array([run["voltage_v"].to_numpy() for run in runs])
            label = f"{content:g} %" if rate == rates[0] else None
            panel.plot(charge, volts.mean(axis=0), color=look.colour, label=label)
            if len(runs) > 1:
                band = volts.min(axis=0), volts.max(axis=0)
                panel.fill_between(charge, *band, color=look.colour, alpha=0.25, lw=0)
    for rate in rates:
        part = curves[curves["c_rate"] == rate]
        if len(part):
            end = part.loc[part["capacity_mah_per_g"].idxmax()]
            panel.annotate(
                f"{rate:g} C",
                (end["capacity_mah_per_g"], end["voltage_v"]),
                xytext=(3, 0),
                textcoords="offset points",
                va="center",
                fontsize=7,
            )
    panel.margins(x=0.12)
    if len(curves):
        narrow = len(electrodes.psds) > SIDE_BY_SIDE
        beside_letter = {"loc": "right", "fontsize": 6.5} if narrow else {}
        panel.set_title(f"{psd}, {_thickness_text(curves['thickness_um'])}", **beside_letter)
    panel.set_xlabel("capacity / mAh g⁻¹ of AM")
    panel.set_ylabel("voltage against Li / V")


def _capacity(panel, table: pd.DataFrame, electrodes: Electrodes) -> None:
    """Capacity against the C rate: one line a distribution and thickness, over its electrodes."""
    groups = table.assign(rank=_rank(table))
    for (psd, rank), part in groups.groupby(["psd", "rank"]):
        look = electrodes.look_of_psd(psd)
        points = over_replicates(part, "capacity_mah_per_g", ["c_rate"])
        width = points["half_width"].fillna(0.0)
        panel.errorbar(
            points["c_rate"],
            points["mean"],
            yerr=width if len(points) and width.any() else None,
            color=look.colour,
            marker=look.marker,
            mfc="white" if rank else look.colour,
            ls=["-", "--", ":", "-."][int(rank) % 4],
            capsize=2,
            label=f"{psd}, {_thickness_text(part['thickness_um'])}",
        )
    plain_logarithmic(panel.xaxis)
    panel.set_ylim(0, 1.08 * table["capacity_mah_per_g"].max() if len(table) else 1)
    panel.set_xlabel("C rate / h⁻¹")
    panel.set_ylabel("capacity / mAh g⁻¹ of AM")
    if len(table):
        beside = {"loc": "center left", "bbox_to_anchor": (1.01, 0.5)}
        panel.legend(
            title="mean of the films,\nbars: 95 % interval",
            title_fontsize=7,
            **(beside if len(electrodes.psds) > SIDE_BY_SIDE else {"loc": "lower left"}),
        )


def _rank(table: pd.DataFrame) -> pd.Series:
    """Number of a film's thickness, from 0 for its smallest."""
    film = ["psd", "solid_content_percent", "replicate", "state"]
    return table.groupby(film)["thickness_um"].rank(method="dense").astype(int) - 1


def _losses(panel, table: pd.DataFrame) -> None:
    """Mean overpotentials by part: a bar for every distribution, thickness and C rate."""
    groups = table.assign(rank=_rank(table)).groupby(["rank", "c_rate", "psd"])
    names, bottoms = [], None
    heights = {loss: groups[f"loss_{loss}_mv"].mean() for loss in LOSSES}
    keys = list(groups.groups)
    place = np.arange(len(keys)) + np.array([0.6 * k for k in _blocks(keys)])
    bottoms = np.zeros(len(keys))
    for loss, height in heights.items():
        panel.bar(place, height, bottom=bottoms, width=0.8, color=LOSS_COLOURS[loss], lw=0)
        bottoms = bottoms + np.nan_to_num(height.to_numpy())
    for key, part in groups:
        names.append(f"{key[2]}, {key[1]:g} C, {_thickness_text(part['thickness_um'])}")
    panel.set_xticks(place, names, rotation=90, fontsize=6)
    panel.tick_params(axis="x", length=0)
    panel.set_ylim(0, 1.05 * bottoms.max() if bottoms.any() else 1)
    panel.set_ylabel("mean overpotential / mV")
    shown = [loss for loss in LOSSES if np.nansum(np.abs(heights[loss])) > 0]
    handles = [Patch(color=LOSS_COLOURS[loss], label=loss) for loss in reversed(shown)]
    if handles:
        panel.legend(handles=handles, loc="upper left")


def _blocks(keys: list[tuple]) -> list[int]:
    """Number of the block of each bar: a new one with every thickness and C rate."""
    blocks = [0]
    for before, key in pairwise(keys):
        blocks.append(blocks[-1] + (before[:2] != key[:2]))
    return blocks[: len(keys)]
