"""How far a run of a campaign is, from its plan and the logs of its jobs.

Whoever sees the folder can ask: the run itself, a job of it, or a shell on another machine.
"""

import re
import time
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path

from castline.base.errors import InputError
from castline.base.files import read_json
from castline.recipe.electrode import Electrode

# A running job that has used up its prediction counts with this share of it as still to come.
OVERDUE = 0.1
# Set in the environment of jobs whose lines a live display shows (`castline.campaign.live`).
LIVE = "CASTLINE_LIVE"
STARTED, DONE, ERROR = "started ", "done", "ERROR "
# Stands for the electrode in jobs of the campaign as a whole.
ALL_ELECTRODES = "campaign"


def electrode_label(wildcards) -> str:
    """Readable name of a job's electrode, such as 'AM_1 50 % r1'."""
    if wildcards.get("psd") is None:
        return ALL_ELECTRODES
    return Electrode.of_wildcards(wildcards).label


def job_label(wildcards) -> str:
    """Readable name of a job's electrode and state, such as 'AM_1 50 % r1 dried'."""
    return f"{electrode_label(wildcards)} {wildcards.get('state') or ''}".strip()


@dataclass(frozen=True)
class Job:
    """One job of a run (`castline.campaign.run_plan`), and what its log says.

    Attributes
    ----------
    rule, electrode, label : what it is, of which electrode, and the same with its state.
    log : path of its log.
    wall_seconds : predicted; None where nothing is known.
    ranks : cores that it takes.
    state : "waiting", "running", "done" or "failed".
    news : last line of its log, or its error.
    started, heard : when it began and when its log last grew, in seconds since the epoch.
    """

    rule: str
    electrode: str
    label: str
    log: str
    wall_seconds: float | None
    ranks: int
    state: str = "waiting"
    news: str = ""
    started: float = 0.0
    heard: float = 0.0

    @property
    def failure(self) -> str:
        """What became of a job that has not ended well, in one line."""
        if self.state == "failed":
            return f"{self.label}, {self.rule}: {self.news}"
        cause = f"ended without a word, as if killed or out of memory (log: {self.log})"
        return f"{self.label}, {self.rule}: {cause}"


@cache
def _said(log: str, written_ns: int) -> tuple[float, str, str] | None:
    """When a job began (0: not said), its state and its news; None of an empty log.

    Read once for each time that the log was written: a display asks every other second.
    """
    lines = Path(log).read_text(errors="replace").splitlines()
    if not lines:
        return None
    begun = re.match(rf"{STARTED}(\d+)", lines[0])
    started = float(begun[1]) if begun else 0.0
    if errors := [line for line in lines if line.startswith(ERROR)]:
        return started, "failed", errors[-1].removeprefix(ERROR)
    news = lines[-1] if len(lines) > 1 else ""
    return started, "done" if lines[-1].startswith(DONE) else "running", news


def _job(row: dict, since_ns: int) -> Job:
    """A job of the plan with what its log says; logs of earlier runs say nothing."""
    try:
        written_ns = Path(row["log"]).stat().st_mtime_ns
        said = _said(row["log"], written_ns) if written_ns >= since_ns else None
    except OSError:
        said = None
    if said is None:
        return Job(**row)
    started, state, news = said
    heard = written_ns / 1e9
    return Job(**row, state=state, news=news, started=started or heard, heard=heard)


