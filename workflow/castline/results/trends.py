"""What the study states about its results, tested over the replicates of a campaign.

Every test is a weighted sum of cell means (`castline.results.intervals`), a cell being the
replicates of one electrode in one state: a mean, a difference of two electrodes, a mean difference
over all solid contents, the least-squares slope against solid content. Viscosities and
conductivities enter as logarithms: their means are geometric ones, their differences ratios. Films
without a path from face to face have no logarithm; the test is about those that conduct, and says
how many do. Each statement says where the effect must lie; it is

- supported if the whole 95 % interval lies there,
- contradicted if none of it does,
- not resolved otherwise.

Intervals are not widened for the number of tests: of a hundred tests without effect about five
exclude zero. What is left of the verdicts if all tests are to be right together is told by Holm's
p-values (Scand. J. Stat. 6 (1979) 65).
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import numpy as np
import pandas as pd

from castline.results import stated
from castline.results.intervals import (
    LEVEL,
    Effect,
    Pool,
    Region,
    Share,
    contrast,
    pool,
    slope_weights,
)
from castline.results.schema import KEYS, TABLES
from castline.results.stated import ABOUT, CASTING_RATES_PER_S, SENTENCES, Stated

SUPPORTED, NOT_RESOLVED, CONTRADICTED = "supported", "not resolved", "contradicted"
VERDICTS = (SUPPORTED, NOT_RESOLVED, CONTRADICTED)
NOT_TESTED = "not tested: "
NEEDS = {
    "viscosity": [*KEYS, "shear_rate_per_s", "viscosity_pa_s"],
    "structure": [
        *(*KEYS, "state", "density_g_per_cm3", "porosity", "porosity_without_nanopores"),
        *("volume_fraction_se", "contact_area_se_se_per_m"),
    ],
    "transport": [
        *(*KEYS, "state", "sigma_e_s_per_m", "sigma_ion_s_per_m"),
        *("cbd_percolates", "ionic_percolates"),
    ],
}
Key = tuple[str, float]
ABOVE, BELOW = (0.0, math.inf), (-math.inf, 0.0)
RATIO_ABOVE = (1.0, math.inf)
NOWHERE = (math.nan, math.nan)


@dataclass(frozen=True)
class TrendTest:
    """One test of one statement.

    Attributes
    ----------
    statement : name of the sentence.
    effect : what is computed, in `unit`; `region` is where the sentence wants it.
    electrodes : (distribution, solid content in wt.%) of each cell.
    steps : where the verdict is one on several effects, those between neighbouring solid contents.
    share : of the films of a conductivity that conduct; the others have no cell.
    """

    statement: str
    name: str
    unit: str
    effect: Effect
    region: Region
    electrodes: tuple[Key, ...] = ()
    rate: float | None = None
    steps: tuple[Effect, ...] = ()
    share: Share | None = None

    @property
    def of_viscosity(self) -> bool:
        """Whether sheared slurries decide it, rather than films."""
        return self.statement.startswith("viscosity")

    @property
    def problem(self) -> str:
        return next((e.problem for e in (self.effect, *self.steps) if e.problem), "")

    @property
    def p_value(self) -> float:
        """The smallest 1 - level at which the verdict is not `NOT_RESOLVED`."""
        if self.problem:
            return math.nan
        if self.steps:
            return self._over_steps([step.p_value(ABOVE) for step in self.steps])
        return self.effect.p_value(self.region)

    def needed(self, level: float = LEVEL) -> float:
        """Replicates of each electrode that decide it, as far as the present ones tell."""
        if self.problem:
            return math.nan
        if self.steps:
            return self._over_steps([step.needed(ABOVE, level) for step in self.steps])
        replicates = self.effect.needed(self.region, level)
        if self.share is None or math.isinf(replicates):
            return replicates
        return float(math.ceil(replicates / self.share.value))

    def best_chance(self, replicates: int, level: float = LEVEL) -> float:
        """Chance of a verdict with so many replicates for the luckiest of the likely effects."""
        if self.steps:
            chances = [step.best_chance(ABOVE, replicates, level) for step in self.steps]
            return -self._over_steps([-chance for chance in chances])
        n = replicates if self.share is None else int(replicates * self.share.value)
        return self.effect.best_chance(self.region, n, level) if n > 1 else 0.0

    def _over_steps(self, numbers: list[float]) -> float:
        """The number at which all steps that the verdict takes are resolved: one rise and one
        fall, or all if all go one way.
        """
        pairs = list(zip(self.steps, numbers, strict=True))
        rises = [number for step, number in pairs if step.value > 0]
        falls = [number for step, number in pairs if step.value <= 0]
        return max(min(rises), min(falls)) if rises and falls else max(numbers)

    @property
    def _holds(self) -> bool:
        """Whether the effect is where the sentence wants it, whatever its interval."""
        if self.steps:
            return len({step.value > 0 for step in self.steps}) == 2
        low, high = self.effect.tested(self.region)
        return low <= self.effect.value <= high

    def verdict(self, level: float = LEVEL) -> str:
        """Where the interval lies relative to where the statement wants the effect."""
        if self.problem:
            return NOT_TESTED + self.problem
        if self.p_value > 1 - level:
            return NOT_RESOLVED
        return SUPPORTED if self._holds else CONTRADICTED

    def row(self, level: float) -> dict:
        """The test as a row of the table, but for Holm's columns."""
        effect, tested = self.effect, not self.problem
        low, high = effect.interval(level)
        verdict = self.verdict(level)
        needed = self.needed(level) if verdict == NOT_RESOLVED else math.nan
        share = (self.share.value, *self.share.interval) if self.share else (math.nan,) * 3
        return {
            "statement": self.statement,
            "kind": "level" if self.statement.endswith("_level") else "trend",
            "sentence": SENTENCES[self.statement],
            "test": self.name,
            "psd": " ".join(dict.fromkeys(psd for psd, _ in self.electrodes)),
            "solid_content_percent": " ".join(
                f"{content:g}" for content in sorted({content for _, content in self.electrodes})
            ),
            "shear_rate_per_s": self.rate,
            "n_replicates": effect.replicates,
            "n_films": self.share.films if self.share else math.nan,
            "connected_fraction": share[0],
            "connected_fraction_low_95": share[1],
            "connected_fraction_high_95": share[2],
            "effect": effect.shown(effect.value),
            "effect_low_95": low,
            "effect_high_95": high,
            "unit": self.unit,
            "wanted_low": self.region[0],
            "wanted_high": self.region[1],
            "variance": ("pooled" if effect.pooled else "own") if tested else "",
            "degrees_of_freedom": effect.accuracy()[1] if tested else math.nan,
            "p_value": self.p_value,
            "verdict": verdict,
            "n_needed": needed if math.isfinite(needed) else math.nan,
        }


