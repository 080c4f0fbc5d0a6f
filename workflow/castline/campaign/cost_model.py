"""What the stages of a campaign cost, from measured runs.

One stage run takes

    core-seconds = start + a * size^b * steps

with the number of particles (LAMMPS stages) or voxels (image stages, one step) as its size. The
powers b are given: contacts are short-ranged, so that LAMMPS is linear in particles, and voxels in
voxels; the solver is close to it (docs/scaling.md). start and a are fitted to the runs of
workflow/cost/measured.csv; your own past runs, tables/cost.csv of earlier campaigns, then correct
the speed of each stage by one factor. The error of a prediction is
the spread of ln(measured / predicted) over the past runs, or over the shipped ones where there are
none. Only the standard library is used: the workflow reads this at every start.
"""

import csv
import math
import statistics
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from castline.base.errors import InputError
from castline.base.paths import WORKFLOW

MEASURED = WORKFLOW / "cost" / "measured.csv"
# Power of the size; the solver's from 0.8 to 50 million voxels (docs/transport-benchmark.md).
EXPONENT = {"transport": 1.13}
# Candidates for the start-up time, as fractions of the shortest run.
START_FRACTIONS = [k / 20 for k in range(20)]
# Sizes must differ by this factor (its logarithm) to tell a power.
SHORTEST_SPAN = math.log(3)


@dataclass(frozen=True)
class Run:
    """One measured stage run (of one shear rate for the viscosity)."""

    stage: str
    size: int
    steps: int
    core_seconds: float
    peak_memory_mb: float
    shear_rate_per_s: float | None
    strain: float | None


@dataclass(frozen=True)
class StageCost:
    """Cost of one stage.

    `log_error` is the standard deviation of ln(measured / predicted), `past_runs` the number of
    one's own runs that the speed is corrected with. `steps` is the mean number of steps; `shear`
    tells how they depend on the shear rate, where there is one.
    """

    start_seconds: float
    seconds_per_unit: float
    exponent: float
    memory_mb: float
    memory_mb_per_unit: float
    steps: float
    steps_log_error: float
    log_error: float
    past_runs: int = 0
    shear: "ShearSteps | None" = None

    def core_seconds(self, size: float, steps: float = 1) -> float:
        return self.start_seconds + self.seconds_per_unit * size**self.exponent * steps

    def peak_memory_mb(self, size: float) -> float:
        return self.memory_mb + self.memory_mb_per_unit * size


@dataclass(frozen=True)
class ShearSteps:
    """Steps of a shear run: steps per unit strain = factor * rate^power; `strain` the mean."""

    factor: float
    power: float
    strain: float

    def per_strain(self, shear_rate_per_s: float) -> float:
        return self.factor * shear_rate_per_s**self.power


def read_runs(path: Path) -> list[Run]:
    """Runs of a cost table; rows without the size of their work (older tables) are left out.

    Raises
    ------
    InputError
        A column is missing or a value is not a number.
    """
    with path.open(newline="") as table:
        rows = [row for row in csv.DictReader(table) if row.get("particles_or_voxels")]
    try:
        return [
            Run(
                stage=row["stage"],
                size=int(float(row["particles_or_voxels"])),
                steps=int(float(row["steps"] or 1)),
                core_seconds=float(row["core_seconds"]),
                peak_memory_mb=float(row["peak_memory_mb"]),
                shear_rate_per_s=float(row["shear_rate_per_s"] or 0) or None,
                strain=float(row["strain"] or 0) or None,
            )
            for row in rows
        ]
    except (KeyError, ValueError) as error:
        raise InputError(f"cost table {path}: {error}; delete it or mend it") from error


def _line(x: list[float], y: list[float], slope_if_unknown: float) -> tuple[float, float]:
    """Slope and intercept of a straight line; the given slope where x spans too little for one."""
    if max(x) - min(x) < SHORTEST_SPAN:
        return slope_if_unknown, statistics.fmean(y) - slope_if_unknown * statistics.fmean(x)
    slope, intercept = statistics.linear_regression(x, y)
    return slope, intercept


def _spread(values: list[float]) -> float:
    """Root mean square of log residuals."""
    return math.sqrt(statistics.fmean([v * v for v in values]))


