"""What the films' thickness does to sigma_e (docs/size-effects.md).

    python benchmarks/thickness.py results/validation/size_effects.csv results/paper/tables

Films of the campaign stand beside those of its size in the table of size effects. First the ratios
over that size, as in `size_ratios.csv`. Then how many films conduct, of that size and thicker, with
Fisher's exact p-value. Then how sigma_e of the campaign's films would follow solid content in
thicker ones if the faces alone made the difference: the slope of ln sigma_e, and how much of it the
thickness makes, with 95 % intervals.
"""

import argparse
from pathlib import Path

import pandas as pd
from scipy.stats import fisher_exact

from castline.figures.size_effects import size_effects_figure
from castline.figures.style import save
from castline.results.intervals import Share, slope_weights
from castline.results.schema import ELECTRODE, KEYS
from castline.results.size_effects import size_ratios, thicker
from castline.results.trends import Cells

STATES = ("calendered", "assembled")
THICKNESSES = (1, 2, 4)


QUANTITIES = ("thickness_um", "porosity", "sigma_e_s_per_m", "sigma_ion_s_per_m")


def films_of(sized: pd.DataFrame, tables: Path) -> pd.DataFrame:
    """The sized films after the press, with those of the campaign among the ones of its size."""
    structure, transport = (pd.read_csv(tables / f"{t}.csv") for t in ("structure", "transport"))
    structure = structure[[*KEYS, "state", "thickness_um", "porosity"]]
    own = transport.merge(structure, on=[*KEYS, "state"], validate="one_to_one")
    own = own.merge(sized[[*ELECTRODE]].drop_duplicates(), on=[*ELECTRODE])
    films = pd.concat([sized, own.assign(area_factor=1, thickness_factor=1)], ignore_index=True)
    return films[films["state"].isin(STATES)]


def ratios(films: pd.DataFrame) -> pd.DataFrame:
    """Means and ratios of each size, with their 95 % intervals in brackets."""
    table = size_ratios(films)
    table = table[table["quantity"].isin(QUANTITIES)]
    for name in ("mean", "ratio"):
        ends = (table[name], table[f"{name}_low_95"], table[f"{name}_high_95"])
        table[name] = [f"{a:.3g} ({b:.3g} to {c:.3g})" for a, b, c in zip(*ends, strict=True)]
    return table.drop(columns=[c for c in table if c.endswith("_95")])


def shares(films: pd.DataFrame) -> pd.DataFrame:
    """Films with a path of CBD, of the campaign's area: of its thickness, and thicker."""
    rows = []
    for state in STATES:
        film = films[(films["state"] == state) & (films["area_factor"] == 1)]
        as_thick = film["thickness_factor"] == 1
        own, thick = (list(film.loc[which, "cbd_percolates"]) for which in (as_thick, ~as_thick))
        table = [[sum(flags), len(flags) - sum(flags)] for flags in (own, thick)]
        p = float(fisher_exact(table).pvalue)
        rows.append(
            {"state": state, "campaign's size": share(own), "thicker": share(thick), "p": p}
        )
    return pd.DataFrame(rows)


def share(flags: list[bool]) -> str:
    low, high = Share(sum(flags), len(flags)).interval
    return f"{sum(flags)} of {len(flags)} ({low:.2f} to {high:.2f})"


def slopes(film: pd.DataFrame, thickness: float) -> list[dict]:
    """The slopes of each distribution; `film`: rows of one state whose CBD conducts."""
    sigma, core = film["sigma_e_s_per_m"], film["sigma_e_core_s_per_m"]
    film = film.assign(thick=thicker(sigma, core, thickness))
    film["change"] = film["thick"] / sigma
    rows = []
    for psd in sorted(set(film["psd"])):
        row: dict = {"psd": psd, "thickness_factor": thickness}
        for name in ("thick", "change") if thickness != 1 else ("thick",):
            cells = Cells(film, name, logarithm=True)
            contents = cells.contents(psd)
            electrodes = [(psd, content) for content in contents]
            effect = cells.effect(electrodes, slope_weights(contents), ratio=False)
            low, high = effect.interval()
            row[name] = f"{effect.value:.3f} ({low:.3f} to {high:.3f})"
        rows.append(row)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("size_effects", help="table of films of other sizes")
    parser.add_argument("tables", type=Path, help="folder of the campaign's tables")
    parser.add_argument("--figure", help="draw these films, as figures/size_effects, there")
    args = parser.parse_args()
    films = films_of(pd.read_csv(args.size_effects), args.tables)
    if args.figure:
        save(size_effects_figure(size_ratios(films)), [args.figure])
    print(ratios(films).to_string(index=False))
    print("films whose CBD conducts, with 95 % intervals:")
    print(shares(films).to_string(index=False))
    campaign = pd.read_csv(args.tables / "transport.csv")
    for state in STATES:
        film = campaign[(campaign["state"] == state) & campaign["cbd_percolates"]]
        rows = [row for thickness in THICKNESSES for row in slopes(film, thickness)]
        print(f"{state}: slope of ln sigma_e against solid content, 1/wt.%")
        print(pd.DataFrame(rows).fillna("").to_string(index=False))


if __name__ == "__main__":
    main()
