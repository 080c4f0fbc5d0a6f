"""Weighted sums of means over replicates (contrasts), their intervals, and how many replicates
would decide them.

A cell holds the replicates of one electrode. Its standard error comes from the spread of the
replicates: of all cells of the campaign together where Bartlett's test (Proc. R. Soc. A 160 (1937)
268, doi 10.1098/rspa.1937.0109) does not find that they differ in it, else of each cell alone with
Welch and Satterthwaite's degrees of freedom (Biometrics Bull. 2 (1946) 110, doi 10.2307/3002019;
Biometrika 34 (1947) 28, doi 10.1093/biomet/34.1-2.28). Intervals are Student's t.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import stdtr, stdtrit

LEVEL = 0.95
# Spreads count as equal above this p-value; high, as with few replicates the test finds little
# (benchmarks/trend_intervals.py).
EQUAL_SPREADS = 0.2
# Chance of a verdict at the number of replicates that is called needed; where the search for it
# ends; and the level of the interval whose values are all thought of before a test is given up.
POWER = 0.8
MOST_NEEDED = 9999
LIKELY = 0.95
Region = tuple[float, float]


@dataclass(frozen=True)
class Pool:
    """One variance of several cells, with its degrees of freedom."""

    variance: float
    freedom: int


def pool(cells: Iterable[np.ndarray]) -> Pool | None:
    """The variance that cells share; None where Bartlett's test finds that they differ in it.

    Parameters
    ----------
    cells : replicates of each cell, (n_k,) each; those with less than two tell nothing.
    """
    cells = [cell for cell in cells if len(cell) > 1]
    if len(cells) < 2 or any(np.ptp(cell) == 0 for cell in cells):
        return None
    from scipy.stats import bartlett  # slow to import, seldom needed

    if bartlett(*cells).pvalue < EQUAL_SPREADS:
        return None
    freedom = sum(len(cell) - 1 for cell in cells)
    squares = sum(float(np.sum((cell - cell.mean()) ** 2)) for cell in cells)
    return Pool(squares / freedom, freedom)


@dataclass(frozen=True)
class Effect:
    """A contrast, on the scale on which it is tested; without an interval, `problem` says why.

    Attributes
    ----------
    value : the weighted sum of the means.
    weights, variances, counts : of each cell; the variances are equal where they are pooled.
    freedom : degrees of freedom behind the pooled variance; None where each cell has its own.
    logarithm : whether the value is one, so that what is shown is its exponential.
    """

    value: float
    weights: tuple[float, ...] = ()
    variances: tuple[float, ...] = ()
    counts: tuple[int, ...] = ()
    freedom: float | None = None
    logarithm: bool = False
    problem: str = ""

    @property
    def replicates(self) -> int:
        """Of the cell with the fewest."""
        return min(self.counts, default=0)

    @property
    def pooled(self) -> bool:
        return self.freedom is not None

    def shown(self, value: float) -> float:
        """A value of the test's scale on that of the table."""
        return math.exp(value) if self.logarithm else value

    def tested(self, region: Region) -> Region:
        """A region of the table's scale on that of the test."""
        if not self.logarithm:
            return region
        low, high = region
        return (math.log(low) if low > 0 else -math.inf, math.log(high))

    def accuracy(self, counts: Sequence[int] | None = None) -> tuple[float, float]:
        """Standard error and degrees of freedom, now or with so many replicates in each cell."""
        n = np.array(self.counts if counts is None else counts, float)
        parts = np.array(self.weights) ** 2 * np.array(self.variances) / n
        if self.freedom is not None:
            freedom = self.freedom + float(n.sum() - sum(self.counts))
        else:
            freedom = float(parts.sum() ** 2 / np.sum(parts**2 / (n - 1)))
        return math.sqrt(parts.sum()), freedom

    def interval(self, level: float = LEVEL) -> Region:
        """Ends of the interval, on the scale of the table; NaN where there is none."""
        if self.problem:
            return math.nan, math.nan
        stderr, freedom = self.accuracy()
        half = float(stdtrit(freedom, (1 + level) / 2)) * stderr
        return self.shown(self.value - half), self.shown(self.value + half)

    def p_value(self, region: Region) -> float:
        """The smallest 1 - level at which the interval lies all in the region, or all outside."""
        if self.problem:
            return math.nan
        low, high = self.tested(region)
        stderr, freedom = self.accuracy()
        return float(2 * stdtr(freedom, -abs(min(self.value - low, high - self.value)) / stderr))

    def chance(self, region: Region, replicates: int, level: float = LEVEL) -> float:
        """Chance (at least) that so many replicates of each cell decide where the effect lies, if
        it is what it looks like now, in value and spread.
        """
        low, high = self.tested(region)
        ends = (self.value - low, high - self.value)
        stderr, freedom = self.accuracy([replicates] * len(self.counts))
        wanted = stdtrit(freedom, (1 + level) / 2)
        margins = ends if min(ends) > 0 else (-min(ends),)
        return float(1 - sum(stdtr(freedom, wanted - margin / stderr) for margin in margins))

    def best_chance(self, region: Region, replicates: int, level: float = LEVEL) -> float:
        """The largest chance that any value within the interval of level `LIKELY` has."""
        low, high = self.tested(region)
        stderr, freedom = self.accuracy()
        half = float(stdtrit(freedom, (1 + LIKELY) / 2)) * stderr
        values = [self.value - half, self.value + half]
        if math.isfinite(high - low):
            values.append(min(max((low + high) / 2, values[0]), values[1]))
        return max(replace(self, value=value).chance(region, replicates, level) for value in values)

    def needed(self, region: Region, level: float = LEVEL) -> float:
        """Replicates of each cell that decide where the effect lies, with a chance of `POWER`.

        As far as the present ones tell: an estimate itself. Infinite above `MOST_NEEDED`, NaN
        without an interval.
        """
        if self.problem:
            return math.nan
        low, high = 1, 2
        while self.chance(region, high, level) < POWER:
            if high >= MOST_NEEDED:
                return math.inf
            low, high = high, min(2 * high, MOST_NEEDED)
        while high - low > 1:
            middle = (low + high) // 2
            enough = self.chance(region, middle, level) >= POWER
            low, high = (low, middle) if enough else (middle, high)
        return float(high)


