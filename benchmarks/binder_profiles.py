"""Carbon and binder along the height of thick films dried at a rate, beside the equation's.

    python benchmarks/binder_profiles.py results/validation/binder_profiles.csv
    python benchmarks/binder_profiles.py results/validation/binder_profiles.csv --summary

Films of four times the study's thickness on a third of its area, each from its own slurry, through
LAMMPS, beside the equation (`castline.line.binder_profiles`). Films that the table has are not run
again; work folders resume.
"""

import argparse
import os
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import t

from castline.base.seeds import seed_for
from castline.campaign.config import read_campaign
from castline.lammps.forcefield import load_force_field
from castline.line.binder_profiles import PARTS, profile_rows
from castline.line.drying import dry
from castline.line.drying_settings import DryingConfig
from castline.line.slurry import equilibrate
from castline.line.stage import Bench, Result
from castline.recipe.recipe import Recipe

SEED = 2024
THICKER = 4
PECLETS = (0.1, 1.0, 10.0)
FILMS = 5
KEYS = ["peclet", "film"]


def slurry_of(film: int, work: Path) -> tuple[Recipe, Result]:
    """Recipe and slurry of one film."""
    campaign = read_campaign("config/drying_rates.yaml")
    data = campaign.model_dump(mode="json")
    mass, aspect = data["recipe"]["dry_mass_g"], data["slurry"]["box"]["aspect"]
    data["recipe"]["dry_mass_g"] = THICKER * mass
    data["slurry"]["box"]["aspect"] = [aspect[0] / THICKER, aspect[1] / THICKER, aspect[2]]
    thick = type(campaign).model_validate(data)
    (powder, *_), (content,) = thick.matrix.powders, thick.matrix.solid_content_percent
    recipe = thick.recipe_of(powder, content)
    bench = Bench(work / f"film-{film}", seed_for(SEED, film, "slurry"), quiet)
    slurry_set = load_force_field("config/forcefields/slurry.yaml")
    return recipe, equilibrate(recipe, slurry_set, thick.slurry, None, bench)


def quiet(line: str) -> None:
    pass


def film_rows(film: int, peclet: float, work: Path) -> pd.DataFrame:
    recipe, slurry = slurry_of(film, work)
    settings = DryingConfig(rate_um_per_s=1.0, binder={"peclet": peclet}, thickness_tolerance=0.1)
    dry_set = load_force_field("config/forcefields/dry.yaml")
    bench = Bench(work / f"film-{film}", seed_for(SEED, film, "drying"), quiet)
    dried = dry(recipe, dry_set, settings, slurry, bench)
    rows = profile_rows(recipe, slurry, dried, peclet)
    rows.insert(1, "film", film)
    return rows


def summary_of(table: pd.DataFrame) -> pd.DataFrame:
    """One row a Peclet number: shares of three tenths of the film, means and 95 % intervals."""
    rows = []
    for peclet, of_peclet in table.groupby("peclet"):

        def thirds(column: str, part: pd.DataFrame = of_peclet) -> np.ndarray:
            """(2, films) what the lowest and the highest three tenths hold of all."""
            films = part.pivot_table(column, index="film", columns="part").to_numpy() / PARTS
            return np.array([films[:, :3].sum(axis=1), films[:, -3:].sum(axis=1)])

        n = of_peclet["film"].nunique()
        row = {"Peclet": peclet, "films": n}
        for column in ("equation", "binder_by_rank", "binder_by_height", "cbd_by_height"):
            means = thirds(column).mean(axis=1)
            halves = t.ppf(0.975, n - 1) * thirds(column).std(axis=1, ddof=1) / np.sqrt(n)
            row[column.replace("_", " ")] = "; ".join(
                f"{m:.2f} ± {h:.2f}" for m, h in zip(means, halves, strict=True)
            )
        rows.append(row)
    return pd.DataFrame(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("table", type=Path, help="CSV to append to")
    parser.add_argument("--films", type=int, default=FILMS)
    parser.add_argument("--work", default=f"{os.environ.get('TMPDIR', '/tmp')}/binder_profiles")
    parser.add_argument("--summary", action="store_true", help="print means, run nothing")
    options = parser.parse_args()
    if not options.summary:
        there = options.table.exists()
        done = set(map(tuple, pd.read_csv(options.table)[KEYS].to_numpy())) if there else set()
        for film in range(1, options.films + 1):
            for peclet in PECLETS:
                if (peclet, film) not in done:
                    rows = film_rows(film, peclet, Path(options.work))
                    rows.to_csv(options.table, mode="a", header=not there, index=False)
                    there = True
    print(summary_of(pd.read_csv(options.table)).to_markdown(index=False))


if __name__ == "__main__":
    main()
