"""Densities with provenance: of a crystal from its unit cell, or stated by the user."""

import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass

from castline.base.errors import ConfigError

# M. E. Wieser and M. Berglund, Pure Appl. Chem. 81 (2009) 2131, doi 10.1351/PAC-REP-09-08-03.
ATOMIC_WEIGHTS = {
    **{"Li": 6.941, "O": 15.9994, "P": 30.973762, "S": 32.065, "Cl": 35.453, "Mn": 54.938045},
    **{"Fe": 55.845, "Co": 58.933195, "Ni": 58.6934, "Zr": 91.224, "In": 114.818},
    **{"La": 138.90547},
}
# CODATA 2022.
ATOMIC_MASS_KG = 1.66053906892e-27


@dataclass(frozen=True)
class Density:
    """A density and where it comes from."""

    value_kg_per_m3: float
    provenance: str


@dataclass(frozen=True)
class UnitCell:
    """What a unit cell holds, and its size.

    Attributes
    ----------
    formula : atoms in a formula unit, by element; mean ones where a site is shared.
    formula_units : formula units in the cell, Z.
    lengths_angstrom, angles_degree : a, b, c; alpha, beta, gamma.
    """

    formula: Mapping[str, float]
    formula_units: int
    lengths_angstrom: tuple[float, float, float]
    angles_degree: tuple[float, float, float]
    source: str

    @property
    def volume_m3(self) -> float:
        alpha, beta, gamma = (math.cos(math.radians(angle)) for angle in self.angles_degree)
        skew = 1 - alpha**2 - beta**2 - gamma**2 + 2 * alpha * beta * gamma
        return math.prod(self.lengths_angstrom) * math.sqrt(skew) * 1e-30

    @property
    def mass_kg(self) -> float:
        weight = sum(n * ATOMIC_WEIGHTS[element] for element, n in self.formula.items())
        return self.formula_units * weight * ATOMIC_MASS_KG


RIGHT, HEXAGONAL = (90.0, 90.0, 90.0), (90.0, 90.0, 120.0)
CRYSTALS = {
    "NMC811": UnitCell(
        {"Li": 1.0, "Ni": 0.8, "Mn": 0.1, "Co": 0.1, "O": 2.0},
        formula_units=3,
        lengths_angstrom=(2.872, 2.872, 14.20),
        angles_degree=HEXAGONAL,
        source="alpha-NaFeO2 type LiNi0.8Mn0.1Co0.1O2, a = 2.872 A, c = 14.20 A, Z = 3",
    ),
    "Li6PS5Cl": UnitCell(
        {"Li": 6.0, "P": 1.0, "S": 5.0, "Cl": 1.0},
        formula_units=4,
        lengths_angstrom=(9.86, 9.86, 9.86),
        angles_degree=RIGHT,
        source="lithium argyrodite Li6PS5Cl, a = 9.86 A, Z = 4",
    ),
    "NMC622": UnitCell(
        {"Li": 1.0, "Ni": 0.6, "Mn": 0.2, "Co": 0.2, "O": 2.0},
        formula_units=3,
        lengths_angstrom=(2.869, 2.869, 14.227),
        angles_degree=HEXAGONAL,
        source="alpha-NaFeO2 type LiNi0.6Mn0.2Co0.2O2, a = 2.869 A, c = 14.227 A, Z = 3",
    ),
    "LCO": UnitCell(
        {"Li": 1.0, "Co": 1.0, "O": 2.0},
        formula_units=3,
        lengths_angstrom=(2.8161, 2.8161, 14.0536),
        angles_degree=HEXAGONAL,
        source="alpha-NaFeO2 type LiCoO2, a = 2.8161 A, c = 14.0536 A, Z = 3",
    ),
    "LFP": UnitCell(
        {"Li": 1.0, "Fe": 1.0, "P": 1.0, "O": 4.0},
        formula_units=4,
        lengths_angstrom=(10.332, 6.010, 4.692),
        angles_degree=RIGHT,
        source="olivine LiFePO4, a = 10.332 A, b = 6.010 A, c = 4.692 A, Z = 4",
    ),
    "Li7La3Zr2O12": UnitCell(
        {"Li": 7.0, "La": 3.0, "Zr": 2.0, "O": 12.0},
        formula_units=8,
        lengths_angstrom=(12.983, 12.983, 12.983),
        angles_degree=RIGHT,
        source="cubic garnet Li7La3Zr2O12, a = 12.983 A, Z = 8",
    ),
    "Li3InCl6": UnitCell(
        {"Li": 3.0, "In": 1.0, "Cl": 6.0},
        formula_units=2,
        lengths_angstrom=(6.411, 11.041, 6.379),
        angles_degree=(90.0, 109.79, 90.0),
        source="monoclinic Li3InCl6, a = 6.411 A, b = 11.041 A, c = 6.379 A, beta = 109.79, Z = 2",
    ),
}


@functools.cache
def crystal_density(name: str) -> Density:
    """X-ray density of a known crystal: the mass in its unit cell over the cell's volume.

    Raises
    ------
    ConfigError
        The name is not in `CRYSTALS`.
    """
    if name not in CRYSTALS:
        raise ConfigError(f"crystal {name!r} is not known; allowed: {', '.join(sorted(CRYSTALS))}")
    cell = CRYSTALS[name]
    return Density(
        value_kg_per_m3=cell.mass_kg / cell.volume_m3,
        provenance=f"X-ray density from the unit cell of {cell.source}",
    )
