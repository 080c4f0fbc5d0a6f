"""From a slurry recipe to particles: counts and diameters by size class, and theoretical densities.

The slurry holds spheres of active material (AM), solid electrolyte (SE) and carbon-binder domain
(CBD). The solvent has no particles of its own: each CBD sphere carries its share, so that the CBD
diameter in the slurry follows from the solid content. Dry CBD keeps its solids and a stated
nanoporosity.

Each of the three may be absent. Without solvent (solid content 1) every sphere is as it is dry.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from castline.base.errors import ConfigError
from castline.recipe.phases import Phase
from castline.recipe.psd import SizeClasses

MAX_PARTICLES = 1e8


@dataclass(frozen=True)
class Composition:
    """Dry mass fractions, which sum to 1; 0 where a phase is absent."""

    am: float
    se: float
    cbd: float


@dataclass(frozen=True)
class Densities:
    """Skeleton densities in kg/m3 (CBD: carbon and binder without nanopores) and of the solvent."""

    am: float
    se: float
    cbd_solids: float
    solvent: float


@dataclass(frozen=True)
class Kind:
    """One of several active materials: its part of their mass, its sizes and its density."""

    name: str
    mass_fraction: float
    sizes: SizeClasses
    density_kg_per_m3: float


@dataclass(frozen=True)
class ParticleClass:
    """One LAMMPS type: equal spheres of one phase.

    `solids_mass_kg` is the mass of dry solids in one particle; it is conserved along the line.
    `kind` is the name of the active material where there are several, else empty.
    """

    phase: str
    count: int
    diameter_slurry_m: float
    diameter_dry_m: float
    solids_mass_kg: float
    solvent_mass_kg: float
    kind: str = ""

    def to_dict(self) -> dict:
        return {k: v for k, v in asdict(self).items() if k != "kind" or v}


@dataclass(frozen=True)
class Recipe:
    """What is in the simulated piece of electrode; see `make_recipe`."""

    solid_content: float
    dry_mass_kg: float
    solvent_mass_kg: float
    slurry_volume_m3: float
    skeleton_volume_m3: float
    cbd_nanoporosity: float
    densities: Densities
    classes: tuple[ParticleClass, ...]

    @property
    def particle_count(self) -> int:
        return sum(c.count for c in self.classes)

    @property
    def cbd(self) -> ParticleClass | None:
        """The class of the carbon-binder domain, which alone carries solvent; None without it."""
        return next((c for c in self.classes if c.phase == Phase.CBD.name), None)

    def holds(self, phase: Phase) -> bool:
        """Whether there is any particle of a phase."""
        return any(c.phase == phase.name for c in self.classes)

    @property
    def slurry_density_kg_per_m3(self) -> float:
        """Theoretical slurry density: mass of solids and solvent over the volume they fill."""
        return (self.dry_mass_kg + self.solvent_mass_kg) / self.slurry_volume_m3

    @property
    def theoretical_density_kg_per_m3(self) -> float:
        """Theoretical dry density: component densities without voids (nanopores are voids)."""
        return self.dry_mass_kg / self.skeleton_volume_m3

    @property
    def cbd_solids_fraction(self) -> float | None:
        """Volume fraction of carbon and binder within the slurry CBD (the rest is solvent).

        None without CBD.
        """
        if self.cbd is None:
            return None
        solids = self.cbd.solids_mass_kg / self.densities.cbd_solids
        solvent = self.cbd.solvent_mass_kg / self.densities.solvent
        return solids / (solids + solvent)

    def to_dict(self) -> dict:
        return {
            **asdict(self),
            "classes": tuple(c.to_dict() for c in self.classes),
            "particle_count": self.particle_count,
            "slurry_density_kg_per_m3": self.slurry_density_kg_per_m3,
            "theoretical_density_kg_per_m3": self.theoretical_density_kg_per_m3,
            "cbd_solids_fraction": self.cbd_solids_fraction,
        }

    @staticmethod
    def from_dict(data: dict) -> "Recipe":
        names = Recipe.__dataclass_fields__
        fields = {k: v for k, v in data.items() if k in names}
        fields["densities"] = Densities(**data["densities"])
        fields["classes"] = tuple(ParticleClass(**c) for c in data["classes"])
        return Recipe(**fields)


def sphere_volume(diameter):
    """Volume of a sphere, in the cube of the unit of its diameter."""
    return np.pi / 6 * diameter**3


def discretise(sizes: SizeClasses, volume_m3: float, what: str) -> list[tuple[int, float]]:
    """Integer counts and diameters (m) of spheres that fill `volume_m3` exactly.

    A class that expects less than one particle is merged into its smaller neighbour, keeping
    volume and number. Counts are then rounded, and all diameters are scaled by one common factor
    (close to 1) so that the volume closes exactly.

    Raises
    ------
    ConfigError
        The volume is smaller than half a particle, or holds more than `MAX_PARTICLES`.
    """
    with np.errstate(all="ignore"):
        number = sizes.volume_fraction * volume_m3 / sphere_volume(sizes.diameter_m)
    if not number.sum() <= MAX_PARTICLES:
        raise ConfigError(
            f"recipe.dry_mass_g: {number.sum():.2g} {what} particles, at most {MAX_PARTICLES:.0g}; "
            "lower the mass or raise the diameter"
        )
    merged: list[list[float]] = []  # [number, volume] per class, from the largest down
    for n, fraction in zip(number[::-1], sizes.volume_fraction[::-1], strict=True):
        if merged and merged[-1][0] < 1.0:
            merged[-1][0] += n
            merged[-1][1] += fraction * volume_m3
        else:
            merged.append([n, fraction * volume_m3])
    if len(merged) > 1 and merged[-1][0] < 1.0:
        n, volume = merged.pop()
        merged[-1][0] += n
        merged[-1][1] += volume
    if merged[0][0] < 0.5:
        raise ConfigError(
            f"recipe.dry_mass_g: too small for a single {what} particle "
            f"({merged[0][0]:.2g} expected); raise the mass or lower the diameter"
        )
    counts = [max(1, round(n)) for n, _ in merged]
    diameters = [(6 / np.pi * volume / n) ** (1 / 3) for n, volume in merged]
    filled = sum(c * sphere_volume(d) for c, d in zip(counts, diameters, strict=True))
    scale = (volume_m3 / filled) ** (1 / 3)
    return [(c, float(d * scale)) for c, d in zip(counts, diameters, strict=True)][::-1]


def make_recipe(
    composition: Composition,
    densities: Densities,
    solid_content: float,
    dry_mass_kg: float,
    am_sizes: SizeClasses | Sequence[Kind],
    se_sizes: SizeClasses,
    cbd_dry_diameter_m: float,
    cbd_nanoporosity: float,
) -> Recipe:
    """Particles of a slurry with solid content `solid_content` (dry mass over slurry mass).

    The masses close exactly: counts are integers, diameters absorb the rounding. At a solid content
    of 1 there is no solvent, and CBD have their dry diameter from the start. Active materials of
    several kinds have a density each, and `densities.am` is that of all together.

    Raises
    ------
    ConfigError
        A phase gets no particle, fractions do not sum to 1, a value is out of range, or there is
        solvent and no CBD to carry it.
    """
    if abs(composition.am + composition.se + composition.cbd - 1.0) > 1e-9:
        raise ConfigError(f"recipe.composition: {composition} does not sum to 1")
    if min(composition.am, composition.se, composition.cbd) < 0:
        raise ConfigError(f"recipe.composition: {composition} has a fraction below 0")
    if not 0.0 < solid_content <= 1.0:
        raise ConfigError(f"solid_content: {solid_content} must lie above 0 and at most be 1")
    if solid_content < 1.0 and composition.cbd == 0:
        raise ConfigError(
            "recipe.composition: cbd is 0, and the solvent of a slurry is carried by its CBD; give "
            "some, or use route: powder"
        )
    if not 0.0 <= cbd_nanoporosity < 1.0:
        raise ConfigError(f"recipe.cbd.nanoporosity: {cbd_nanoporosity} must lie in [0, 1)")

    solvent_mass = dry_mass_kg * (1.0 - solid_content) / solid_content
    am_mass, se_mass, cbd_mass = (
        f * dry_mass_kg for f in (composition.am, composition.se, composition.cbd)
    )
    am_kinds = (
        [Kind("", 1.0, am_sizes, densities.am)] if isinstance(am_sizes, SizeClasses) else am_sizes
    )
    am_volumes = [am_mass * kind.mass_fraction / kind.density_kg_per_m3 for kind in am_kinds]
    am_volume, se_volume = sum(am_volumes), se_mass / densities.se
    cbd_solids_volume = cbd_mass / densities.cbd_solids
    solvent_volume = solvent_mass / densities.solvent

    classes = []
    for phase, kind, volume in (
        *((Phase.AM, kind, volume) for kind, volume in zip(am_kinds, am_volumes, strict=True)),
        (Phase.SE, Kind("", 1.0, se_sizes, densities.se), se_volume),
    ):
        if volume == 0:
            continue
        what = f"{phase.name} ({kind.name})" if kind.name else phase.name
        for count, diameter in discretise(kind.sizes, volume, what):
            mass = float(kind.density_kg_per_m3 * sphere_volume(diameter))
            sizes = (diameter, diameter)
            classes.append(ParticleClass(phase.name, count, *sizes, mass, 0.0, kind.name))
    if cbd_mass > 0:
        cbd_dry_volume = cbd_solids_volume / (1.0 - cbd_nanoporosity)
        [(cbd_count, cbd_dry)] = discretise(
            SizeClasses(np.array([cbd_dry_diameter_m]), np.array([1.0])), cbd_dry_volume, "CBD"
        )
        cbd_slurry = (6 / np.pi * (cbd_solids_volume + solvent_volume) / cbd_count) ** (1 / 3)
        classes.append(
            ParticleClass(
                phase=Phase.CBD.name,
                count=cbd_count,
                diameter_slurry_m=float(cbd_slurry) if solvent_mass > 0 else cbd_dry,
                diameter_dry_m=cbd_dry,
                solids_mass_kg=cbd_mass / cbd_count,
                solvent_mass_kg=solvent_mass / cbd_count,
            )
        )
    return Recipe(
        solid_content=solid_content,
        dry_mass_kg=dry_mass_kg,
        solvent_mass_kg=solvent_mass,
        slurry_volume_m3=am_volume + se_volume + cbd_solids_volume + solvent_volume,
        skeleton_volume_m3=am_volume + se_volume + cbd_solids_volume,
        cbd_nanoporosity=cbd_nanoporosity,
        densities=densities,
        classes=tuple(classes),
    )
