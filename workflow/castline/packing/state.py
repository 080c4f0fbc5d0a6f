"""The state of the particles between two stages, and the file that carries it.

The file is a LAMMPS text dump (gzip when the name ends in .gz) that OVITO and LAMMPS read:
um and pg, with the phase as `element`, sorted by particle id. A film whose CBD are bonded has one
section more, after the particles: `ITEM: BONDS`, their number, and `id_1 id_2 rest_length`.
"""

import gzip
import io
import zlib
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from castline.base.errors import InputError, printable
from castline.base.files import write_atomically
from castline.packing.bonds import BondList, bonds_text, split_bonds
from castline.recipe.phases import SOLID_PHASES, Phase
from castline.recipe.recipe import Recipe

# Dumps unfold by a factor of about 3; a file that unfolds by 1000 is an attack on the memory.
MAX_EXPANSION = 50
COLUMNS = ["id", "type", "element", "x", "y", "z", "diameter", "mass"]


@dataclass(frozen=True)
class ParticleState:
    """Spheres in an orthogonal box.

    Attributes
    ----------
    low_m, high_m : (3,) box bounds in m.
    periodic : which axes are periodic.
    ids, types : (n,) particle ids (ascending) and LAMMPS types (1-based).
    phases : (n,) `Phase` codes.
    position_m : (n, 3) centres in m.
    diameter_m : (n,) in m.
    mass_kg : (n,) physical masses (never mass-scaled), with the solvent while it is there.
    bonds : bonds between CBD, without the broken ones; None before any are made, or without.
    """

    low_m: np.ndarray
    high_m: np.ndarray
    periodic: tuple[bool, bool, bool]
    ids: np.ndarray
    types: np.ndarray
    phases: np.ndarray
    position_m: np.ndarray
    diameter_m: np.ndarray
    mass_kg: np.ndarray
    bonds: BondList | None = None

    @property
    def lengths_m(self) -> np.ndarray:
        return self.high_m - self.low_m

    @property
    def volume_m3(self) -> float:
        return float(np.prod(self.lengths_m))

    @property
    def count(self) -> int:
        return len(self.ids)

    def wrapped(self) -> "ParticleState":
        """The same state with centres inside the box along periodic axes."""
        position = self.position_m.copy()
        for axis in range(3):
            if self.periodic[axis]:
                low, length = self.low_m[axis], self.lengths_m[axis]
                position[:, axis] = low + np.mod(position[:, axis] - low, length)
        return replace(self, position_m=position)

    def of_phase(self, phase: Phase) -> np.ndarray:
        """(n,) mask of the particles of one phase."""
        return self.phases == phase

    def holds(self, phase: Phase) -> bool:
        """Whether there is any particle of a phase."""
        return bool(self.of_phase(phase).any())


def initial_arrays(recipe: Recipe, dry: bool) -> dict[str, np.ndarray]:
    """Types, phases, diameters and masses of all particles, ordered by type, ids from 1."""
    counts = [c.count for c in recipe.classes]
    diameters = [c.diameter_dry_m if dry else c.diameter_slurry_m for c in recipe.classes]
    masses = [c.solids_mass_kg + (0.0 if dry else c.solvent_mass_kg) for c in recipe.classes]
    types = np.repeat(np.arange(1, len(counts) + 1), counts)
    return {
        "ids": np.arange(1, len(types) + 1),
        "types": types,
        "phases": np.repeat([int(Phase[c.phase]) for c in recipe.classes], counts),
        "diameter_m": np.repeat(diameters, counts),
        "mass_kg": np.repeat(masses, counts),
    }


def type_properties(state: ParticleState) -> tuple[list[str], np.ndarray]:
    """Phase names and median diameters (m) of the LAMMPS types 1, 2, ... of a state."""
    types, first = np.unique(state.types, return_index=True)
    medians = [np.median(state.diameter_m[state.types == t]) for t in types]
    return [Phase(p).name for p in state.phases[first]], np.array(medians)


def fine_types(state: ParticleState) -> np.ndarray:
    """Which types are fine, those below twice the smallest diameter. Others are coarse.

    Some type is coarse unless all have one diameter.
    """
    _, diameter = type_properties(state)
    if diameter.min() == diameter.max():
        return np.ones(len(diameter), bool)
    return diameter < min(2 * diameter.min(), diameter.max())


def write_state(state: ParticleState, path: str | Path) -> None:
    """Write the state as a LAMMPS text dump; the file appears whole or not at all."""
    text = io.StringIO()
    bounds = " ".join("pp" if p else "ff" for p in state.periodic)
    text.write("ITEM: UNITS\nmicro\nITEM: TIMESTEP\n0\nITEM: NUMBER OF ATOMS\n")
    text.write(f"{state.count}\nITEM: BOX BOUNDS {bounds}\n")
    for low, high in zip(state.low_m * 1e6, state.high_m * 1e6, strict=True):
        text.write(f"{low:.12g} {high:.12g}\n")
    text.write(f"ITEM: ATOMS {' '.join(COLUMNS)}\n")
    table = pd.DataFrame(
        {
            "id": state.ids,
            "type": state.types,
            "element": [Phase(p).name for p in state.phases],
            "x": state.position_m[:, 0] * 1e6,
            "y": state.position_m[:, 1] * 1e6,
            "z": state.position_m[:, 2] * 1e6,
            "diameter": state.diameter_m * 1e6,
            "mass": state.mass_kg * 1e15,
        }
    )
    table.to_csv(text, sep=" ", header=False, index=False, float_format="%.12g")
    if state.bonds is not None:
        text.write(bonds_text(state.bonds))
    content = text.getvalue().encode()
    if str(path).endswith(".gz"):
        content = gzip.compress(content, mtime=0)  # no time stamp: same state, same bytes
    write_atomically(path, content)


