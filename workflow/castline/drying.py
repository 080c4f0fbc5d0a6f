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

from castline.config import KPA_PER_BAR, DryingConfig
from castline.errors import InputError, SimulationError
from castline.forcefield import ForceField
from castline.lammps_data import (
    coefficient_text,
    data_text,
    hertz_variables,
    moved,
    neighbour_variables,
)
from castline.lammps_run import StageRun
from castline.particles import ParticleState, initial_arrays
from castline.recipe import Recipe
from castline.slurry import PERIODIC, SKIN_UM, relative_change
from castline.timestep import critical_mass_scale, pair_scales, time_step

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
    scales = pair_scales(force_field, start)
    step = time_step(scales, critical_mass_scale(scales))
    pressure = settings.pressure_bar * KPA_PER_BAR
    largest_rate = STRAIN_PER_STEP / step.dt_us
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
        "damp": THERMOSTAT_STEPS * step.dt_us,
        "limit": SWAP_LIMIT_UM,
        "seed": seed,
        **hertz_variables(force_field.hertz, step.mass_scale),
    }
    data, pairs = data_text(start, step.mass_scale), coefficient_text(start, force_field)
    with StageRun(work, "drying", data, pairs, report=report, ranks=ranks) as run:
        swap = {**variables, "mode": "swap", "steps": SWAP_STEPS, "sample": SWAP_STEPS // 10}
        run.segment(swap)
        settle = {
            **variables,
            "mode": "settle",
            "steps": WINDOW_STEPS,
            "sample": WINDOW_STEPS // 20,
        }
        for window in range(settings.max_windows):
            segment = run.segment(settle)
            change = relative_change(run.series["thickness_um"], len(segment.series))
            carried = float(segment.series["pressure_zz_kpa"].mean())
            report(
                f"window {window + 1} (at most {settings.max_windows}), "
                f"{SWAP_STEPS + (window + 1) * WINDOW_STEPS} steps: thickness "
                f"{segment.final['thickness_um']:.2f} um, film carries {carried:.0f} of "
                f"{pressure:.0f} kPa"
            )
            if (
                window > 0
                and change < settings.thickness_tolerance
                and abs(carried - pressure) < PRESSURE_TOLERANCE * pressure
            ):
                break
        else:
            raise SimulationError(
                f"drying: not stationary after {settings.max_windows} windows (thickness changes "
                f"by {change:.2g}, film carries {carried:.3g} of {pressure:g} kPa); raise "
                "drying.max_windows"
            )
        state = moved(start, run.last_dump, PERIODIC)
        summary = {
            "steps": SWAP_STEPS + (window + 1) * WINDOW_STEPS,
            "thickness_change": change,
            "film_pressure_kpa": carried,
            "time_step": step.to_dict(),
            "cost": run.cost,
        }
        return state, run.series, summary