@dataclass(frozen=True)
class Progress:
    """A run at one moment.

    Attributes
    ----------
    cores : of this machine; on a cluster, jobs at once.
    simulations : rules that count as such.
    ways : rules of one electrode that wait for each other.
    jobs : all of the run.
    now : the moment, in seconds since the epoch.
    """

    cores: int
    simulations: list[str]
    ways: list[list[str]]
    jobs: list[Job]
    now: float = field(default_factory=time.time)

    def of_state(self, state: str) -> list[Job]:
        return [job for job in self.jobs if job.state == state]

    @cached_property
    def _slowness(self) -> dict[str, float]:
        """Time taken over time predicted, by rule and, as "", over all; from the jobs done."""
        taken: dict[str, list[float]] = {"": []}
        expected: dict[str, list[float]] = {"": []}
        for job in self.of_state("done"):
            if job.wall_seconds:
                for key in {job.rule, ""}:
                    taken.setdefault(key, []).append(job.heard - job.started)
                    expected.setdefault(key, []).append(job.wall_seconds)
        return {key: sum(taken[key]) / sum(expected[key]) for key in taken if expected[key]}

    def _expected(self, job: Job) -> float:
        """Seconds that a job takes, as far as the jobs done so far tell."""
        slowness = self._slowness.get(job.rule, self._slowness.get("", 1.0))
        return (job.wall_seconds or 0.0) * slowness

    def _to_come(self, job: Job) -> float:
        """Seconds of a job that are not behind it."""
        if job.state == "done":
            return 0.0
        expected = self._expected(job)
        elapsed = self.now - job.started if job.state == "running" else 0.0
        return max(expected - elapsed, OVERDUE * expected)

    @cached_property
    def _struck(self) -> set[str]:
        """Electrodes whose other jobs wait in vain for one that failed; the tables, too."""
        failed = {job.electrode for job in self.of_state("failed")}
        return {*failed, ALL_ELECTRODES} if failed else failed

    def _left(self, job: Job) -> float:
        """Seconds that a job still takes in this run."""
        in_vain = job.state == "waiting" and job.electrode in self._struck
        return 0.0 if in_vain or job.state == "failed" else self._to_come(job)

    @property
    def share(self) -> float:
        """Part of the run's work that is done, 0 to 1."""
        whole = sum(self._expected(job) * job.ranks for job in self.jobs)
        to_come = sum(self._to_come(job) * job.ranks for job in self.jobs)
        return 1.0 - to_come / whole if whole else 1.0

    @property
    def unknown(self) -> list[str]:
        """Rules still to run of which nothing is predicted."""
        open_jobs = [job for job in self.jobs if job.state in ("waiting", "running")]
        return sorted({job.rule for job in open_jobs if job.wall_seconds is None})

    @property
    def seconds_left(self) -> float:
        """All that is left on all cores, but no less than the electrode that needs longest."""
        shared = sum(self._left(job) * job.ranks for job in self.jobs) / max(self.cores, 1)
        longest = 0.0
        electrodes: dict[str, dict[str, float]] = {}
        for job in self.jobs:
            left = electrodes.setdefault(job.electrode, {})
            left[job.rule] = max(left.get(job.rule, 0.0), self._left(job))
        for left in electrodes.values():
            longest = max(longest, *(sum(left.get(rule, 0.0) for rule in way) for way in self.ways))
        return max(shared, longest)

    @property
    def summary(self) -> str:
        """Such as '7 of 24 simulations done, 61 of 90 jobs, about 6 min left'."""
        simulations = [job for job in self.jobs if job.rule in self.simulations]
        done = len(self.of_state("done"))
        parts = [f"{done} of {len(self.jobs)} jobs done"]
        if simulations:
            n_done = sum(job.state == "done" for job in simulations)
            parts.insert(0, f"{n_done} of {len(simulations)} simulations done")
            parts[1] = parts[1].removesuffix(" done")
        if failed := len(self.of_state("failed")):
            parts.append(f"{failed} failed")
        if self.unknown:
            parts.append(f"time left unknown ({', '.join(self.unknown)})")
        elif done + failed < len(self.jobs):
            parts.append(f"about {duration(self.seconds_left)} left")
        return ", ".join(parts)

    def failures(self, is_over: bool) -> list[str]:
        """Why jobs failed, a line each; in a run that is over also those that never ended."""
        states = ("failed", "running") if is_over else ("failed",)
        return [f"failed: {job.failure}" for job in self.jobs if job.state in states]

    @property
    def running(self) -> list[tuple[str, str, str, str]]:
        """A row for each electrode with a running job: its name, stages, time taken, last news."""
        electrodes: dict[str, list[Job]] = {}
        for job in self.of_state("running"):
            electrodes.setdefault(job.electrode, []).append(job)
        rows = []
        for name, jobs in electrodes.items():
            latest = max(jobs, key=lambda job: job.heard)
            stages = ", ".join(dict.fromkeys(job.rule for job in jobs))
            taken = duration(max(self.now - min(job.started for job in jobs), 0.0))
            rows.append((name, stages, taken, latest.news))
        return rows


def read_progress(plan: Path) -> Progress:
    """How far the run of a plan is; paths in it count from the working directory.

    Raises
    ------
    InputError
        There is no plan, or it is of another version of castline.
    """
    try:
        facts = read_json(plan)
        # The clock of the file system dates plan and logs alike.
        jobs = [_job(row, plan.stat().st_mtime_ns) for row in facts["jobs"]]
        return Progress(facts["cores"], facts["simulations"], facts["ways"], jobs)
    except FileNotFoundError:
        raise InputError(f"{plan}: not there; no run of this campaign was started here") from None
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{plan}: not a plan of this version of castline: {error!r}") from None


def time_left(plan: Path, log: str) -> str:
    """Text such as ', 7 of 24 simulations done, about 6 min left', for the job that ends with it.

    Empty without a plan that can be read: that is no reason for a job to fail.
    """
    try:
        progress = read_progress(plan)
    except InputError:
        return ""
    jobs = [replace(job, state=DONE) if job.log == log else job for job in progress.jobs]
    return f", {replace(progress, jobs=jobs).summary}"


def duration(seconds: float) -> str:
    """A time to two digits or so: '40 s', '6 min', '3.5 h'."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
