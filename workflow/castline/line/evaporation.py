"""Drying at a rate: the solvent leaves through a surface that falls onto the collector.

Two periods (`castline.line.solvent`): while capillaries lead the solvent to the surface, all CBD
shrink alike, and binder and carbon move with it; what is left then sinks into the film, CBD above
its level dry first, and binder stays where it is.

The film lies between two planes, the collector that has friction and holds what comes to it, and
the surface that slips and never rises while there is solvent. x and y are periodic. As in
homogeneous drying the dry force field acts from the start, contacts persist from one stage to the
next, and a barostat moves z.
"""

from dataclasses import replace

import numpy as np
import pandas as pd

from castline.base.errors import InputError
from castline.lammps.chain import Segment, StageRun
from castline.lammps.forcefield import ForceField
from castline.lammps.texts import (
    coefficient_text,
    collector_tables,
    collector_text,
    hertz_variables,
    moved,
)
from castline.lammps.timestep import Step, kinetic_to_elastic
from castline.line.drying_settings import (
    AGAINST_JAMS,
    BAND_IN_STAGES,
    SWAP_LIMIT_UM,
    SWAP_STEPS,
    DryingConfig,
)
from castline.line.loaded import PERIODIC_FILM, REST_SKIN_UM, Loaded
from castline.line.outer_pressure import (
    WINDOW_STEPS,
    lasting,
    outer_pressure,
    until_at_rest,
)
from castline.line.solvent import Coating
from castline.line.stage import Bench, Result
from castline.packing.state import ParticleState
from castline.recipe.phases import Phase
from castline.recipe.recipe import Recipe, sphere_volume

INPUT = "evaporation"
# Capillaries lead the solvent to the surface while it fills this part of the pores, unless
# drying.binder.capillary_flow says otherwise.
LED = 0.3
NO_LIMIT = 1e9


def cast(slurry: ParticleState) -> ParticleState:
    """The slurry between two planes as far apart as its periodic box is high.

    Each sphere keeps its share of the height that its centre has between the planes.
    """
    wet = slurry.wrapped()
    low, height = wet.low_m[2], wet.lengths_m[2]
    position, radius = wet.position_m.copy(), wet.diameter_m / 2
    position[:, 2] = low + radius + (position[:, 2] - low) / height * (height - 2 * radius)
    return replace(wet, position_m=position, periodic=PERIODIC_FILM)


def sizes_text(state: ParticleState, force_field: ForceField, mass_scale: float) -> str:
    """Commands that give the particles of a checkpoint this state's sizes, masses and forces."""
    diameter = state.diameter_m * 1e6
    density = mass_scale * state.mass_kg * 1e15 / sphere_volume(diameter)
    cbd = state.of_phase(Phase.CBD)
    of_types = np.unique(state.types[~cbd], return_index=True)
    others = "".join(
        f"set type {n} density {density[~cbd][k]:.17g}\n" for n, k in zip(*of_types, strict=True)
    )
    one_by_one = "".join(
        f"set atom {state.ids[k]} type {state.types[k]} diameter {diameter[k]:.17g}\n"
        f"set atom {state.ids[k]} density {density[k]:.17g}\n"
        for k in np.flatnonzero(cbd)
    )
    return others + one_by_one + coefficient_text(state, force_field)


class Descent:
    """A film on its way down: the chain, the coating, and the particles now.

    Parameters
    ----------
    peclet : of binder and carbon.
    """

    def __init__(
        self,
        run: StageRun,
        film: Loaded,
        coating: Coating,
        settings: DryingConfig,
        bench: Bench,
    ):
        self.run, self.film, self.coating = run, film, coating
        self.settings, self.bench = settings, bench
        self.peclet = settings.peclet(coating.wet_um)
        self.time_s = 0.0
        self._files = {"collector": self._collector()}
        self._rows: list[pd.DataFrame] = []

    def _collector(self) -> str:
        """File by which the collector holds the particles now."""
        held = self.film.state, self.film.force_field
        tables = self.run.add("tables", collector_tables(*held))
        return self.run.add("collector", collector_text(*held, tables))

    @property
    def height_um(self) -> float:
        """Height of the film, from plane to plane."""
        return float(self.film.state.lengths_m[2]) * 1e6

    @property
    def history(self) -> pd.DataFrame:
        """Time series of all segments, with the coating of each."""
        return pd.concat(self._rows, ignore_index=True)

    def advance(
        self, step: Step, mode: str, steps: int, pressure_kpa: float, highest_um: float = NO_LIMIT
    ) -> Segment:
        """One segment; the surface does not rise above the highest height."""
        wall, kelvin = self.film.force_field.wall, self.settings.temperature_k
        return self.run.segment(
            {
                **self.film.variables(step, REST_SKIN_UM, PERIODIC_FILM),
                **outer_pressure(step, pressure_kpa, BAND_IN_STAGES, kelvin, self.bench.seed),
                **lasting(step, mode, steps),
                **hertz_variables(wall, step.mass_scale, prefix="w"),
                **self._files,
                "highest": highest_um,
                "limit": SWAP_LIMIT_UM,
            }
        )

    def follow(self) -> None:
        """Take the particles as the last segment left them."""
        state = moved(self.film.state, self.run.last_dump, PERIODIC_FILM)
        self.film = Loaded(state, self.film.force_field)

    def note(self, first: int) -> None:
        """Keep the series of the segments since one, with what the coating is like."""
        share = self.coating.solids / self.coating.solids.sum()
        told = {
            "time_s": self.time_s,
            "solvent_left": self.coating.left,
            "saturation": self.coating.saturation(self.height_um),
            "binder_height": float((share * self.heights_um).sum()) / self.height_um,
        }
        for segment in self.run.segments[first:]:
            self._rows.append(segment.series.assign(**told))

    @property
    def heights_um(self) -> np.ndarray:
        """(n,) heights of the CBD above the collector."""
        state = self.film.state
        return (state.position_m[state.of_phase(Phase.CBD), 2] - state.low_m[2]) * 1e6

    @property
    def least_saturation(self) -> float:
        """Part of the pores that the solvent has to fill for capillaries to lead it up."""
        settings, coating = self.settings, self.coating
        if settings.binder.capillary_flow is None:
            return LED
        height_um = settings.coating_um(coating.wet_um) * self.height_um / coating.wet_um
        return settings.binder.capillary_flow.least_saturation(
            settings.rate_um_per_s,
            height_um,
            coating.porosity(self.height_um),
            coating.diameter_um,
        )

    def evaporate(self, left: float) -> None:
        """Solvent leaves until so much is left, binder and carbon move with it."""
        coating, heights, film_um = self.coating, self.heights_um, self.height_um
        self.time_s += coating.lost_um(left) / self.settings.rate_um_per_s
        coating.evaporate(heights, film_um, left, self.peclet, self.least_saturation)
        state = coating.state(self.film.state)
        self.film = Loaded(state, self.film.force_field)
        step = self.film.quasi_static_step(self.bench.acceleration)
        text = sizes_text(state, self.film.force_field, step.mass_scale)
        self._files = {"coefficients": self.run.add("sizes", text), "collector": self._collector()}


