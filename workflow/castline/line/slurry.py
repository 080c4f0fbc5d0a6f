"""Slurry: random placement, then equilibration while the outer pressure rises to its final value.

The outer pressure acts on the liquid and the particle network together. The liquid carries
p_liquid(V) = p_outer + K (V_theory / V - 1), never tension, and the particles carry the rest.
"""

import numpy as np
from pydantic import Field

from castline.base.errors import ConfigError, SimulationError
from castline.base.sections import Positive, Section
from castline.base.units import KPA_PER_BAR
from castline.lammps.forcefield import ForceField, gel_factor
from castline.lammps.output import relative_change
from castline.lammps.texts import moved
from castline.lammps.timestep import (
    Acceleration,
    Step,
    kinetic_to_elastic,
    pair_scales,
    quasi_static_step,
)
from castline.line.box import BoxConfig, initial_state
from castline.line.carrying import one_of_each, what_would_carry
from castline.line.loaded import PERIODIC, REST_SKIN_UM, Loaded
from castline.line.stage import Bench, Cost, Result, Stage, StageTable
from castline.recipe.recipe import Recipe

WINDOW_STEPS = 4000
RAMP_WINDOWS = 3
STRAIN_PER_STEP = 1e-4
# Pressure difference, as a fraction of the final pressure, at which the barostat saturates.
BAROSTAT_BAND = 0.05
BOLTZMANN_FJ_PER_K = 1.380649e-8
# Langevin time constant over the time step: weak enough to leave contacts alone.
THERMOSTAT_STEPS = 200
# Thermal displacement a step (root mean square) over the diameter. LAMMPS stops at a tenth for any
# particle, and of many the fastest is about three times as fast as that.
LARGEST_LEAP = 0.03
# Volume fraction of spheres below which bins by particle size would be mostly empty.
DILUTE = 0.05


class SlurryConfig(Section):
    """Equilibration of the slurry."""

    box: BoxConfig = Field(default=BoxConfig(), description="initial box")
    pressure_bar: Positive = Field(default=1.0, description="final outer pressure, bar")
    temperature_k: Positive = Field(default=300.0, description="temperature, K")
    volume_tolerance: Positive = Field(
        default=1e-3, description="relative change of volume between windows when stationary"
    )
    energy_tolerance: Positive = Field(
        default=0.02, description="relative change of potential energy between windows"
    )
    max_windows: int = Field(default=60, ge=3, description="windows of 4000 steps at most")


def check_solvent(
    recipe: Recipe, force_field: ForceField, settings: SlurryConfig, acceleration: Acceleration
) -> None:
    """Refuse a slurry that would not equilibrate, before anything runs.

    Raises
    ------
    ConfigError
        A CBD with its solvent overlaps itself across the box, or heat alone moves particles too far
        in a step, as the gel between them is too thin to hold them.
    """
    lengths = np.asarray(settings.box.lengths_um or settings.box.aspect, float)
    edge_um = (lengths * (recipe.slurry_volume_m3 / lengths.prod()) ** (1 / 3)).min() * 1e6
    cbd_um = recipe.cbd.diameter_slurry_m * 1e6
    if cbd_um >= edge_um:
        raise ConfigError(
            f"recipe.composition: with its share of the solvent each of the {recipe.cbd.count} CBD "
            f"has {cbd_um:.3g} um, and the slurry's box is {edge_um:.3g} um wide; use more and "
            "smaller CBD (recipe.cbd.dry_diameter_um), or a larger recipe.dry_mass_g"
        )
    state = one_of_each(recipe)
    factor = gel_factor(force_field, recipe)
    step = quasi_static_step(pair_scales(force_field, state, factor), acceleration)
    mass_pg = state.mass_kg * 1e15 * step.mass_scale
    speed = np.sqrt(3 * BOLTZMANN_FJ_PER_K * settings.temperature_k / mass_pg)
    leap = float((speed * step.dt_us / (state.diameter_m * 1e6)).max())
    if leap > LARGEST_LEAP:
        # The step follows the stiffness, which the factor multiplies.
        advice = what_would_carry(recipe, (leap / LARGEST_LEAP) ** 2, force_field)
        share, made_for = recipe.cbd_solids_fraction, force_field.gel.reference_solids_fraction
        raise ConfigError(
            "recipe.composition: the solvent is more than its CBD can carry: they swell to "
            f"{cbd_um:.3g} um, {100 * share:.2g} vol.% carbon and binder (the force field is made "
            f"for {100 * made_for:.2g} %), and with {factor:.1g} of its forces heat alone would "
            f"move a particle by {100 * leap:.2g} % of its diameter a step. Needs {advice}; "
            "without solvent (route: powder) any composition will do"
        )


