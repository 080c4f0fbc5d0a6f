"""Time step and mass scale of the particle runs.

The slurry and the dried film are overdamped: inertia plays no part in their physics, only in the
cost of an explicit integrator. Multiplying all densities by s and dividing the damping coefficients
(which multiply the effective mass) by s leaves every force unchanged and stretches the stable time
step by sqrt(s). In shear two numbers bound s, because inertia adds to the stress what the liquid
slurry does not have: the inertial number I = rate d sqrt(rho s / P), and the contact Stokes number
St = rate s / Gamma, Gamma the rate at which the slowest contact loses its relative velocity. With a
fixed St, s falls as 1/rate and a unit strain takes about as many steps at every shear rate.

In shear the masses of coarse particles are scaled more, by the factor at which their slowest
contact relaxes as slowly as the slowest of all: the damping rate of a contact grows with its size,
so that the largest would otherwise set a step that no other contact needs.
"""

from dataclasses import asdict, dataclass, replace
from typing import Literal

import numpy as np

from castline.base.errors import SimulationError
from castline.lammps.forcefield import ForceField, pair_coefficients
from castline.packing.state import ParticleState, fine_types, type_properties

Acceleration = Literal["automatic", "none"]
# The study's time step (doi 10.1002/batt.202400709), with real masses.
PROTOCOL_STEP_US = 0.001
# Overlap, as a fraction of the smaller diameter, at which contact stiffness is evaluated.
OVERLAP = 0.15
# Time step over the shortest pair oscillation 1/omega; a particle has up to about ten contacts.
ELASTIC_FRACTION = 0.1
# Time step times the fastest contact damping rate.
DAMPING_FRACTION = 0.2
# The same two for shear at constant volume: no particle is driven into another (docs/viscosity.md).
SHEAR_ELASTIC_FRACTION = 0.6
SHEAR_DAMPING_FRACTION = 0.6


@dataclass(frozen=True)
class Scales:
    """Pair rates at mass scale 1, 1/us: fastest elastic omega, fastest and slowest damping.

    The masses of coarse particles are `coarse_factor` times the real ones.
    """

    elastic_per_us: float
    damping_per_us: float
    slowest_damping_per_us: float
    coarse_factor: float = 1.0


@dataclass(frozen=True)
class Step:
    """What a run uses: time step in us and mass scales, with the numbers that bound them.

    `mass_scale` is that of the fine particles, `coarse_mass_scale` that of the coarse ones.
    Stages that last a number of steps last that number of `reference_us`, whatever the step is.
    """

    dt_us: float
    mass_scale: float
    coarse_mass_scale: float
    elastic_per_us: float
    damping_per_us: float
    reference_us: float

    def halved(self) -> "Step":
        return replace(self, dt_us=self.dt_us / 2)

    def steps(self, reference_steps: int) -> int:
        """Steps that last as long as so many steps of `reference_us`, a multiple of 200."""
        return 200 * max(1, round(reference_steps * self.reference_us / self.dt_us / 200))

    def to_dict(self) -> dict[str, float]:
        return asdict(self)


def coarse_factor(state: ParticleState) -> float:
    """Factor on the masses of coarse particles at which their slowest contact is as slow as any.

    With the real masses the damping rate of two like particles is proportional to their diameter.
    """
    _, diameter = type_properties(state)
    coarse = diameter[~fine_types(state)]
    return float(coarse.min() / diameter.min()) if len(coarse) else 1.0


