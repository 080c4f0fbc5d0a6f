"""One electrode of a candidate set through the stages of the line, as observations.

The stage functions are those of a campaign. Observations come step by step, the cheap ones of all
electrodes first, so that a hopeless candidate can be given up early.
"""

import math
from collections.abc import Callable, Generator, Iterable
from pathlib import Path
from typing import NamedTuple

from castline.calibration.targets import FILM, OBSERVABLES, VISCOSITY, Key, Term, terms
from castline.campaign.config import Campaign
from castline.lammps.chain import seed_for
from castline.lammps.forcefield import ForceField
from castline.line.calendering import calender
from castline.line.drying import dry
from castline.line.slurry import equilibrate, initial_state
from castline.line.viscosity import shear
from castline.packing.state import ParticleState
from castline.packing.structure import structure_metrics
from castline.transport.film import core_conductivities, film_conductivities, film_image


class Cell(NamedTuple):
    """One realisation of one electrode."""

    psd: str
    solid_content_percent: str
    replicate: int

    @property
    def label(self) -> str:
        return f"{self.psd} {self.solid_content_percent} % r{self.replicate}"


class Bench(NamedTuple):
    """What the stages need besides the cell: campaign, force fields, folder, log."""

    campaign: Campaign
    slurry_set: ForceField
    dry_set: ForceField
    slurry_work: Path
    work: Path
    report: Callable[[str], None]
    purpose: str

    def seed(self, cell: Cell, stage: str) -> int:
        """Seed of a cell, the same in every trial, so that candidates differ by their values."""
        return seed_for(self.campaign.seed, self.purpose, *cell, stage)


# The numbers measured in one step, of one cell.
Step = tuple[Cell, dict[Key, float]]


def terms_of(campaign: Campaign, search: str) -> list[Term]:
    """All terms of a search's targets on the campaign's electrodes."""
    psds, contents = list(campaign.matrix.psds), campaign.matrix.solid_content_percent
    return terms(campaign.calibration.stage(search).targets, psds, contents)


def cells_of(terms: Iterable[Term], replicates: int) -> list[Cell]:
    """Cells that the terms need, sorted."""
    electrodes = {(key.psd, key.solid_content_percent) for term in terms for key in term.keys}
    return [
        Cell(*e, replicate) for e in sorted(electrodes) for replicate in range(1, replicates + 1)
    ]


def _rates(terms: Iterable[Term], cell: Cell) -> list[float]:
    """Shear rates that the terms need of a cell, from high to low."""
    keys = {key for term in terms for key in term.keys if key.observable == VISCOSITY}
    return sorted({k.shear_rate_per_s for k in keys if k[2:4] == cell[:2]}, reverse=True)


def equilibrated(bench: Bench, cell: Cell) -> tuple[ParticleState, dict]:
    """Slurry of a cell with its summary; replayed where its segments are in `slurry_work`."""
    recipe = bench.campaign.recipe_of(cell.psd, cell.solid_content_percent)
    seed = bench.seed(cell, "slurry")
    start = initial_state(recipe, bench.campaign.slurry, seed)
    state, _, summary = equilibrate(
        recipe, bench.slurry_set, bench.campaign.slurry, start, seed, bench.slurry_work,
        bench.report, acceleration=bench.campaign.acceleration,
    )  # fmt: skip
    return state, summary


def slurry_steps(bench: Bench, cells: list[Cell], terms: list[Term]) -> Generator[Step, None, None]:
    """Slurries of all cells, then their flow curves."""
    slurries = {}
    for cell in cells:
        slurries[cell] = equilibrated(bench, cell)
        yield cell, _observe(bench, cell, "slurry", slurries[cell][0])
    for cell in cells:
        recipe = bench.campaign.recipe_of(cell.psd, cell.solid_content_percent)
        state, summary = slurries[cell]
        rates = _rates(terms, cell)
        if not rates:
            continue
        curve = shear(
            recipe, bench.slurry_set, bench.campaign.viscosity, state,
            summary["particle_pressure_kpa"], rates, bench.work, bench.report,
            acceleration=bench.campaign.acceleration,
        )  # fmt: skip
        for point, _, _ in curve:
            key = Key(VISCOSITY, "slurry", *cell[:2], point.shear_rate_per_s)
            yield cell, {key: point.viscosity_pa_s}


def dry_steps(bench: Bench, cells: list[Cell], terms: list[Term]) -> Generator[Step, None, None]:
    """Dried films of all cells, then those calendered that a term asks for."""
    films = {}
    for cell in cells:
        recipe = bench.campaign.recipe_of(cell.psd, cell.solid_content_percent)
        slurry, _ = equilibrated(bench, cell)
        films[cell], _, _ = dry(
            recipe, bench.dry_set, bench.campaign.drying, slurry, bench.seed(cell, "drying"),
            bench.work, bench.report, acceleration=bench.campaign.acceleration,
        )  # fmt: skip
        yield cell, _observe(bench, cell, "dried", films[cell])
    pressed = {k[2:4] for term in terms for k in term.keys if k.state == "calendered"}
    for cell in cells:
        if cell[:2] in pressed:
            recipe = bench.campaign.recipe_of(cell.psd, cell.solid_content_percent)
            state, _, _ = calender(
                recipe, bench.dry_set, bench.campaign.calendering, films[cell], bench.work,
                bench.report, acceleration=bench.campaign.acceleration,
            )  # fmt: skip
            yield cell, _observe(bench, cell, "calendered", state)


STEPS = {"slurry": slurry_steps, "dry": dry_steps}


def _observe(bench: Bench, cell: Cell, name: str, state: ParticleState) -> dict[Key, float]:
    """Structure, and for films conductivities, of a state."""
    recipe = bench.campaign.recipe_of(cell.psd, cell.solid_content_percent)
    settings = bench.campaign.transport
    image, spacing_m = film_image(state, settings.voxel_um * 1e-6)
    values = structure_metrics(recipe, state, name, image)
    wanted = OBSERVABLES["slurry"]["slurry"]
    if name != "slurry":
        values |= film_conductivities(image, spacing_m, recipe, settings)
        core = core_conductivities(image, spacing_m, recipe, settings)
        values |= {name: math.nan if value is None else value for name, value in core.items()}
        wanted = FILM
    return {
        Key(observable, name, *cell[:2]): float(values[observable])
        for observable in wanted
        if observable in values
    }
