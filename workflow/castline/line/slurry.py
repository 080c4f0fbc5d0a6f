"""Slurry: random placement, then equilibration while the outer pressure rises to its final value.

The outer pressure acts on the liquid and the particle network together. The liquid carries
p_liquid(V) = p_outer + K (V_theory / V - 1), never tension, and the particles carry the rest.
"""

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from castline.base.errors import SimulationError
from castline.campaign.config import KPA_PER_BAR, Acceleration, SlurryConfig
from castline.lammps.chain import StageRun
from castline.lammps.forcefield import ForceField, gel_factor
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
from castline.packing.placement import box_lengths, place
from castline.packing.state import ParticleState
from castline.recipe.recipe import Recipe

WINDOW_STEPS = 4000
RAMP_WINDOWS = 3
STRAIN_PER_STEP = 1e-4
# Pressure difference, as a fraction of the final pressure, at which the barostat saturates.
BAROSTAT_BAND = 0.05
BOLTZMANN_FJ_PER_K = 1.380649e-8
# Langevin time constant over the time step: weak enough to leave contacts alone.
THERMOSTAT_STEPS = 200
SKIN_UM = 0.3
# Volume fraction of spheres below which bins by particle size would be mostly empty.
DILUTE = 0.05
PERIODIC = (True, True, True)


def initial_state(recipe: Recipe, settings: SlurryConfig, seed: int) -> ParticleState:
    """Random non-overlapping placement in the configured box."""
    lengths = (
        [x * 1e-6 for x in settings.box.lengths_um]
        if settings.box.lengths_um is not None
        else box_lengths(recipe, settings.box.packing_fraction, settings.box.aspect)
    )
    return place(recipe, lengths, seed)


def relative_change(values: pd.Series, window: int) -> float:
    """|mean of the last window - mean of the one before| over |mean of the last|."""
    last, before = values.iloc[-window:].mean(), values.iloc[-2 * window : -window].mean()
    return float(abs(last - before) / abs(last)) if last != 0 else float("inf")


def equilibrate(
    recipe: Recipe,
    force_field: ForceField,
    settings: SlurryConfig,
    start: ParticleState,
    seed: int,
    work: Path,
    report: Callable[[str], None] = print,
    ranks: int = 1,
    acceleration: Acceleration = "automatic",
) -> tuple[ParticleState, pd.DataFrame, dict]:
    """Equilibrate a placed slurry until volume and potential energy are stationary.

    Returns
    -------
    Equilibrated state, time series (step, pressures in kPa, energy in fJ, temperature in K, volume
    in um3), and a summary with units in its names.

    Raises
    ------
    SimulationError
        LAMMPS failed, or the slurry is not stationary after `settings.max_windows`.
    """
    factor = gel_factor(force_field, recipe)
    step = quasi_static_step(pair_scales(force_field, start, factor), acceleration)
    data, pairs = data_text(start, step.mass_scale), coefficient_text(start, force_field, factor)
    theory_um3 = recipe.slurry_volume_m3 * 1e18
    pressure = settings.pressure_bar * KPA_PER_BAR
    with StageRun(work, "slurry", data, pairs, report=report, ranks=ranks) as run:

        def settle(step: Step) -> tuple[Step, float, float]:
            """Windows until volume and energy are stationary: the step used, both last changes."""
            largest_rate = STRAIN_PER_STEP / step.reference_us
            steps = step.steps(WINDOW_STEPS)
            variables = {
                "boundary": "p p p",
                "dt": step.dt_us,
                "skin": SKIN_UM,
                **neighbour_variables(start),
                "p_end": pressure,
                "bulk": force_field.gel.bulk_modulus_kpa,
                "volume": theory_um3,
                "gain": largest_rate / (BAROSTAT_BAND * pressure),
                "maxrate": largest_rate,
                "temperature": settings.temperature_k,
                "damp": THERMOSTAT_STEPS * step.reference_us,
                "steps": steps,
                "sample": steps // 20,
                "seed": seed,
                **contact_variables(force_field.hertz, step.mass_scale, factor),
            }
            filled = recipe.slurry_volume_m3 / start.volume_m3
            for window in range(settings.max_windows):
                ramp = [min(1.0, k / RAMP_WINDOWS) * pressure for k in (window, window + 1)]
                neighbor = "multi" if filled > DILUTE else "bin"
                segment = run.segment(
                    {**variables, "p0": ramp[0], "p1": ramp[1], "neighbor": neighbor}
                )
                filled = theory_um3 / segment.final["volume_um3"]
                per_window, series = len(segment.series), run.series
                volume_change = relative_change(series["volume_um3"], per_window)
                energy_change = relative_change(series["potential_fj"], per_window)
                report(
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
        state = moved(start, run.last_dump, PERIODIC)
        last = run.segments[-1].series
        temperature = float(last["temperature_k"].mean())
        carried = float(last["particle_pressure_kpa"].mean())
        kinetic = 1.5 * start.count * BOLTZMANN_FJ_PER_K * temperature
        summary = {
            "steps": int(run.segments[-1].final["step"]),
            "volume_change": volume_change,
            "energy_change": energy_change,
            "density_kg_per_m3": float(start.mass_kg.sum() / state.volume_m3),
            "theoretical_density_kg_per_m3": recipe.slurry_density_kg_per_m3,
            "particle_pressure_kpa": carried,
            "liquid_pressure_kpa": float(last["pliquid_kpa"].mean()),
            "temperature_k": temperature,
            "gel_factor": factor,
            "acceleration": acceleration,
            "time_step": step.to_dict(),
            "kinetic_to_elastic": kinetic_to_elastic(kinetic, state.volume_m3 * 1e18, carried),
            "cost": run.cost,
        }
        return state, run.series, summary