def equilibrate(
    recipe: Recipe,
    force_field: ForceField,
    settings: SlurryConfig,
    start: None,
    bench: Bench,
) -> Result:
    """Place a slurry and equilibrate it until volume and potential energy are stationary.

    Returns
    -------
    The initial state and the slurry; the history (step, pressures in kPa, energy in fJ, temperature
    in K, volume in um3).

    Raises
    ------
    SimulationError
        LAMMPS failed, or the slurry is not stationary after `settings.max_windows`.
    """
    factor = gel_factor(force_field, recipe)
    initial = initial_state(recipe, settings.box, bench.seed)
    loaded = Loaded(initial, force_field, factor)
    step = loaded.quasi_static_step(bench.acceleration)
    theory_um3 = recipe.slurry_volume_m3 * 1e18
    pressure = settings.pressure_bar * KPA_PER_BAR
    with loaded.chain("slurry", step, bench) as run:

        def settle(step: Step) -> tuple[Step, float, float]:
            """Windows until volume and energy are stationary: the step used, both last changes."""
            largest_rate = STRAIN_PER_STEP / step.reference_us
            steps = step.steps(WINDOW_STEPS)
            variables = {
                **loaded.variables(step, REST_SKIN_UM),
                "p_end": pressure,
                "bulk": force_field.gel.bulk_modulus_kpa,
                "volume": theory_um3,
                "gain": largest_rate / (BAROSTAT_BAND * pressure),
                "maxrate": largest_rate,
                "temperature": settings.temperature_k,
                "damp": THERMOSTAT_STEPS * step.reference_us,
                "steps": steps,
                "sample": steps // 20,
                "seed": bench.seed,
            }
            filled = recipe.slurry_volume_m3 / initial.volume_m3
            for window in range(settings.max_windows):
                ramp = [min(1.0, k / RAMP_WINDOWS) * pressure for k in (window, window + 1)]
                dilute = {"neighbor": "bin"} if filled <= DILUTE else {}
                segment = run.segment({**variables, "p0": ramp[0], "p1": ramp[1], **dilute})
                filled = theory_um3 / segment.final["volume_um3"]
                per_window, series = len(segment.series), run.series
                volume_change = relative_change(series["volume_um3"], per_window)
                energy_change = relative_change(series["potential_fj"], per_window)
                bench.report(
                    f"window {window + 1} (at most {settings.max_windows}), "
                    f"{(window + 1) * steps} steps: volume {segment.final['volume_um3']:.0f} "
                    f"um3 of {theory_um3:.0f} in theory"
                )
                if (
                    window > RAMP_WINDOWS
                    and volume_change < settings.volume_tolerance
                    and energy_change < settings.energy_tolerance
                ):
                    return step, volume_change, energy_change
            raise SimulationError(
                f"slurry: not stationary after {settings.max_windows} windows (volume changes by "
                f"{volume_change:.2g}, energy by {energy_change:.2g}); raise slurry.max_windows"
            )

        step, volume_change, energy_change = run.with_stable_step(step, settle)
        state = moved(initial, run.last_dump, PERIODIC)
        last = run.segments[-1].series
        temperature = float(last["temperature_k"].mean())
        carried = float(last["particle_pressure_kpa"].mean())
        kinetic = 1.5 * initial.count * BOLTZMANN_FJ_PER_K * temperature
        summary = {
            "steps": int(run.segments[-1].final["step"]),
            "volume_change": volume_change,
            "energy_change": energy_change,
            "density_kg_per_m3": float(initial.mass_kg.sum() / state.volume_m3),
            "theoretical_density_kg_per_m3": recipe.slurry_density_kg_per_m3,
            "particle_pressure_kpa": carried,
            "liquid_pressure_kpa": float(last["pliquid_kpa"].mean()),
            "temperature_k": temperature,
            "gel_factor": factor,
            "acceleration": bench.acceleration,
            "time_step": step.to_dict(),
            "kinetic_to_elastic": kinetic_to_elastic(kinetic, state.volume_m3 * 1e18, carried),
            "cost": run.cost,
        }
        states = {"initial": initial, "slurry": state}
        return Result(states, {"slurry_history": run.series}, summary)


SLURRY = Stage(
    name="slurry",
    title="equilibration",
    section=SlurryConfig,
    force_field="slurry",
    run=equilibrate,
    cost=Cost(steps=40_000),
    makes=("initial", "slurry"),
    tables=(StageTable("slurry_history"),),
    seeded=True,
)
