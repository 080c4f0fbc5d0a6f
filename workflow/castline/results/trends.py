"""What the study states about its results, tested over the replicates of a campaign.

Every test is a weighted sum of cell means (a contrast), a cell being the replicates of one
electrode in one state: a mean, a difference of two electrodes, a mean difference over all solid
contents, the least-squares slope against solid content. Its standard error comes from the spread of
the replicates within each cell, which may differ between cells, and its 95 % interval from
Student's t with Welch and Satterthwaite's degrees of freedom (Biometrics Bull. 2 (1946) 110, doi
10.2307/3002019; Biometrika 34 (1947) 28, doi 10.1093/biomet/34.1-2.28). Ratios are differences of
logarithms. Each statement says where the effect must lie; it is

- supported if the whole interval lies there,
- contradicted if none of it does,
- not resolved otherwise.

Intervals are not widened for the number of tests: of a hundred tests without effect about five
exclude zero.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from scipy.stats import t

from castline.results import stated
from castline.results.schema import KEYS, TABLES
from castline.results.stated import ABOUT, CASTING_RATES_PER_S, SENTENCES, Stated

SUPPORTED, NOT_RESOLVED, CONTRADICTED = "supported", "not resolved", "contradicted"
NOT_TESTED = "not tested: "
NEEDS = {
    "viscosity": [*KEYS, "shear_rate_per_s", "viscosity_pa_s"],
    "structure": [
        *(*KEYS, "state", "density_g_per_cm3", "porosity", "porosity_without_nanopores"),
        *("volume_fraction_se", "contact_area_se_se_per_m"),
    ],
    "transport": [*KEYS, "state", "sigma_e_s_per_m", "sigma_ion_s_per_m"],
}
Region = tuple[float, float]
ABOVE, BELOW = (0.0, math.inf), (-math.inf, 0.0)


@dataclass(frozen=True)
class Effect:
    """A contrast with its 95 % interval; without one, `problem` says why."""

    value: float
    low: float = math.nan
    high: float = math.nan
    degrees_of_freedom: float = math.nan
    replicates: int = 0
    problem: str = ""

    def mapped(self, function: Callable[[float], float]) -> "Effect":
        """The same effect on another, increasing scale."""
        ends = (function(self.value), function(self.low), function(self.high))
        return Effect(*ends, self.degrees_of_freedom, self.replicates, self.problem)


def contrast(cells: list[np.ndarray], weights: Iterable[float]) -> Effect:
    """Weighted sum of cell means with its Welch-Satterthwaite 95 % interval.

    Parameters
    ----------
    cells : replicates of each cell, (n_k,) each.
    weights : one per cell.
    """
    weights = np.array(list(weights), float)
    counts = np.array([len(cell) for cell in cells])
    value = float(weights @ [np.mean(cell) for cell in cells])
    fewest = int(counts.min())
    if fewest < 2:
        return Effect(value, replicates=fewest, problem="one replicate")
    parts = weights**2 * np.array([np.var(cell, ddof=1) for cell in cells]) / counts
    if parts.sum() == 0:
        return Effect(value, replicates=fewest, problem="replicates do not differ")
    freedom = float(parts.sum() ** 2 / np.sum(parts**2 / (counts - 1)))
    half = float(t.ppf(0.975, freedom) * math.sqrt(parts.sum()))
    return Effect(value, value - half, value + half, freedom, fewest)


def slope_weights(x: Iterable[float]) -> np.ndarray:
    """Weights that make a contrast the least-squares slope of cell means against x."""
    centred = np.array(list(x), float)
    centred -= centred.mean()
    return centred / np.sum(centred**2)


def verdict(effect: Effect, region: Region) -> str:
    """Where the interval lies relative to where the statement wants the effect."""
    if effect.problem:
        return NOT_TESTED + effect.problem
    low, high = region
    if low <= effect.low and effect.high <= high:
        return SUPPORTED
    return CONTRADICTED if effect.high < low or effect.low > high else NOT_RESOLVED


class Cells:
    """Replicates of one column by electrode (and shear rate); without electrodes that lack it."""

    def __init__(self, table: pd.DataFrame, column: str, factor: float = 1.0):
        there = table[table[column].notna()]
        self._table, self._column, self._factor = there, column, factor

    def psds(self) -> list[str]:
        return sorted(self._table["psd"].unique())

    def contents(self, psd: str) -> list[float]:
        part = self._table[self._table["psd"] == psd]
        return sorted(part["solid_content_percent"].unique())

    def get(self, psd: str, content: float) -> np.ndarray:
        """Replicates of one electrode, empty if it is not there."""
        part = self._table
        part = part[(part["psd"] == psd) & (part["solid_content_percent"] == content)]
        return part[self._column].to_numpy(float) * self._factor


class Trends:
    """Gathers one row per test."""

    def __init__(self) -> None:
        self.rows: list[dict] = []

    def add(
        self, name: str, test: str, unit: str, effect: Effect, region: Region, given: str = "",
        psd: str = "", content: str = "", rate: float | None = None,
    ) -> None:  # fmt: skip
        """`given` replaces the verdict where one row alone does not decide."""
        self.rows.append(
            {
                "statement": name,
                "kind": "level" if name.endswith("_level") else "trend",
                "sentence": SENTENCES[name],
                "test": test,
                "psd": psd,
                "solid_content_percent": content,
                "shear_rate_per_s": rate,
                "n_replicates": effect.replicates,
                "effect": effect.value,
                "effect_low_95": effect.low,
                "effect_high_95": effect.high,
                "unit": unit,
                "wanted_low": region[0],
                "wanted_high": region[1],
                "degrees_of_freedom": effect.degrees_of_freedom,
                "verdict": given or verdict(effect, region),
            }
        )

    def missing(self, name: str, why: str = "the campaign lacks these electrodes") -> None:
        self.add(name, "", "", Effect(math.nan, problem=why), (math.nan, math.nan))

    def level(
        self, name: str, cells: Cells, wanted: Stated, only: tuple[str, float] | None = None,
        rate: float | None = None,
    ) -> None:  # fmt: skip
        """The mean of each electrode, or of one, lies in a range."""
        electrodes = [(p, c) for p in cells.psds() for c in cells.contents(p)]
        for psd, content in electrodes if only is None else [only]:
            values = cells.get(psd, content)
            if len(values):
                effect = contrast([values], [1.0])
                place = {"psd": psd, "content": f"{content:g}", "rate": rate}
                self.add(name, "mean", wanted.unit, effect, wanted.band(), **place)

    def slope(self, name: str, cells: Cells, unit: str, region: Region) -> None:
        """The slope against solid content of each distribution."""
        for psd in cells.psds():
            contents = cells.contents(psd)
            if len(contents) > 1:
                groups = [cells.get(psd, c) for c in contents]
                effect = contrast(groups, slope_weights(contents))
                shown = " ".join(f"{c:g}" for c in contents)
                test = "least-squares slope against solid content"
                self.add(name, test, f"{unit}/wt.%", effect, region, psd=psd, content=shown)

    def difference(
        self, name: str, cells: Cells, unit: str, contents: list[float], first: str, second: str
    ) -> None:
        """Mean over `contents` of first - second distribution is above zero."""
        groups = [cells.get(psd, c) for psd in (first, second) for c in contents]
        if contents and all(map(len, groups)):
            n = len(contents)
            effect = contrast(groups, [1 / n] * n + [-1 / n] * n)
            test = f"{first} - {second}" + (", mean over solid contents" if n > 1 else "")
            shown = " ".join(f"{c:g}" for c in contents)
            self.add(name, test, unit, effect, ABOVE, psd=f"{first} {second}", content=shown)

    def table(self) -> pd.DataFrame:
        """All rows in the order of the statements; one row for each that could not be tested."""
        done = {row["statement"] for row in self.rows}
        for name in SENTENCES:
            if name not in done:
                self.missing(name)
        table = pd.DataFrame(self.rows, columns=list(TABLES["trends"].columns))
        ends = ["wanted_low", "wanted_high"]
        table[ends] = table[ends].replace([-np.inf, np.inf], np.nan)
        order = {name: k for k, name in enumerate(SENTENCES)}
        return table.sort_values("statement", key=lambda s: s.map(order), kind="stable")


def shared_contents(cells: Cells) -> list[float]:
    """Solid contents that both AM_1 and AM_2 have."""
    return sorted(set(cells.contents("AM_1")) & set(cells.contents("AM_2")))


def _log_ratio(top: np.ndarray, bottom: np.ndarray) -> Effect:
    if min(top.min(), bottom.min()) <= 0:
        value = float(top.mean() / bottom.mean()) if bottom.mean() != 0 else math.nan
        return Effect(value, problem="a value is not positive")
    return contrast([np.log(top), np.log(bottom)], [1.0, -1.0]).mapped(math.exp)


def _viscosity(trends: Trends, table: pd.DataFrame) -> None:
    column = "viscosity_pa_s"
    same = (1 / (1 + ABOUT), 1 + ABOUT)
    for rate, part in table.groupby("shear_rate_per_s"):
        cells = Cells(part, column)
        for psd in cells.psds():
            if CASTING_RATES_PER_S[0] <= rate <= CASTING_RATES_PER_S[1]:
                trends.level("viscosity_level", cells, stated.VISCOSITY, (psd, 50.0), rate)
            top, bottom = cells.get(psd, 52.0), cells.get(psd, 48.0)
            if len(top) and len(bottom):
                trends.add(
                    "viscosity_doubles", "ratio 52 % over 48 %", "1", _log_ratio(top, bottom),
                    (stated.VISCOSITY_RATIO_52_OVER_48, math.inf), psd=psd, content="48 52",
                    rate=rate,
                )  # fmt: skip
        for content in shared_contents(cells):
            ratio = _log_ratio(cells.get("AM_1", content), cells.get("AM_2", content))
            trends.add(
                "viscosity_same_for_both", "ratio AM_1 over AM_2, within a quarter", "1", ratio,
                same, psd="AM_1 AM_2", content=f"{content:g}", rate=rate,
            )  # fmt: skip
    for (psd, content), part in table.groupby(["psd", "solid_content_percent"]):
        flow = part.pivot_table(index="replicate", columns="shear_rate_per_s", values=column)
        flow = flow.dropna()
        if len(flow.columns) < 2 or flow.empty:
            continue
        if (flow <= 0).to_numpy().any():
            effect = Effect(math.nan, problem="a value is not positive")
        else:
            slopes = np.log(flow.to_numpy()) @ slope_weights(np.log(flow.columns))
            effect = contrast([slopes], [1.0])
        test = "slope of ln viscosity against ln shear rate, per replicate"
        place = {"psd": psd, "content": f"{content:g}"}
        trends.add("viscosity_shear_thinning", test, "1", effect, BELOW, **place)


def _structure(trends: Trends, table: pd.DataFrame) -> None:
    dried, pressed = (table[table["state"] == state] for state in ("dried", "calendered"))
    density = Cells(dried, "density_g_per_cm3")
    trends.level("dry_density_level", density, stated.DENSITY["dried"])
    trends.slope("dry_density_grows", density, "g/cm3", ABOVE)
    both = shared_contents(density)
    trends.difference("dry_density_am_2_above", density, "g/cm3", both, "AM_2", "AM_1")
    porosity = Cells(dried, "porosity", 100.0)
    for content, wanted in stated.POROSITY_DRIED_AM_1.items():
        trends.level("dry_porosity_level", porosity, wanted, ("AM_1", content))
    density = Cells(pressed, "density_g_per_cm3")
    trends.level("calendered_density_level", density, stated.DENSITY["calendered"])
    both = shared_contents(density)
    trends.difference("calendered_density_am_1_above", density, "g/cm3", both, "AM_1", "AM_2")
    for psd in density.psds():
        _no_monotonic_trend(trends, density, psd)
    porosity = Cells(pressed, "porosity", 100.0)
    trends.level("calendered_porosity_level", porosity, stated.POROSITY_CALENDERED)
    for content in (48.0, 52.0):
        pair = ([content], "AM_1", "AM_2")
        trends.difference(
            "se_fraction_am_1_above", Cells(pressed, "volume_fraction_se"), "1", *pair
        )
        area = Cells(pressed, "contact_area_se_se_per_m", 1e-6)
        trends.difference("se_contact_am_1_above", area, "um2/um3", *pair)
    pores = Cells(pressed, "porosity_without_nanopores", 100.0)
    for content in (50.0, 52.0):
        groups = [pores.get("AM_1", content), pores.get("AM_1", 48.0)]
        if all(map(len, groups)):
            trends.add(
                "cbd_pores", f"pore volume outside CBD, {content:g} % - 48 % (our reading)", "%",
                contrast(groups, [1.0, -1.0]), ABOVE, psd="AM_1", content=f"48 {content:g}",
            )  # fmt: skip


def _no_monotonic_trend(trends: Trends, cells: Cells, psd: str) -> None:
    """One row per step between neighbouring solid contents, with one verdict on all of them.

    Supported if two steps have opposite signs, both resolved; contradicted if all steps are
    resolved and have the same sign.
    """
    contents = cells.contents(psd)
    if len(contents) < 3:
        return
    steps = [
        (a, b, contrast([cells.get(psd, b), cells.get(psd, a)], [1.0, -1.0]))
        for a, b in pairwise(contents)
    ]
    problems = [effect.problem for _, _, effect in steps if effect.problem]
    rises = [effect.low > 0 for _, _, effect in steps]
    falls = [effect.high < 0 for _, _, effect in steps]
    joint = NOT_RESOLVED
    if problems:
        joint = NOT_TESTED + problems[0]
    elif any(rises) and any(falls):
        joint = SUPPORTED
    elif all(rises) or all(falls):
        joint = CONTRADICTED
    for a, b, effect in steps:
        test = f"step {a:g} % to {b:g} %; verdict on all steps"
        place = {"psd": psd, "content": f"{a:g} {b:g}", "given": joint}
        trends.add(
            "calendered_density_no_trend", test, "g/cm3", effect, (math.nan, math.nan), **place
        )


def _transport(trends: Trends, table: pd.DataFrame) -> None:
    for state, place in (("calendered", ""), ("assembled", "_in_cell")):
        film = table[table["state"] == state]
        electronic = Cells(film, "sigma_e_s_per_m")
        trends.level(f"sigma_e{place}_level", electronic, stated.SIGMA_E)
        trends.slope(f"sigma_e{place}_falls", electronic, "S/m", BELOW)
        both = shared_contents(electronic)
        name = f"sigma_e{place}_am_1_above"
        trends.difference(name, electronic, "S/m", both, "AM_1", "AM_2")
        ionic = Cells(film, "sigma_ion_s_per_m", 10.0)
        trends.level(f"sigma_ion{place}_level", ionic, stated.SIGMA_ION)
        name = f"sigma_ion{place}_am_1_above"
        for content in (48.0, 52.0):
            trends.difference(name, ionic, "mS/cm", [content], "AM_1", "AM_2")


def trends_table(
    viscosity: pd.DataFrame, structure: pd.DataFrame, transport: pd.DataFrame
) -> pd.DataFrame:
    """All tests of the study's statements on a campaign's tables; see the module."""
    trends = Trends()
    _viscosity(trends, viscosity)
    _structure(trends, structure)
    _transport(trends, transport)
    trends.missing("measured_sigma_e", "a statement about measured films")
    return trends.table()


def summary_of_trends(table: pd.DataFrame) -> list[tuple[str, ...]]:
    """Rows (sentence, supported, not resolved, contradicted, not tested) of the trends."""
    rows = []
    for _, part in table[table["kind"] == "trend"].groupby("statement", sort=False):
        untested = part["verdict"].str.startswith(NOT_TESTED)
        counts = [
            int((part["verdict"] == v).sum()) for v in (SUPPORTED, NOT_RESOLVED, CONTRADICTED)
        ]
        rows.append((part["sentence"].iloc[0], *map(str, counts), str(int(untested.sum()))))
    return rows
