"""Drying: the solvent leaves, every CBD shrinks to its dry diameter, the film settles.

Homogeneous evaporation: all CBD shrink at once and keep their centres and their solids. The dry
force field then acts and the film relaxes under the outer pressure along z; x and y keep their
length, as the film sticks to the current collector.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from castline.base.errors import InputError, SimulationError
from castline.campaign.config import KPA_PER_BAR, Acceleration, DryingConfig
from castline.lammps.chain import StageRun
from castline.lammps.forcefield import ForceField
from castline.lammps.texts import (
    coefficient_text,
    contact_variables,
    data_text,
    moved,
    neighbour_variables,
)
from castline.lammps.timestep import (
    Step,
    kinetic_to_elastic,
    pair_scales,
    quasi_static_step,
)
from castline.line.slurry import PERIODIC, SKIN_UM, relative_change
from castline.packing.state import ParticleState, initial_arrays
from castline.recipe.recipe import Recipe

WINDOW_STEPS = 4000
SWAP_STEPS = 2000
# Largest displacement per step, um, while the dry forces take over from the slurry's overlaps.
SWAP_LIMIT_UM = 0.005
STRAIN_PER_STEP = 5e-5
THERMOSTAT_STEPS = 50
PRESSURE_TOLERANCE = 0.2


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
    slurry: ParticleState,
    seed: int,
    work: Path,
    report: Callable[[str], None] = print,
    ranks: int = 1,
    acceleration: Acceleration = "automatic",
) -> tuple[ParticleState, pd.DataFrame, dict]:
    """Dry an equilibrated slurry until its thickness is stationary at the outer pressure.

    Returns
    -------
    Dried state, time series (step, thickness in um, pressure in kPa, energies in fJ), summary.

    Raises
    ------
    SimulationError
        LAMMPS failed, or the film is not stationary after `settings.max_windows`.
    """
    start = shrink(recipe, slurry)
    step = quasi_static_step(pair_scales(force_field, start), acceleration)
    pressure = settings.pressure_bar * KPA_PER_BAR
    data, pairs = data_text(start, step.mass_scale), coefficient_text(start, force_field)
    with StageRun(work, "drying", data, pairs, report=report, ranks=ranks) as run:

        def settle(step: Step) -> tuple[Step, float, float]:
            """Swap the forces, then windows until stationary: step, last change, pressure."""
            largest_rate = STRAIN_PER_STEP / step.reference_us
            variables = {
                "boundary": "p p p",
                "dt": step.dt_us,
                "skin": SKIN_UM,
                **neighbour_variables(start),
                "neighbor": "multi",
                "pressure": pressure,
                "gain": largest_rate / pressure,
                "maxrate": largest_rate,
                "temperature": settings.temperature_k,
                "damp": THERMOSTAT_STEPS * step.reference_us,
                "limit": SWAP_LIMIT_UM,
                "seed": seed,
                **contact_variables(force_field.hertz, step.mass_scale),
            }
            swap, steps = step.steps(SWAP_STEPS), step.steps(WINDOW_STEPS)
            run.segment({**variables, "mode": "swap", "steps": swap, "sample": swap // 10})
            for window in range(settings.max_windows):
                segment = run.segment(
                    {**variables, "mode": "settle", "steps": steps, "sample": steps // 20}
                )
                change = relative_change(run.series["thickness_um"], len(segment.series))
                carried = float(segment.series["pressure_zz_kpa"].mean())
                report(
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
        state = moved(start, run.last_dump, PERIODIC)
        kinetic = float(run.segments[-1].series["kinetic_fj"].mean())
        summary = {
            "steps": int(run.segments[-1].final["step"]),
            "thickness_change": change,
            "film_pressure_kpa": carried,
            "acceleration": acceleration,
            "time_step": step.to_dict(),
            "kinetic_to_elastic": kinetic_to_elastic(kinetic, state.volume_m3 * 1e18, carried),
            "cost": run.cost,
        }
        return state, run.series, summary
