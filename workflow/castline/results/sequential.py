"""Replicates in rounds: which electrodes get more of them, until every test is decided.

After each round every test is looked at. One that is decided at the 99.98 % level gets no more
replicates; all others go on to the largest number, where the 96 % level decides (as Haybittle, Br.
J. Radiol. 44 (1971) 793, doi 10.1259/0007-1285-44-526-793, and Peto et al., Br. J. Cancer 34 (1976)
585, doi 10.1038/bjc.1976.220, with other levels). Looks before the last one spend 0.0002 of the
error rate each, however many and whenever they are, and the last one 0.04: 5 % with fifty looks.
The intervals at the end are those of the 96 % level, which cover the truth in 94 to 97 of 100
cases (benchmarks/trend_intervals.py). A test is given up where no effect within its 95 % interval
has an 80 % chance of a verdict at the largest number; that never makes a false verdict more
likely.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from castline.recipe.replicates import Counts
from castline.results.decide_settings import FEWEST, DecideConfig
from castline.results.intervals import POWER
from castline.results.trends import NOT_TESTED, TrendTest

EARLY_LEVEL, FINAL_LEVEL = 0.9998, 0.96
DECIDED, OPEN, UNDECIDABLE, BUDGET = "decided", "open", "undecidable", "budget spent"

Electrode = tuple[str, float]
Cost = Callable[[Mapping[Electrode, Counts], Mapping[Electrode, Counts]], float]


@dataclass(frozen=True)
class Standing:
    """Where a test stands after a round.

    Attributes
    ----------
    status : decided, open, undecidable (with the largest number of replicates) or budget spent.
    replicates : of the electrode with the fewest, whether or not its films conduct.
    needed : replicates of each electrode for a verdict at the last look, with a chance of 80 %; the
        present ones where it is decided, NaN where it cannot be told.
    wanted : replicates of each electrode that the next rounds go for.
    """

    test: TrendTest
    status: str
    replicates: int
    needed: float
    wanted: int


@dataclass(frozen=True)
class Round:
    """Standings of all tests, and the replicates of every electrode after the next round."""

    standings: tuple[Standing, ...]
    replicates: dict[Electrode, Counts]

    def goes_on(self, before: Mapping[Electrode, Counts]) -> bool:
        return self.replicates != dict(before)


def next_round(
    tests: Iterable[TrendTest],
    replicates: Mapping[Electrode, Counts],
    settings: DecideConfig,
    cost: Cost,
    core_hours_left: float,
) -> Round:
    """The round that serves the open tests whose verdicts are expected to cost least.

    Parameters
    ----------
    replicates : of each electrode (distribution, solid content in wt.%).
    cost : core-hours that lead from some replicates to others.
    """
    now = dict(replicates)
    standings = [_standing(test, now, settings) for test in tests]
    open_ = [k for k, it in enumerate(standings) if it.status == OPEN]
    after = now
    for k in sorted(open_, key=lambda k: (cost(now, _raised(standings[k], now)), k)):
        more = _raised(standings[k], now, settings.step, beside=after)
        if cost(now, more) <= core_hours_left:
            after = more
        if _added(now, after) >= settings.per_round:
            break
    if after == now:
        standings = [replace(it, status=BUDGET) if it.status == OPEN else it for it in standings]
    return Round(tuple(standings), after)


def _standing(
    test: TrendTest, replicates: Mapping[Electrode, Counts], settings: DecideConfig
) -> Standing:
    there = [_number(test, replicates[electrode]) for electrode in test.electrodes]
    fewest, limit = min(there), settings.viscosity if test.of_viscosity else settings.films
    if test.problem:
        # Without an interval there is nothing to foresee but that it takes two that count.
        wanted = max(FEWEST, fewest + 1)
        status = OPEN if wanted <= limit else UNDECIDABLE
        return Standing(test, status, fewest, math.nan, wanted)
    full = fewest >= limit
    p = test.p_value
    if p <= 1 - EARLY_LEVEL or (full and p <= 1 - FINAL_LEVEL):
        return Standing(test, DECIDED, fewest, float(fewest), fewest)
    unclear = p > 1 - FINAL_LEVEL
    needed = max(test.needed(FINAL_LEVEL), fewest + 1.0) if unclear else float(fewest)
    if full or (unclear and test.best_chance(limit, FINAL_LEVEL) < POWER):
        return Standing(test, UNDECIDABLE, fewest, needed, fewest)
    wanted = min(max(test.needed(EARLY_LEVEL), fewest + 1), limit)
    return Standing(test, OPEN, fewest, needed, int(wanted))


def _number(test: TrendTest, counts: Counts) -> int:
    return counts.viscosity if test.of_viscosity else counts.films


def _raised(
    standing: Standing,
    replicates: Mapping[Electrode, Counts],
    step: int | None = None,
    beside: Mapping[Electrode, Counts] | None = None,
) -> dict[Electrode, Counts]:
    """Replicates with those that a test wants of its electrodes, at most `step` more of each, and
    with those `beside` them that other tests want.
    """
    after = dict(replicates if beside is None else beside)
    for electrode in standing.test.electrodes:
        have = _number(standing.test, replicates[electrode])
        wanted = standing.wanted if step is None else min(standing.wanted, have + step)
        number = max(wanted, _number(standing.test, after[electrode]))
        kind = "viscosity" if standing.test.of_viscosity else "films"
        after[electrode] = after[electrode]._replace(**{kind: number})
    return after


def _added(before: Mapping[Electrode, Counts], after: Mapping[Electrode, Counts]) -> int:
    return sum(sum(after[key]) - sum(before[key]) for key in before)


def summary_lines(standings: Sequence[Standing]) -> list[str]:
    """How many tests stand where, and a line for each that is not decided."""
    counts = {status: sum(it.status == status for it in standings) for status in STATUSES}
    lines = [f"{len(standings)} tests: " + ", ".join(f"{n} {s}" for s, n in counts.items() if n)]
    for it in standings:
        if it.status != DECIDED:
            place = ", ".join(f"{psd} {content:g} %" for psd, content in it.test.electrodes)
            rate = f" at {it.test.rate:g} 1/s" if it.test.rate else ""
            lines.append(f"  {it.status}: {it.test.statement}, {place}{rate}: {_need(it)}")
    return lines


STATUSES = (DECIDED, OPEN, UNDECIDABLE, BUDGET)


def _need(standing: Standing) -> str:
    if standing.test.problem:
        return f"{NOT_TESTED}{standing.test.problem}"
    if standing.needed <= standing.replicates:
        return f"clear with {standing.replicates} replicates, goes on to {standing.wanted}"
    if math.isinf(standing.needed):
        return f"has {standing.replicates} replicates, would need more than 9999"
    return f"has {standing.replicates} replicates, would need {standing.needed:.0f}"
