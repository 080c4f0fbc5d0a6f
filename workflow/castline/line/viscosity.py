"""Shear viscosity from non-equilibrium runs, with a correlation-aware standard error."""

import logging
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Annotated

import numpy as np
import pandas as pd
from pydantic import Field, field_validator, model_validator

from castline.base.errors import ConfigError, InputError, SimulationError
from castline.base.sections import Positive, Section
from castline.lammps.chain import StageRun
from castline.lammps.forcefield import ForceField, gel_factor
from castline.lammps.texts import size_classes
from castline.lammps.timestep import (
    SHEAR_DAMPING_FRACTION,
    SHEAR_ELASTIC_FRACTION,
    Acceleration,
    Step,
    coarse_factor,
    inertial_number,
    pair_scales,
    protocol_step,
    shear_mass_scale,
    time_step,
)
from castline.line.carrying import one_of_each, what_would_carry
from castline.line.loaded import Loaded
from castline.line.stage import Bench, Cost, Result, Stage, StageTable
from castline.packing.state import ParticleState, fine_types
from castline.recipe.recipe import Recipe, sphere_volume
from castline.results.coating import CoatingConfig
from castline.results.schema import TABLES

STRAIN_PER_SAMPLE = 0.01
STRAIN_PER_SEGMENT = 0.25
# Odd, as contacts may swing from step to step at the largest stable one: no side is left out.
STRESS_EVERY = 9
# Least strain after a change of shear rate, over that from rest.
CHAINED_STRAIN = 0.5
# Steps are long: lists are rebuilt often, and a wide skin pays (docs/viscosity.md).
SKIN_UM = 0.8
# viscosity.min_strain with which the strains of the cost model were measured.
MEASURED_MIN_STRAIN = 1.0


class ViscosityConfig(Section):
    """Non-equilibrium shear."""

    shear_rates_per_s: list[Annotated[float, Field(ge=1e-3, le=1e6)]] = Field(
        min_length=1, description="shear rates, 1/s"
    )
    relative_stderr: Annotated[float, Field(gt=0, lt=1)] = Field(
        default=0.05, description="a run ends when the standard error over the mean is this small"
    )
    min_strain: Positive = Field(
        default=1.0,
        description="strain from rest before a run may end; half of it after a change of rate",
    )
    max_strain: Positive = Field(
        default=4.0, description="strain at which a run ends anyway, at each shear rate"
    )
    inertial_number: Annotated[float, Field(gt=0, le=0.1)] = Field(
        default=0.05, description="bound on the inertial number, for the mass scale"
    )
    contact_stokes_number: Annotated[float, Field(gt=0, le=0.1)] = Field(
        default=0.0003,
        description="bound on shear rate times the relaxation time of contacts, for the mass scale",
    )
    coating: CoatingConfig | None = Field(
        default=None, description="blade speed and gaps at which the fits give a viscosity, or none"
    )

    @field_validator("shear_rates_per_s")
    @classmethod
    def distinct(cls, values: list[float]) -> list[float]:
        if len(set(values)) < len(values):
            raise ValueError("names a shear rate twice")
        return values

    @model_validator(mode="after")
    def ordered(self) -> "ViscosityConfig":
        if self.max_strain < self.min_strain:
            raise ValueError(f"max_strain {self.max_strain} is below min_strain {self.min_strain}")
        return self


