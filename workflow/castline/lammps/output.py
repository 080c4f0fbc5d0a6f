"""What a LAMMPS run leaves behind: time series, whole files or not, and why it stopped."""

import math
import os
import re
from pathlib import Path

import numpy as np
import pandas as pd

from castline.base.errors import InputError

RESTART_END = b"LammpS RestartT\0"


def read_series(path: Path) -> pd.DataFrame:
    """Time series written by LAMMPS `fix ave/time` (scalar mode), first column `step`.

    Raises
    ------
    InputError
        No header, an incomplete row, or a value that is not finite.
    """
    text = path.read_text()
    lines = text.splitlines()
    if len(lines) < 2 or not text.endswith("\n"):
        raise InputError(f"time series {path}: empty or truncated")
    names = ["step", *(name.removeprefix("v_") for name in lines[1].split()[2:])]
    rows = [line.split() for line in lines[2:]]
    if any(len(row) != len(names) for row in rows):
        raise InputError(f"time series {path}: truncated; each row needs {len(names)} values")
    table = pd.DataFrame(rows, columns=names).astype(float)
    if not np.isfinite(table.to_numpy()).all():
        raise InputError(f"time series {path}: holds a value that is not finite")
    return table


def relative_change(values: pd.Series, window: int) -> float:
    """|mean of the last window - mean of the one before| over |mean of the last|."""
    last, before = values.iloc[-window:].mean(), values.iloc[-2 * window : -window].mean()
    return float(abs(last - before) / abs(last)) if last != 0 else float("inf")


def whole(restart: Path, *dumps: Path) -> bool:
    """Whether LAMMPS wrote all files to their end; it does not notice a full disk itself."""
    try:
        with restart.open("rb") as handle:
            handle.seek(-len(RESTART_END), os.SEEK_END)
            if handle.read() != RESTART_END:
                return False
        return all(_is_whole(dump.read_text().split("\n")) for dump in dumps)
    except (OSError, ValueError, IndexError, StopIteration):
        return False


def _is_whole(lines: list[str]) -> bool:
    """Whether a dump of atoms or of local entries has as many rows as its header says."""
    header = next(i for i, line in enumerate(lines) if line.startswith("ITEM: NUMBER OF"))
    what = lines[header].split()[-1]
    start = next(i for i, line in enumerate(lines) if line.startswith(f"ITEM: {what} "))
    return len(lines) == start + int(lines[header + 1]) + 2 and lines[-1] == ""


def lammps_fault(log: Path) -> str:
    """LAMMPS's own error line from its log, or the log's last line."""
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    faults = [line for line in lines if line.startswith("ERROR")]
    return (faults or lines or ["no output"])[-1].strip()


def ranks_in(log: str) -> int:
    """Number of MPI ranks that a LAMMPS log tells of (`2 by 1 by 2 MPI processor grid`)."""
    grid = re.search(r"(\d+) by (\d+) by (\d+) MPI processor grid", log)
    return math.prod(int(n) for n in grid.groups()) if grid else 1


# What the halts of workflow/lammps/*.lmp watch, with the bound they print beside the value.
BOUNDS = {
    "leap": "a particle moves {} of its diameter in a step, bound 0.1",
    "closeness": "centres {} of the smallest diameter apart, bound 0.5",
    "agitation": "agitation carries {} of the contact stress, bound 1",
}
BLOWN_UP = ("Lost atoms", "Non-numeric", "Out of range atoms")


def instability(fault: str) -> str | None:
    """What went out of bounds, with its number, if LAMMPS stopped for that; else None."""
    halted = re.search(
        r"Fix halt condition for fix-id (\w+) met on step (\d+) with value (\S+)", fault
    )
    if halted and halted[1] in BOUNDS:
        return f"{BOUNDS[halted[1]].format(halted[3])}, at step {halted[2]}"
    lost = re.search(r"Lost atoms: original (\d+) current (\d+)", fault)
    if lost:
        gone = int(lost[1]) - int(lost[2])
        return (
            f"{gone} of {lost[1]} particles left the box: thrown off, or a plane was pressed past "
            f"them (less pressure, stiffer walls or smaller particles avoid that); {fault}"
        )
    return fault if any(words in fault for words in BLOWN_UP) else None
