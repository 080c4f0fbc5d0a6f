"""A study by candidates: the trials of one set on several replicates, merged.

In a race (`Racing`) a trial is one candidate on one replicate. Elsewhere every trial is a candidate
of its own.
"""

import math

import numpy as np
import optuna
from optuna.trial import FrozenTrial, TrialState, create_trial

from castline.calibration.racing import Entrant
from castline.calibration.settings import CalibrationStage

CANDIDATE, REPLICATE = "candidate", "replicate"
DONE, RUNNING = TrialState.COMPLETE, TrialState.RUNNING


def resumed_numbers(study: optuna.Study) -> set[int]:
    """Trials that were interrupted and taken up again under a later number."""
    trials = study.get_trials(deepcopy=False)
    return {t.user_attrs["resumes"] for t in trials if "resumes" in t.user_attrs}


def own_trials(study: optuna.Study) -> list[FrozenTrial]:
    """Trials that ended or are running, the interrupted ones only under their last number."""
    resumed = resumed_numbers(study)
    trials = study.get_trials(deepcopy=False)
    return [t for t in trials if t.number not in resumed and t.state != TrialState.WAITING]


def candidate_of(trial: FrozenTrial) -> int:
    """Number of a trial's candidate; its own number where there is no race."""
    return trial.user_attrs.get(CANDIDATE, trial.number)


def is_race(study: optuna.Study) -> bool:
    """Whether its trials are replicates of candidates."""
    return any(CANDIDATE in trial.user_attrs for trial in study.get_trials(deepcopy=False))


def by_candidate(study: optuna.Study) -> dict[int, list[FrozenTrial]]:
    """Trials of every candidate in the order of its replicates, the first candidate first."""
    found: dict[int, list[FrozenTrial]] = {}
    for trial in own_trials(study):
        found.setdefault(candidate_of(trial), []).append(trial)
    return {
        number: sorted(found[number], key=lambda trial: trial.user_attrs.get(REPLICATE, 1))
        for number in sorted(found)
    }


def losses_of(trials: list[FrozenTrial]) -> list[float]:
    """Objectives of those trials that are complete."""
    return [trial.value for trial in trials if trial.state == DONE]


def entrants(study: optuna.Study) -> list[Entrant]:
    """All candidates of a race, in the order of their numbers."""
    return [
        Entrant(
            losses=losses_of(trials),
            given_out=len(trials),
            is_out=any(trial.state not in (DONE, RUNNING) for trial in trials),
        )
        for trials in by_candidate(study).values()
    ]


def candidates(study: optuna.Study) -> list[FrozenTrial]:
    """One trial per candidate, numbered like it, with the means over its replicates.

    The mean is that of the objectives, not the objective of mean values: a set whose films scatter
    to both sides of a band does not meet it. A candidate with a trial that failed or was stopped
    early is failed or stopped early; while replicates are running it is what the others make it.
    """
    return [_merged(number, trials) for number, trials in by_candidate(study).items()]


def _merged(number: int, trials: list[FrozenTrial]) -> FrozenTrial:
    if CANDIDATE not in trials[0].user_attrs:
        return trials[0]
    done = [trial for trial in trials if trial.state == DONE]
    other = [trial for trial in trials if trial.state not in (DONE, RUNNING)]
    lead = (other or done or trials)[-1]
    attrs = dict(lead.user_attrs)
    if done and not other:
        values = [trial.user_attrs["values"] for trial in done]
        attrs["values"] = {name: float(np.mean([v[name] for v in values])) for name in values[0]}
        attrs["stderrs"] = {
            name: _stderr([v[name] for v in values], lead.user_attrs["stderrs"][name])
            for name in values[0]
        }
    merged = create_trial(
        state=lead.state,
        value=float(np.mean(losses_of(done))) if lead.state == DONE else None,
        params=lead.params,
        distributions=lead.distributions,
        user_attrs=attrs,
        intermediate_values=lead.intermediate_values,
    )
    merged.number = number
    return merged


def _stderr(values: list[float], of_one: float | None) -> float | None:
    """Of the mean over trials; of one trial its own."""
    if len(values) < 2:
        return of_one
    return float(np.std(values, ddof=1)) / math.sqrt(len(values))


def settled(study: optuna.Study, search: CalibrationStage) -> list[FrozenTrial]:
    """Complete candidates that may be the set found, the best first.

    In a race those with fewer than `Racing.fewest` replicates may not, however lucky; of equal
    means the one with more replicates comes first.
    """
    fewest = 1 if search.racing is None else search.racing.fewest
    count = {number: len(losses_of(trials)) for number, trials in by_candidate(study).items()}
    able = [c for c in candidates(study) if c.state == DONE and count[c.number] >= fewest]
    return sorted(able, key=lambda c: (c.value, -count[c.number], c.number))


def as_study(trials: list[FrozenTrial]) -> optuna.Study:
    """A study in memory of these trials."""
    study = optuna.create_study()
    study.add_trials(trials)
    return study
