"""Drying: the solvent leaves, every CBD shrinks to its dry diameter, the film settles.

Homogeneous evaporation: all CBD shrink alike and keep their centres and their solids, at once or in
stages of equal volume. With stages the dry force field acts from the start, contacts persist from
one to the next, and the film follows under the outer pressure and that of the menisci. Then it
settles under the outer pressure alone. The pressures act along z; x and y keep their length, as the
film sticks to the current collector.
"""

from dataclasses import replace
from functools import partial

import numpy as np

from castline.lammps.bonds import BEGIN, BOND_FILE, LATER, making_text
from castline.lammps.chain import Segment, StageRun
from castline.lammps.forcefield import ForceField
from castline.lammps.texts import coefficient_text, moved
from castline.lammps.timestep import Step, kinetic_to_elastic
from castline.line.drying_settings import (
    AGAINST_JAMS,
    BAND_AT_ONCE,
    BAND_IN_STAGES,
    SWAP_LIMIT_UM,
    SWAP_STEPS,
    DryingConfig,
    ShrinkageConfig,
)
from castline.line.evaporation import INPUT as AT_A_RATE
from castline.line.evaporation import dry_at_rate
from castline.line.loaded import PERIODIC, REST_SKIN_UM, Loaded, acting_on
from castline.line.outer_pressure import (
    WINDOW_STEPS,
    lasting,
    outer_pressure,
    until_at_rest,
)
from castline.line.solvent import wet_and_dry
from castline.line.stage import Bench, Cost, Result, Stage, StageTable
from castline.packing.state import ParticleState
from castline.recipe.recipe import Recipe, sphere_volume


def stage_file(stage: int) -> str:
    return f"stage-{stage:04d}.lmp"


def evaporated(recipe: Recipe, slurry: ParticleState, share: float) -> ParticleState:
    """The slurry without a share of its solvent (1: dry); centres and box stay.

    The volume of the CBD is linear in the share, from that in the slurry to that when dry.

    Raises
    ------
    InputError
        The state does not hold the recipe's particles.
    """
    wet, dry = wet_and_dry(recipe, slurry)
    if share == 1.0:
        return replace(slurry, diameter_m=dry["diameter_m"], mass_kg=dry["mass_kg"])
    cubed = (1 - share) * wet["diameter_m"] ** 3 + share * dry["diameter_m"] ** 3
    shrinks = wet["diameter_m"] != dry["diameter_m"]
    return replace(
        slurry,
        diameter_m=np.where(shrinks, np.cbrt(cubed), dry["diameter_m"]),
        mass_kg=(1 - share) * wet["mass_kg"] + share * dry["mass_kg"],
    )


def stage_text(state: ParticleState, force_field: ForceField, mass_scale: float) -> str:
    """Commands that give the particles of a checkpoint this state's sizes, masses and forces."""
    _, first = np.unique(state.types, return_index=True)
    diameter = state.diameter_m[first] * 1e6
    density = mass_scale * state.mass_kg[first] * 1e15 / sphere_volume(diameter)
    sizes = "".join(
        f"set type {n} diameter {d:.17g}\nset type {n} density {rho:.17g}\n"
        for n, (d, rho) in enumerate(zip(diameter, density, strict=True), start=1)
    )
    return sizes + coefficient_text(state, force_field)


