"""Drying: the solvent leaves, every CBD shrinks to its dry diameter, the film settles.

Homogeneous evaporation: all CBD shrink at once and keep their centres and their solids. The dry
force field then acts and the film relaxes under the outer pressure along z; x and y keep their
length, as the film sticks to the current collector.
"""

from dataclasses import replace

import numpy as np
from pydantic import Field

from castline.base.errors import InputError, SimulationError
from castline.base.sections import Positive, Section
from castline.base.units import KPA_PER_BAR
from castline.lammps.forcefield import ForceField
from castline.lammps.output import relative_change
from castline.lammps.texts import moved
from castline.lammps.timestep import Step, kinetic_to_elastic
from castline.line.loaded import PERIODIC, REST_SKIN_UM, Loaded
from castline.line.stage import Bench, Cost, Result, Stage, StageTable
from castline.packing.state import ParticleState, initial_arrays
from castline.recipe.recipe import Recipe

WINDOW_STEPS = 4000
SWAP_STEPS = 2000
# Largest displacement per step, um, while the dry forces take over from the slurry's overlaps.
SWAP_LIMIT_UM = 0.005
STRAIN_PER_STEP = 5e-5
THERMOSTAT_STEPS = 50
PRESSURE_TOLERANCE = 0.2


class DryingConfig(Section):
    """Drying: CBD shrink, dry force field, relaxation."""

    pressure_bar: Positive = Field(default=1.0, description="outer pressure, bar")
    temperature_k: Positive = Field(default=300.0, description="temperature, K")
    thickness_tolerance: Positive = Field(
        default=0.02, description="relative change of thickness between windows when stationary"
    )
    max_windows: int = Field(default=40, ge=3, description="windows of 4000 steps at most")


def shrink(recipe: Recipe, slurry: ParticleState) -> ParticleState:
    """The slurry with dry CBD and without solvent; centres and box stay.

    Raises
    ------
    InputError
        The state does not hold the recipe's particles.
    """
    arrays = initial_arrays(recipe, dry=True)
    if not np.array_equal(arrays["types"], slurry.types):
        raise InputError(
            f"drying: the slurry holds {slurry.count} particles, not the recipe's "
            f"{recipe.particle_count} in the same classes"
        )
    return replace(slurry, diameter_m=arrays["diameter_m"], mass_kg=arrays["mass_kg"])


def dry(
    recipe: Recipe,
    force_field: ForceField,
    settings: DryingConfig,
    start: Result,
    bench: Bench,
) -> Result:
    """Dry an equilibrated slurry until its thickness is stationary at the outer pressure.

    Returns
    -------
    The dried state; the history (step, thickness in um, pressure in kPa, energies in fJ).

    Raises
    ------
    SimulationError
        LAMMPS failed, or the film is not stationary after `settings.max_windows`.
    """
    shrunk = shrink(recipe, start.state)
    loaded = Loaded(shrunk, force_field)
    step = loaded.quasi_static_step(bench.acceleration)
    pressure = settings.pressure_bar * KPA_PER_BAR
    with loaded.chain("drying", step, bench) as run:

        def settle(step: Step) -> tuple[Step, float, float]:
            """Swap the forces, then windows until stationary: step, last change, pressure."""
            largest_rate = STRAIN_PER_STEP / step.reference_us
            variables = {
                **loaded.variables(step, REST_SKIN_UM),
                "pressure": pressure,
                "gain": largest_rate / pressure,
                "maxrate": largest_rate,
                "temperature": settings.temperature_k,
                "damp": THERMOSTAT_STEPS * step.reference_us,
                "limit": SWAP_LIMIT_UM,
                "seed": bench.seed,
            }
            swap, steps = step.steps(SWAP_STEPS), step.steps(WINDOW_STEPS)
            run.segment({**variables, "mode": "swap", "steps": swap, "sample": swap // 10})
            for window in range(settings.max_windows):
                segment = run.segment(
                    {**variables, "mode": "settle", "steps": steps, "sample": steps // 20}
                )
                change = relative_change(run.series["thickness_um"], len(segment.series))
                carried = float(segment.series["pressure_zz_kpa"].mean())
                bench.report(
                    f"window {window + 1} (at most {settings.max_windows}), "
                    f"{segment.final['step']:.0f} steps: thickness "
                    f"{segment.final['thickness_um']:.2f} um, film carries {carried:.0f} of "
                    f"{pressure:.0f} kPa"
                )
                if (
                    window > 0
                    and change < settings.thickness_tolerance
                    and abs(carried - pressure) < PRESSURE_TOLERANCE * pressure
                ):
                    return step, change, carried
            raise SimulationError(
                f"drying: not stationary after {settings.max_windows} windows (thickness changes "
                f"by {change:.2g}, film carries {carried:.3g} of {pressure:g} kPa); raise "
                "drying.max_windows"
            )

        step, change, carried = run.with_stable_step(step, settle)
        state = moved(shrunk, run.last_dump, PERIODIC)
        kinetic = float(run.segments[-1].series["kinetic_fj"].mean())
        summary = {
            "steps": int(run.segments[-1].final["step"]),
            "thickness_change": change,
            "film_pressure_kpa": carried,
            "acceleration": bench.acceleration,
            "time_step": step.to_dict(),
            "kinetic_to_elastic": kinetic_to_elastic(kinetic, state.volume_m3 * 1e18, carried),
            "cost": run.cost,
        }
        return Result({"dried": state}, {"drying_history": run.series}, summary)


DRYING = Stage(
    name="drying",
    title="drying",
    section=DryingConfig,
    force_field="dry",
    run=dry,
    cost=Cost(steps=40_000, porosity=0.68),
    makes=("dried",),
    tables=(StageTable("drying_history"),),
    seeded=True,
)
