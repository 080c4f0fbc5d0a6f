"""A persistent study that several workers share and that outlives them.

The study is an Optuna journal file. Every running trial is held by a lock that vanishes with its
worker, so a trial whose worker died is found and taken up again with the same values and work
folder; its finished LAMMPS segments are replayed.
"""

import json
import math
import shutil
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import IO

import optuna
from optuna.distributions import FloatDistribution
from optuna.storages.journal import JournalFileBackend
from optuna.trial import FrozenTrial, TrialState

from castline.base.errors import InputError
from castline.base.locking import LockedError, exclusive, hold, hold_when_free
from castline.base.paths import located
from castline.base.seeds import seed_for
from castline.calibration.candidate import Candidate, electrodes_of
from castline.calibration.candidates import (
    CANDIDATE,
    REPLICATE,
    as_study,
    candidates,
    entrants,
    own_trials,
    resumed_numbers,
)
from castline.calibration.parameters import candidate_set, start_values
from castline.calibration.racing import promising_below, to_repeat
from castline.calibration.searches import STEPS
from castline.calibration.settings import CalibrationConfig, CalibrationStage, Racing
from castline.calibration.space import require_same, space_of
from castline.calibration.targets import terms_in_trials
from castline.calibration.trial import COMPLETE, FAILED, STOPPED, Outcome, core_seconds, run_trial
from castline.lammps.forcefield import ForceField, load_force_field
from castline.lammps.program import lammps_version
from castline.line.settings import LineSettings

JOURNAL = "study.journal"
NAME = "castline"
TRIAL_STATES = {
    COMPLETE: TrialState.COMPLETE,
    STOPPED: TrialState.PRUNED,
    FAILED: TrialState.FAIL,
}
optuna.logging.set_verbosity(optuna.logging.ERROR)
warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)


class JournalLock:
    """Optuna's lock of a journal file, as one that cannot outlive its process."""

    def __init__(self, path: Path):
        self._path = path

    def acquire(self) -> bool:
        self._handle = hold_when_free(self._path)
        return True

    def release(self) -> None:
        self._handle.close()


def _storage(path: Path) -> optuna.storages.JournalStorage:
    """The journal, without the torn last line that a kill in the middle of writing leaves."""
    lock = path.with_suffix(".lock")
    with exclusive(lock):
        content = path.read_bytes() if path.exists() else b""
        if content and not content.endswith(b"\n"):
            with path.open("r+b") as handle:
                handle.truncate(content.rfind(b"\n") + 1)
    backend = JournalFileBackend(str(path), lock_obj=JournalLock(lock))
    return optuna.storages.JournalStorage(backend)


def load_study(folder: Path) -> optuna.Study:
    """An existing study.

    Raises
    ------
    InputError
        There is none, or its file is not a study.
    """
    path = folder / JOURNAL
    if not path.is_file():
        raise InputError(f"study {path}: not there; run the calibration first")
    try:
        return optuna.load_study(study_name=NAME, storage=_storage(path))
    except (KeyError, ValueError, json.JSONDecodeError) as error:
        raise InputError(f"study {path}: not a castline study ({error})") from error


def check_study(folder: Path, space: dict) -> None:
    """Refuse to go on with a study of another space; only the keys of `space` are compared.

    Raises
    ------
    InputError
        The study is of another space, or its file cannot be read.
    """
    if (folder / JOURNAL).is_file():
        old = load_study(folder).user_attrs.get("space", {})
        require_same({k: v for k, v in old.items() if k in space}, _plain(space), folder / JOURNAL)


def check_plan(line: LineSettings, settings: CalibrationConfig, search: str, folder: str) -> None:
    """Refuse, before anything runs, a study of another space than the campaign's.

    The slurries of a dry search are left out: a slurry search may still have to find their set.

    Raises
    ------
    InputError
        The study is of another space, or its file cannot be read.
    """
    paths = (getattr(line.force_fields, search), line.force_fields.slurry)
    start, slurry_set = (load_force_field(located(path)) for path in paths)
    space = space_of(line, settings, search, start, lammps_version(), slurry_set)
    space.pop("slurry_set", None)
    check_study(Path(folder), space)


