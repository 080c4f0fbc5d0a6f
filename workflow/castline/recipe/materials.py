"""Densities with provenance: from a crystal structure (pymatgen), or stated by the user."""

import functools
from dataclasses import dataclass

from castline.base.errors import ConfigError


@dataclass(frozen=True)
class Density:
    """A density and where it comes from."""

    value_kg_per_m3: float
    provenance: str


@dataclass(frozen=True)
class CrystalStructure:
    """Symmetry-reduced crystal structure.

    Lengths in angstrom, angles in degrees, fractional coordinates of one site per orbit.
    """

    name: str
    spacegroup: str
    lattice_angstrom_degree: tuple[float, float, float, float, float, float]
    species: tuple[dict[str, float], ...]
    coordinates: tuple[tuple[float, float, float], ...]
    source: str


CRYSTALS = {
    "NMC811": CrystalStructure(
        name="NMC811",
        spacegroup="R-3m",
        lattice_angstrom_degree=(2.872, 2.872, 14.20, 90.0, 90.0, 120.0),
        species=({"Li": 1.0}, {"Ni": 0.8, "Mn": 0.1, "Co": 0.1}, {"O": 1.0}),
        coordinates=((0.0, 0.0, 0.5), (0.0, 0.0, 0.0), (0.0, 0.0, 0.241)),
        source="alpha-NaFeO2 type LiNi0.8Mn0.1Co0.1O2, a = 2.872 A, c = 14.20 A, Z = 3",
    ),
    "Li6PS5Cl": CrystalStructure(
        name="Li6PS5Cl",
        spacegroup="F-43m",
        lattice_angstrom_degree=(9.86, 9.86, 9.86, 90.0, 90.0, 90.0),
        species=({"Li": 1.0}, {"P": 1.0}, {"S": 1.0}, {"S": 1.0}, {"Cl": 1.0}),
        coordinates=(
            (0.02, 0.25, 0.25),
            (0.5, 0.5, 0.5),
            (0.618, 0.618, 0.618),
            (0.25, 0.25, 0.25),
            (0.0, 0.0, 0.0),
        ),
        source="lithium argyrodite Li6PS5Cl, a = 9.86 A, Z = 4",
    ),
}


@functools.cache
def crystal_density(name: str) -> Density:
    """X-ray density of a known crystal, computed by pymatgen from its unit cell.

    Raises
    ------
    ConfigError
        The name is not in `CRYSTALS`.
    """
    if name not in CRYSTALS:
        raise ConfigError(f"crystal {name!r} is not known; allowed: {', '.join(sorted(CRYSTALS))}")
    from pymatgen.core import Lattice, Structure  # slow to import, needed here only

    crystal = CRYSTALS[name]
    structure = Structure.from_spacegroup(
        crystal.spacegroup,
        Lattice.from_parameters(*crystal.lattice_angstrom_degree),
        list(crystal.species),
        list(crystal.coordinates),
    )
    return Density(
        value_kg_per_m3=float(structure.density) * 1e3,
        provenance=f"X-ray density by pymatgen from the unit cell of {crystal.source}",
    )
