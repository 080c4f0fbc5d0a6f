"""The same electrodes in boxes of other areas and thicknesses: what of a film is its size."""

import itertools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from pydantic import Field, field_validator

from castline.base.sections import Positive, Section
from castline.base.seeds import seed_for
from castline.images.film import film_image
from castline.lammps.forcefield import ForceField
from castline.line.order import FILMS, LINE, before
from castline.line.stage import Bench, Result
from castline.packing.state import ParticleState
from castline.packing.structure import structure_metrics
from castline.recipe.electrode import Electrode
from castline.recipe.recipe import Recipe
from castline.recipe.replicates import electrode_key
from castline.results.schema import TABLES
from castline.transport.film import core_conductivities, face_resistances, film_conductivities
from castline.transport.settings import TransportConfig

if TYPE_CHECKING:
    from castline.line.settings import LineSettings

# Area and thickness over those of the campaign.
Size = tuple[float, float]


class SizeEffectsConfig(Section):
    """Films of other sizes, `snakemake size_effects`, one direction at a time."""

    area: list[Positive] = Field(
        default=[1, 2, 4], min_length=1, description="areas over that of the campaign"
    )
    thickness: list[Positive] = Field(
        default=[1, 2, 4], min_length=1, description="thicknesses over that of the campaign"
    )
    electrodes: list[str] = Field(
        default=[], description="such as AM_1/50, of the matrix; none for all"
    )
    replicates: int = Field(default=3, ge=1, le=99, description="films of each electrode and size")

    @field_validator("area", "thickness")
    @classmethod
    def each_once(cls, values: list[float]) -> list[float]:
        if len(set(values)) < len(values):
            raise ValueError(f"{values} names a size twice")
        return values

    @property
    def sizes(self) -> list[Size]:
        """Each size once; the campaign's own is always among them."""
        sizes = [(1.0, 1.0), *((a, 1.0) for a in self.area), *((1.0, t) for t in self.thickness)]
        return sorted(set(sizes))

    def electrodes_of(self, psds: Mapping, contents: list[str]) -> list[tuple[str, str]]:
        """(distribution, solid content) of each electrode."""
        every = itertools.product(psds, contents)
        return [e for e in every if not self.electrodes or electrode_key(*e) in self.electrodes]

    def faults(self, psds: Mapping, contents: list[str]) -> list[str]:
        """One line for each electrode that the matrix does not have."""
        known = [electrode_key(*e) for e in itertools.product(psds, contents)]
        return [
            f"electrodes: {name!r} is not in the matrix; allowed: {', '.join(known)}"
            for name in self.electrodes
            if name not in known
        ]


def sized_line(line: "LineSettings", size: Size) -> "LineSettings":
    """The line with films of another area and thickness: more particles, in a box of that shape."""
    area, thickness = size
    x, y, z = line.slurry.box.lengths_um or line.slurry.box.aspect
    aspect = (x * area**0.5, y * area**0.5, z * thickness)
    return line.at_size(line.recipe.dry_mass_g * area * thickness, aspect)


def sized_films(
    line: "LineSettings",
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
    for stage in LINE:
        if stage.state is None:
            continue
        start = before(stage)
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
    image, spacing_m = film_image(state, settings)
    values = structure_metrics(recipe, state, name, image)
    values |= film_conductivities(image, spacing_m, recipe, settings)
    values |= core_conductivities(image, spacing_m, recipe, settings)
    values |= face_resistances(values, image, spacing_m, settings.face_margin_um)
    x, y, _ = state.lengths_m
    size = {"particles": recipe.particle_count, "area_um2": float(x * y) * 1e12}
    return {"state": name, **size, **values}
