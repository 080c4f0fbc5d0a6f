"""How often the intervals and verdicts on trends are right, on campaigns whose truth is known.

    python benchmarks/trend_intervals.py

First table: intervals as they are, and as they were before (each electrode's own spread, no
logarithms), over simulated campaigns of six electrodes. Second: the same at the end of `snakemake
decide`, which adds replicates as long as tests are open. docs/trends.md shows both.
"""

import argparse
import itertools
import math

import numpy as np
import pandas as pd

from castline.recipe.replicates import Counts
from castline.results.decide_settings import DecideConfig
from castline.results.intervals import LEVEL, contrast, pool, slope_weights
from castline.results.sequential import FINAL_LEVEL, next_round
from castline.results.trends import ABOVE, CONTRADICTED, SUPPORTED, Cells, TrendTest

ELECTRODES = list(itertools.product(["AM_1", "AM_2"], [48.0, 50.0, 52.0]))
# Standard deviations of the logarithm of what the six electrodes have, of a size as sigma_e has it.
SPREADS = {
    "alike": (0.45,) * 6,
    "one twice the others": (0.4, 0.4, 0.4, 0.4, 0.4, 0.8),
    "a factor of four": (0.2, 0.4, 0.8, 0.2, 0.4, 0.8),
}
# True means over the edge of what is wanted, in units of the spread.
DISTANCES = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0)
# Weights of the six electrodes, and what a planted effect adds to the logarithm of each: a factor
# of 1.5, for the slope over 2 wt.%.
FACTOR = math.log(1.5)
SLOPE = slope_weights([48, 50, 52])
TESTS = {
    "mean": ((1.0, 0, 0, 0, 0, 0), (FACTOR,) * 6),
    "mean of the last": ((0, 0, 0, 0, 0, 1.0), (FACTOR,) * 6),
    "slope": ((*SLOPE, 0, 0, 0), (0, FACTOR, 2 * FACTOR, 0, 0, 0)),
    "difference": ((1 / 3,) * 3 + (-1 / 3,) * 3, (FACTOR,) * 3 + (0,) * 3),
}


def interval_statistics(campaigns: int, seed: int, replicates=(3, 6)) -> pd.DataFrame:
    """Coverage, median half width and power of 95 % intervals, before and after.

    Values are log-normal. The power is the chance that the interval with the planted effect lies
    above what would be true without.

    Returns
    -------
    One row per spreads, number of replicates and test; columns named by `before` and `after`.
    """
    rng = np.random.default_rng(seed)
    rows = []
    for (name, spreads), n in itertools.product(SPREADS.items(), replicates):
        found = {test: {"before": [], "after": []} for test in TESTS}
        for _ in range(campaigns):
            logs = [rng.normal(0.0, spread, n) for spread in spreads]
            shared = pool(logs)
            for test, (weights, planted) in TESTS.items():
                used = [k for k, weight in enumerate(weights) if weight]
                parts = [weights[k] for k in used]
                effect = float(np.dot(parts, [planted[k] for k in used]))
                after = contrast([logs[k] for k in used], parts, shared).interval()
                truth = np.dot(parts, [math.exp(spreads[k] ** 2 / 2) for k in used])
                before = contrast([np.exp(logs[k]) for k in used], parts).interval()
                with_it = [np.exp(logs[k] + planted[k]) for k in used]
                low, _ = contrast(with_it, parts).interval()
                found[test]["before"].append((truth, *before, low > truth))
                found[test]["after"].append((0.0, *after, after[0] + effect > 0))
        for test, both in found.items():
            row = {"spreads": name, "n": n, "test": test}
            for which, results in both.items():
                truth, low, high, resolved = np.array(results).T
                row[f"coverage_{which}"] = float(np.mean((low <= truth) & (truth <= high)))
                row[f"power_{which}"] = float(np.mean(resolved))
                row[f"half_width_{which}"] = float(np.median(high - low) / 2)
            rows.append(row)
    return pd.DataFrame(rows)


