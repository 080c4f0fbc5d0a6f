"""Calendering: a plane comes down at constant speed on the film and lets go; the film springs back.

x and y are periodic, both planes are granular Hertz walls. Pressing ends at a plane pressure, a
porosity or a thickness. The plane then retreats slowly until it carries no more than the rest
pressure, and stays there while the film relaxes; if the film pushes back, it retreats again.
Without a rest pressure it stays where it is until the film no longer relaxes.
The film's thickness is the distance of the planes then.
"""

from typing import Annotated

import numpy as np
import pandas as pd
from pydantic import Field, model_validator

from castline.base.errors import SimulationError
from castline.base.sections import Positive, Section
from castline.lammps.chain import StageRun
from castline.lammps.forcefield import ForceField
from castline.lammps.texts import moved
from castline.lammps.timestep import Step, kinetic_to_elastic
from castline.line.loaded import PERIODIC_FILM, Loaded
from castline.line.press import (
    INPUT,
    MARGIN_M,
    SETTLED_SAMPLES,
    STEP_HALVINGS,
    Press,
    between,
    bonds_summary,
    film_bounds_m,
    film_under,
    in_megapascal,
)
from castline.line.stage import Bench, Cost, Result, Stage, StageTable
from castline.recipe.recipe import Recipe
from castline.results.schema import TABLES

# The relaxed film may push the resting plane with up to this multiple of the rest pressure.
PUSH_BACK = 1.5
# And the two planes may differ by this part of the rest pressure.
UNEVEN = 0.5
# A film pressed to a pressure must carry at least this part of it on the plane that carries less.
EVEN = 0.5
# A film that is held is at rest when from one window to the next the plane carries so much less.
RELAXED = 0.02
# The plane retreats this much slower than it pressed, so that the film can follow it.
SLOW_RELEASE = 4.0
# Speed of the plane at which the steps of the cost model were measured.
MEASURED_STRAIN_PER_STEP = 4e-5


PRESS_PRESSURE_MPA = 102.0
STOPS = ("pressure_mpa", "porosity", "thickness_um")


class CalenderingConfig(Section):
    """Calendering by a moving plane; at most one of pressure_mpa, porosity and thickness_um."""

    pressure_mpa: Positive | None = Field(
        default=None,
        description="stop at this plane pressure, MPa; 102 (1.6 t on a 14 mm punch, as the study) "
        "when no stop is given",
    )
    porosity: Annotated[float, Field(gt=0, lt=1)] | None = Field(
        default=None, description="stop at this porosity under the plane"
    )
    thickness_um: Positive | None = Field(default=None, description="stop at this gap, um")
    strain_per_step: Positive = Field(
        default=4e-5, le=1e-3, description="closing speed: film strain per time step"
    )
    rest_pressure_mpa: Positive | None = Field(
        default=20.0,
        description="plane pressure left on the released film, MPa; assumption, the stack pressure "
        "of a cell under test (the study fastens its cells at about 125 MPa); null: the plane does "
        "not let go, and the film keeps the gap at which pressing stopped",
    )
    max_windows: int = Field(
        default=40, ge=1, description="windows of 4000 steps after release, or while held"
    )

    @model_validator(mode="before")
    @classmethod
    def one_stop(cls, data):
        if not isinstance(data, dict):
            return data
        given = [key for key in STOPS if data.get(key) is not None]
        if len(given) > 1:
            raise ValueError(f"gives {' and '.join(given)}; at most one stop is allowed")
        return data if given else {**data, "pressure_mpa": PRESS_PRESSURE_MPA}


def target_gap_um(recipe: Recipe, settings: CalenderingConfig, area_um2: float) -> float | None:
    """Gap at which pressing ends, or None when it ends at a pressure."""
    if settings.thickness_um is not None:
        return settings.thickness_um
    if settings.porosity is not None:
        return recipe.skeleton_volume_m3 * 1e18 / ((1 - settings.porosity) * area_um2)
    return None


def calender(
    recipe: Recipe,
    force_field: ForceField,
    settings: CalenderingConfig,
    start: Result,
    bench: Bench,
) -> Result:
    """Press a dried film, release it and let it spring back.

    Returns
    -------
    The calendered state; the force-gap curve (step, phase, gap and film in um, plane and base
    pressure in kPa, energies in fJ).

    Raises
    ------
    SimulationError
        LAMMPS failed, the film cannot carry the target, or it does not come to rest.
    """
    dried = start.state
    low, high = (x * 1e6 for x in film_bounds_m(dried))
    area = float(dried.lengths_m[0] * dried.lengths_m[1]) * 1e12
    goal = target_gap_um(recipe, settings, area)
    if goal is not None and goal >= high - low:
        raise SimulationError(
            f"calendering: the target gap {goal:.3g} um is not below the dried film's thickness "
            f"{high - low:.3g} um"
        )
    loaded = film_under(force_field, dried)
    step = loaded.quasi_static_step(bench.acceleration)
    with loaded.chain(INPUT, step, bench, margin_m=MARGIN_M) as run:

        def roll(step: Step) -> tuple[dict, pd.DataFrame]:
            return press_and_release(run, recipe, settings, loaded, (low, high), goal, step)

        summary, force_gap = run.with_stable_step(step, roll, STEP_HALVINGS)
        gap = summary["released_gap_um"]
        state = between(moved(dried, run.last_dump, PERIODIC_FILM, run.last_bonds), low, low + gap)
        summary |= bonds_summary(dried, state)
        summary |= {"acceleration": bench.acceleration, "cost": run.cost}
        return Result({"calendered": state}, {"calendering_curve": force_gap}, summary)


