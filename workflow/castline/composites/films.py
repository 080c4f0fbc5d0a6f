"""One published composite, pressed from powders on the line."""

from collections.abc import Callable
from pathlib import Path

from castline.base.seeds import seed_for
from castline.composites.recipes import recipe_of
from castline.composites.settings import CompositeSetConfig, SampleConfig
from castline.lammps.forcefield import ForceField
from castline.line.calendering import STOPS
from castline.line.order import ROUTES
from castline.line.settings import LineSettings
from castline.line.stage import Bench, Result, Stage


def measured_state(sample: SampleConfig) -> str:
    """The state that is compared: in the cell, or under the press that holds it."""
    return "assembled" if sample.porosity is None else "calendered"


def stages_of(sample: SampleConfig) -> list[Stage]:
    """The stages of a film, one after the other."""
    line = ROUTES["powder"]
    return line.chain_to(line.maker_of(measured_state(sample)))


def section_of(stage: Stage, line: LineSettings, given: CompositeSetConfig, sample: SampleConfig):
    """The section of a stage, with the pressures of the set or the porosity of the sample."""
    section = line.of_stage(stage)
    if stage.name == "calendering":
        stops = dict.fromkeys(STOPS)
        if sample.porosity is not None:
            held = {"porosity": sample.porosity, "rest_pressure_mpa": None}
            return section.model_copy(update={**stops, **held})
        return section.model_copy(update={**stops, "pressure_mpa": given.press_mpa})
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
    sample = given.samples[names[1]]
    recipe = recipe_of(sample, given)
    result, seconds, memory_mb = None, 0.0, 0.0
    for stage in stages_of(sample):
        bench = Bench(
            work=work / "_".join(map(str, names)),
            seed=seed_for(line.seed, "composites", *names, stage.name),
            report=report,
            acceleration=line.acceleration,
        )
        result = stage.run(
            recipe, force_field, section_of(stage, line, given, sample), result, bench
        )
        seconds += result.summary["cost"]["core_seconds"]
        memory_mb = max(memory_mb, result.summary["cost"]["peak_memory_mb"])
    cost = {**result.summary["cost"], "core_seconds": seconds, "peak_memory_mb": memory_mb}
    return Result(result.states, result.tables, {**result.summary, "cost": cost})