def open_study(
    folder: Path, space: dict, start: dict[str, float], search: CalibrationStage
) -> optuna.Study:
    """The study of a folder, made if there is none, with the starting set as its first trial.

    In a race it is measured on as many replicates as a set found needs: the first estimate of the
    noise, and the leader that all others have to beat.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with exclusive(folder / "turn.lock"):
        if not (folder / JOURNAL).is_file():
            study = optuna.create_study(study_name=NAME, storage=_storage(folder / JOURNAL))
        else:
            study = load_study(folder)
        if "space" not in study.user_attrs:
            study.set_user_attr("space", _plain(space))
        require_same(study.user_attrs["space"], _plain(space), folder / JOURNAL)
        queued = len(study.get_trials(deepcopy=False))
        if search.racing is None:
            if not queued:
                study.enqueue_trial(start)
            return study
        for replicate in range(queued + 1, search.racing.fewest + 1):
            study.enqueue_trial(start, user_attrs={CANDIDATE: 0, REPLICATE: replicate})
        return study


def _plain(data: dict) -> dict:
    return json.loads(json.dumps(data))


def trial_lock(folder: Path, number: int) -> Path:
    return folder / f"locks/trial-{number:04d}"


def trial_folder(folder: Path, trial: FrozenTrial | optuna.Trial) -> Path:
    """Work folder of a trial: that of the trial it resumes, if it does."""
    return folder / "trials" / trial.user_attrs.get("folder", f"trial-{trial.number:04d}")


def resume_interrupted(study: optuna.Study, folder: Path, report: Callable[[str], None]) -> None:
    """Queue again the trials that still count as running but whose worker is gone."""
    for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        try:
            hold(trial_lock(folder, trial.number)).close()
        except LockedError:
            continue
        if trial.number not in resumed_numbers(study):
            kept = {k: v for k, v in trial.user_attrs.items() if k in (CANDIDATE, REPLICATE)}
            attrs = {**kept, "resumes": trial.number, "folder": trial_folder(folder, trial).name}
            study.enqueue_trial(trial.params, user_attrs=attrs)
        study.tell(trial.number, state=TrialState.FAIL)
        report(f"trial {trial.number} was interrupted and is taken up again")


def next_trial(
    study: optuna.Study,
    folder: Path,
    search: CalibrationStage,
    seed: int,
    report: Callable[[str], None],
) -> tuple[optuna.Trial, IO[str]] | None:
    """Ask for a trial and hold its lock; None when all trials have been given out.

    The sampler starts anew from a seed of the number of trials before: what it proposes depends on
    those and not on who asks or how often the study was interrupted.
    """
    with exclusive(folder / "turn.lock"):
        resume_interrupted(study, folder, report)
        given_out = len(own_trials(study))
        if given_out >= search.trials:
            return None
        sampler = optuna.samplers.TPESampler(
            n_startup_trials=search.random_trials + 1,
            multivariate=True,
            constant_liar=True,
            seed=seed_for(seed, "calibration", given_out),
        )
        distributions = {
            key: FloatDistribution(p.low, p.high, log=p.scale == "log")
            for key, p in search.free.items()
        }
        if search.racing is None:
            study.sampler = sampler
        elif not study.get_trials(deepcopy=False, states=(TrialState.WAITING,)):
            left = search.trials - given_out
            queue_next(study, search.racing, left, sampler, distributions)
        trial = study.ask(distributions)
        return trial, hold(trial_lock(folder, trial.number))


def queue_next(
    study: optuna.Study,
    racing: Racing,
    left: int,
    sampler: optuna.samplers.BaseSampler,
    distributions: dict[str, FloatDistribution],
) -> None:
    """Queue what a race measures next, a candidate again or one proposed from the means so far."""
    runners, known = entrants(study), candidates(study)
    place = to_repeat(runners, racing, left)
    if place is None:
        means = as_study(known)
        means.sampler = sampler
        params, place, replicate = means.ask(distributions).params, len(runners), 1
    else:
        params, replicate = known[place].params, runners[place].given_out + 1
    study.enqueue_trial(params, user_attrs={CANDIDATE: place, REPLICATE: replicate})


def bar(study: optuna.Study, settings: CalibrationConfig, racing: Racing | None) -> float:
    """Objective above which a new candidate is given up.

    It is then neither acceptable nor among the `kept` best; in a race, not promising.
    """
    if racing is not None:
        runners = [runner for runner in entrants(study) if runner.losses]
        best = min((r.mean for r in runners if not r.is_out), default=math.inf)
        return max(promising_below(runners, racing, 1), best + settings.margin)
    done = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    losses = sorted(trial.value for trial in done)
    if len(losses) < settings.kept:
        return float("inf")
    return max(losses[settings.kept - 1], losses[0] + settings.margin)


def tell(study: optuna.Study, trial: optuna.Trial, outcome: Outcome, cost: float) -> None:
    """Write what a trial found into the study."""
    trial.set_user_attr("values", outcome.values)
    trial.set_user_attr("stderrs", outcome.stderrs)
    trial.set_user_attr("reason", outcome.reason)
    trial.set_user_attr("core_seconds", round(cost, 2))
    value = outcome.objective if outcome.state == COMPLETE else None
    study.tell(trial, value, state=TRIAL_STATES[outcome.state])


def work_on(
    line: LineSettings,
    settings: CalibrationConfig,
    search: str,
    start: ForceField,
    slurry_set: ForceField,
    space: dict,
    folder: Path,
    report: Callable[[str], None],
) -> dict:
    """Run trials of a search until all have been given out.

    Parameters
    ----------
    start : the set the search starts from.
    slurry_set : the set that makes the slurries of a dry search.
    folder : holds the study and the work of its trials.

    Returns
    -------
    How many trials this worker ran, by state, and their core-seconds.

    Raises
    ------
    InputError
        The folder holds a study of another space.
    """
    rules = settings.stage(search)
    wanted = terms_in_trials(rules, line.matrix)
    study = open_study(folder, space, start_values(start, rules), rules)
    count, spent = dict.fromkeys(TRIAL_STATES, 0), 0.0
    while given := next_trial(study, folder, rules, line.seed, report):
        trial, lock = given
        work, before = trial_folder(folder, trial), core_seconds()
        name, place = f"trial {trial.number}", trial.user_attrs.get(REPLICATE, 1)
        if rules.racing is not None:
            name += f" (candidate {trial.user_attrs[CANDIDATE]}, replicate {place})"
        report(f"{name}: " + ", ".join(f"{k} = {v:.4g}" for k, v in trial.params.items()))
        force_field = candidate_set(start, rules, trial.params)
        candidate = Candidate(
            line=rules.sized(line),
            slurry_set=force_field if search == "slurry" else slurry_set,
            dry_set=force_field,
            slurry_work=work if search == "slurry" else folder / "slurries",
            work=work,
            report=lambda line, name=name: report(f"{name}: {line}"),
            purpose="calibration",
            stored_slurries=rules.slurries,
        )
        electrodes = electrodes_of(wanted, rules.replicates_of(place, settings.replicates))
        is_new = place == 1
        outcome = run_trial(
            STEPS[search](candidate, electrodes, wanted),
            wanted,
            settings.replicates,
            bar=lambda is_new=is_new: bar(study, settings, rules.racing) if is_new else math.inf,
            on_step=lambda number, value, trial=trial: trial.report(value, number),
            report=candidate.report,
        )
        cost = core_seconds() - before
        tell(study, trial, outcome, cost)
        lock.close()
        if outcome.state != FAILED:
            shutil.rmtree(work, ignore_errors=True)
        count[outcome.state] += 1
        spent += cost
        report(
            f"{name} {outcome.state}, objective {outcome.objective:.4g}, {cost:.0f} core-s "
            f"{outcome.reason}".rstrip()
        )
    return {"trials": count, "core_seconds": round(spent, 2)}
