"""How long the Slurm job that this process runs in may still run."""

import functools
import os
import re
import subprocess
import time

# Kept free at the end for writing a stage's outputs.
MARGIN_SECONDS = 20.0


def parse_time_left(text: str) -> float | None:
    """Seconds from what `squeue -o %L` prints, such as 1-02:03:04 or 5:06; None for no limit."""
    match = re.fullmatch(r"(?:(\d+)-)?(?:(\d+):)?(\d+):(\d+)", text.strip())
    if match is None:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return float(((days * 24 + hours) * 60 + minutes) * 60 + seconds)


@functools.cache
def _end() -> float | None:
    """Monotonic time at which the job ends; None outside Slurm or without a limit."""
    job = os.environ.get("SLURM_JOB_ID")
    if job is None:
        return None
    query = ["squeue", "--noheader", "--jobs", job, "--format=%L"]
    try:
        answer = subprocess.run(query, capture_output=True, text=True, timeout=60, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    left = parse_time_left(answer.stdout)
    return None if left is None else time.monotonic() + left


def seconds_left() -> float | None:
    """Seconds of compute before this job must stop itself; None if it need not.

    Slurm is asked rather than the workflow: it also knows of limits that were changed while the
    job runs or that a partition imposed.
    """
    end = _end()
    return None if end is None else end - time.monotonic() - MARGIN_SECONDS