def fit_stage(runs: list[Run]) -> StageCost:
    """Fit one stage: the median of a for each start-up time, and the best start-up time.

    Medians and absolute deviations, because a run that also compiled (numba) takes ten times as
    long; the stated error counts it in full.
    """
    shortest = min(r.core_seconds for r in runs)
    exponent = EXPONENT.get(runs[0].stage, 1.0)
    best, least = None, math.inf
    for fraction in START_FRACTIONS:
        start = fraction * shortest
        units = [math.log((r.core_seconds - start) / r.size**exponent / r.steps) for r in runs]
        per_unit = math.exp(statistics.median(units))
        cost = StageCost(start, per_unit, exponent, 0.0, 0.0, 1.0, 0.0, 0.0)
        ratios = _log_ratios(cost, runs)
        misfit = statistics.fmean([abs(r) for r in ratios])
        if misfit < least:
            best, least = replace(cost, log_error=_spread(ratios)), misfit
    slope, memory = _line([r.size for r in runs], [r.peak_memory_mb for r in runs], 0.0)
    steps = statistics.fmean(r.steps for r in runs)
    return replace(
        best,
        memory_mb=max(memory, 0.0),
        memory_mb_per_unit=max(slope, 0.0),
        steps=steps,
        steps_log_error=_spread([math.log(r.steps / steps) for r in runs]),
    )


def _log_ratios(cost: StageCost, runs: Iterable[Run]) -> list[float]:
    return [math.log(r.core_seconds / cost.core_seconds(r.size, r.steps)) for r in runs]


def fit_shear(runs: list[Run]) -> ShearSteps:
    """Steps per unit strain against shear rate, and the typical strain."""
    rates = [math.log(r.shear_rate_per_s) for r in runs]
    per_strain = [math.log(r.steps / r.strain) for r in runs]
    power, intercept = _line(rates, per_strain, 0.0)
    return ShearSteps(math.exp(intercept), power, statistics.fmean(r.strain for r in runs))


def fit(runs: list[Run]) -> dict[str, StageCost]:
    """Costs by stage from a set of runs."""
    by_stage: dict[str, list[Run]] = {}
    for run in runs:
        by_stage.setdefault(run.stage, []).append(run)
    stages = {stage: fit_stage(rows) for stage, rows in by_stage.items()}
    for stage, rows in by_stage.items():
        if all(run.shear_rate_per_s for run in rows):
            shear = fit_shear(rows)
            expected = [shear.per_strain(r.shear_rate_per_s) * shear.strain for r in rows]
            error = _spread([math.log(r.steps / e) for r, e in zip(rows, expected, strict=True)])
            stages[stage] = replace(stages[stage], steps_log_error=error, shear=shear)
    return stages


def unmeasured(measured: Iterable[StageCost], steps: int) -> StageCost:
    """Cost of a LAMMPS stage that nobody has run yet: the dearest particle step of those measured.

    Its error is their spread about it, and at least a factor of 2.
    """
    measured = list(measured)
    dearest = max(measured, key=lambda cost: cost.seconds_per_unit)
    ratios = [math.log(cost.seconds_per_unit / dearest.seconds_per_unit) for cost in measured]
    error = max(_spread(ratios), math.log(2))
    return replace(
        dearest, steps=steps, steps_log_error=math.log(2), log_error=error, past_runs=0, shear=None
    )


def corrected(model: dict[str, StageCost], past: list[Run]) -> dict[str, StageCost]:
    """The model at the speed of one's own past runs."""
    stages = dict(model)
    for stage, cost in model.items():
        ratios = _log_ratios(cost, [r for r in past if r.stage == stage])
        if ratios:
            shift = statistics.median(ratios)
            stages[stage] = replace(
                cost,
                start_seconds=cost.start_seconds * math.exp(shift),
                seconds_per_unit=cost.seconds_per_unit * math.exp(shift),
                log_error=_spread([r - shift for r in ratios])
                if len(ratios) > 1
                else cost.log_error,
                past_runs=len(ratios),
            )
    return stages


def load_cost_model(
    results: Path | None, particle_steps: Mapping[str, int], without: str | None = None
) -> dict[str, StageCost]:
    """Costs by stage: the shipped model corrected by the campaigns in `results`, if any.

    Parameters
    ----------
    particle_steps : expected steps of every LAMMPS stage, for those that no measured run covers.
    without : a campaign whose own runs are left out.
    """
    tables = sorted(results.glob("*/tables/cost.csv")) if results is not None else []
    past = [run for table in tables if table.parts[-3] != without for run in read_runs(table)]
    model = fit(read_runs(MEASURED))
    known = [model[stage] for stage in particle_steps if stage in model]
    for stage, steps in particle_steps.items():
        if stage not in model:
            model[stage] = unmeasured(known, steps)
    return corrected(model, past)
