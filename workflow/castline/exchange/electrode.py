"""What a cell model needs of a calendered electrode, as means over replicates with intervals."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from castline.base.errors import InputError
from castline.recipe.recipe import Recipe
from castline.results.schema import KEYS
from castline.results.statistics import over_replicates

ELECTRODE = ["psd", "solid_content_percent"]
STRUCTURE = {
    "thickness_um": "thickness_um",
    "porosity": "void_fraction",
    "porosity_without_nanopores": "open_void_fraction",
    "cbd_nanoporosity": "cbd_nanoporosity",
    "voxel_fraction_am": "am_fraction",
    "voxel_fraction_se": "se_fraction",
    "voxel_fraction_cbd": "cbd_fraction",
    "contact_area_am_se_per_m": "contact_area_am_se_per_m",
    "contact_area_am_cbd_per_m": "contact_area_am_cbd_per_m",
    "contact_area_se_cbd_per_m": "contact_area_se_cbd_per_m",
}
TRANSPORT = {
    "sigma_e_s_per_m": "sigma_e_s_per_m",
    "sigma_ion_s_per_m": "sigma_ion_s_per_m",
    "diffusivity_ratio": "diffusivity_ratio",
}
NEEDS = {
    "structure": [*KEYS, "state", *STRUCTURE],
    "transport": [*KEYS, "state", *TRANSPORT],
}


@dataclass(frozen=True)
class Estimate:
    """Mean over replicates and half width of its 95 % interval (None for one replicate)."""

    mean: float
    half_width: float | None


@dataclass(frozen=True)
class CellModelElectrode:
    """One calendered electrode.

    Attributes
    ----------
    psd, solid_content_percent : which electrode.
    replicates : number of realisations averaged.
    am_radius_m : volume-to-surface mean radius 3 V / S of the AM particles; None without AM.
    sigma_cbd_s_per_m : conductivity given to the CBD in the transport problem.
    estimates : `Estimate` by name, the values of `STRUCTURE` and `TRANSPORT`; without those that
        are about a phase that is absent.
    """

    psd: str
    solid_content_percent: float
    replicates: int
    am_radius_m: float | None
    sigma_cbd_s_per_m: float
    estimates: dict[str, Estimate]

    @property
    def label(self) -> str:
        return f"{self.psd}, {self.solid_content_percent:g} wt.% solid content"

    def mean(self, name: str) -> float:
        return self.estimates[name].mean


def am_radius_m(recipe: Recipe) -> float | None:
    """Volume-to-surface mean radius of the AM, sum n r^3 / sum n r^2, in m; None without AM."""
    radius = np.array([[c.count, c.diameter_dry_m / 2] for c in recipe.classes if c.phase == "AM"])
    if not len(radius):
        return None
    count, r = radius.T
    return float((count * r**3).sum() / (count * r**2).sum())


def electrode(
    structure: pd.DataFrame,
    transport: pd.DataFrame,
    recipe: Recipe,
    psd: str,
    solid_content_percent: float,
    sigma_cbd_s_per_m: float,
) -> CellModelElectrode:
    """Gather one calendered electrode from the campaign's tables.

    Raises
    ------
    InputError
        A table lacks the electrode.
    """
    estimates = {}
    for name, table, wanted in (
        ("structure", structure, STRUCTURE),
        ("transport", transport, TRANSPORT),
    ):
        film = table[
            (table["state"] == "calendered")
            & (table["psd"] == psd)
            & (table["solid_content_percent"] == solid_content_percent)
        ]
        if film.empty:
            raise InputError(f"{name} table: no calendered {psd}, {solid_content_percent:g} %")
        for column, meaning in wanted.items():
            [point] = over_replicates(film, column, ELECTRODE).to_dict("records")
            if point["count"] == 0:
                continue
            width = None if np.isnan(point["half_width"]) else float(point["half_width"])
            estimates[meaning] = Estimate(float(point["mean"]), width)
    return CellModelElectrode(
        psd=psd,
        solid_content_percent=solid_content_percent,
        replicates=int(film["replicate"].nunique()),
        am_radius_m=am_radius_m(recipe),
        sigma_cbd_s_per_m=sigma_cbd_s_per_m,
        estimates=estimates,
    )