class Cells:
    """Replicates of one column by electrode; without electrodes that lack it.

    Parameters
    ----------
    table : rows of one state, or of one shear rate.
    connected : name of the flag without which a row has no place in a cell.
    logarithm : whether cells hold logarithms.
    by : columns that tell cells apart, the electrode's first.
    """

    def __init__(
        self, table: pd.DataFrame, column: str, factor: float = 1.0,
        connected: str | None = None, logarithm: bool = False,
        by: Sequence[str] = KEYS[:2],
    ):  # fmt: skip
        self.logarithm = logarithm
        table = table[table[column].notna()]
        self._cells: dict[Key, np.ndarray] = {}
        self._shares: dict[Key, Share] = {}
        for key, rows in table.groupby(list(by)):
            flags = (
                np.ones(len(rows), bool) if connected is None else rows[connected].to_numpy(bool)
            )
            self._cells[key] = rows[column].to_numpy(float)[flags] * factor
            if connected is not None:
                self._shares[key] = Share(int(flags.sum()), len(rows))

    @cached_property
    def _pool(self) -> Pool | None:
        """The variance that the electrodes share, of logarithms where cells hold them."""
        cells = self._cells.values()
        return pool([np.log(c) for c in cells if (c > 0).all()] if self.logarithm else cells)

    def psds(self) -> list[str]:
        return sorted({psd for psd, *_ in self._cells})

    def contents(self, psd: str) -> list[float]:
        return sorted(content for name, content in self._cells if name == psd)

    def electrodes(self) -> list[Key]:
        return sorted(self._cells)

    def has(self, *electrodes: Key) -> bool:
        return all(electrode in self._cells for electrode in electrodes)

    def share(self, electrodes: Iterable[Key]) -> Share | None:
        """How many films of the electrodes conduct, of those where that is asked for."""
        shares = [self._shares[key] for key in electrodes if key in self._shares]
        if not shares:
            return None
        return Share(sum(s.connected for s in shares), sum(s.films for s in shares))

    def effect(
        self, electrodes: Sequence[Key], weights: Iterable[float], ratio: bool = True
    ) -> Effect:
        """The weighted sum of the means of some electrodes.

        A sum of logarithms is shown as its exponential, if it is to be a `ratio` or a mean.
        """
        cells = [self._cells[key] for key in electrodes]
        if self.logarithm:
            if any((cell <= 0).any() for cell in cells):
                return Effect(math.nan, problem="a value is not positive")
            cells = [np.log(cell) for cell in cells]
        found = contrast(cells, weights, self._pool, self.logarithm and ratio)
        share = self.share(electrodes)
        if share is not None and share.connected < share.films and found.replicates < 2:
            return replace(found, problem="fewer than two films of an electrode conduct")
        return found


