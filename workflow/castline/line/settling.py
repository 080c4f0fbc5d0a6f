"""Settling: dry powders, placed at random, come together under an outer pressure along z.

The start of a film that is pressed without any solvent. The dry force field acts; x and y keep
their length, as the die holds the powder.
"""

from pydantic import Field

from castline.base.sections import Positive, Section
from castline.base.units import KPA_PER_BAR
from castline.lammps.chain import Segment
from castline.lammps.forcefield import ForceField
from castline.lammps.texts import moved
from castline.lammps.timestep import Step, kinetic_to_elastic
from castline.line.box import BoxConfig, initial_state
from castline.line.loaded import PERIODIC, REST_SKIN_UM, Loaded
from castline.line.outer_pressure import WINDOW_STEPS, lasting, outer_pressure, until_at_rest
from castline.line.stage import Bench, Cost, Result, Stage, StageTable
from castline.recipe.recipe import Recipe

NAME = "settling"
INPUT = "drying"
# As of films that dry at once: nothing changes but the distances of the particles.
BAND = 1.0
# Only for the mode that limits displacements, which a placement without overlaps does not need.
NO_LIMIT_UM = 0.0
AGAINST_JAMS = "weaken the attraction in the dry force field, or raise settling.pressure_bar"


class SettlingConfig(Section):
    """Settling of dry powders in the die."""

    box: BoxConfig = Field(default=BoxConfig(), description="initial box")
    pressure_bar: Positive = Field(default=1.0, description="outer pressure, bar")
    temperature_k: Positive = Field(default=300.0, description="temperature, K")
    thickness_tolerance: Positive = Field(
        default=0.02, description="relative change of thickness between windows when stationary"
    )
    max_windows: int = Field(default=40, ge=3, description="windows of 4000 steps at most")


def settle(
    recipe: Recipe,
    force_field: ForceField,
    settings: SettlingConfig,
    start: None,
    bench: Bench,
) -> Result:
    """Place dry particles at random and let them settle until their thickness is stationary.

    Returns
    -------
    The initial and the settled state; the history (step, thickness in um, pressure in kPa, energies
    in fJ).

    Raises
    ------
    SimulationError
        No room for a particle, LAMMPS failed, the powder jams, or is not stationary after
        `settings.max_windows`.
    """
    initial = initial_state(recipe, settings.box, bench.seed, dry=True)
    loaded = Loaded(initial, force_field)
    outer = settings.pressure_bar * KPA_PER_BAR
    step = loaded.quasi_static_step(bench.acceleration)
    with loaded.chain(INPUT, step, bench, NAME) as run:

        def come_together(step: Step) -> tuple[Step, float, float]:
            variables = {
                **loaded.variables(step, REST_SKIN_UM),
                **outer_pressure(step, outer, BAND, settings.temperature_k, bench.seed),
                **lasting(step, "settle", WINDOW_STEPS),
                "limit": NO_LIMIT_UM,
            }

            def window(_: int) -> Segment:
                return run.segment(variables)

            return step, *until_at_rest(NAME, run, window, settings, outer, AGAINST_JAMS)

        step, change, carried = run.with_stable_step(step, come_together)
        state = moved(initial, run.last_dump, PERIODIC)
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
        states = {"initial": initial, "settled": state}
        return Result(states, {"settling_history": run.series}, summary)


SETTLING = Stage(
    name=NAME,
    title="settling of dry powders",
    section=SettlingConfig,
    force_field="dry",
    run=settle,
    cost=Cost(steps=30_000, porosity=0.45),
    makes=("initial", "settled"),
    tables=(StageTable("settling_history"),),
    seeded=True,
    inputs=(INPUT,),
)