def contrast(
    cells: Sequence[np.ndarray],
    weights: Iterable[float],
    shared: Pool | None = None,
    logarithm: bool = False,
) -> Effect:
    """Weighted sum of cell means.

    Parameters
    ----------
    cells : replicates of each cell, (n_k,) each; logarithms of them if `logarithm`.
    weights : one per cell.
    shared : the variance of all cells of the campaign, these included, if they share one.
    logarithm : whether the sum is to be shown as its exponential.
    """
    weights = tuple(float(weight) for weight in weights)
    counts = tuple(len(cell) for cell in cells)
    effect = Effect(math.nan, weights, counts=counts, logarithm=logarithm)
    if min(counts) == 0:
        return replace(effect, problem="no replicate")
    value = float(np.dot(weights, [np.mean(cell) for cell in cells]))
    effect = replace(effect, value=value)
    if min(counts) < 2:
        return replace(effect, problem="one replicate")
    variances = [float(np.var(cell, ddof=1)) for cell in cells]
    if not any(variances):
        return replace(effect, problem="replicates do not differ")
    if shared is not None:
        variances = [shared.variance] * len(cells)
        return replace(effect, variances=tuple(variances), freedom=float(shared.freedom))
    return replace(effect, variances=tuple(variances))


def slope_weights(x: Iterable[float]) -> np.ndarray:
    """Weights that make a contrast the least-squares slope of cell means against x."""
    centred = np.array(list(x), float)
    centred -= centred.mean()
    return centred / np.sum(centred**2)


@dataclass(frozen=True)
class Share:
    """How many films conduct from face to face, with Clopper and Pearson's exact 95 % interval
    (Biometrika 26 (1934) 404, doi 10.1093/biomet/26.4.404).
    """

    connected: int
    films: int

    @property
    def value(self) -> float:
        return self.connected / self.films

    @property
    def interval(self) -> Region:
        from scipy.stats import binomtest  # slow to import, seldom needed

        ends = binomtest(self.connected, self.films).proportion_ci(LEVEL, method="exact")
        return float(ends.low), float(ends.high)