def dry_at_rate(
    recipe: Recipe,
    force_field: ForceField,
    settings: DryingConfig,
    start: Result,
    bench: Bench,
) -> Result:
    """Dry a slurry between the collector and the falling surface, until it rests.

    Returns
    -------
    The dried state, whose ends along z are the two planes; the history: thickness in um, pressures
    in kPa, energy in fJ, and for each stage the time in s, the solvent that is left, and the mean
    height of binder and carbon over the film's.

    Raises
    ------
    InputError
        The force field has bonds, or the Peclet number is too large.
    SimulationError
        LAMMPS failed, the film jams, or is not stationary after `settings.max_windows`.
    """
    if force_field.bonds is not None:
        raise InputError(
            f"force field {force_field.name}: has a section bonds, for CBD of one size; "
            "drying.rate_um_per_s moves binder from one to another, use a set without"
        )
    coating = Coating(recipe, start.state)
    film = Loaded(coating.state(cast(start.state)), force_field)
    stages, steps_per_stage = settings.shrinkage.stages, settings.shrinkage.steps_per_stage
    surface_kpa = settings.outer_kpa + settings.capillary_kpa
    first_step = film.quasi_static_step(bench.acceleration)
    # Films of one slurry that dry otherwise go on beside one another.
    key = settings.model_dump_json(include={"rate_um_per_s", "binder", "shrinkage", "capillary"})
    with film.chain(INPUT, first_step, bench, key) as run:
        descent = Descent(run, film, coating, settings, bench)

        def swap(step: Step) -> None:
            descent.advance(step, "swap", SWAP_STEPS, surface_kpa)

        def fall(step: Step) -> None:
            height_um = descent.height_um
            descent.advance(step, "settle", steps_per_stage, surface_kpa, height_um)

        def settle(step: Step) -> tuple[Step, float, float]:
            def window(index: int) -> Segment:
                return descent.advance(step, "settle", WINDOW_STEPS, settings.outer_kpa)

            rest = until_at_rest("drying", run, window, settings, settings.outer_kpa, AGAINST_JAMS)
            return step, *rest

        def with_stable_step(work):
            first = len(run.segments)
            step = descent.film.quasi_static_step(bench.acceleration)
            found = run.with_stable_step(step, work)
            descent.follow()
            descent.note(first)
            return found

        with_stable_step(swap)
        for stage in range(1, stages + 1):
            descent.evaporate(1 - stage / stages)
            with_stable_step(fall)
            bench.report(
                f"stage {stage} of {stages}: {100 * coating.left:.0f} % of the solvent left, it "
                f"fills {100 * coating.saturation(descent.height_um):.0f} % of the pores, film "
                f"{descent.height_um:.2f} um"
            )
        step, change, carried = with_stable_step(settle)
        state = descent.film.state
        kinetic = float(run.segments[-1].series["kinetic_fj"].mean())
        summary = {
            "steps": int(run.segments[-1].final["step"]),
            "thickness_change": change,
            "film_pressure_kpa": carried,
            "shrinkage_stages": stages,
            "capillary_pressure_kpa": settings.capillary_kpa,
            "rate_um_per_s": settings.rate_um_per_s,
            "drying_time_s": descent.time_s,
            "peclet": descent.peclet,
            "acceleration": bench.acceleration,
            "time_step": step.to_dict(),
            "kinetic_to_elastic": kinetic_to_elastic(kinetic, state.volume_m3 * 1e18, carried),
            "cost": run.cost,
        }
        return Result({"dried": state}, {"drying_history": descent.history}, summary)
