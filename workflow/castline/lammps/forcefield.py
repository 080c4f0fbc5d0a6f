"""Force fields: Lennard-Jones plus granular Hertz contact (GH), one set for the slurry, one dry.

For particles i, j of diameters d_i, d_j (um):

- Lennard-Jones (LAMMPS `lj/smooth/linear`): well depth = well * sqrt(d_i d_j); the minimum lies at
  `distance` and the force ends at `cutoff`, both in units of the contact distance (d_i + d_j) / 2.
- GH (LAMMPS `gran/hertz/history`): normal and tangential stiffness, damping, Coulomb friction.

While a film dries at a rate, the current collector holds a particle as its mirror image would: by
Lennard-Jones at twice the height of its centre, d_j = d_i, unless the set has a rule such as
`collector-CBD`.

In the slurry all pair forces are carried by the carbon-binder gel between the particles. They
scale with (c / c_ref)^k, c being the volume fraction of carbon and binder in the slurry CBD: one
closed formula for every slurry. Dry sets have no `gel` section.

Bonds of a dry set (LAMMPS `bpm/rotational`, central forces alone): CBD that touch when the solvent
has left are joined by a bar with the cross-section of the CBD. At distance r it pulls with
E (pi d^2 / 4) (r - r0) / r0, beside the other forces of the pair; r0 is the distance at which it
was made. It breaks for good where (r - r0) / r0 reaches the strain at break; pressed, it does not.
"""

from pathlib import Path
from typing import Any

import numpy as np
from pydantic import Field, ValidationError, ValidationInfo, field_validator

from castline.base.errors import ConfigError, first_lines
from castline.base.sections import Label, NonNegative, Positive, Section
from castline.base.yaml_files import read_yaml
from castline.recipe.recipe import Recipe


class LennardJones(Section):
    """One Lennard-Jones pair rule; see the module for the formula."""

    well_fj_per_um: NonNegative = Field(description="well depth over sqrt(d_i d_j), 1e-15 J/um")
    distance: Positive = Field(description="position of the minimum over (d_i + d_j) / 2")
    cutoff: Positive = Field(description="end of the force over (d_i + d_j) / 2")

    def epsilon_sigma(self, d_i_um: float, d_j_um: float) -> tuple[float, float]:
        """LAMMPS's epsilon / fJ and sigma / um of two particles."""
        epsilon = self.well_fj_per_um * np.sqrt(d_i_um * d_j_um)
        return float(epsilon), float(self.distance * 0.5 * (d_i_um + d_j_um) / 2 ** (1 / 6))


class Hertz(Section):
    """Granular Hertz contact between particles, or of a particle with a wall."""

    normal_stiffness_kpa: Positive = Field(description="Kn, kPa")
    tangential_ratio: NonNegative = Field(description="Kt / Kn")
    normal_damping_per_us_um: NonNegative = Field(description="gamma_n, 1/(us um)")
    tangential_damping_ratio: NonNegative = Field(description="gamma_t / gamma_n")
    friction: NonNegative = Field(description="Coulomb friction coefficient")


class Gel(Section):
    """How the slurry's pair forces follow the solids concentration of its carbon-binder gel."""

    reference_solids_fraction: Positive = Field(
        description="volume fraction of carbon and binder in the slurry CBD where the values hold"
    )
    exponent: NonNegative = Field(description="k in (c / c_ref)^k")
    bulk_modulus_kpa: Positive = Field(
        description="numerical bulk modulus of the liquid-filled slurry, kPa; a softened stand-in "
        "for the nearly incompressible liquid, which carries the outer pressure"
    )


class Bonds(Section):
    """Bonds between CBD that touch when the solvent has left; see the module for the formula."""

    modulus_kpa: Positive = Field(
        description="E, Young's modulus of a bond as thick as the CBD that it joins, kPa"
    )
    strain_at_break: Positive = Field(
        description="strain at which a bond breaks, over its length when it was made; below the "
        "cutoff of CBD-CBD less 1"
    )

    def axial_force_fj_per_um(self, diameter_um: float) -> float:
        """E A, the force of a bond over its strain; kPa um2 is 1e-15 J/um."""
        return self.modulus_kpa * np.pi / 4 * diameter_um**2


