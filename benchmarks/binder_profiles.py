"""Carbon and binder along the height of thick films dried at a rate, beside the equation's.

    python benchmarks/binder_profiles.py results/validation/binder_profiles.csv
    python benchmarks/binder_profiles.py results/validation/binder_profiles.csv --summary

Films of four times the study's thickness on a third of its area, each from its own slurry, through
LAMMPS. The equation (`castline.line.migration`) is solved by the method of lines with the height
that each film had while it dried. Films that the table has are not run again; work folders resume.
"""

import argparse
import os
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.integrate import solve_ivp
from scipy.stats import t

from castline.base.seeds import seed_for
from castline.campaign.config import read_campaign
from castline.lammps.forcefield import load_force_field
from castline.line.drying import dry
from castline.line.drying_settings import DryingConfig
from castline.line.evaporation import LED
from castline.line.slurry import equilibrate
from castline.line.stage import Bench, Result
from castline.recipe.phases import Phase
from castline.recipe.recipe import Recipe

SEED = 2024
THICKER = 4
PECLETS = (0.1, 1.0, 10.0)
FILMS = 5
PARTS = 10
CELLS = 400
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


def profiles_of(recipe: Recipe, dried: Result) -> dict[str, np.ndarray]:
    """(PARTS,) each, over their means: carbon and binder by the rank of the CBD that hold them, and
    by height; the number of CBD by height. Rank 0 is the lowest.
    """
    state = dried.state
    cbd = state.of_phase(Phase.CBD)
    height = (state.position_m[cbd, 2] - state.low_m[2]) / state.lengths_m[2]
    solids = state.mass_kg[cbd] / recipe.cbd.solids_mass_kg

    below = np.append(0.0, np.cumsum(solids[np.argsort(height)])) / solids.sum()
    ranks = np.linspace(0, 1, len(below))
    of = {"bins": PARTS, "range": (0, 1)}
    return {
        "binder_by_rank": PARTS * np.diff(np.interp(np.linspace(0, 1, PARTS + 1), ranks, below)),
        "binder_by_height": PARTS * np.histogram(height, weights=solids, **of)[0] / solids.sum(),
        "cbd_by_height": PARTS * np.histogram(height, **of)[0] / len(height),
    }


def equation(recipe: Recipe, slurry: Result, dried: Result, peclet: float) -> np.ndarray:
    """(PARTS,) binder per height over its mean where the solvent begins to sink.

    In units of the wet height H0 and of the time H0 / E, in which the liquid alone is
    1 - solids - t high.
    """
    wet_um = float(slurry.state.lengths_m[2]) * 1e6
    solids = recipe.skeleton_volume_m3 / recipe.slurry_volume_m3
    ends = dried.tables["drying_history"].groupby("solvent_left", sort=False).last()
    sinking = ends.index[ends["saturation"] < LED]
    ends = ends.loc[: sinking[0]]
    times = (1 - solids) * (1 - ends.index.to_numpy())
    heights = ends["thickness_um"].to_numpy() / wet_um
    faces = np.arange(1, CELLS) / CELLS

    def rate(time, profile):
        height = np.interp(time, times, heights)
        advected = faces / (1 - solids - time) * (profile[1:] + profile[:-1]) / 2
        flux = np.zeros(CELLS + 1)
        flux[1:-1] = advected - np.diff(profile) * CELLS / (peclet * height**2)
        return -np.diff(flux) * CELLS

    found = solve_ivp(
        rate, (0, times[-1]), np.ones(CELLS), method="LSODA", lband=1, uband=1, rtol=1e-8,
        atol=1e-10, max_step=times[1],
    )  # fmt: skip
    return found.y[:, -1].reshape(PARTS, -1).mean(axis=1)


def film_rows(film: int, peclet: float, work: Path) -> pd.DataFrame:
    recipe, slurry = slurry_of(film, work)
    settings = DryingConfig(rate_um_per_s=1.0, binder={"peclet": peclet}, thickness_tolerance=0.1)
    dry_set = load_force_field("config/forcefields/dry.yaml")
    bench = Bench(work / f"film-{film}", seed_for(SEED, film, "drying"), quiet)
    dried = dry(recipe, dry_set, settings, slurry, bench)
    return pd.DataFrame(
        {
            "peclet": peclet,
            "film": film,
            "part": (np.arange(PARTS) + 0.5) / PARTS,
            **profiles_of(recipe, dried),
            "equation": equation(recipe, slurry, dried, peclet),
            "thickness_um": float(dried.state.lengths_m[2]) * 1e6,
            "core_seconds": dried.summary["cost"]["core_seconds"],
        }
    )


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
