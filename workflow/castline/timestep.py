"""Time step and mass scale of the particle runs.

The slurry and the dried film are overdamped: inertia plays no part in their physics, only in the
cost of an explicit integrator. Multiplying all densities by s and dividing the damping coefficients
(which multiply the effective mass) by s leaves every force unchanged and stretches the stable time
step by sqrt(s). How far is bounded by the inertial number I = rate d sqrt(rho s / P).
"""

from dataclasses import asdict, dataclass

import numpy as np

from castline.errors import SimulationError
from castline.forcefield import ForceField, pair_coefficients
from castline.particles import ParticleState, type_properties

# Overlap, as a fraction of the smaller diameter, at which contact stiffness is evaluated.
OVERLAP = 0.15
# Time step over the shortest pair oscillation 1/omega; a particle has up to about ten contacts.
ELASTIC_FRACTION = 0.1
# Time step times the fastest contact damping rate.
DAMPING_FRACTION = 0.2


@dataclass(frozen=True)
class Scales:
    """Fastest pair frequencies at mass scale 1: elastic omega and damping rate, in 1/us."""

    elastic_per_us: float
    damping_per_us: float


@dataclass(frozen=True)
class Step:
    """What a run uses: time step in us and mass scale, with the numbers that bound them."""

    dt_us: float
    mass_scale: float
    elastic_per_us: float
    damping_per_us: float

    def to_dict(self) -> dict[str, float]:
        return asdict(self)


def pair_scales(force_field: ForceField, state: ParticleState, factor: float = 1.0) -> Scales:
    """Largest elastic frequency and damping rate over all pairs of particle classes.

    Contact: k = 3/2 Kn sqrt(R delta); damping rate gamma_n sqrt(R delta), R the effective radius.
    Lennard-Jones: curvature at the minimum, k = 72 epsilon / r_min^2.
    """
    phases, diameter = type_properties(state)
    diameter = diameter * 1e6
    _, first = np.unique(state.types, return_index=True)
    mass = state.mass_kg[first] * 1e15
    kn = force_field.hertz.normal_stiffness_kpa * factor
    gamma = force_field.hertz.normal_damping_per_us_um * factor
    elastic, damping = 0.0, 0.0
    for i, j, epsilon, sigma, _ in pair_coefficients(force_field, phases, diameter, factor):
        a, b = i - 1, j - 1
        radius = diameter[a] * diameter[b] / (2 * (diameter[a] + diameter[b]))
        root = np.sqrt(radius * OVERLAP * min(diameter[a], diameter[b]))
        r_min = sigma * 2 ** (1 / 6)
        stiffness = 1.5 * kn * root + 72 * epsilon / r_min**2
        reduced_mass = mass[a] * mass[b] / (mass[a] + mass[b])
        elastic = max(elastic, float(np.sqrt(stiffness / reduced_mass)))
        damping = max(damping, float(gamma * root))
    return Scales(elastic, damping)


def time_step(scales: Scales, mass_scale: float) -> Step:
    """Stable time step at a mass scale: elastic part grows as sqrt(s), damping part as s."""
    elastic = scales.elastic_per_us / np.sqrt(mass_scale)
    damping = scales.damping_per_us / mass_scale
    dt = min(ELASTIC_FRACTION / elastic, DAMPING_FRACTION / max(damping, 1e-300))
    return Step(float(dt), float(mass_scale), float(elastic), float(damping))


def critical_mass_scale(scales: Scales) -> float:
    """Mass scale, at least 1, at which the stiffest contact is about critically damped.

    Below it relaxation is slow and the step is limited by damping; above it contacts ring.
    """
    return max(1.0, (scales.damping_per_us / (2 * scales.elastic_per_us)) ** 2)


def shear_mass_scale(
    rate_per_us: float,
    diameter_um: float,
    density_pg_per_um3: float,
    pressure_kpa: float,
    inertial_number: float,
) -> float:
    """Largest mass scale that keeps I = rate d sqrt(rho s / P) at `inertial_number`.

    Raises
    ------
    SimulationError
        Even unscaled (s = 1) the bound is broken: the shear rate is too high.
    """
    unscaled = rate_per_us * diameter_um * np.sqrt(density_pg_per_um3 / pressure_kpa)
    if unscaled > inertial_number:
        raise SimulationError(
            f"shear rate {rate_per_us * 1e6:g} 1/s: inertial number {unscaled:.3g} exceeds "
            f"{inertial_number:g} even without mass scaling; lower the rate"
        )
    return float((inertial_number / unscaled) ** 2)
