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
    "NMC622": CrystalStructure(
        name="NMC622",
        spacegroup="R-3m",
        lattice_angstrom_degree=(2.869, 2.869, 14.227, 90.0, 90.0, 120.0),
        species=({"Li": 1.0}, {"Ni": 0.6, "Mn": 0.2, "Co": 0.2}, {"O": 1.0}),
        coordinates=((0.0, 0.0, 0.5), (0.0, 0.0, 0.0), (0.0, 0.0, 0.241)),
        source="alpha-NaFeO2 type LiNi0.6Mn0.2Co0.2O2, a = 2.869 A, c = 14.227 A, Z = 3",
    ),
    "LCO": CrystalStructure(
        name="LCO",
        spacegroup="R-3m",
        lattice_angstrom_degree=(2.8161, 2.8161, 14.0536, 90.0, 90.0, 120.0),
        species=({"Li": 1.0}, {"Co": 1.0}, {"O": 1.0}),
        coordinates=((0.0, 0.0, 0.5), (0.0, 0.0, 0.0), (0.0, 0.0, 0.2397)),
        source="alpha-NaFeO2 type LiCoO2, a = 2.8161 A, c = 14.0536 A, Z = 3",
    ),
    "LFP": CrystalStructure(
        name="LFP",
        spacegroup="Pnma",
        lattice_angstrom_degree=(10.332, 6.010, 4.692, 90.0, 90.0, 90.0),
        species=({"Li": 1.0}, {"Fe": 1.0}, {"P": 1.0}, {"O": 1.0}, {"O": 1.0}, {"O": 1.0}),
        coordinates=(
            (0.0, 0.0, 0.0),
            (0.2822, 0.25, 0.9747),
            (0.0948, 0.25, 0.4182),
            (0.0968, 0.25, 0.7428),
            (0.4571, 0.25, 0.2060),
            (0.1656, 0.0465, 0.2848),
        ),
        source="olivine LiFePO4, a = 10.332 A, b = 6.010 A, c = 4.692 A, Z = 4",
    ),
    "Li7La3Zr2O12": CrystalStructure(
        name="Li7La3Zr2O12",
        spacegroup="Ia-3d",
        lattice_angstrom_degree=(12.983, 12.983, 12.983, 90.0, 90.0, 90.0),
        species=({"Li": 2.8 / 3}, {"Li": 0.35}, {"La": 1.0}, {"Zr": 1.0}, {"O": 1.0}),
        coordinates=(
            (0.375, 0.0, 0.25),
            (0.0959, 0.6853, 0.5773),
            (0.125, 0.0, 0.25),
            (0.0, 0.0, 0.0),
            (-0.0317, 0.0546, 0.1500),
        ),
        source="cubic garnet Li7La3Zr2O12, a = 12.983 A, Z = 8",
    ),
    "Li3InCl6": CrystalStructure(
        name="Li3InCl6",
        spacegroup="C2/m",
        lattice_angstrom_degree=(6.411, 11.041, 6.379, 90.0, 109.79, 90.0),
        species=({"Li": 1.0}, {"Li": 1.0}, {"In": 1.0}, {"Cl": 1.0}, {"Cl": 1.0}),
        coordinates=(
            (0.0, 0.5, 0.5),
            (0.0, 0.1695, 0.5),
            (0.0, 0.0, 0.0),
            (0.2440, 0.0, 0.2268),
            (0.2495, 0.1607, 0.7651),
        ),
        source="monoclinic Li3InCl6, a = 6.411 A, b = 11.041 A, c = 6.379 A, beta = 109.79, Z = 2",
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
