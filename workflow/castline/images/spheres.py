"""Spheres of any program: LAMMPS dumps, CSV and plain text with one sphere a line."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from castline.base.errors import InputError, printable
from castline.base.files import read_text
from castline.images.volume import unit_in_metres
from castline.packing.state import read_dump_table, unzipped
from castline.recipe.phases import SOLID_PHASES, Phase

DUMPS = (".dump", ".lammpstrj", ".gz")
PLAIN = ["id", "type", "x", "y", "z", "radius"]
MAX_BYTES = 2_000_000_000
# https://docs.lammps.org/units.html
LAMMPS_LENGTHS = {
    "micro": 1e-6,
    "nano": 1e-9,
    "si": 1.0,
    "cgs": 1e-2,
    "real": 1e-10,
    "metal": 1e-10,
}


@dataclass(frozen=True)
class Spheres:
    """Spheres in an orthogonal box; lengths in m.

    Attributes
    ----------
    centre_m : array (n, 3)
    radius_m : array (n,)
    types : array (n,) of int
        Phase codes where `is_own`, else the file's types.
    ids : array (n,) of int
    low_m, high_m : array (3,), or None where the file has no box
    periodic : 3 bools, or None where the file does not say
    is_own : bool
        Whether castline wrote the file, so that its types are phases.
    """

    centre_m: np.ndarray
    radius_m: np.ndarray
    types: np.ndarray
    ids: np.ndarray
    low_m: np.ndarray | None
    high_m: np.ndarray | None
    periodic: tuple[bool, bool, bool] | None
    is_own: bool = False


def read_spheres(path, unit: str | None = None) -> Spheres:
    """Read spheres from a LAMMPS dump of one frame, a CSV, or plain text.

    A CSV or a text has a header with the columns id, type, x, y, z and radius or diameter; six
    numbers a line without header are in the order of `PLAIN`.

    Parameters
    ----------
    unit : str, optional
        Unit of length; a dump may say it itself (``ITEM: UNITS``).

    Raises
    ------
    InputError
        If the file is damaged or of several frames, a column is missing, a radius is not positive,
        or the unit is not known.
    """
    path = Path(path)
    if path.suffix.lower() in DUMPS:
        return _from_dump(path, unit)
    table = _table(path)
    if unit is None:
        raise InputError(f"{path}: has no unit of length; give it with --length-unit")
    return _spheres(path, table, unit_in_metres(unit), None, None, None)


def _from_dump(path, unit):
    low, high, boundary, table = read_dump_table(path)
    named = _units(path)
    unit_m = None if unit is None else unit_in_metres(unit)
    stated = LAMMPS_LENGTHS.get(named or "")
    if stated is not None and unit_m not in (None, stated):
        raise InputError(f"{path}: --length-unit {unit} contradicts its units {named}")
    if stated is None and unit_m is None:
        raise InputError(f"{path}: does not say its unit of length; give it with --length-unit")
    periodic = tuple(code == "pp" for code in boundary)
    if len(periodic) != 3:
        raise InputError(f"{path}: its box bounds have no three boundary codes")
    return _spheres(path, table, stated or unit_m, low, high, periodic)


def _units(path):
    """Units that a dump names, or None; refuses one of several frames, of which one is wanted."""
    raw = path.read_bytes()
    lines = (unzipped(raw) if path.suffix == ".gz" else raw).decode().splitlines()
    frames = sum(line.startswith("ITEM: TIMESTEP") for line in lines)
    if frames > 1:
        raise InputError(f"{path}: holds {frames} frames; keep the one that is wanted")
    starts = [k for k, line in enumerate(lines) if line.startswith("ITEM: UNITS")]
    return lines[starts[0] + 1].strip() if starts else None


def _table(path):
    lines = read_text(path, MAX_BYTES).splitlines()
    lines = [line for line in lines if line.strip() and not line.startswith("#")]
    if not lines:
        raise InputError(f"{path}: is empty")
    separated = "," in lines[0]
    rows = [[w.strip() for w in line.split(",")] if separated else line.split() for line in lines]
    header = PLAIN
    if not _is_number(rows[0][0]):
        header, rows = [word.strip('"').lower() for word in rows[0]], rows[1:]
    for number, row in enumerate(rows, start=1):
        if len(row) != len(header) or not all(map(_is_number, row)):
            text = printable(" ".join(row))
            raise InputError(
                f"{path}: sphere {number}: {text!r}: {len(header)} numbers are needed, "
                f"{' '.join(header)}"
            )
    return pd.DataFrame(np.array(rows, dtype=float).reshape(-1, len(header)), columns=header)


def _is_number(word):
    try:
        return bool(np.isfinite(float(word)))
    except ValueError:
        return False


def _spheres(path, table, unit_m, low, high, periodic):
    for column in ("id", "type", "x", "y", "z"):
        if column not in table.columns:
            found = printable(", ".join(map(str, table.columns)))
            raise InputError(f"{path}: has no column {column}; it has {found}")
    if ("radius" in table.columns) == ("diameter" in table.columns):
        raise InputError(f"{path}: one of the columns radius and diameter is needed")
    if len(table) == 0:
        raise InputError(f"{path}: holds no sphere")
    radius = table["radius"] if "radius" in table.columns else table["diameter"] / 2
    if not (radius > 0).all():
        raise InputError(f"{path}: sphere {int(np.argmin(radius > 0)) + 1}: radius is not positive")
    for column in ("id", "type"):
        if (table[column] % 1 != 0).any():
            raise InputError(f"{path}: column {column} must hold whole numbers")
    if table["id"].duplicated().any():
        raise InputError(f"{path}: id {table['id'][table['id'].duplicated()].iloc[0]:.0f} twice")
    is_own = "element" in table.columns and set(table["element"]) <= {p.name for p in SOLID_PHASES}
    types = [int(Phase[name]) for name in table["element"]] if is_own else table["type"]
    return Spheres(
        centre_m=table[["x", "y", "z"]].to_numpy(float) * unit_m,
        radius_m=radius.to_numpy(float) * unit_m,
        types=np.asarray(types, dtype=np.int64),
        ids=table["id"].to_numpy(np.int64),
        low_m=None if low is None else np.asarray(low) * unit_m,
        high_m=None if high is None else np.asarray(high) * unit_m,
        periodic=periodic,
        is_own=is_own,
    )