class Trends:
    """Gathers the tests."""

    def __init__(self) -> None:
        self.tests: list[TrendTest] = []

    def add(
        self, statement: str, name: str, unit: str, cells: Cells, electrodes: Sequence[Key],
        weights: Iterable[float], region: Region, rate: float | None = None, ratio: bool = True,
    ) -> None:  # fmt: skip
        """A weighted sum of the means of some electrodes, where the campaign has all of them."""
        if electrodes and cells.has(*electrodes):
            effect, share = cells.effect(electrodes, weights, ratio), cells.share(electrodes)
            test = TrendTest(
                statement, name, unit, effect, region, tuple(electrodes), rate, share=share
            )
            self.tests.append(test)

    def level(
        self, statement: str, cells: Cells, wanted: Stated, only: Key | None = None,
        rate: float | None = None,
    ) -> None:  # fmt: skip
        """The mean of each electrode, or of one, lies in a range."""
        name = "geometric mean" if cells.logarithm else "mean"
        for electrode in cells.electrodes() if only is None else [only]:
            place = ([electrode], [1.0], wanted.band())
            self.add(statement, name, wanted.unit, cells, *place, rate)

    def slope(self, statement: str, cells: Cells, quantity: str, unit: str, region: Region) -> None:
        """The slope against solid content of each distribution."""
        of = f"of ln {quantity} " if cells.logarithm else ""
        name = f"least-squares slope {of}against solid content"
        unit = "1/wt.%" if cells.logarithm else f"{unit}/wt.%"
        for psd in cells.psds():
            contents = cells.contents(psd)
            if len(contents) > 1:
                electrodes = [(psd, content) for content in contents]
                weights = slope_weights(contents)
                self.add(statement, name, unit, cells, electrodes, weights, region, ratio=False)

    def comparison(
        self, statement: str, cells: Cells, unit: str, contents: Sequence[float], first: str,
        second: str,
    ) -> None:  # fmt: skip
        """Over `contents` the first distribution lies above the second."""
        electrodes = [(psd, content) for psd in (first, second) for content in contents]
        n = len(contents)
        weights = [1 / n] * n + [-1 / n] * n if n else []
        over = ", mean over solid contents" if n > 1 else ""
        name, region = f"{first} - {second}{over}", ABOVE
        if cells.logarithm:
            name, unit, region = f"ratio {first} over {second}{over}", "1", RATIO_ABOVE
        self.add(statement, name, unit, cells, electrodes, weights, region)

    def table(self, level: float = LEVEL) -> pd.DataFrame:
        """All tests in the order of the statements; one row for each that could not be tested.

        Parameters
        ----------
        level : of the intervals, taken alone; above 95 % where replicates were added in rounds.
        """
        rows = [test.row(level) for test in self.tests]
        done = {test.statement for test in self.tests}
        why = {
            "measured_sigma_e": "a statement about measured films",
            None: "the campaign lacks these electrodes",
        }
        for name in SENTENCES:
            if name not in done:
                lacking = Effect(math.nan, problem=why.get(name, why[None]))
                rows.append(TrendTest(name, "", "", lacking, NOWHERE).row(level))
        table = pd.DataFrame(rows).reindex(columns=list(TABLES["trends"].columns))
        ends = ["wanted_low", "wanted_high"]
        table[ends] = table[ends].replace([-np.inf, np.inf], np.nan)
        table = table.replace("", None)
        order = {name: k for k, name in enumerate(SENTENCES)}
        table = table.sort_values("statement", key=lambda s: s.map(order), kind="stable")
        return _with_holm(table, level)


