"""Assembling: the calendered film under the pressure of the cell that it is measured in.

A plane comes down slowly until it carries the cell's pressure, and stops. Contacts give way a
little then, and it comes down again, until the film holds the pressure at rest within 10 %. The
state is that under pressure: this is the film whose conductivities the study's cells show.
"""

import numpy as np
import pandas as pd
from pydantic import Field

from castline.base.errors import SimulationError
from castline.base.sections import Positive, Section
from castline.lammps.forcefield import ForceField
from castline.lammps.texts import moved
from castline.lammps.timestep import Step, kinetic_to_elastic
from castline.line.loaded import PERIODIC_FILM
from castline.line.press import (
    INPUT,
    MARGIN_M,
    STEP_HALVINGS,
    Press,
    between,
    bonds_summary,
    film_under,
)
from castline.line.stage import Bench, Cost, Result, Stage, StageTable
from castline.recipe.recipe import Recipe

# The resting film carries the cell's pressure within this fraction.
TOLERANCE = 0.1


class AssemblingConfig(Section):
    """The film in the assembled cell."""

    pressure_mpa: Positive = Field(
        default=125.0,
        description="pressure of the fastened cell, MPa; 125 as the study (1 t on 10 mm)",
    )
    strain_per_step: Positive = Field(
        default=4e-5, le=1e-3, description="closing speed: film strain per time step"
    )
    max_windows: int = Field(default=40, ge=1, description="windows of 4000 steps at rest")


def press_until_carried(press: Press, speed: float, settings: AssemblingConfig) -> float:
    """Drive the plane until the film carries the cell's pressure at rest: that pressure, kPa.

    A moving plane carries more than one at rest, so the distance is sought at which the film at
    rest carries the pressure, by secants.

    Raises
    ------
    SimulationError
        The film carries less at half its thickness, or is not at rest after the windows.
    """
    wanted = settings.pressure_mpa * 1e3
    while press.advance("press", speed, f"v_plane_kpa > {wanted:.12g}")["plane_kpa"] < wanted:
        if press.gap_um < press.start_um / 2:
            raise SimulationError(
                f"assembling: at half its thickness the film carries less than {wanted:.3g} kPa; "
                "the dry force field is too soft for the cell"
            )
    # The first secant is from a film that carries nothing at the start.
    gap_um, carried, stiffness = press.start_um, 0.0, 0.0
    for _ in range(settings.max_windows):
        before_um, before = gap_um, carried
        carried = come_to_rest(press, TOLERANCE * wanted, settings.max_windows)
        gap_um = press.gap_um
        if abs(carried - wanted) <= TOLERANCE * wanted:
            return carried
        secant = (carried - before) / (before_um - gap_um)
        stiffness = secant if secant > 0 else stiffness
        if stiffness == 0:
            raise SimulationError("assembling: the film carries nothing once the plane is at rest")
        press.move(gap_um - (wanted - carried) / stiffness, speed)
    raise SimulationError(
        f"assembling: after {settings.max_windows} windows the film at rest carries {carried:.3g} "
        f"of {wanted:.3g} kPa; raise assembling.max_windows"
    )


def come_to_rest(press: Press, uneven_kpa: float, max_windows: int) -> float:
    """Hold the plane until both planes carry alike, within a difference: what it carries, kPa.

    Raises
    ------
    SimulationError
        After the windows they do not.
    """
    for _ in range(max_windows):
        press.advance("hold", 0.0)
        if press.uneven_kpa() <= uneven_kpa:
            return press.carried_kpa()
    raise SimulationError(
        f"assembling: after {max_windows} windows the film that is held is not at rest, the planes "
        f"carry {press.carried_kpa():.3g} and {press.carried_kpa('base'):.3g} kPa; raise "
        "assembling.max_windows"
    )


def assemble(
    recipe: Recipe,
    force_field: ForceField,
    settings: AssemblingConfig,
    start: Result,
    bench: Bench,
) -> Result:
    """Press a calendered film until it holds the cell's pressure at rest.

    Returns
    -------
    The film under pressure; the force-gap curve, as of calendering.

    Raises
    ------
    SimulationError
        LAMMPS failed, or the film does not come to rest under the pressure.
    """
    film = start.state
    low, high = (float(z[2]) * 1e6 for z in (film.low_m, film.high_m))
    loaded = film_under(force_field, film)
    step = loaded.quasi_static_step(bench.acceleration)
    with loaded.chain(INPUT, step, bench, "assembling", margin_m=MARGIN_M) as run:

        def close(step: Step) -> tuple[dict, pd.DataFrame]:
            press = Press(run, loaded, (low, high), step)
            speed = settings.strain_per_step * press.start_um / step.reference_us
            carried = press_until_carried(press, speed, settings)
            volume_um3 = float(np.prod(film.lengths_m[:2])) * 1e12 * press.gap_um
            kinetic_fj = float(run.segments[-1].series["kinetic_fj"].iloc[-1])
            summary = {
                "steps": int(run.segments[-1].final["step"]),
                "calendered_gap_um": press.start_um,
                "assembled_gap_um": press.gap_um,
                "carried_pressure_mpa": carried / 1e3,
                "time_step": step.to_dict(),
                "kinetic_to_elastic": kinetic_to_elastic(kinetic_fj, volume_um3, carried),
            }
            return summary, pd.concat(press.curve, ignore_index=True)

        summary, curve = run.with_stable_step(step, close, STEP_HALVINGS)
        gap = summary["assembled_gap_um"]
        state = between(moved(film, run.last_dump, PERIODIC_FILM, run.last_bonds), low, low + gap)
        summary |= bonds_summary(film, state)
        summary |= {"acceleration": bench.acceleration, "cost": run.cost}
        return Result({"assembled": state}, {"assembling_curve": curve}, summary)


ASSEMBLING = Stage(
    name="assembling",
    title="the film in the assembled cell",
    section=AssemblingConfig,
    force_field="dry",
    run=assemble,
    cost=Cost(steps=20_000, porosity=0.18),
    makes=("assembled",),
    tables=(StageTable("assembling_curve"),),
    inputs=(INPUT,),
)
