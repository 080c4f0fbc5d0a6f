"""One published composite, pressed from powders on the line."""

from collections.abc import Callable
from pathlib import Path

from castline.base.seeds import seed_for
from castline.composites.recipes import recipe_of
from castline.composites.settings import CompositeSetConfig
from castline.lammps.forcefield import ForceField
from castline.line.calendering import STOPS
from castline.line.order import ROUTES
from castline.line.settings import LineSettings
from castline.line.stage import Bench, Result, Stage

MEASURED_STATE = "assembled"


def section_of(stage: Stage, line: LineSettings, given: CompositeSetConfig):
    """The section of a stage, with the pressures of the set."""
    section = line.of_stage(stage)
    if stage.name == "calendering":
        stops = {**dict.fromkeys(STOPS), "pressure_mpa": given.press_mpa}
        return section.model_copy(update=stops)
    if stage.name == "assembling":
        return section.model_copy(update={"pressure_mpa": given.cell_mpa})
    return section


def press_film(
    line: LineSettings,
    force_field: ForceField,
    given: CompositeSetConfig,
    names: tuple[str, str, int],
    work: Path,
    report: Callable[[str], None],
) -> Result:
    """Settle, press and load one film; what LAMMPS has finished before is replayed.

    Parameters
    ----------
    names : set, sample, and number of the film; seed and folders follow from them.

    Returns
    -------
    The result of the last stage, with the cost of all in its summary.

    Raises
    ------
    SimulationError, ConfigError
        By the stages and `recipe_of`.
    """
    recipe = recipe_of(given.samples[names[1]], given)
    result, seconds, memory_mb = None, 0.0, 0.0
    for stage in ROUTES["powder"]:
        bench = Bench(
            work=work / "_".join(map(str, names)),
            seed=seed_for(line.seed, "composites", *names, stage.name),
            report=report,
            acceleration=line.acceleration,
        )
        result = stage.run(recipe, force_field, section_of(stage, line, given), result, bench)
        seconds += result.summary["cost"]["core_seconds"]
        memory_mb = max(memory_mb, result.summary["cost"]["peak_memory_mb"])
    cost = {**result.summary["cost"], "core_seconds": seconds, "peak_memory_mb": memory_mb}
    return Result(result.states, result.tables, {**result.summary, "cost": cost})