def holm(p: np.ndarray) -> np.ndarray:
    """P-values (m,) that hold for all m tests together, after Holm."""
    order = np.argsort(p)
    together = np.empty_like(p)
    together[order] = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    return np.minimum(together, 1.0)


def _with_holm(table: pd.DataFrame, level: float) -> pd.DataFrame:
    """The table with the p-values that hold for all its tests together, and their verdicts."""
    tested = table["p_value"].notna()
    table["p_holm"], table["verdict_holm"] = math.nan, table["verdict"]
    if tested.any():
        table.loc[tested, "p_holm"] = holm(table.loc[tested, "p_value"].to_numpy(float))
    table.loc[table["p_holm"] > 1 - level, "verdict_holm"] = NOT_RESOLVED
    return table


def shared_contents(cells: Cells) -> list[float]:
    """Solid contents that both AM_1 and AM_2 have."""
    return sorted(set(cells.contents("AM_1")) & set(cells.contents("AM_2")))


def _viscosity(trends: Trends, table: pd.DataFrame) -> None:
    column, difference = "viscosity_pa_s", [1.0, -1.0]
    for rate, part in table.groupby("shear_rate_per_s"):
        cells = Cells(part, column, logarithm=True)
        for psd in cells.psds():
            if CASTING_RATES_PER_S[0] <= rate <= CASTING_RATES_PER_S[1]:
                trends.level("viscosity_level", cells, stated.VISCOSITY, (psd, 50.0), rate)
            trends.add(
                "viscosity_doubles", "ratio 52 % over 48 %", "1", cells,
                [(psd, 52.0), (psd, 48.0)], difference,
                (stated.VISCOSITY_RATIO_52_OVER_48, math.inf), rate,
            )  # fmt: skip
        for content in shared_contents(cells):
            trends.add(
                "viscosity_same_for_both", "ratio AM_1 over AM_2, within a quarter", "1", cells,
                [("AM_1", content), ("AM_2", content)], difference,
                (1 / (1 + ABOUT), 1 + ABOUT), rate,
            )  # fmt: skip
    flow = table.pivot_table(index=KEYS, columns="shear_rate_per_s", values=column)
    flow = flow[(flow.isna() | (flow > 0)).all(axis=1)].dropna()
    if len(flow.columns) > 1 and len(flow):
        slope = np.log(flow.to_numpy()) @ slope_weights(np.log(flow.columns))
        cells = Cells(flow.index.to_frame(index=False).assign(slope=slope), "slope")
        for electrode in cells.electrodes():
            name = "slope of ln viscosity against ln shear rate, per replicate"
            place = ([electrode], [1.0], BELOW)
            trends.add("viscosity_shear_thinning", name, "1", cells, *place)


