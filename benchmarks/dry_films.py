"""Films dried and calendered from stored slurries, with levers of the dry force field set by hand.

    python benchmarks/dry_films.py ablation_runs.csv --electrodes AM_1/48 AM_2/52 --stages 20 \
        --set lennard_jones.CBD-CBD.well_fj_per_um=4e5 --set hertz.friction=10

Takes the slurries of one replicate of a campaign, dries them, presses and releases them, and
appends one row an electrode to the CSV: levers, densities, porosities, connection of the CBD,
conductivities, these also of images that keep the particles' volumes (`conserved`), and cost. Rows
that are there already are not computed again.
"""

import argparse
import csv
import json
import os
import sys
from pathlib import Path

from castline.base.errors import CastlineError
from castline.base.seeds import seed_for
from castline.campaign.config import Campaign, read_campaign
from castline.images.film import film_image
from castline.lammps.forcefield import ForceField, load_force_field
from castline.line.assembling import ASSEMBLING
from castline.line.calendering import CALENDERING
from castline.line.drying import DRYING, DryingConfig
from castline.line.order import ROUTES
from castline.line.stage import Bench, Result
from castline.packing.state import ParticleState, read_state
from castline.packing.structure import structure_metrics
from castline.recipe.recipe import Recipe
from castline.transport.film import core_conductivities, film_conductivities

FILMS = ROUTES["slurry"].films
LEVERS = ["campaign", "electrode", "replicate", "drying", "force_field", "note"]
OF_A_FILM = {
    "density_g_per_cm3": "g_per_cm3",
    "porosity": "porosity",
    "coordination_cbd_cbd": "cbd_coordination",
    "cbd_percolates": "cbd_percolates",
    "sigma_e_s_per_m": "sigma_e_s_per_m",
    "sigma_e_core_s_per_m": "sigma_e_core_s_per_m",
    "sigma_ion_s_per_m": "sigma_ion_s_per_m",
}
OF_CONSERVED = ("cbd_percolates", *(name for name in OF_A_FILM if name.startswith("sigma_")))
COLUMNS = [
    *LEVERS,
    *(
        f"{film}_{name}"
        for film in FILMS
        for name in (*OF_A_FILM.values(), *(f"conserved_{name}" for name in OF_CONSERVED))
    ),
    *("drying_core_s", "calendering_core_s", "assembling_core_s", "fault"),
]


def changed(force_field: ForceField, changes: dict[str, float]) -> ForceField:
    """The force field with other values at dotted keys; what is missing is added.

    That is a pair rule with the default's other values, or a section of bonds.
    """
    data = force_field.model_dump()
    for key, value in changes.items():
        *path, last = key.split(".")
        section = data
        for part in path:
            if section is data["lennard_jones"]:
                section.setdefault(part, dict(section["default"]))
            if section[part] is None:
                section[part] = {}
            section = section[part]
        section[last] = value
    return ForceField.model_validate(data)


def film_numbers(
    state: ParticleState, recipe: Recipe, campaign: Campaign, film: str
) -> dict[str, float]:
    """The columns of one film."""
    found = {}
    for rule in ("plain", "conserved"):
        settings = campaign.transport.model_copy(update={"voxel_rule": rule})
        try:
            image, spacing_m = film_image(state, settings)
        except CastlineError as error:
            if rule == "plain":
                raise
            # Films in the cell can hold more sphere than box: conserved columns stay empty.
            print(f"{film}: {error}", file=sys.stderr)
            continue
        values = structure_metrics(recipe, state, film, image)
        values |= film_conductivities(image, spacing_m, recipe, settings)
        values |= core_conductivities(image, spacing_m, recipe, settings)
        names = OF_A_FILM if rule == "plain" else {key: f"conserved_{key}" for key in OF_CONSERVED}
        found |= {f"{film}_{name}": values[key] for key, name in names.items()}
    return found


def row_of(campaign: Campaign, force_field: ForceField, drying: DryingConfig, options, electrode):
    """Dry and calender one electrode: its row without the levers."""
    psd, percent = electrode.split("/")
    recipe = campaign.recipe_of(psd, percent)
    folder = Path(options.results) / psd / f"sc{percent}" / f"r{options.replicate}"
    slurry = read_state(folder / "slurry.dump.gz")
    seed = seed_for(campaign.seed, psd, percent, options.replicate, "drying")
    row, bench = {}, Bench(Path(options.work), seed)
    try:
        film = Result({"slurry": slurry})
        for stage in (DRYING, CALENDERING, ASSEMBLING):
            section = drying if stage is DRYING else campaign.of_stage(stage)
            film = stage.run(recipe, force_field, section, film, bench)
            row |= film_numbers(film.state, recipe, campaign, stage.state)
            row[f"{stage.name}_core_s"] = film.summary["cost"]["core_seconds"]
    except CastlineError as error:
        row["fault"] = str(error)
    return row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("table", type=Path, help="CSV to append to")
    parser.add_argument("--campaign", default="config/paper.yaml")
    parser.add_argument("--results", default="results/paper", help="folder with the slurries")
    parser.add_argument("--electrodes", nargs="+", default=["AM_1/48", "AM_2/52"])
    parser.add_argument("--replicate", type=int, default=1)
    parser.add_argument("--force-field", default="config/forcefields/dry.yaml")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--stages", type=int, default=20, help="of shrinkage; 1: at once")
    parser.add_argument("--steps-per-stage", type=int, default=500)
    parser.add_argument("--capillary-kpa", type=float)
    parser.add_argument("--note", default="", help="what else tells these rows from others")
    parser.add_argument("--work", default=f"{os.environ.get('TMPDIR', '/tmp')}/dry_films")
    options = parser.parse_args()

    campaign = read_campaign(options.campaign)
    settings = campaign.drying.model_dump()
    settings["shrinkage"] = {
        "stages": options.stages,
        "steps_per_stage": options.steps_per_stage,
    }
    if options.capillary_kpa:
        settings["capillary"] = {"pressure_kpa": options.capillary_kpa}
    drying = DryingConfig(**settings)
    changes = {key: float(value) for key, value in (item.split("=") for item in options.set)}
    force_field = changed(load_force_field(options.force_field), changes)
    levers = {
        "campaign": campaign.campaign,
        "replicate": str(options.replicate),
        "drying": json.dumps(drying.model_dump(exclude_defaults=True), sort_keys=True),
        "force_field": json.dumps(
            force_field.model_dump(include={"hertz", "lennard_jones", "bonds"}, exclude_none=True)
        ),
        "note": options.note,
    }
    done = set()
    if options.table.exists():
        with options.table.open() as handle:
            rows = csv.DictReader(handle)
            if rows.fieldnames != COLUMNS:
                sys.exit(f"{options.table}: has other columns; name another table")
            done = {tuple(row[name] for name in LEVERS) for row in rows}
    for electrode in options.electrodes:
        key = {**levers, "electrode": electrode}
        if tuple(key[name] for name in LEVERS) in done:
            print(f"{electrode}: already there", file=sys.stderr)
            continue
        row = {**key, **row_of(campaign, force_field, drying, options, electrode)}
        fresh = not options.table.exists()
        with options.table.open("a", newline="") as handle:
            writer = csv.DictWriter(handle, COLUMNS, lineterminator="\n")
            if fresh:
                writer.writeheader()
            writer.writerow(row)


if __name__ == "__main__":
    main()