def bonds_since_made(run: StageRun, dried: ParticleState) -> dict[str, int]:
    """How many bonds drying made, broke since, and left; nothing of a film without bonds."""
    if dried.bonds is None:
        return {}
    made, left = int(max(s.final["bonds_made"] for s in run.segments)), dried.bonds.count
    return {"bonds_made": made, "bonds_broken": made - left, "bonds_left": left}


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
        LAMMPS failed, the film jams, or is not stationary after `settings.max_windows`.
    """
    force_field = acting_on(start.state, force_field)
    if settings.rate_um_per_s is not None:
        return dry_at_rate(recipe, force_field, settings, start, bench)
    stages = settings.shrinkage.stages if settings.shrinkage.stages > 1 else 0
    steps_per_stage = settings.shrinkage.steps_per_stage
    # Without stages the chain starts with dry CBD, else with the slurry's.
    shares = [k / stages for k in range(stages + 1)] if stages else [1.0]
    films = [Loaded(evaporated(recipe, start.state, share), force_field) for share in shares]
    # Bonds are a stage more, in which nothing leaves: the film settles in the last stage.
    bonded = force_field.bonds is not None
    if bonded:
        films.append(Loaded(films[-1].state, force_field, bonded=True))
    last = len(films) - 1
    steps = [film.quasi_static_step(bench.acceleration) for film in films]
    files = {
        stage_file(k): stage_text(films[k].state, force_field, steps[k].mass_scale)
        for k in range(1, last + 1)
    }
    if bonded:
        files[BOND_FILE] = making_text(films[last].state, force_field, steps[last].mass_scale)
    outer, capillary = settings.outer_kpa, settings.capillary_kpa
    band = BAND_IN_STAGES if stages else BAND_AT_ONCE
    with films[0].chain("drying", steps[0], bench, files=files) as run:

        def advance(
            stage: int, step: Step, mode: str, reference_steps: int, pressure: float, **bonds: str
        ):
            """One segment with the particles of a stage."""
            variables = {
                **films[stage].variables(step, REST_SKIN_UM),
                **outer_pressure(step, pressure, band, settings.temperature_k, bench.seed),
                **lasting(step, mode, reference_steps),
                "limit": SWAP_LIMIT_UM,
            }
            if stage > 0:
                variables["coefficients"] = stage_file(stage)
            if bonded and stage < last:
                variables["bonds"] = LATER
            return run.segment({**variables, **bonds})

        def shrink(stage: int, step: Step) -> None:
            segment = advance(stage, step, "settle", steps_per_stage, outer + capillary)
            bench.report(
                f"stage {stage} of {stages}, {segment.final['step']:.0f} steps: CBD "
                f"{films[stage].state.diameter_m[-1] * 1e6:.2f} um, thickness "
                f"{segment.final['thickness_um']:.2f} um"
            )

        def settle(step: Step) -> tuple[Step, float, float]:
            """Windows until stationary at the outer pressure: step, last change, pressure."""
            if last == 0:
                advance(0, step, "swap", SWAP_STEPS, outer)

            def window(index: int) -> Segment:
                bonds = {"bonds": BEGIN} if bonded and index == 0 else {}
                return advance(last, step, "settle", WINDOW_STEPS, outer, **bonds)

            return step, *until_at_rest("drying", run, window, settings, outer, AGAINST_JAMS)

        if last > 0:
            run.with_stable_step(steps[0], lambda s: advance(0, s, "swap", SWAP_STEPS, outer))
        for stage in range(1, stages + 1):
            run.with_stable_step(steps[stage], partial(shrink, stage))
        step, change, carried = run.with_stable_step(steps[-1], settle)
        state = moved(films[last].state, run.last_dump, PERIODIC, run.last_bonds)
        kinetic = float(run.segments[-1].series["kinetic_fj"].mean())
        summary = {
            "steps": int(run.segments[-1].final["step"]),
            "thickness_change": change,
            "film_pressure_kpa": carried,
            "shrinkage_stages": stages,
            "capillary_pressure_kpa": capillary,
            **bonds_since_made(run, state),
            "acceleration": bench.acceleration,
            "time_step": step.to_dict(),
            "kinetic_to_elastic": kinetic_to_elastic(kinetic, state.volume_m3 * 1e18, carried),
            "cost": run.cost,
        }
        return Result({"dried": state}, {"drying_history": run.series}, summary)


def expected_steps(section: DryingConfig, measured) -> float:
    """LAMMPS steps of a drying, from those of the measured ones, which shrank as by default."""
    default, shrinkage = ShrinkageConfig(), section.shrinkage
    shrinking = shrinkage.stages * shrinkage.steps_per_stage if shrinkage.stages > 1 else 0
    return measured.steps + shrinking - default.stages * default.steps_per_stage


DRYING = Stage(
    name="drying",
    title="drying",
    section=DryingConfig,
    force_field="dry",
    run=dry,
    cost=Cost(
        steps=30_000,
        chains=lambda section, measured: [expected_steps(section, measured)],
        porosity=0.55,
    ),
    makes=("dried",),
    tables=(StageTable("drying_history"),),
    seeded=True,
    inputs=("drying", AT_A_RATE),
    rate_key="rate_um_per_s",
)