def _structure(trends: Trends, table: pd.DataFrame) -> None:
    dried, pressed = (table[table["state"] == state] for state in ("dried", "calendered"))
    density = Cells(dried, "density_g_per_cm3")
    trends.level("dry_density_level", density, stated.DENSITY["dried"])
    trends.slope("dry_density_grows", density, "density", "g/cm3", ABOVE)
    both = shared_contents(density)
    trends.comparison("dry_density_am_2_above", density, "g/cm3", both, "AM_2", "AM_1")
    porosity = Cells(dried, "porosity", 100.0)
    for content, wanted in stated.POROSITY_DRIED_AM_1.items():
        trends.level("dry_porosity_level", porosity, wanted, ("AM_1", content))
    density = Cells(pressed, "density_g_per_cm3")
    trends.level("calendered_density_level", density, stated.DENSITY["calendered"])
    both = shared_contents(density)
    trends.comparison("calendered_density_am_1_above", density, "g/cm3", both, "AM_1", "AM_2")
    for psd in density.psds():
        _no_monotonic_trend(trends, density, psd)
    porosity = Cells(pressed, "porosity", 100.0)
    trends.level("calendered_porosity_level", porosity, stated.POROSITY_CALENDERED)
    electrolyte = Cells(pressed, "volume_fraction_se")
    area = Cells(pressed, "contact_area_se_se_per_m", 1e-6)
    for content in (48.0, 52.0):
        pair = ([content], "AM_1", "AM_2")
        trends.comparison("se_fraction_am_1_above", electrolyte, "1", *pair)
        trends.comparison("se_contact_am_1_above", area, "um2/um3", *pair)
    pores = Cells(pressed, "porosity_without_nanopores", 100.0)
    for content in (50.0, 52.0):
        name = f"pore volume outside CBD, {content:g} % - 48 % (our reading)"
        pair = [("AM_1", content), ("AM_1", 48.0)]
        trends.add("cbd_pores", name, "%", pores, pair, [1.0, -1.0], ABOVE)


def _no_monotonic_trend(trends: Trends, cells: Cells, psd: str) -> None:
    """One row per step between neighbouring solid contents, with one verdict on all of them.

    Supported if two steps have opposite signs, both resolved; contradicted if all steps are
    resolved and have the same sign.
    """
    contents = cells.contents(psd)
    if len(contents) < 3:
        return
    pairs = [((psd, b), (psd, a)) for a, b in pairwise(contents)]
    steps = tuple(cells.effect(pair, [1.0, -1.0]) for pair in pairs)
    for pair, step in zip(pairs, steps, strict=True):
        name = f"step {pair[1][1]:g} % to {pair[0][1]:g} %; verdict on all steps"
        test = TrendTest(
            "calendered_density_no_trend", name, "g/cm3", step, NOWHERE, pair[::-1], steps=steps
        )
        trends.tests.append(test)


def _transport(trends: Trends, table: pd.DataFrame) -> None:
    for state, place in (("calendered", ""), ("assembled", "_in_cell")):
        film = table[table["state"] == state]
        electronic = Cells(film, "sigma_e_s_per_m", 1.0, "cbd_percolates", logarithm=True)
        trends.level(f"sigma_e{place}_level", electronic, stated.SIGMA_E)
        trends.slope(f"sigma_e{place}_falls", electronic, "sigma_e", "S/m", BELOW)
        both = shared_contents(electronic)
        name = f"sigma_e{place}_am_1_above"
        trends.comparison(name, electronic, "S/m", both, "AM_1", "AM_2")
        ionic = Cells(film, "sigma_ion_s_per_m", 10.0, "ionic_percolates", logarithm=True)
        trends.level(f"sigma_ion{place}_level", ionic, stated.SIGMA_ION)
        name = f"sigma_ion{place}_am_1_above"
        for content in (48.0, 52.0):
            trends.comparison(name, ionic, "mS/cm", [content], "AM_1", "AM_2")


def trend_tests(
    viscosity: pd.DataFrame, structure: pd.DataFrame, transport: pd.DataFrame
) -> Trends:
    """All tests of the study's statements on a campaign's tables; see the module."""
    trends = Trends()
    _viscosity(trends, viscosity)
    _structure(trends, structure)
    _transport(trends, transport)
    return trends


def trends_table(
    viscosity: pd.DataFrame,
    structure: pd.DataFrame,
    transport: pd.DataFrame,
    level: float = LEVEL,
) -> pd.DataFrame:
    """The table of all tests, with intervals of a level; see the module."""
    return trend_tests(viscosity, structure, transport).table(level)