def check_rates(
    recipe: Recipe, force_field: ForceField, settings: ViscosityConfig, acceleration: Acceleration
) -> None:
    """Refuse shear rates that the contacts of a slurry cannot follow, before anything runs.

    Raises
    ------
    ConfigError
        Even with real masses the contact Stokes number exceeds its bound at the highest rate.
    """
    state = one_of_each(recipe)
    heavier = coarse_factor(state) if acceleration == "automatic" else 1.0
    scales = pair_scales(force_field, state, gel_factor(force_field, recipe), heavier)
    highest = max(settings.shear_rates_per_s)
    allowed = settings.contact_stokes_number * scales.slowest_damping_per_us * 1e6
    if highest > allowed:
        # Damping follows the factor on the forces.
        advice = what_would_carry(recipe, highest / allowed, force_field)
        raise ConfigError(
            f"viscosity.shear_rates_per_s: {highest:g} 1/s, and this slurry can be sheared at no "
            f"more than {allowed:.2g} 1/s: its CBD carry so much solvent "
            f"({100 * recipe.cbd_solids_fraction:.2g} vol.% carbon and binder) that contacts relax "
            f"slowly. Needs {advice}"
        )


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
    the latest in the middle, so that a late drift shows in the error instead of being cut off. A
    short series shows less correlation than there is, so the error is never below that of the two
    halves of the rest taken as two samples.

    Raises
    ------
    InputError
        Fewer than 10 samples, or samples that are not finite.
    """
    samples = np.asarray(samples, float)
    if len(samples) < 10 or not np.isfinite(samples).all():
        raise InputError(f"viscosity: {len(samples)} samples; needs at least 10 finite ones")
    start, _, _ = timeseries().detect_equilibration(samples)
    rest = samples[min(int(start), len(samples) // 2) :]
    inefficiency = statistical_inefficiency(rest)
    return SteadyMean(
        mean=float(rest.mean()),
        stderr=max(stderr(rest), two_block_stderr(rest)),
        start=len(samples) - len(rest),
        inefficiency=inefficiency,
    )


def timeseries():
    """pymbar.timeseries, imported when first used: it is slow to import, and greets."""
    logging.getLogger("pymbar").setLevel(logging.ERROR)
    from pymbar import timeseries

    return timeseries


def statistical_inefficiency(samples: np.ndarray) -> float:
    """Samples that make one independent sample; 1 for a constant series."""
    samples = np.asarray(samples, float)
    return float(timeseries().statistical_inefficiency(samples)) if np.ptp(samples) > 0 else 1.0


def stderr(samples: np.ndarray) -> float:
    """Standard error of the mean of a correlated stationary series."""
    samples = np.asarray(samples, float)
    independent = len(samples) / statistical_inefficiency(samples)
    return float(np.std(samples, ddof=1) / np.sqrt(independent))


def two_block_stderr(samples: np.ndarray) -> float:
    """Standard error of the mean from the means of the two halves as two independent samples."""
    half = len(samples) // 2
    return float(abs(samples[:half].mean() - samples[-half:].mean()) / 2)


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
    first_normal_stress_difference_stderr_pa: float
    particle_pressure_pa: float
    inertial_number: float
    contact_stokes_number: float
    stokes_number: float
    mass_scale: float
    coarse_mass_scale: float
    dt_us: float
    from_shear_rate_per_s: float


@dataclass(frozen=True)
class Flow:
    """Shear at one rate with one step: what a segment of it needs and how its samples lie."""

    shear_rate_per_s: float
    step: Step

    @property
    def rate_per_us(self) -> float:
        return self.shear_rate_per_s * 1e-6

    @property
    def sample(self) -> int:
        """Steps in a sample of the series."""
        steps = STRAIN_PER_SAMPLE / (self.rate_per_us * self.step.dt_us)
        return STRESS_EVERY * max(1, round(steps / STRESS_EVERY))

    @property
    def strain_per_sample(self) -> float:
        return self.strain(self.sample)

    def strain(self, steps: int) -> float:
        return steps * self.rate_per_us * self.step.dt_us


class Sheared:
    """A slurry at rest, ready to be sheared: its contacts, grains and LAMMPS texts.

    Lengths in um, densities in pg/um3, pressures in kPa; `particle_pressure_kpa` is the stress that
    the particles carry at rest and scales the inertial number.
    """

    def __init__(
        self,
        recipe: Recipe,
        force_field: ForceField,
        slurry: ParticleState,
        particle_pressure_kpa: float,
    ):
        factor = gel_factor(force_field, recipe)
        # With the masses of coarse particles as they are, and with heavier ones.
        self.real = pair_scales(force_field, slurry, factor)
        self.loaded = Loaded(slurry, force_field, factor, coarse_factor(slurry))
        self.scales = self.loaded.scales
        self.diameter_um = float(np.mean(slurry.diameter_m**3) ** (1 / 3)) * 1e6
        is_fine = fine_types(slurry)[slurry.types - 1]
        volume = sphere_volume(slurry.diameter_m).sum()
        # Mass of the fine and of the coarse particles over the volume of all.
        self.densities = [
            float(slurry.mass_kg[group].sum() / volume) * 1e-3 for group in (is_fine, ~is_fine)
        ]
        self.pressure_kpa = max(particle_pressure_kpa, 1e-6)

    def density(self, mass_scale: float, coarse_mass_scale: float) -> float:
        fine, coarse = self.densities
        return fine * mass_scale + coarse * coarse_mass_scale

    def inertial_number(self, flow: Flow) -> float:
        density = self.density(flow.step.mass_scale, flow.step.coarse_mass_scale)
        return inertial_number(flow.rate_per_us, self.diameter_um, density, self.pressure_kpa)

    def flow(
        self, shear_rate_per_s: float, settings: ViscosityConfig, acceleration: Acceleration
    ) -> Flow:
        """Shear at one rate with its time step and mass scale.

        Raises
        ------
        SimulationError
            The rate is not positive, or no mass scale satisfies the bounds of the settings.
        """
        if not shear_rate_per_s > 0:
            raise SimulationError(f"shear rate {shear_rate_per_s:g} 1/s: must be positive")
        rate = shear_rate_per_s * 1e-6
        scales = self.scales if acceleration == "automatic" else self.real
        density = self.density(1.0, scales.coarse_factor)
        at_scale_1 = inertial_number(rate, self.diameter_um, density, self.pressure_kpa)
        scale = shear_mass_scale(
            rate, scales, at_scale_1, settings.inertial_number, settings.contact_stokes_number
        )
        step = time_step(scales, scale, SHEAR_ELASTIC_FRACTION, SHEAR_DAMPING_FRACTION)
        if acceleration == "none":
            step = protocol_step(scales, step.dt_us)
        return Flow(shear_rate_per_s, step)

    def start(self, flow: Flow, bench: Bench, key: str) -> StageRun:
        """Chain of segments that starts with this flow from rest."""
        return self.loaded.chain("viscosity", flow.step, bench, key, triclinic=True)

    def variables(
        self,
        flow: Flow,
        samples: int,
        before: Flow | None = None,
        integrator: str = "nve/sphere",
    ) -> dict[str, object]:
        """Variables of a segment; `before` is the flow that it changes over from."""
        before = before or flow
        step = flow.step
        fine, coarse = size_classes(self.loaded.state)
        return {
            **self.loaded.variables(step, SKIN_UM),
            "fine_types": " ".join(fine),
            "coarse_types": " ".join(coarse) or f"> {len(fine)}",
            "integrator": integrator,
            "rate": flow.rate_per_us,
            "steps": samples * flow.sample,
            "sample": flow.sample,
            "every": STRESS_EVERY,
            "slower": flow.shear_rate_per_s / before.shear_rate_per_s,
            "heavier": step.mass_scale / before.step.mass_scale,
            "coarse_heavier": step.coarse_mass_scale / before.step.coarse_mass_scale,
        }


def shear(
    recipe: Recipe,
    force_field: ForceField,
    settings: ViscosityConfig,
    start: Result,
    bench: Bench,
) -> Iterator[tuple[FlowPoint, pd.DataFrame, dict[str, float]]]:
    """Shear an equilibrated slurry at each rate until its viscosity is known well enough.

    The rates are taken from high to low. The first starts from rest, each other one from the steady
    flow of the one before, whose velocity profile it keeps; its transient is then short.

    The pressure that the slurry's particles carry at rest scales the inertial number.

    Yields
    ------
    For each rate the point on the flow curve; the history (see `history_table`); the cost.

    Raises
    ------
    SimulationError
        A rate is not positive or too high for the bounds (before anything runs), LAMMPS failed, or
        a run was unstable twice.
    """
    rates = sorted(settings.shear_rates_per_s, reverse=True)
    sheared = Sheared(recipe, force_field, start.state, start.summary["particle_pressure_kpa"])
    flows = [sheared.flow(rate, settings, bench.acceleration) for rate in rates]
    with sheared.start(flows[0], bench, f"from {rates[0]:g} 1/s") as run:
        before = None
        for planned in flows:
            first = len(run.segments)

            def advance(step: Step, rate=planned.shear_rate_per_s, before=before):
                return steady_flow(run, sheared, settings, Flow(rate, step), before)

            flow, steady, converged = run.with_stable_step(planned.step, advance)
            history = series_since(run, first)
            rest = history.iloc[steady.start :]
            table = history_table(history, flow, before)
            point = FlowPoint(
                shear_rate_per_s=flow.shear_rate_per_s,
                viscosity_pa_s=steady.mean / 1e3,
                viscosity_stderr_pa_s=steady.stderr / 1e3,
                strain=flow.strain(run.cost_since(first)["steps"]),
                transient_strain=float(table["strain"].iloc[steady.start]) - flow.strain_per_sample,
                converged=converged,
                first_normal_stress_difference_pa=float(rest["first_normal_kpa"].mean()) * 1e3,
                first_normal_stress_difference_stderr_pa=stderr(rest["first_normal_kpa"]) * 1e3,
                particle_pressure_pa=float(rest["pressure_kpa"].mean()) * 1e3,
                inertial_number=sheared.inertial_number(flow),
                contact_stokes_number=flow.rate_per_us
                * flow.step.mass_scale
                / sheared.scales.slowest_damping_per_us,
                stokes_number=sheared.density(flow.step.mass_scale, flow.step.coarse_mass_scale)
                * flow.rate_per_us
                * sheared.diameter_um**2
                / steady.mean,
                mass_scale=flow.step.mass_scale,
                coarse_mass_scale=flow.step.coarse_mass_scale,
                dt_us=flow.step.dt_us,
                from_shear_rate_per_s=before.shear_rate_per_s if before else 0.0,
            )
            yield point, table, run.cost_since(first)
            before = flow


def series_since(run: StageRun, first: int) -> pd.DataFrame:
    """Series of segment `first` and all later ones, `step` counted from where they begin."""
    series = pd.concat([s.series for s in run.segments[first:]], ignore_index=True)
    begin = run.segments[first - 1].final["step"] if first > 0 else 0
    return series.assign(step=series["step"] - begin)


def steady_flow(
    run: StageRun,
    sheared: Sheared,
    settings: ViscosityConfig,
    flow: Flow,
    before: Flow | None,
) -> tuple[Flow, SteadyMean, bool]:
    """Shear on until the viscosity (mPa.s) is known to the target or the strain is used up."""
    first = len(run.segments)
    samples = max(10, round(STRAIN_PER_SEGMENT / flow.strain_per_sample))
    least = settings.min_strain * (CHAINED_STRAIN if before else 1.0)
    half = samples * flow.strain_per_sample / 2
    while True:
        changes_over = before if len(run.segments) == first else None
        run.segment(sheared.variables(flow, samples, changes_over))
        history = series_since(run, first)
        strain = flow.strain(run.cost_since(first)["steps"])
        steady = steady_mean(history["viscosity_mpa_s"].to_numpy())
        error = steady.stderr / abs(steady.mean)
        run.report(
            f"shear rate {flow.shear_rate_per_s:g} 1/s: strain {strain:.2f} (at most "
            f"{settings.max_strain:g}), viscosity {steady.mean / 1e3:.3g} Pa.s "
            f"+- {100 * error:.1f} %"
        )
        converged = error <= settings.relative_stderr and strain > least - half
        if converged or strain > settings.max_strain - half:
            return flow, steady, bool(converged)


def history_table(history: pd.DataFrame, flow: Flow, before: Flow | None = None) -> pd.DataFrame:
    """Series of one shear rate in SI units, against strain since the change to that rate."""
    return pd.DataFrame(
        {
            "shear_rate_per_s": flow.shear_rate_per_s,
            "from_shear_rate_per_s": before.shear_rate_per_s if before else 0.0,
            "strain": flow.strain(history["step"]),
            "viscosity_pa_s": history["viscosity_mpa_s"] / 1e3,
            "particle_pressure_pa": history["pressure_kpa"] * 1e3,
            "first_normal_stress_difference_pa": history["first_normal_kpa"] * 1e3,
            "temperature_k": history["temperature_k"],
            "rotation_over_half_shear_rate": history["c_rotation"] / (-flow.rate_per_us / 2),
        }
    )


def flow_table(points: list[FlowPoint]) -> pd.DataFrame:
    """One row per shear rate, ascending."""
    return pd.DataFrame([asdict(p) for p in points]).sort_values("shear_rate_per_s")


def measure(
    recipe: Recipe,
    force_field: ForceField,
    settings: ViscosityConfig,
    start: Result,
    bench: Bench,
) -> Result:
    """The flow curve of a slurry, its history, and the cost of each shear rate (see `shear`)."""
    points, histories, costs = [], [], {}
    for point, history, cost in shear(recipe, force_field, settings, start, bench):
        points.append(point)
        histories.append(history)
        costs[f"{point.shear_rate_per_s:.10g}"] = {**cost, "strain": round(point.strain, 4)}
    total = {
        "core_seconds": sum(cost["core_seconds"] for cost in costs.values()),
        "peak_memory_mb": max(cost["peak_memory_mb"] for cost in costs.values()),
    }
    return Result(
        tables={
            "viscosity": flow_table(points),
            "viscosity_history": pd.concat(histories, ignore_index=True),
        },
        summary={"cost_by_shear_rate": costs, "cost": total},
    )


def expected_steps(settings: ViscosityConfig, measured) -> list[float]:
    """Steps of the chain of each shear rate, from the strains and steps of measured runs."""
    longer = max(settings.min_strain / MEASURED_MIN_STRAIN, 1.0)
    strain = min(measured.shear.strain * longer, settings.max_strain)
    return [strain * measured.shear.per_strain(rate) for rate in settings.shear_rates_per_s]


VISCOSITY = Stage(
    name="viscosity",
    title="shear viscosity",
    section=ViscosityConfig,
    force_field="slurry",
    run=measure,
    cost=Cost(steps=40_000, chains=expected_steps),
    tables=(StageTable("viscosity", TABLES["viscosity"]), StageTable("viscosity_history")),
)
