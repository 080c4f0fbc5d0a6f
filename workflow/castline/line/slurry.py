"""Slurry: random placement, then equilibration while the outer pressure rises to its final value.

The outer pressure acts on the liquid and the particle network together. The liquid carries
p_liquid(V) = p_outer + K (V_theory / V - 1), never tension, and the particles carry the rest.
"""

from pydantic import Field

from castline.base.errors import SimulationError
from castline.base.sections import Positive, Section
from castline.base.units import KPA_PER_BAR
from castline.lammps.forcefield import ForceField, gel_factor
from castline.lammps.output import relative_change
from castline.lammps.texts import moved
from castline.lammps.timestep import Step, kinetic_to_elastic
from castline.line.box import BoxConfig, initial_state
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
