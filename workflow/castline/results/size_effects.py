"""What films of other areas and thicknesses have of the quantities of films of the campaign's size.

Means and ratios are of logarithms, their intervals those of `castline.results.intervals`: all sizes
of a state lend each other their spread where Bartlett's test finds no difference in it. Films
without a path from face to face have no place in a mean of a conductivity.
"""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from castline.results.schema import ELECTRODE, TABLES
from castline.results.schema import SIZE as FACTORS
from castline.results.trends import Cells

SIZE = [*ELECTRODE, *FACTORS]


@dataclass(frozen=True)
class Quantity:
    """One column of the films: its unit, and the flag of the path that it needs."""

    unit: str
    connected: str | None = None
    core: str | None = None


QUANTITIES = {
    "thickness_um": Quantity("um"),
    "porosity": Quantity("1"),
    "sigma_e_s_per_m": Quantity("S/m", "cbd_percolates", "sigma_e_core_s_per_m"),
    "sigma_e_core_s_per_m": Quantity("S/m", "cbd_percolates"),
    "sigma_ion_s_per_m": Quantity("S/m", "ionic_percolates", "sigma_ion_core_s_per_m"),
    "sigma_ion_core_s_per_m": Quantity("S/m", "ionic_percolates"),
}


def size_ratios(films: pd.DataFrame) -> pd.DataFrame:
    """The table `size_ratios`: a row for each electrode, state, size and quantity.

    Parameters
    ----------
    films : the table `size_effects`; of each electrode it has the campaign's own size.
    """
    rows = []
    for state, part in films.groupby("state", sort=False):
        for name, quantity in QUANTITIES.items():
            cells = Cells(part, name, connected=quantity.connected, logarithm=True, by=SIZE)
            for key in cells.electrodes():
                rows.append(
                    {
                        **dict(zip(SIZE, key, strict=True)),
                        "state": state,
                        "quantity": name,
                        "unit": quantity.unit,
                        **_numbers(cells, key),
                        "ratio_by_faces": _by_faces(part, key, name, quantity),
                    }
                )
    return pd.DataFrame(rows).reindex(columns=list(TABLES["size_ratios"].columns))


def _numbers(cells: Cells, key: tuple) -> dict[str, object]:
    """Mean of one size, and over that of the campaign's size."""
    campaigns = (*key[:2], 1.0, 1.0)
    share = cells.share([key])
    mean = cells.effect([key], [1.0])
    found = {
        "films": mean.replicates if share is None else share.films,
        "conducting": math.nan if share is None else share.connected,
        "mean": mean.shown(mean.value),
        **dict(zip(("mean_low_95", "mean_high_95"), mean.interval(), strict=True)),
    }
    if key == campaigns or not cells.has(campaigns):
        return found
    ratio = cells.effect([key, campaigns], [1.0, -1.0])
    ends = dict(zip(("ratio_low_95", "ratio_high_95"), ratio.interval(), strict=True))
    return {**found, "ratio": ratio.shown(ratio.value), **ends}


def thicker(film: pd.Series, core: pd.Series, thickness: float) -> pd.Series:
    """Conductivity of films made `thickness` times as thick by core in series.

    Parameters
    ----------
    film, core : conductivities of the films, and of these without the margins at their faces, S/m.
    """
    return thickness / (1 / film + (thickness - 1) / core)


def _by_faces(films: pd.DataFrame, key: tuple, name: str, quantity: Quantity) -> float:
    """The ratio that the faces alone give a film of another thickness: the geometric mean of what
    `thicker` makes of the films of the campaign's size, over theirs.
    """
    psd, content, area, thickness = key
    if quantity.core is None or area != 1 or thickness == 1:
        return math.nan
    same = (films[SIZE] == [psd, content, 1.0, 1.0]).all(axis=1) & films[quantity.connected]
    film, core = films.loc[same, name], films.loc[same, quantity.core]
    return float(np.exp(np.log(thicker(film, core, thickness) / film).mean()))
