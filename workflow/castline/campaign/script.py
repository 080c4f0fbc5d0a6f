"""What every stage script shares: log, progress lines, one-line errors, provenance sidecar."""

import contextlib
import os
import resource
import socket
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from castline import __version__
from castline.base.errors import CastlineError, InputError
from castline.base.files import write_json
from castline.campaign.progress import DONE, ERROR, LIVE, STARTED, job_label, time_left
from castline.lammps.program import lammps_version
from castline.packing.state import ParticleState, read_state
from castline.recipe.electrode import Electrode

SECONDS_BETWEEN_LINES = 10.0


def rule_name(snakemake) -> str:
    """Name of a job's rule in castline's own files.

    A workflow that uses castline as a module may put words before or after it; the folder of a
    rule's logs keeps its name.
    """
    folder = Path(snakemake.log[0]).parent.name
    return folder if folder in snakemake.rule else snakemake.rule


def read_states(paths) -> dict[tuple[str, str, float], ParticleState]:
    """Particle states by (state name, psd, solid content in percent), from their paths.

    Raises
    ------
    InputError
        There is none.
    """
    states = {}
    for path in map(Path, paths):
        electrode, name = Electrode.of_path(path), path.name.removesuffix(".dump.gz")
        states[name, electrode.psd, electrode.percent] = read_state(path)
    if not states:
        raise InputError("no particle state is stored; run the campaign first")
    return states


class Reporter:
    """Progress lines: all of them to the log, one every ten seconds to the terminal."""

    def __init__(self, label: str, log: Path):
        log.parent.mkdir(parents=True, exist_ok=True)
        self.label, self.log = label, log.open("w", buffering=1)
        self.shown = time.monotonic()
        # a live display in the same terminal shows them from the log
        self.silent = LIVE in os.environ and sys.stderr.isatty()

    def __call__(self, line: str, show: bool = False) -> None:
        with contextlib.suppress(OSError):  # a full disk must not hide the message itself
            self.log.write(line + "\n")
        if self.silent:
            return
        if show or time.monotonic() - self.shown >= SECONDS_BETWEEN_LINES:
            print(f"[{self.label}] {line}", file=sys.stderr, flush=True)
            self.shown = time.monotonic()


def run_script(snakemake, main: Callable[[Callable[[str], None]], None]) -> None:
    """Run `main(report)`; an error ends the job with one line and the log's path.

    The log keeps the traceback of an error that castline did not foresee.
    """
    stage = rule_name(snakemake)
    report = Reporter(f"{job_label(snakemake.wildcards)}, {stage}", Path(snakemake.log[0]))
    report(f"{STARTED}{int(time.time())} on {socket.gethostname()}")
    try:
        main(report)
    except CastlineError as error:
        report(f"{ERROR}{error} (log: {snakemake.log[0]})", show=True)
        sys.exit(1)
    except Exception as error:
        name = type(error).__name__
        report(f"{ERROR}{name}: {error} (log: {snakemake.log[0]})", show=True)
        report(traceback.format_exc())
        sys.exit(1)
    progress = snakemake.params.get("progress")
    left = time_left(Path(progress), snakemake.log[0]) if progress else ""
    report(f"{DONE}{left}", show=bool(progress))


def total_cost(
    lammps_cost: dict[str, float] | None = None, voxels: int | None = None
) -> dict[str, float]:
    """Core-seconds and peak memory of this script and its LAMMPS runs, and the size of the work."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    nothing = {"particles_or_voxels": voxels, "core_seconds": 0.0, "peak_memory_mb": 0.0}
    cost = lammps_cost or nothing
    return {
        **cost,
        "core_seconds": round(cost["core_seconds"] + own.ru_utime + own.ru_stime, 2),
        "peak_memory_mb": max(cost["peak_memory_mb"], round(own.ru_maxrss / 1024, 1)),
    }


def write_sidecar(snakemake, path: str, summary: dict, seed: int | None = None) -> None:
    """Write a stage's JSON: cell, parameters with units, seed, versions, then the summary."""
    wildcards = snakemake.wildcards
    write_json(
        path,
        {
            "stage": rule_name(snakemake),
            **Electrode.of_wildcards(wildcards).keys,
            **({"state": wildcards.state} if hasattr(wildcards, "state") else {}),
            "castline_version": __version__,
            "lammps_version": lammps_version(),
            "seed": seed,
            "parameters": snakemake.params.get("settings", {}),
            **summary,
        },
    )
