"""Shear viscosity from non-equilibrium runs, with a correlation-aware standard error."""

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from castline.config import ViscosityConfig
from castline.errors import InputError
from castline.forcefield import ForceField, gel_factor
from castline.lammps_data import coefficient_text, data_text, hertz_variables, neighbour_variables
from castline.lammps_run import StageRun
from castline.particles import ParticleState
from castline.recipe import Recipe, sphere_volume
from castline.timestep import (
    SHEAR_DAMPING_FRACTION,
    SHEAR_ELASTIC_FRACTION,
    Scales,
    Step,
    inertial_number,
    pair_scales,
    shear_mass_scale,
    time_step,
)

STRAIN_PER_SAMPLE = 0.01
STRAIN_PER_SEGMENT = 0.25
STRESS_EVERY = 10
# Least strain after a change of shear rate, over that from rest.
CHAINED_STRAIN = 0.5
# With ten thousand steps a unit strain, pair forces cost more than neighbour lists.
SKIN_UM = 0.4


@dataclass(frozen=True)
class SteadyMean:
    """Mean of the stationary part of a series.

    `start` is the first stationary sample; `inefficiency` samples make one independent sample.
    """

    mean: float
    stderr: float
    start: int
    inefficiency: float


def steady_mean(samples: np.ndarray) -> SteadyMean:
    """Mean and standard error of a correlated series after its transient.

    The transient ends where the number of independent samples of the rest is largest (Chodera,
    J. Chem. Theory Comput. 2016, doi 10.1021/acs.jctc.5b00784, as in pymbar.timeseries), but at
    the latest in the middle, so that a late drift shows in the error instead of being cut off.

    Raises
    ------
    InputError
        Fewer than 10 samples, or samples that are not finite.
    """
    samples = np.asarray(samples, float)
    if len(samples) < 10 or not np.isfinite(samples).all():
        raise InputError(f"viscosity: {len(samples)} samples; needs at least 10 finite ones")
    logging.getLogger("pymbar").setLevel(logging.ERROR)  # it greets on import
    from pymbar import timeseries

    start, _, _ = timeseries.detect_equilibration(samples)
    rest = samples[min(int(start), len(samples) // 2) :]
    spread = float(np.std(rest, ddof=1))
    inefficiency = timeseries.statistical_inefficiency(rest) if spread > 0 else 1.0
    independent = len(rest) / float(inefficiency)
    return SteadyMean(
        mean=float(rest.mean()),
        stderr=spread / np.sqrt(independent),
        start=len(samples) - len(rest),
        inefficiency=float(inefficiency),
    )


@dataclass(frozen=True)
class FlowPoint:
    """Viscosity at one shear rate.

    `from_shear_rate_per_s` is the rate whose steady flow the run started from, 0 for rest.
    """

    shear_rate_per_s: float
    viscosity_pa_s: float
    viscosity_stderr_pa_s: float
    strain: float
    transient_strain: float
    converged: bool
    first_normal_stress_difference_pa: float
    particle_pressure_pa: float
    inertial_number: float
    contact_stokes_number: float
    stokes_number: float
    mass_scale: float
    dt_us: float
    from_shear_rate_per_s: float


@dataclass(frozen=True)
class Grains:
    """What the dimensionless numbers of a sheared slurry are made of, in LAMMPS units.

    Volume-mean diameter in um, mean density in pg/um3, pressure of the particles at rest in kPa.
    """

    diameter_um: float
    density_pg_per_um3: float
    pressure_kpa: float

    def inertial_number(self, rate_per_us: float, mass_scale: float = 1.0) -> float:
        density = self.density_pg_per_um3 * mass_scale
        return inertial_number(rate_per_us, self.diameter_um, density, self.pressure_kpa)

    def stokes_number(self, rate_per_us: float, viscosity_mpa_s: float, mass_scale: float) -> float:
        inertia = self.density_pg_per_um3 * mass_scale * rate_per_us * self.diameter_um**2
        return inertia / viscosity_mpa_s


def grains_of(slurry: ParticleState, particle_pressure_kpa: float) -> Grains:
    volume_um3 = sphere_volume(slurry.diameter_m).sum() * 1e18
    return Grains(
        diameter_um=float(np.mean(slurry.diameter_m**3) ** (1 / 3)) * 1e6,
        density_pg_per_um3=float(slurry.mass_kg.sum() * 1e15 / volume_um3),
        pressure_kpa=max(particle_pressure_kpa, 1e-6),
    )


def shear_step(
    scales: Scales, grains: Grains, rate_per_us: float, settings: ViscosityConfig
) -> Step:
    """Time step and mass scale at one shear rate.

    Raises
    ------
    SimulationError
        No mass scale satisfies the bounds of the settings.
    """
    scale = shear_mass_scale(
        rate_per_us,
        scales,
        grains.inertial_number(rate_per_us),
        settings.inertial_number,
        settings.contact_stokes_number,
    )
    return time_step(scales, scale, SHEAR_ELASTIC_FRACTION, SHEAR_DAMPING_FRACTION)


def shear(
    recipe: Recipe,
    force_field: ForceField,
    settings: ViscosityConfig,
    slurry: ParticleState,
    particle_pressure_kpa: float,
    shear_rates_per_s: Iterable[float],
    work: Path,
    report: Callable[[str], None] = print,
    ranks: int = 1,
) -> Iterator[tuple[FlowPoint, pd.DataFrame, dict[str, float]]]:
    """Shear an equilibrated slurry at each rate until its viscosity is known well enough.

    The rates are taken from high to low. The first starts from rest, each other one from the steady
    flow of the one before, whose velocity profile it keeps; its transient is then short.

    Parameters
    ----------
    particle_pressure_kpa : stress carried by the particles at rest; scales the inertial number.

    Yields
    ------
    For each rate the point on the flow curve; the history (strain since the change of rate,
    viscosity in Pa.s, pressures in Pa, temperature in K, mean particle rotation over that of the
    flow); the cost.

    Raises
    ------
    SimulationError
        LAMMPS failed, or no mass scale satisfies the bounds at one of the rates.
    """
    rates = sorted(shear_rates_per_s, reverse=True)
    factor = gel_factor(force_field, recipe)
    grains = grains_of(slurry, particle_pressure_kpa)
    scales = pair_scales(force_field, slurry, factor)
    steps = [shear_step(scales, grains, rate * 1e-6, settings) for rate in rates]
    data = data_text(slurry, steps[0].mass_scale, triclinic=True)
    pairs = coefficient_text(slurry, force_field, factor)
    common = {"boundary": "p p p", "neighbor": "multi", "skin": SKIN_UM}
    common |= neighbour_variables(slurry)
    with StageRun(
        work, "viscosity", data, pairs, key=f"from {rates[0]:g} 1/s", report=report, ranks=ranks
    ) as run:
        for k, (shear_rate, step) in enumerate(zip(rates, steps, strict=True)):
            rate = shear_rate * 1e-6
            before, step_before = (rates[k - 1], steps[k - 1]) if k > 0 else (shear_rate, step)
            strain_per_step = rate * step.dt_us
            sample = round(STRAIN_PER_SAMPLE / strain_per_step / STRESS_EVERY)
            sample = STRESS_EVERY * max(1, sample)
            strain_per_sample = sample * strain_per_step
            samples = max(10, round(STRAIN_PER_SEGMENT / strain_per_sample))
            variables = {
                **common,
                "dt": step.dt_us,
                "rate": rate,
                "steps": samples * sample,
                "sample": sample,
                "slower": 1.0,
                "heavier": 1.0,
                **hertz_variables(force_field.hertz, step.mass_scale, factor),
            }
            change = {
                "slower": shear_rate / before,
                "heavier": step.mass_scale / step_before.mass_scale,
            }
            first = len(run.segments)
            least = settings.min_strain * (1.0 if k == 0 else CHAINED_STRAIN)
            while True:
                run.segment(variables | change if len(run.segments) == first else variables)
                history = pd.concat([s.series for s in run.segments[first:]], ignore_index=True)
                strain = len(history) * strain_per_sample
                steady = steady_mean(history["viscosity_mpa_s"].to_numpy())
                error = steady.stderr / abs(steady.mean)
                report(
                    f"shear rate {shear_rate:g} 1/s: strain {strain:.2f} (at most "
                    f"{settings.max_strain:g}), viscosity {steady.mean / 1e3:.3g} Pa.s "
                    f"+- {100 * error:.1f} %"
                )
                half = STRAIN_PER_SEGMENT / 2
                converged = error <= settings.relative_stderr and strain > least - half
                if converged or strain > settings.max_strain - half:
                    break
            rest = history.iloc[steady.start :]
            point = FlowPoint(
                shear_rate_per_s=shear_rate,
                viscosity_pa_s=steady.mean / 1e3,
                viscosity_stderr_pa_s=steady.stderr / 1e3,
                strain=strain,
                transient_strain=steady.start * strain_per_sample,
                converged=bool(converged),
                first_normal_stress_difference_pa=float(rest["first_normal_kpa"].mean()) * 1e3,
                particle_pressure_pa=float(rest["pressure_kpa"].mean()) * 1e3,
                inertial_number=grains.inertial_number(rate, step.mass_scale),
                contact_stokes_number=rate * step.mass_scale / scales.slowest_damping_per_us,
                stokes_number=grains.stokes_number(rate, steady.mean, step.mass_scale),
                mass_scale=step.mass_scale,
                dt_us=step.dt_us,
                from_shear_rate_per_s=before if k > 0 else 0.0,
            )
            table = pd.DataFrame(
                {
                    "shear_rate_per_s": shear_rate,
                    "from_shear_rate_per_s": point.from_shear_rate_per_s,
                    "strain": (np.arange(len(history)) + 1) * strain_per_sample,
                    "viscosity_pa_s": history["viscosity_mpa_s"] / 1e3,
                    "particle_pressure_pa": history["pressure_kpa"] * 1e3,
                    "first_normal_stress_difference_pa": history["first_normal_kpa"] * 1e3,
                    "temperature_k": history["temperature_k"],
                    "rotation_over_half_shear_rate": history["c_rotation"] / (-rate / 2),
                }
            )
            yield point, table, run.cost_since(first)


def flow_table(points: list[FlowPoint]) -> pd.DataFrame:
    """One row per shear rate, ascending."""
    return pd.DataFrame([asdict(p) for p in points]).sort_values("shear_rate_per_s")