def decided_campaign(
    rng: np.random.Generator, spreads, distances, settings: DecideConfig, start: int
) -> list[tuple[TrendTest, float, int]]:
    """Final tests of one campaign that goes through the rounds, each with its truth and replicates.

    Parameters
    ----------
    distances : true mean of each electrode; every statement wants it above zero.
    start : replicates before the first round.
    """
    draws = [
        rng.normal(mean, spread, settings.films)
        for mean, spread in zip(distances, spreads, strict=True)
    ]
    replicates = dict.fromkeys(ELECTRODES, Counts(start, start))
    truths = dict(zip(ELECTRODES, distances, strict=True))
    while True:
        tests = _tests(draws, replicates)
        found = next_round(tests, replicates, settings, _films_added, math.inf)
        if not found.goes_on(replicates):
            return [(it.test, _truth(it.test, truths), it.replicates) for it in found.standings]
        replicates = found.replicates


def _tests(draws, replicates) -> list[TrendTest]:
    rows = [
        (*key, value)
        for key, draw in zip(ELECTRODES, draws, strict=True)
        for value in draw[: replicates[key].films]
    ]
    cells = Cells(pd.DataFrame(rows, columns=["psd", "solid_content_percent", "value"]), "value")
    tests = []
    for name, weights in _campaign_tests().items():
        used = [key for key, weight in zip(ELECTRODES, weights, strict=True) if weight]
        effect = cells.effect(used, [weight for weight in weights if weight])
        tests.append(TrendTest("sigma_e_level", name, "1", effect, ABOVE, tuple(used)))
    return tests


def _campaign_tests() -> dict[str, tuple[float, ...]]:
    """Weights of a mean of each electrode, a slope of each distribution, and their difference."""
    means = {f"mean {k}": tuple(float(k == j) for j in range(6)) for k in range(6)}
    slopes = {"slope 1": (*SLOPE, 0, 0, 0), "slope 2": (0, 0, 0, *SLOPE)}
    return {**means, **slopes, "difference": TESTS["difference"][0]}


def _truth(test: TrendTest, truths: dict) -> float:
    return float(np.dot(test.effect.weights, [truths[key] for key in test.electrodes]))


def _films_added(before, after) -> float:
    return float(sum(after[key].films - before[key].films for key in before))


def sequential_statistics(
    campaigns: int, seed: int, settings: DecideConfig, distances=DISTANCES, start: int = 3
) -> pd.DataFrame:
    """Coverage of the 95 % intervals at the end of all rounds, errors, verdicts and replicates.

    Returns
    -------
    One row per distance of the true means from the edge of what is wanted, in units of the spread;
    `mixed` has all of them in one campaign.
    """
    rng = np.random.default_rng(seed)
    worlds = {f"{distance:g}": (distance,) * 6 for distance in distances}
    worlds["mixed"] = DISTANCES
    rows = []
    for name, means in worlds.items():
        results = [
            result
            for _ in range(campaigns)
            for result in decided_campaign(rng, (1.0,) * 6, means, settings, start)
            if name == "mixed" or result[0].name.startswith("mean")
        ]
        intervals = np.array(
            [(truth, *test.effect.interval(FINAL_LEVEL)) for test, truth, _ in results]
        )
        covered = (intervals[:, 1] <= intervals[:, 0]) & (intervals[:, 0] <= intervals[:, 2])
        verdicts = [test.verdict(FINAL_LEVEL) for test, _, _ in results]
        wrong = [
            verdict == (CONTRADICTED if truth > 0 else SUPPORTED)
            for verdict, (_, truth, _) in zip(verdicts, results, strict=True)
        ]
        rows.append(
            {
                "distance": name,
                "tests": len(results),
                "coverage": float(covered.mean()),
                "wrong": float(np.mean(wrong)),
                "decided": float(np.mean([v in (SUPPORTED, CONTRADICTED) for v in verdicts])),
                "replicates": float(np.mean([n for *_, n in results])),
            }
        )
    return pd.DataFrame(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--campaigns", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    # A test a round looks most often, and so errs most.
    settings = DecideConfig(films=12, viscosity=12, core_hours=1, per_round=1)
    pd.set_option("display.width", 200)
    print(f"{100 * LEVEL:g} % intervals, {given.campaigns} campaigns\n")
    print(interval_statistics(given.campaigns, given.seed).round(3).to_string(index=False))
    print("\nat the end of the rounds, 3 to 12 replicates\n")
    found = sequential_statistics(max(given.campaigns // 10, 1), given.seed, settings)
    print(found.round(3).to_string(index=False))


if __name__ == "__main__":
    main()
