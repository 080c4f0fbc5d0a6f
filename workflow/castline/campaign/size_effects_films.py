"""Films of other sizes, made on the line and measured (castline.campaign.size_effects)."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from castline.base.seeds import seed_for
from castline.campaign.size_effects import Size, sized_line
from castline.lammps.forcefield import ForceField
from castline.line.order import FILMS, ROUTES
from castline.line.settings import LineSettings
from castline.line.stage import Bench, Result
from castline.packing.state import ParticleState
from castline.packing.structure import structure_metrics
from castline.recipe.electrode import Electrode
from castline.recipe.recipe import Recipe
from castline.results.schema import TABLES
from castline.transport.film import (
    core_conductivities,
    face_resistances,
    film_conductivities,
)
from castline.transport.imaging import imaged
from castline.transport.settings import TransportConfig


def sized_films(
    line: LineSettings,
    size: Size,
    electrode: Electrode,
    slurry_set: ForceField,
    dry_set: ForceField,
    work: Path,
    report: Callable[[str], None],
    ranks: int = 1,
) -> pd.DataFrame:
    """One electrode of one size through the line: a row for each film, as `TABLES` has it."""
    line = sized_line(line, size)
    recipe = line.recipe_of(*electrode[:2])
    results: dict[str, Result] = {}
    rows = []
    route = ROUTES["slurry"]
    for stage in route:
        if stage.state is None:
            continue
        start = route.before(stage)
        bench = Bench(
            work=work,
            seed=seed_for(line.seed, "size", *size, *electrode, stage.name),
            report=report,
            ranks=ranks,
            acceleration=line.acceleration,
        )
        made = stage.run(
            recipe,
            slurry_set if stage.force_field == "slurry" else dry_set,
            line.of_stage(stage),
            results[start.name] if start else None,
            bench,
        )
        results[stage.name] = made
        if stage.state in FILMS:
            row = {**electrode.keys, "area_factor": size[0], "thickness_factor": size[1]}
            row |= film_row(recipe, made.state, stage.state, line.transport)
            rows.append({**row, "lammps_core_seconds": made.summary["cost"]["core_seconds"]})
    return pd.DataFrame(rows)[list(TABLES["size_effects"].columns)]


def film_row(
    recipe: Recipe, state: ParticleState, name: str, settings: TransportConfig
) -> dict[str, object]:
    """Size, structure and conductivities of one film in the state of that name."""
    image, particles, spacing_m = imaged(state, settings)
    values = structure_metrics(recipe, state, name, image)
    values |= film_conductivities(image, spacing_m, recipe, settings, particles)
    values |= core_conductivities(image, spacing_m, recipe, settings, particles)
    values |= face_resistances(values, image, spacing_m, settings.face_margin_um)
    x, y, _ = state.lengths_m
    size = {"particles": recipe.particle_count, "area_um2": float(x * y) * 1e12}
    return {"state": name, **size, **values}
