"""The best trials of a search at full size, with seeds of their own: the best there is the set."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from optuna import Study
from optuna.trial import FrozenTrial

from castline.base.errors import SimulationError
from castline.calibration.candidate import Candidate, electrodes_of
from castline.calibration.candidates import settled
from castline.calibration.parameters import candidate_set
from castline.calibration.report import complete_trials, starting_trial
from castline.calibration.searches import STEPS
from castline.calibration.settings import CalibrationConfig, CalibrationStage
from castline.calibration.study import load_study
from castline.calibration.targets import terms_in_trials
from castline.calibration.trial import COMPLETE, FAILED, Outcome, core_seconds, run_trial
from castline.lammps.forcefield import ForceField
from castline.line.settings import LineSettings


class Finalist(NamedTuple):
    """What a trial found at full size.

    Attributes
    ----------
    trial : its number, in a race that of the candidate; None where the search has fewer than
        finalists.
    """

    trial: int | None
    outcome: Outcome
    core_seconds: float

    @classmethod
    def from_dict(cls, data: dict) -> "Finalist":
        return cls(**{**data, "outcome": Outcome(**data["outcome"])})


def ranking_of(study: Study, search: CalibrationStage) -> list[FrozenTrial]:
    """Candidates that may be the set found, the best first.

    Raises
    ------
    SimulationError
        There is none.
    """
    complete_trials(study)
    ranking = settled(study, search)
    if not ranking:
        raise SimulationError(
            f"calibration: no candidate was completed on racing.fewest = {search.racing.fewest} "
            "replicates; raise trials"
        )
    return ranking


def finalist_trials(study: Study, search: CalibrationStage, count: int) -> list[FrozenTrial]:
    """The best candidates, the best first; the starting set takes part in any case.

    What small boxes of one seed say of it may be chance, and the set found shall not be worse.
    """
    ranking = ranking_of(study, search)
    start = starting_trial(study)
    if start is None or start.number in {trial.number for trial in ranking[:count]}:
        return ranking[:count]
    return [*ranking[: count - 1], start]


def run_finalist(
    line: LineSettings,
    settings: CalibrationConfig,
    search: str,
    place: int,
    start: ForceField,
    slurry_set: ForceField,
    folder: Path,
    report: Callable[[str], None],
) -> Finalist:
    """The candidate at a place of `finalist_trials`, from 1, at the size of the finalists.

    Parameters
    ----------
    start : the set the search started from.
    slurry_set : the set that makes the slurries of a dry search.
    folder : holds the study; the work of finalists stays below it, so that a later call, after a
        stop or after more trials, replays what is there.
    """
    rules = settings.stage(search)
    size = rules.finalists
    chosen = finalist_trials(load_study(folder), rules, size.trials)
    if place > len(chosen):
        report(f"only {len(chosen)} complete trials")
        return Finalist(None, Outcome(FAILED, 0.0, reason="no such trial"), 0.0)
    trial = chosen[place - 1]
    wanted = terms_in_trials(rules, line.matrix)
    force_field = candidate_set(start, rules, trial.params)
    work, before = folder / f"finalists/trial-{trial.number:04d}", core_seconds()
    candidate = Candidate(
        line=line.at_size(size.dry_mass_g),
        slurry_set=force_field if search == "slurry" else slurry_set,
        dry_set=force_field,
        slurry_work=work if search == "slurry" else folder / "finalists/slurries",
        work=work,
        report=lambda line: report(f"trial {trial.number}: {line}"),
        purpose="finalist",
    )
    outcome = run_trial(
        STEPS[search](candidate, electrodes_of(wanted, range(1, size.replicates + 1)), wanted),
        wanted,
        size.replicates,
        bar=lambda: math.inf,
        on_step=lambda number, value: None,
        report=candidate.report,
    )
    return Finalist(trial.number, outcome, round(core_seconds() - before, 2))


class Choice(NamedTuple):
    """The trial whose set is the search's result, with the values that decided it, by term name."""

    trial: FrozenTrial
    values: dict[str, float]
    stderrs: dict[str, float | None]


def choose(study: Study, search: CalibrationStage, finalists: list[Finalist]) -> Choice:
    """The finalist with the lowest objective at full size; without finalists the best candidate.

    Raises
    ------
    SimulationError
        No candidate or no finalist was completed; the message holds the reason of the last failure.
    """
    ranking = ranking_of(study, search)
    if not finalists:
        best = ranking[0]
        return Choice(best, best.user_attrs["values"], best.user_attrs["stderrs"])
    done = [finalist for finalist in finalists if finalist.outcome.state == COMPLETE]
    if not done:
        last = finalists[-1].outcome.reason
        raise SimulationError(f"calibration: no finalist was completed; the last one: {last}")
    best = min(done, key=lambda finalist: finalist.outcome.objective)
    trial = next(trial for trial in ranking if trial.number == best.trial)
    return Choice(trial, best.outcome.values, best.outcome.stderrs)


def objectives(finalists: list[Finalist]) -> dict[int, float]:
    """Objective at full size by trial number, of the completed finalists."""
    return {f.trial: f.outcome.objective for f in finalists if f.outcome.state == COMPLETE}
