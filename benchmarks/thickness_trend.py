"""How sigma_e would follow solid content in films of another thickness, by the faces alone.

    python benchmarks/thickness_trend.py results/paper/tables/transport.csv

Each film of the campaign that conducts is taken with core of its own in series, up to the thickness
(docs/size-effects.md). Per state, distribution and thickness: the slope of ln sigma_e against solid
content, and how much of it the thickness makes, with 95 % intervals.
"""

import argparse

import pandas as pd

from castline.results.intervals import slope_weights
from castline.results.size_effects import thicker
from castline.results.trends import Cells

THICKNESSES = (1, 2, 4)


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
    parser.add_argument("transport", help="transport.csv of a campaign")
    table = pd.read_csv(parser.parse_args().transport)
    for state in ("calendered", "assembled"):
        film = table[(table["state"] == state) & table["cbd_percolates"]]
        rows = [row for thickness in THICKNESSES for row in slopes(film, thickness)]
        print(f"{state}: slope of ln sigma_e against solid content, 1/wt.%")
        print(pd.DataFrame(rows).fillna("").to_string(index=False))


if __name__ == "__main__":
    main()