def press_and_release(
    run: StageRun,
    recipe: Recipe,
    settings: CalenderingConfig,
    loaded: Loaded,
    bounds_um: tuple[float, float],
    goal_um: float | None,
    step: Step,
) -> tuple[dict, pd.DataFrame]:
    """The segments of one calendering with one step: summary and force-gap curve."""
    low, high = bounds_um
    area = float(np.prod(loaded.state.lengths_m[:2])) * 1e12
    speed = settings.strain_per_step * (high - low) / step.reference_us
    limit = settings.pressure_mpa * 1e3 if goal_um is None else float("inf")
    press_until = f"v_plane_kpa > {limit:.12g}" if goal_um is None else f"v_gap_um < {goal_um:.12g}"
    press = Press(run, loaded, bounds_um, step)

    while True:
        final = press.advance("press", speed, press_until)
        gap = press.gap_um
        if (gap < goal_um) if goal_um is not None else (final["plane_kpa"] > limit):
            break
        if gap < recipe.skeleton_volume_m3 * 1e18 / area / 2:
            raise SimulationError(
                f"calendering: at half the volume of its solids the film carries only "
                f"{final['plane_kpa']:.3g} kPa; the dry force field is too soft for the target"
            )
    pressed_gap, peak = gap, final["plane_kpa"]
    if goal_um is None:
        check_carried(peak, run.series)
    last = run.series.iloc[-SETTLED_SAMPLES:]
    base_ratio = float(last["base_kpa"].sum() / last["plane_kpa"].sum())
    agitation = kinetic_to_elastic(
        float(last["kinetic_fj"].mean()), gap * area, float(last["plane_kpa"].mean())
    )
    if settings.rest_pressure_mpa is None:
        pushed = hold(press, settings)
    else:
        pushed = release(press, settings, -speed / SLOW_RELEASE, high - low, peak)
    gap = press.gap_um
    summary = {
        "steps": int(run.segments[-1].final["step"]),
        "dried_film_um": high - low,
        "pressed_gap_um": pressed_gap,
        "released_gap_um": gap,
        "spring_back": gap / pressed_gap - 1,
        "peak_plane_pressure_mpa": peak / 1e3,
        "base_over_plane_pressure": base_ratio,
        "residual_plane_pressure_mpa": pushed / 1e3,
        "plane_speed_m_per_s": speed,
        "time_step": step.to_dict(),
        "kinetic_to_elastic": agitation,
    }
    return summary, pd.concat(press.curve, ignore_index=True)


def check_carried(plane_kpa: float, series: pd.DataFrame) -> None:
    """Refuse a film that does not carry the moving plane's pressure down to the other one.

    Parameters
    ----------
    plane_kpa : on the moving plane at the end.
    series : the curve; its last row is up to 100 steps older.

    Raises
    ------
    SimulationError
        One plane carries much less than the other.
    """
    last = series.tail(1)
    plane, base = float(last["plane_kpa"].sum()), float(last["base_kpa"].sum())
    if min(plane, base) <= EVEN * max(plane, base):
        raise SimulationError(
            f"calendering: the moving plane meets {plane_kpa / 1e3:.3g} MPa, but the film presses "
            f"the two planes with {plane / 1e3:.3g} and {base / 1e3:.3g}: it is pressed too fast "
            "to carry both alike; lower calendering.strain_per_step"
        )


def hold(press: Press, settings: CalenderingConfig) -> float:
    """Keep the plane where it is until the film no longer relaxes: what it carries then, kPa.

    Raises
    ------
    SimulationError
        After the windows it still does.
    """
    press.advance("hold", 0.0)
    before = press.carried_kpa()
    for _ in range(settings.max_windows):
        press.advance("hold", 0.0)
        carried = press.carried_kpa()
        if carried >= (1 - RELAXED) * before:
            return carried
        before = carried
    raise SimulationError(
        f"calendering: after {settings.max_windows} windows the film that is held still relaxes, "
        f"at {carried:.3g} kPa; raise calendering.max_windows"
    )


def release(
    press: Press, settings: CalenderingConfig, speed: float, widest_um: float, carried_kpa: float
) -> float:
    """Let go until the film at rest no longer pushes back: what it carries then, kPa.

    Raises
    ------
    SimulationError
        After the windows it still does.
    """
    rest = settings.rest_pressure_mpa * 1e3

    def let_go(plane_kpa: float) -> None:
        while plane_kpa > rest and press.gap_um < widest_um:
            until = f"v_smooth_kpa < {rest:.12g}"
            plane_kpa = press.advance("release", speed, until)["smooth_kpa"]

    let_go(carried_kpa)
    for _ in range(settings.max_windows):
        press.advance("relax", 0.0)
        pushed = press.carried_kpa()
        if pushed <= PUSH_BACK * rest and press.uneven_kpa() <= UNEVEN * rest:
            return pushed
        let_go(pushed)
    raise SimulationError(
        f"calendering: after {settings.max_windows} windows the film still pushes with "
        f"{pushed:.3g} kPa, and with {press.carried_kpa('base'):.3g} on the plane below; raise "
        "calendering.max_windows"
    )


CALENDERING = Stage(
    name="calendering",
    title="calendering",
    section=CalenderingConfig,
    force_field="dry",
    run=calender,
    cost=Cost(
        steps=60_000,
        chains=lambda section, measured: [
            measured.steps * MEASURED_STRAIN_PER_STEP / section.strain_per_step
        ],
        porosity=0.25,
    ),
    makes=("calendered",),
    tables=(StageTable("calendering_curve", TABLES["calendering"], in_megapascal),),
    press_key="pressure_mpa",
)
