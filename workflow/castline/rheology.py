"""Shear viscosity from non-equilibrium runs, with a correlation-aware standard error."""

import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from castline.config import ViscosityConfig
from castline.errors import InputError
from castline.forcefield import ForceField, gel_factor
from castline.lammps_data import coefficient_text, data_text, hertz_variables
from castline.lammps_run import StageRun
from castline.particles import ParticleState
from castline.recipe import Recipe, sphere_volume
from castline.slurry import SKIN_UM
from castline.timestep import pair_scales, shear_mass_scale, time_step

STRAIN_PER_SAMPLE = 0.01
STRAIN_PER_SEGMENT = 0.5
STRESS_EVERY = 5


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
    """Viscosity at one shear rate."""

    shear_rate_per_s: float
    viscosity_pa_s: float
    viscosity_stderr_pa_s: float
    strain: float
    transient_strain: float
    converged: bool
    first_normal_stress_difference_pa: float
    particle_pressure_pa: float
    inertial_number: float
    stokes_number: float
    mass_scale: float
    dt_us: float


def shear(
    recipe: Recipe,
    force_field: ForceField,
    settings: ViscosityConfig,
    slurry: ParticleState,
    particle_pressure_kpa: float,
    shear_rate_per_s: float,
    work: Path,
    report: Callable[[str], None] = print,
    ranks: int = 1,
) -> tuple[FlowPoint, pd.DataFrame, dict[str, float]]:
    """Shear an equilibrated slurry until its viscosity is known to the asked standard error.

    Parameters
    ----------
    particle_pressure_kpa : stress carried by the particles at rest; scales the inertial number.

    Returns
    -------
    The point on the flow curve; the history (strain, viscosity in Pa.s, pressures in Pa,
    temperature in K, mean particle rotation over that of the flow); the cost.

    Raises
    ------
    SimulationError
        LAMMPS failed, or no mass scale satisfies the bound on the inertial number.
    """
    factor = gel_factor(force_field, recipe)
    rate = shear_rate_per_s * 1e-6
    diameter_um = float(np.mean(slurry.diameter_m**3) ** (1 / 3)) * 1e6
    density = float(slurry.mass_kg.sum() / sphere_volume(slurry.diameter_m).sum()) * 1e-3
    pressure = max(particle_pressure_kpa, 1e-6)
    scale = shear_mass_scale(rate, diameter_um, density, pressure, settings.inertial_number)
    step = time_step(pair_scales(force_field, slurry, factor), scale)
    sample = STRESS_EVERY * max(1, round(STRAIN_PER_SAMPLE / (rate * step.dt_us) / STRESS_EVERY))
    samples_per_segment = max(1, round(STRAIN_PER_SEGMENT / (rate * step.dt_us * sample)))
    variables = {
        "boundary": "p p p",
        "dt": step.dt_us,
        "skin": SKIN_UM,
        "neighbor": "multi",
        "rate": rate,
        "steps": samples_per_segment * sample,
        "sample": sample,
        **hertz_variables(force_field.hertz, step.mass_scale, factor),
    }
    data = data_text(slurry, step.mass_scale, triclinic=True)
    pairs = coefficient_text(slurry, force_field, factor)
    name = f"shear rate {shear_rate_per_s:g} 1/s"
    with StageRun(work, "viscosity", data, pairs, key=name, report=report, ranks=ranks) as run:
        while True:
            run.segment(variables)
            history = run.series
            strain = len(history) * sample * rate * step.dt_us
            steady = steady_mean(history["viscosity_mpa_s"].to_numpy())
            error = steady.stderr / abs(steady.mean)
            report(
                f"{name}: strain {strain:.2f} (at most {settings.max_strain:g}), viscosity "
                f"{steady.mean / 1e3:.3g} Pa.s +- {100 * error:.1f} %"
            )
            converged = (
                error <= settings.relative_stderr
                and strain > settings.min_strain - STRAIN_PER_SEGMENT / 2
            )
            if converged or strain > settings.max_strain - STRAIN_PER_SEGMENT / 2:
                break
        cost = run.cost
    strain_per_sample = sample * rate * step.dt_us
    rest = history.iloc[steady.start :]
    viscosity_mpa_s = steady.mean
    point = FlowPoint(
        shear_rate_per_s=shear_rate_per_s,
        viscosity_pa_s=viscosity_mpa_s / 1e3,
        viscosity_stderr_pa_s=steady.stderr / 1e3,
        strain=strain,
        transient_strain=steady.start * strain_per_sample,
        converged=bool(converged),
        first_normal_stress_difference_pa=float(rest["first_normal_kpa"].mean()) * 1e3,
        particle_pressure_pa=float(rest["pressure_kpa"].mean()) * 1e3,
        inertial_number=rate * diameter_um * float(np.sqrt(density * scale / pressure)),
        stokes_number=density * scale * rate * diameter_um**2 / viscosity_mpa_s,
        mass_scale=scale,
        dt_us=step.dt_us,
    )
    table = pd.DataFrame(
        {
            "shear_rate_per_s": shear_rate_per_s,
            "strain": (np.arange(len(history)) + 1) * strain_per_sample,
            "viscosity_pa_s": history["viscosity_mpa_s"] / 1e3,
            "particle_pressure_pa": history["pressure_kpa"] * 1e3,
            "first_normal_stress_difference_pa": history["first_normal_kpa"] * 1e3,
            "temperature_k": history["temperature_k"],
            "rotation_over_half_shear_rate": history["c_rotation"] / (-rate / 2),
        }
    )
    return point, table, cost


def flow_table(points: list[FlowPoint]) -> pd.DataFrame:
    """One row per shear rate, ascending."""
    return pd.DataFrame([asdict(p) for p in points]).sort_values("shear_rate_per_s")