class ForceField(Section):
    """A complete force-field file."""

    name: Label = Field(description="name of the set")
    description: str = Field(description="where the values come from")
    hertz: Hertz = Field(description="contact between particles")
    lennard_jones: dict[str, LennardJones] = Field(
        description="pair rules: `default`, and pairs such as CBD-CBD, AM-CBD, SE-CBD, AM-AM; "
        "collector-CBD: of the current collector while a film dries at a rate"
    )
    wall: Hertz | None = Field(default=None, description="contact with the calendering planes")
    gel: Gel | None = Field(default=None, description="concentration rule; slurry only")
    bonds: Bonds | None = Field(
        default=None, description="bonds between CBD that touch when dry, or none; dry sets only"
    )
    provenance: dict[str, Any] | None = Field(
        default=None, description="how a calibration found the values; written, never used"
    )

    @field_validator("bonds")
    @classmethod
    def bonds_within_reach(cls, bonds: Bonds | None, info: ValidationInfo) -> Bonds | None:
        """LAMMPS knows the neighbours of a CBD up to the end of the force between two."""
        rules = info.data.get("lennard_jones", {})
        rule = rules.get("CBD-CBD") or rules.get("default")
        if bonds is not None and rule is not None and 1 + bonds.strain_at_break >= rule.cutoff:
            raise ValueError(
                f"strain_at_break needs less than {rule.cutoff - 1:.6g}, as the CBD-CBD force ends "
                f"at {rule.cutoff:g} contact distances"
            )
        return bonds

    def collector_keys(self) -> list[str]:
        """The rules of the set for the current collector."""
        return [key for key in self.lennard_jones if key.startswith(f"{COLLECTOR}-")]

    def collector_rule(self, phase: str) -> LennardJones:
        """How the current collector holds a phase; see the module for the formula."""
        rule = self.lennard_jones.get(f"{COLLECTOR}-{phase}")
        return rule or self.pair_rule(phase, phase)

    def pair_rule(self, phase_a: str, phase_b: str) -> LennardJones:
        for key in (f"{phase_a}-{phase_b}", f"{phase_b}-{phase_a}", "default"):
            if key in self.lennard_jones:
                return self.lennard_jones[key]
        raise ConfigError(f"force field {self.name}: lennard_jones.default is missing")


COLLECTOR = "collector"
PHASES = ("AM", "SE", "CBD")
PAIR_KEYS = {"default"} | {f"{a}-{b}" for a in (*PHASES, COLLECTOR) for b in PHASES}


def load_force_field(path: str | Path) -> ForceField:
    """Read and check a force-field YAML.

    Raises
    ------
    ConfigError
        Missing file, bad YAML, unknown or missing key, or a value out of range.
    """
    data, _ = read_yaml(path)
    try:
        force_field = ForceField.model_validate(data)
    except ValidationError as error:
        raise ConfigError(first_lines(error, f"force field {path}: ", ForceField)) from None
    unknown = set(force_field.lennard_jones) - PAIR_KEYS
    if unknown or "default" not in force_field.lennard_jones:
        raise ConfigError(
            f"force field {path}: lennard_jones has keys {sorted(force_field.lennard_jones)}; "
            f"needs `default` and allows {', '.join(sorted(PAIR_KEYS - {'default'}))}"
        )
    return force_field


def gel_factor(force_field: ForceField, recipe: Recipe) -> float:
    """Factor on all pair forces of a slurry: (c / c_ref)^k, 1 without a gel section or CBD."""
    gel = force_field.gel
    if gel is None or recipe.cbd is None:
        return 1.0
    return (recipe.cbd_solids_fraction / gel.reference_solids_fraction) ** gel.exponent


def pair_coefficients(
    force_field: ForceField, phases: list[str], diameter_um: np.ndarray, factor: float = 1.0
) -> list[tuple[int, int, float, float, float]]:
    """Lennard-Jones (i, j, epsilon / fJ, sigma / um, cutoff / um) for all types i <= j."""
    rows = []
    for i, phase_i in enumerate(phases):
        for j in range(i, len(phases)):
            rule = force_field.pair_rule(phase_i, phases[j])
            contact = 0.5 * (diameter_um[i] + diameter_um[j])
            epsilon, sigma = rule.epsilon_sigma(diameter_um[i], diameter_um[j])
            rows.append((i + 1, j + 1, factor * epsilon, sigma, float(rule.cutoff * contact)))
    return rows
