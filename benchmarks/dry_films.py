"""Films dried and calendered from stored slurries, with levers of the dry force field set by hand.

    python benchmarks/dry_films.py ablation_runs.csv --electrodes AM_1/48 AM_2/52 --stages 20 \
        --set lennard_jones.CBD-CBD.well_fj_per_um=4e5 --set hertz.friction=10

Takes the slurries of one replicate of a campaign, dries them, presses and releases them, and
appends one row an electrode to the CSV: levers, densities, porosities, connection of the CBD,
conductivities, these also of images that keep the particles' volumes (`conserved`), and cost. Rows
that are there already are not computed again. `--summary` prints means over replicates instead,
below those of the same electrodes in the campaign itself, and what the levers change in the films
of the same slurries.
"""

import argparse
import csv
import json
import os
import sys
from pathlib import Path

import pandas as pd

from castline.calibration.levers import (
    campaign_rows,
    changed,
    differences,
    film_row,
    summary_of,
)
from castline.campaign.config import read_campaign
from castline.lammps.forcefield import load_force_field
from castline.line.drying_settings import DryingConfig
from castline.packing.state import read_state
from castline.recipe.electrode import Electrode
from castline.results.schema import TABLES

COLUMNS = list(TABLES["film_levers"].columns)
LEVERS = COLUMNS[: COLUMNS.index("dried_g_per_cm3")]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("table", type=Path, help="CSV to append to")
    parser.add_argument("--campaign", default="config/paper.yaml")
    parser.add_argument("--results", default="results/paper", help="folder with the slurries")
    parser.add_argument("--electrodes", nargs="+", help="all of the table, or AM_1/48 and AM_2/52")
    parser.add_argument("--replicate", type=int, default=1)
    parser.add_argument("--force-field", default="config/forcefields/dry.yaml")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--stages", type=int, default=20, help="of shrinkage; 1: at once")
    parser.add_argument("--steps-per-stage", type=int, default=500)
    parser.add_argument("--capillary-kpa", type=float)
    parser.add_argument("--note", default="", help="what else tells these rows from others")
    parser.add_argument("--work", default=f"{os.environ.get('TMPDIR', '/tmp')}/dry_films")
    parser.add_argument("--summary", action="store_true", help="print means, run nothing")
    options = parser.parse_args()
    if options.summary:
        table = pd.read_csv(options.table)
        table = table[table["electrode"].isin(options.electrodes or table["electrode"])]
        films = campaign_rows(Path(options.results, "tables"), "as shipped")
        films = films[films["electrode"].isin(table["electrode"])]
        print(summary_of(pd.concat([films, table])).to_markdown(index=False), end="\n\n")
        same = table[table["campaign"] == read_campaign(options.campaign).campaign]
        print(differences(films, same).to_markdown(index=False, floatfmt=".4f"))
        return

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
    for electrode in options.electrodes or ["AM_1/48", "AM_2/52"]:
        key = {**levers, "electrode": electrode}
        if tuple(key[name] for name in LEVERS) in done:
            print(f"{electrode}: already there", file=sys.stderr)
            continue
        one = Electrode(*electrode.split("/"), options.replicate)
        folder = f"{one.psd}/sc{one.solid_content_percent}/r{one.replicate}"
        slurry = read_state(Path(options.results) / folder / "slurry.dump.gz")
        work = Path(options.work)
        row = {**key, **film_row(campaign, force_field, drying, one, slurry, work)}
        fresh = not options.table.exists()
        with options.table.open("a", newline="") as handle:
            writer = csv.DictWriter(handle, COLUMNS, lineterminator="\n")
            if fresh:
                writer.writeheader()
            writer.writerow(row)


if __name__ == "__main__":
    main()