def read_dump_table(path: str | Path) -> tuple[np.ndarray, np.ndarray, list[str], pd.DataFrame]:
    """One-frame LAMMPS dump: box lows and highs (um), boundary codes, table of columns.

    Raises
    ------
    InputError
        Unreadable, empty, truncated or triclinic dump, a compressed one that unfolds more than
        text does, or a value that is not a finite number.
    """
    return _read_dump(path)[:4]


def _read_dump(path):
    """As `read_dump_table`, and the bonds, None without."""
    try:
        raw = Path(path).read_bytes()
        text = unzipped(raw) if str(path).endswith(".gz") else raw
        return _parse_dump(path, text.decode().splitlines())
    except (OSError, EOFError, zlib.error, ValueError, LookupError, TypeError) as error:
        reason = printable(" ".join(str(error).split()), 200)
        raise InputError(f"dump {path}: cannot be read ({reason})") from error


def unzipped(raw: bytes) -> bytes:
    """Content of a gzip file, if it is at most `MAX_EXPANSION` times as large.

    Raises
    ------
    OSError, EOFError, zlib.error, ValueError
        Damaged or truncated content, or a larger one.
    """
    limit = MAX_EXPANSION * len(raw)
    with gzip.GzipFile(fileobj=io.BytesIO(raw)) as handle:
        content = handle.read(limit + 1)
    if len(content) > limit:
        raise ValueError(f"it unfolds to more than {MAX_EXPANSION} times its size")
    return content


def _parse_dump(path, lines):
    """Box lows and highs, boundary codes, table and bonds of the lines of a dump."""
    lines, bonds = split_bonds(path, lines)
    starts = {line.split()[1]: i for i, line in enumerate(lines) if line.startswith("ITEM:")}
    if not {"NUMBER", "BOX", "ATOMS"} <= set(starts):
        raise InputError(f"dump {path}: empty or truncated; needs NUMBER, BOX and ATOMS sections")
    header = lines[starts["BOX"]].split()[3:]
    if "xy" in header:
        raise InputError(f"dump {path}: triclinic box; an orthogonal one is needed")
    count = int(lines[starts["NUMBER"] + 1])
    box = np.array([line.split() for line in lines[starts["BOX"] + 1 : starts["BOX"] + 4]], float)
    columns = lines[starts["ATOMS"]].split()[2:]
    body = lines[starts["ATOMS"] + 1 :]
    if len(body) != count or count == 0:
        raise InputError(f"dump {path}: {len(body)} particles where its header says {count}")
    table = pd.read_csv(io.StringIO("\n".join(body)), sep=" ", names=columns, index_col=False)
    numbers = table.drop(columns="element", errors="ignore").to_numpy(float)
    if not np.isfinite(numbers).all():
        row = int(np.argmin(np.isfinite(numbers).all(axis=1)))
        raise InputError(f"dump {path}: particle in row {row + 1} has a value that is not finite")
    table = table.sort_values("id", ignore_index=True)
    if bonds is not None and not np.isin(bonds.ids, table["id"]).all():
        raise InputError(f"dump {path}: a bond names a particle that is not there")
    return box[:, 0], box[:, 1], header, table, bonds


def read_state(path: str | Path) -> ParticleState:
    """Read a state written by `write_state`.

    Raises
    ------
    InputError
        Unreadable or incomplete file, missing column, an element that is no phase, or a type
        without particles below one that has some.
    """
    low, high, boundary, table, bonds = _read_dump(path)
    missing = [c for c in COLUMNS if c not in table.columns]
    if missing:
        raise InputError(f"state {path}: missing column {missing[0]}; needs {' '.join(COLUMNS)}")
    unknown = set(table["element"]) - {phase.name for phase in SOLID_PHASES}
    if unknown:
        raise InputError(f"state {path}: unknown element {printable(str(min(unknown, key=str)))}")
    types = np.unique(table["type"])
    for number, there in enumerate(types, start=1):
        if there != number:
            raise InputError(f"state {path}: no particle of type {number}, but of type {there}")
    return ParticleState(
        low_m=low * 1e-6,
        high_m=high * 1e-6,
        periodic=tuple(code == "pp" for code in boundary),
        ids=table["id"].to_numpy(),
        types=table["type"].to_numpy(),
        phases=np.array([int(Phase[name]) for name in table["element"]]),
        position_m=table[["x", "y", "z"]].to_numpy() * 1e-6,
        diameter_m=table["diameter"].to_numpy() * 1e-6,
        mass_kg=table["mass"].to_numpy() * 1e-15,
        bonds=bonds,
    )