def pair_scales(
    force_field: ForceField,
    state: ParticleState,
    factor: float = 1.0,
    coarse_factor: float = 1.0,
    bonded: bool = False,
) -> Scales:
    """Extreme elastic frequency and damping rates over all pairs of particle classes.

    Contact: k = 3/2 Kn sqrt(R delta); damping rate gamma_n sqrt(R delta), R the effective radius.
    Lennard-Jones: curvature at the minimum, k = 72 epsilon / r_min^2.
    Bonds, if `bonded`: k = E A / r0 for two CBD, r0 with the overlap of the contact.
    The masses of coarse particles are multiplied by `coarse_factor`, forces are not, so the damping
    rate of two of them is divided by it.
    """
    phases, diameter = type_properties(state)
    diameter, fine = diameter * 1e6, fine_types(state)
    _, first = np.unique(state.types, return_index=True)
    mass = state.mass_kg[first] * 1e15 * np.where(fine, 1.0, coarse_factor)
    kn = force_field.hertz.normal_stiffness_kpa * factor
    gamma = force_field.hertz.normal_damping_per_us_um * factor
    elastic, dampings = 0.0, []
    for i, j, epsilon, sigma, _ in pair_coefficients(force_field, phases, diameter, factor):
        a, b = i - 1, j - 1
        radius = diameter[a] * diameter[b] / (2 * (diameter[a] + diameter[b]))
        root = np.sqrt(radius * OVERLAP * min(diameter[a], diameter[b]))
        r_min = sigma * 2 ** (1 / 6)
        stiffness = 1.5 * kn * root + 72 * epsilon / r_min**2
        if bonded and phases[a] == phases[b] == "CBD":
            axial = force_field.bonds.axial_force_fj_per_um(diameter[a])
            stiffness += axial / ((1 - OVERLAP) * diameter[a])
        reduced_mass = mass[a] * mass[b] / (mass[a] + mass[b])
        elastic = max(elastic, float(np.sqrt(stiffness / reduced_mass)))
        heavier = 1.0 if fine[a] or fine[b] else coarse_factor
        dampings.append(float(gamma * root / heavier))
    return Scales(elastic, max(dampings), min(dampings), coarse_factor)


def time_step(
    scales: Scales,
    mass_scale: float,
    elastic_fraction: float = ELASTIC_FRACTION,
    damping_fraction: float = DAMPING_FRACTION,
) -> Step:
    """Stable time step at a mass scale: elastic part grows as sqrt(s), damping part as s."""
    elastic = scales.elastic_per_us / np.sqrt(mass_scale)
    damping = scales.damping_per_us / mass_scale
    dt = min(elastic_fraction / elastic, damping_fraction / max(damping, 1e-300))
    coarse_mass_scale = float(mass_scale * scales.coarse_factor)
    return Step(
        float(dt), float(mass_scale), coarse_mass_scale, float(elastic), float(damping), float(dt)
    )


def critical_mass_scale(scales: Scales) -> float:
    """Mass scale, at least 1, at which the stiffest contact is about critically damped.

    Below it relaxation is slow and the step is limited by damping; above it contacts ring.
    """
    return max(1.0, (scales.damping_per_us / (2 * scales.elastic_per_us)) ** 2)


def quasi_static_step(scales: Scales, acceleration: Acceleration) -> Step:
    """Step of equilibration, drying and calendering: at the critical mass scale, or the study's."""
    automatic = time_step(scales, critical_mass_scale(scales))
    return automatic if acceleration == "automatic" else protocol_step(scales, automatic.dt_us)


def protocol_step(scales: Scales, reference_us: float) -> Step:
    """The study's own protocol: real masses and a step of 0.001 us, less where contacts need it.

    Parameters
    ----------
    reference_us : the automatic step, so that a stage lasts as long with both.
    """
    stable = time_step(scales, 1.0)
    dt = min(PROTOCOL_STEP_US, stable.dt_us)
    return replace(stable, dt_us=dt, reference_us=reference_us)


def kinetic_to_elastic(kinetic_fj: float, volume_um3: float, pressure_kpa: float) -> float:
    """Kinetic over contact pressure, 2/3 E_kin / (V |P|): how far a state is from quasi-static."""
    return 2 / 3 * kinetic_fj / (volume_um3 * max(abs(pressure_kpa), 1e-30))


def inertial_number(
    rate_per_us: float, diameter_um: float, density_pg_per_um3: float, pressure_kpa: float
) -> float:
    """I = rate d sqrt(rho / P)."""
    return float(rate_per_us * diameter_um * np.sqrt(density_pg_per_um3 / pressure_kpa))


def shear_mass_scale(
    rate_per_us: float,
    scales: Scales,
    inertial_number_at_scale_1: float,
    inertial_limit: float,
    stokes_limit: float,
) -> float:
    """Largest mass scale that keeps the inertial and the contact Stokes number within limits.

    Raises
    ------
    SimulationError
        Even at s = 1 a limit is broken: the shear rate is too high.
    """
    stokes = rate_per_us / scales.slowest_damping_per_us
    by_number = {
        "inertial number": (inertial_number_at_scale_1, inertial_limit, 2),
        "contact Stokes number": (stokes, stokes_limit, 1),
    }
    for name, (value, limit, _) in by_number.items():
        if value > limit:
            raise SimulationError(
                f"shear rate {rate_per_us * 1e6:g} 1/s: {name} {value:.3g} exceeds {limit:g} even "
                "at mass scale 1; lower the rate"
            )
    return min((limit / value) ** power for value, limit, power in by_number.values())
