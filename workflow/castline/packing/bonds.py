"""Bonds between particles, and the section of a state's file that carries them."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from castline.base.errors import InputError

COLUMNS = ["id_1", "id_2", "rest_length"]


@dataclass(frozen=True)
class BondList:
    """Bonds between particles.

    Attributes
    ----------
    ids : (n, 2) ids of the two particles, the lower one first; rows ascend.
    rest_length_m : (n,) distance of their centres when the bond was made, in m.
    """

    ids: np.ndarray
    rest_length_m: np.ndarray

    @classmethod
    def sorted_by_id(cls, ids: np.ndarray, rest_length_m: np.ndarray) -> "BondList":
        """The bonds in the order of their ids, whichever order they come in."""
        ids = np.sort(ids, axis=1)
        order = np.lexsort((ids[:, 1], ids[:, 0]))
        return cls(ids[order], rest_length_m[order])

    @property
    def count(self) -> int:
        return len(self.ids)


def bonds_text(bonds: BondList) -> str:
    """The section: a header with their number, then ids and lengths in um."""
    rows = zip(bonds.ids, bonds.rest_length_m * 1e6, strict=True)
    return f"ITEM: BONDS {bonds.count} {' '.join(COLUMNS)}\n" + "".join(
        f"{one} {other} {length:.12g}\n" for (one, other), length in rows
    )


def split_bonds(path: str | Path, lines: list[str]) -> tuple[list[str], BondList | None]:
    """The lines of a state's dump before its section of bonds, and the bonds, None without one.

    Raises
    ------
    InputError, ValueError
        The section is not what `bonds_text` writes.
    """
    start = next((i for i, line in enumerate(lines) if line.startswith("ITEM: BONDS")), None)
    if start is None:
        return lines, None
    _, _, count, *columns = lines[start].split()
    rows = lines[start + 1 :]
    if columns != COLUMNS or len(rows) != int(count):
        raise InputError(
            f"dump {path}: its {len(rows)} bonds are not as many as their header says, or not in "
            f"columns {' '.join(COLUMNS)}"
        )
    values = np.array([row.split() for row in rows], float).reshape(-1, 3)
    if not (values > 0).all() or not np.isfinite(values).all():
        raise InputError(f"dump {path}: ids and lengths of bonds must be positive numbers")
    if (values[:, 0] == values[:, 1]).any():
        raise InputError(f"dump {path}: a bond joins a particle with itself")
    return lines[:start], BondList.sorted_by_id(values[:, :2].astype(int), values[:, 2] * 1e-6)
