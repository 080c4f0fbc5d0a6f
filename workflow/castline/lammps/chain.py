"""Running LAMMPS in segments that can be killed at any moment.

A stage is a chain of short LAMMPS runs ("segments") in a work folder. Each starts from the restart
file of the one before and is published by a marker that is written last and names the SHA-256 of
its files. The folder's name is a hash of everything the stage starts from. A later run of the same
stage therefore finds the markers, replays those whose variables are unchanged and goes on from
there: the result does not depend on where a run was killed.
"""

import contextlib
import ctypes
import hashlib
import itertools
import re
import resource
import signal
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TypeVar

import pandas as pd

from castline.base.errors import SimulationError, UnstableError, WalltimeError
from castline.base.files import read_json, write_atomically, write_json
from castline.base.locking import LockedError, hold
from castline.base.paths import WORKFLOW
from castline.lammps.bonds import ACT, BEGIN, BOND_FILE, read_bonds
from castline.lammps.output import instability, lammps_fault, ranks_in, read_series, whole
from castline.lammps.program import (
    check_lammps,
    lammps_command,
    lammps_environment,
    lammps_version,
    pair_styles,
)
from castline.lammps.timestep import Step
from castline.lammps.walltime import seconds_left
from castline.packing.bonds import BondList

T = TypeVar("T")
INPUTS = WORKFLOW / "lammps"
SHARED = ("common", "checkpoint")
COMPLETE = "castline: segment complete"
KEPT_SEGMENTS = 2
LOCK_WAIT_SECONDS = 3600
LOCK_POLL_SECONDS = 2.0
# The next segment is started if this multiple of the longest one so far still fits the walltime.
WALLTIME_RESERVE = 1.2
PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Segment:
    """A finished segment: time series of averages, values at its last step, its cost."""

    index: int
    series: pd.DataFrame
    final: dict[str, float]
    core_seconds: float
    peak_memory_mb: float
    wall_seconds: float


