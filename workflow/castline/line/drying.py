"""Drying: the solvent leaves, every CBD shrinks to its dry diameter, the film settles.

Homogeneous evaporation: all CBD shrink alike and keep their centres and their solids, at once or in
stages of equal volume. With stages the dry force field acts from the start, contacts persist from
one to the next, and the film follows under the outer pressure and that of the menisci. Then it
settles under the outer pressure alone. The pressures act along z; x and y keep their length, as the
film sticks to the current collector.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Annotated

import numpy as np
from pydantic import Field, model_validator

from castline.base.errors import InputError, SimulationError
from castline.base.sections import Positive, Section
from castline.base.units import KPA_PER_BAR
from castline.lammps.bonds import BEGIN, BOND_FILE, LATER, making_text
from castline.lammps.chain import StageRun
from castline.lammps.forcefield import ForceField
from castline.lammps.output import relative_change
from castline.lammps.texts import coefficient_text, moved
from castline.lammps.timestep import Step, kinetic_to_elastic
from castline.line.loaded import PERIODIC, REST_SKIN_UM, Loaded
from castline.line.stage import Bench, Cost, Result, Stage, StageTable
from castline.packing.state import ParticleState, initial_arrays
from castline.recipe.recipe import Recipe, sphere_volume

WINDOW_STEPS = 4000
SWAP_STEPS = 2000
# Largest displacement per step, um, while the dry forces take over from the slurry's overlaps.
SWAP_LIMIT_UM = 0.005
STRAIN_PER_STEP = 5e-5
THERMOSTAT_STEPS = 50
PRESSURE_TOLERANCE = 0.2
# Pressure difference, over the outer pressure, at which the barostat saturates: at once dry, and in
# stages. Where the largest strain of one step changes a film's pressure by more than twice this
# difference, the barostat overshoots at every step and then holds any mean pressure.
BAND_AT_ONCE, BAND_IN_STAGES = 1.0, 2.0
# A film jams that carries this multiple of the outer pressure for so many windows, within a spread.
JAM_EXCESS = 1.5
JAM_WINDOWS = 5
JAM_SPREAD = 0.1


class ShrinkageConfig(Section):
    """Solvent that leaves in equal steps of volume."""

    stages: int = Field(
        default=20,
        ge=1,
        le=1000,
        description="number of steps from slurry to dry CBD. 1: all solvent at once, as the study; "
        "only a dry set with a long reach gathers its CBD then, such as "
        "castline:config/forcefields/dry_at_once.yaml",
    )
    steps_per_stage: int = Field(
        default=500,
        ge=20,
        description="time that the film has to follow in each stage, time steps; slower drying "
        "leaves a denser film",
    )


YOUNG_LAPLACE = ("surface_tension_mn_per_m", "contact_angle_deg", "pore_radius_um")


class CapillaryConfig(Section):
    """Capillary pressure of the solvent: given as such, or by the three of Young and Laplace."""

    pressure_kpa: Positive | None = Field(default=None, description="the pressure itself, kPa")
    surface_tension_mn_per_m: Positive | None = Field(
        default=None, description="surface tension of the solvent, mN/m"
    )
    contact_angle_deg: Annotated[float, Field(ge=0, lt=90)] | None = Field(
        default=None, description="contact angle of the solvent on the solids, degrees"
    )
    pore_radius_um: Positive | None = Field(
        default=None, description="radius of the pores whose menisci pull, um"
    )

    @model_validator(mode="after")
    def one_form(self) -> "CapillaryConfig":
        given = [key for key in YOUNG_LAPLACE if getattr(self, key) is not None]
        if (self.pressure_kpa is None) != (len(given) == 3) or (self.pressure_kpa and given):
            raise ValueError(f"needs either pressure_kpa, or all of {', '.join(YOUNG_LAPLACE)}")
        return self

    @property
    def kpa(self) -> float:
        """The pressure, or 2 gamma cos(theta) / r of a meniscus; mN/m over um is kPa."""
        if self.pressure_kpa is not None:
            return self.pressure_kpa
        cosine = math.cos(math.radians(self.contact_angle_deg))
        return 2 * self.surface_tension_mn_per_m * cosine / self.pore_radius_um


class DryingConfig(Section):
    """Drying: CBD shrink, dry force field, relaxation."""

    pressure_bar: Positive = Field(default=1.0, description="outer pressure, bar")
    shrinkage: ShrinkageConfig = Field(
        default=ShrinkageConfig(), description="how the solvent leaves"
    )
    capillary: CapillaryConfig | None = Field(
        default=None,
        description="pressure added to the outer one during the stages of `shrinkage`, or none",
    )
    temperature_k: Positive = Field(default=300.0, description="temperature, K")
    thickness_tolerance: Positive = Field(
        default=0.02, description="relative change of thickness between windows when stationary"
    )
    max_windows: int = Field(default=40, ge=3, description="windows of 4000 steps at most")

    @model_validator(mode="after")
    def solvent_for_the_menisci(self) -> "DryingConfig":
        if self.capillary is not None and self.shrinkage.stages == 1:
            raise ValueError(
                "capillary needs shrinkage.stages above 1: at once dry, a film holds no solvent"
            )
        return self


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
    wet, dry = initial_arrays(recipe, dry=False), initial_arrays(recipe, dry=True)
    if not np.array_equal(dry["types"], slurry.types):
        raise InputError(
            f"drying: the slurry holds {slurry.count} particles, not the recipe's "
            f"{recipe.particle_count} in the same classes"
        )
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


def is_jammed(
    thickness_um: Sequence[float],
    carried_kpa: Sequence[float],
    pressure_kpa: float,
    tolerance: float,
) -> bool:
    """Whether the means of the last windows are those of a film that the barostat cannot let down.

    One that carries clearly more than the outer pressure is stretched by up to a fifth in a window.
    If it stays at one thickness and one pressure, it is too stiff for the steps of the barostat,
    which then goes to and fro.
    """
    last = [np.array(values[-JAM_WINDOWS:]) for values in (thickness_um, carried_kpa)]
    if len(last[0]) < JAM_WINDOWS or last[1].min() <= JAM_EXCESS * pressure_kpa:
        return False
    thickness_spread, pressure_spread = (np.ptp(values) / values.mean() for values in last)
    return bool(thickness_spread < tolerance and pressure_spread < JAM_SPREAD)


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
    outer = settings.pressure_bar * KPA_PER_BAR
    band = BAND_IN_STAGES if stages else BAND_AT_ONCE
    capillary = 0.0 if settings.capillary is None else settings.capillary.kpa
    with films[0].chain("drying", steps[0], bench, files=files) as run:

        def advance(
            stage: int, step: Step, mode: str, reference_steps: int, pressure: float, **bonds: str
        ):
            """One segment with the particles of a stage."""
            largest_rate = STRAIN_PER_STEP / step.reference_us
            steps = step.steps(reference_steps)
            variables = {
                **films[stage].variables(step, REST_SKIN_UM),
                "pressure": pressure,
                "gain": largest_rate / (band * pressure),
                "maxrate": largest_rate,
                "temperature": settings.temperature_k,
                "damp": THERMOSTAT_STEPS * step.reference_us,
                "limit": SWAP_LIMIT_UM,
                "seed": bench.seed,
                "mode": mode,
                "steps": steps,
                "sample": steps // (10 if mode == "swap" else 20),
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
            thickness, carried = [], []
            for window in range(settings.max_windows):
                bonds = {"bonds": BEGIN} if bonded and window == 0 else {}
                segment = advance(last, step, "settle", WINDOW_STEPS, outer, **bonds)
                change = relative_change(run.series["thickness_um"], len(segment.series))
                thickness.append(float(segment.series["thickness_um"].mean()))
                carried.append(float(segment.series["pressure_zz_kpa"].mean()))
                bench.report(
                    f"window {window + 1} (at most {settings.max_windows}), "
                    f"{segment.final['step']:.0f} steps: thickness "
                    f"{segment.final['thickness_um']:.2f} um, film carries {carried[-1]:.0f} of "
                    f"{outer:.0f} kPa"
                )
                if (
                    window > 0
                    and change < settings.thickness_tolerance
                    and abs(carried[-1] - outer) < PRESSURE_TOLERANCE * outer
                ):
                    return step, change, carried[-1]
                if is_jammed(thickness, carried, outer, settings.thickness_tolerance):
                    raise SimulationError(
                        f"drying: jammed; for {JAM_WINDOWS} windows the film carries "
                        f"{np.mean(carried[-JAM_WINDOWS:]):.3g} kPa where {outer:g} kPa press, at "
                        f"{thickness[-1]:.4g} um. It is too stiff for the steps of the barostat: "
                        "let the solvent leave in stages (drying.shrinkage), weaken or shorten the "
                        "attraction between CBD in the dry force field, or raise "
                        "drying.pressure_bar"
                    )
            raise SimulationError(
                f"drying: not stationary after {settings.max_windows} windows (thickness changes "
                f"by {change:.2g}, film carries {carried[-1]:.3g} of {outer:g} kPa); raise "
                "drying.max_windows"
            )

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
)