def _die_with_parent() -> None:
    """A LAMMPS run must not outlive a killed stage (Linux only; a no-op elsewhere)."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _has_bonds(variables: dict[str, str]) -> bool:
    return variables.get("bonds") in (BEGIN, ACT)


class StageRun:
    """The chain of segments of one stage in its work folder; use as a context manager.

    Segments in which bonds act (`castline.lammps.bonds`) publish those that are left, too.

    Parameters
    ----------
    root : folder that holds the work folders.
    stage : name of the static input, workflow/lammps/<stage>.lmp.
    data, coefficients : texts of the data file and of the pair_coeff lines to start from.
    key : what else tells this chain from others, such as the shear rate.
    files : other files that segments may name in their variables, by name.
    report : called with one line of progress after each new segment.
    ranks : MPI ranks of LAMMPS. A chain may go on with another number; its results then agree
        within their statistical error, and to the byte with the same number.

    Raises
    ------
    LockedError
        Another process holds the folder for an hour.
    SimulationError
        LAMMPS failed, or lacks a package.
    WalltimeError
        The job has no time left for the next segment; a later run goes on with it.
    """

    def __init__(
        self,
        root: Path,
        stage: str,
        data: str,
        coefficients: str,
        key: str = "",
        report: Callable[[str], None] = print,
        ranks: int = 1,
        files: dict[str, str] | None = None,
    ):
        files = files or {}
        check_lammps(stage, *(["bonds"] if BOND_FILE in files else []))
        texts = [data, coefficients, key, lammps_version(), *itertools.chain(*files.items())]
        scripts = {name: (INPUTS / f"{name}.lmp").read_text() for name in (*SHARED, stage)}
        texts += scripts.values()
        digest = hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]
        self.folder = Path(root).resolve() / f"{stage}-{digest}"
        self._texts = {"start.data": data, "pairs.lmp": coefficients, **files}
        self._texts |= {f"{name}.lmp": text for name, text in scripts.items()}
        self.stage, self.report, self.ranks = stage, report, ranks
        self.particles = int(re.search(r"(\d+) atoms", data)[1])
        self.segments: list[Segment] = []
        self._variables: list[dict[str, str]] = []

    def __enter__(self) -> "StageRun":
        self.folder.mkdir(parents=True, exist_ok=True)
        self._lock = self._wait_for_lock()
        for litter in self.folder.glob("part-*"):
            litter.unlink(missing_ok=True)
        for name, text in self._texts.items():
            write_atomically(self.folder / name, text.encode())
        self._published = dict(self._intact_segments())
        return self

    def _wait_for_lock(self) -> IO[str]:
        """One writer a folder. A run that outlived its workflow is waited for, then replayed."""
        left = seconds_left()
        patience = LOCK_WAIT_SECONDS if left is None else min(left, LOCK_WAIT_SECONDS)
        deadline = time.monotonic() + patience
        while True:
            try:
                return hold(self.folder / "lock")
            except LockedError as error:
                if time.monotonic() > deadline:
                    raise
                self.report(f"waiting, {error}")
                time.sleep(LOCK_POLL_SECONDS)

    def __exit__(self, *_: object) -> None:
        self._lock.close()

    def add(self, stem: str, text: str) -> str:
        """A file for later segments, by the name returned, which tells its text."""
        name = f"{stem}-{hashlib.sha256(text.encode()).hexdigest()[:16]}.lmp"
        write_atomically(self.folder / name, text.encode())
        return name

    def _intact_segments(self) -> Iterator[tuple[int, dict]]:
        """Markers 0, 1, ... up to the last one whose restart and dump are intact."""
        found: dict[int, dict] = {}
        for marker in sorted(self.folder.glob("segment-*.json")):
            try:
                found[int(marker.stem.split("-")[1])] = read_json(marker)
            except ValueError:
                self.report(f"{marker.name} of {self.stage} is damaged; its segment runs again")
        chain = [found[k] for k in itertools.takewhile(found.__contains__, itertools.count())]
        while chain and not self._is_intact(chain[-1]):
            self.report(f"checkpoint {len(chain) - 1} of {self.stage} is damaged; one step back")
            chain.pop()
        yield from enumerate(chain)

    def _is_intact(self, marker: dict) -> bool:
        return all(
            (self.folder / name).exists() and _sha256(self.folder / name) == digest
            for name, digest in marker["sha256"].items()
        )

    def segment(self, variables: dict[str, object]) -> Segment:
        """Run the next segment with these LAMMPS variables, or replay it if it is already here."""
        index = len(self.segments)
        values = {k: f"{v:.12g}" if isinstance(v, float) else str(v) for k, v in variables.items()}
        marker = self._published.get(index)
        if marker is not None and marker["variables"] != values:
            self._drop_markers(index)
            marker = None
        if marker is None:
            self._recover(index)
            segment = self._run(index, values)
        else:
            segment = self._load(index, marker)
        self._variables.append(values)
        self.segments.append(segment)
        return segment

    def _drop_markers(self, first: int) -> None:
        """Forget segment `first` and all that followed from it, also for later runs."""
        self._published = {k: v for k, v in self._published.items() if k < first}
        for path in sorted(self.folder.glob("segment-*.json"), reverse=True):
            if int(path.stem.split("-")[1]) >= first:
                path.unlink()

    def with_stable_step(self, step: Step, advance: Callable[[Step], T], halvings: int = 1) -> T:
        """`advance(step)`; where that goes unstable, once more from here with half the step.

        A note in the folder makes a later run go straight to the step that is stable.

        Parameters
        ----------
        halvings : of the step, at most.

        Raises
        ------
        UnstableError
            Unstable with the smallest step, too.
        """
        first = len(self.segments)
        note = self.folder / f"unstable-{first:04d}.json"
        unstable_us = read_json(note)["dt_us"] if note.exists() else float("inf")
        for _ in range(halvings):
            if step.dt_us < unstable_us:
                try:
                    return advance(step)
                except UnstableError as error:
                    self.report(f"{error}; once more with half the time step")
                    write_json(note, {"dt_us": step.dt_us, "reason": str(error)})
                    del self.segments[first:], self._variables[first:]
            step = step.halved()
        return advance(step)

    def _recover(self, index: int) -> None:
        """Run earlier segments again where their restart files are gone (deterministic)."""
        first = index
        while first > 0 and not self._file(first - 1, ".restart").exists():
            first -= 1
        for k in range(first, index):
            self._run(k, self._variables[k])

    def _file(self, index: int, suffix: str) -> Path:
        return self.folder / f"segment-{index:04d}{suffix}"

    def _load(self, index: int, marker: dict) -> Segment:
        return Segment(
            index=index,
            series=pd.DataFrame(marker["series"]),
            final=marker["final"],
            core_seconds=marker["core_seconds"],
            peak_memory_mb=marker["peak_memory_mb"],
            wall_seconds=marker["wall_seconds"],
        )

    def _run(self, index: int, variables: dict[str, str]) -> Segment:
        # Its own name keeps the files of a LAMMPS that outlived its stage apart from ours.
        part = self.folder / f"part-{index:04d}-{uuid.uuid4().hex[:8]}"
        log = self._file(index, ".log")
        log.unlink(missing_ok=True)
        begin = (
            {"start": "restart", "from": self._file(index - 1, ".restart").name}
            if index > 0
            else {"start": "data", "from": "start.data"}
        )
        # LAMMPS runs in the folder: a path with blanks or quotes would be read as commands.
        files = {"common": "common.lmp", "coefficients": "pairs.lmp", "out": part.name}
        files["pairs"] = pair_styles()
        command = [*lammps_command(self.ranks), "-in", f"{self.stage}.lmp"]
        command += ["-log", log.name, "-screen", "none", "-nocite"]
        for name, value in {**files, **begin, **variables}.items():
            command += ["-var", name, str(value)]

        before, clock = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        status = self._status_of(command, self._time_for(index))
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        text = log.read_text(errors="replace") if log.exists() else ""
        if status != 0 or COMPLETE not in text:
            unstable = instability(lammps_fault(log))
            if unstable:
                raise UnstableError(f"LAMMPS {self.stage}: unstable, {unstable} (log: {log})")
            raise SimulationError(f"LAMMPS {self.stage}: {lammps_fault(log)} (log: {log})")
        if ranks_in(text) != self.ranks:
            raise SimulationError(
                f"LAMMPS {self.stage}: runs on {ranks_in(text)} MPI ranks instead of {self.ranks}; "
                "CASTLINE_MPIEXEC must start ranks of the MPI library that LAMMPS was built with"
            )

        values = self._final_values(part.with_suffix(".final"))
        series = read_series(part.with_suffix(".series"))
        kept = [".restart", ".dump", *([".bonds"] if _has_bonds(variables) else [])]
        if not whole(*map(part.with_suffix, kept)):
            raise SimulationError(f"LAMMPS {self.stage}: checkpoint cut short; is the disk full?")
        published = [self._file(index, suffix) for suffix in kept]
        for path in published:
            part.with_suffix(path.suffix).replace(path)
        for suffix in (".series", ".final"):
            part.with_suffix(suffix).unlink()
        core_seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        marker = {
            "variables": variables,
            "series": series.to_dict("list"),
            "final": values,
            "core_seconds": round(core_seconds, 3),
            "peak_memory_mb": round(self.ranks * after.ru_maxrss / 1024, 1),
            "wall_seconds": round(time.monotonic() - clock, 3),
            "sha256": {path.name: _sha256(path) for path in published},
        }
        write_json(self._file(index, ".json"), marker)
        self._forget(index - KEPT_SEGMENTS)
        return self._load(index, marker)

    def _final_values(self, path: Path) -> dict[str, float]:
        """Values that the stage prints at its end; all of them or an error."""
        script = self._texts[f"{self.stage}.lmp"]
        wanted = re.findall(r'^print +"(\w+) .*\$\{out\}\.final', script, re.MULTILINE)
        text = path.read_text() if path.exists() else ""
        found = dict(re.findall(r"^(\w+) (\S+)\n", text, re.MULTILINE))
        if list(found) != wanted:
            raise SimulationError(f"LAMMPS {self.stage}: {path} cut short; is the disk full?")
        return {name: float(value) for name, value in found.items()}

    def _time_for(self, index: int) -> float | None:
        """Seconds that the next segment may take; None without a walltime.

        Raises
        ------
        WalltimeError
            It would not end in time, judged by the longest segment so far.
        """
        left = seconds_left()
        longest = max((s.wall_seconds for s in self.segments), default=0.0)
        if left is not None and left < WALLTIME_RESERVE * longest:
            raise WalltimeError(
                f"{self.stage}: stopped before the walltime with {index} segments kept; the next "
                f"takes about {longest:.0f} s and {max(left, 0):.0f} s are left; run it again"
            )
        return left

    def _status_of(self, command: list[str], seconds: float | None) -> int:
        """Exit status of LAMMPS, which is ended when its time is up or this process dies."""
        process = subprocess.Popen(
            command,
            cwd=self.folder,
            env=lammps_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=_die_with_parent,
        )
        try:
            return process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            raise WalltimeError(
                f"{self.stage}: stopped before the walltime inside segment {len(self.segments)}, "
                "which starts again in the next run"
            ) from None
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()

    def _forget(self, index: int) -> None:
        """Drop the restart and dump of an old segment; its marker keeps the series."""
        for suffix in (".restart", ".dump", ".bonds", ".log"):
            self._file(index, suffix).unlink(missing_ok=True)

    @property
    def last_dump(self) -> Path:
        """Dump of the last segment, computed again where a run that went further dropped it."""
        return self._of_last(".dump")

    @property
    def last_bonds(self) -> BondList | None:
        """Bonds that the last segment left, None if its particles have none."""
        if not _has_bonds(self._variables[-1]):
            return None
        return read_bonds(self._of_last(".bonds"))

    def _of_last(self, suffix: str) -> Path:
        path = self._file(len(self.segments) - 1, suffix)
        if not path.exists():
            self._recover(len(self.segments))
        return path

    @property
    def series(self) -> pd.DataFrame:
        """All segments' time series, one after the other."""
        return pd.concat([s.series for s in self.segments], ignore_index=True)

    @property
    def cost(self) -> dict[str, float]:
        """What all segments cost, whichever run computed them, and the size of the work."""
        return self.cost_since(0)

    def cost_since(self, first: int) -> dict[str, float]:
        """Cost of segment `first` and all later ones."""
        before = self.segments[first - 1].final["step"] if first > 0 else 0
        segments = self.segments[first:]
        return {
            "particles_or_voxels": self.particles,
            "steps": int(segments[-1].final["step"] - before),
            "ranks": self.ranks,
            "core_seconds": round(sum(s.core_seconds for s in segments), 3),
            "peak_memory_mb": max(s.peak_memory_mb for s in segments),
        }
