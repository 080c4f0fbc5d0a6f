"""The CBD conductivity that brings simulated to measured electronic conductivities.

The images stay, the conductivity of the CBD is found by root finding on transport solves: sigma_e
grows with it, nearly in proportion where the CBD percolates. The study did so on AM_1. Cells are
measured under their own pressure: the images are those of films in the assembled cell.

Intervals are to first order in logarithms, with the slope b = d ln sigma_e / d ln sigma_CBD at the
root. Two parts add in quadrature: the measurement (scatter over cells and the uncertainty of each)
and the simulation (scatter over replicates), each as 95 % half width over b.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import stdtrit

from castline.recipe.recipe import Recipe
from castline.results.schema import TABLES
from castline.transport.film import phase_conductivities, phase_interfaces
from castline.transport.settings import TransportConfig
from castline.transport.solve import effective_conductivity

# Where the CBD conductivity is sought, S/m.
LOWEST, HIGHEST = 1e-3, 5e3
ROOT_TOLERANCE = 1e-4  # in ln sigma_CBD
SLOPE_STEP = 0.1  # in ln sigma_CBD
ELECTRODE = ["psd", "solid_content_percent"]
NEEDS = [
    *(*ELECTRODE, "state", "data_origin", "n_cells"),
    *(
        f"sigma_e_{method}_{statistic}_s_per_m"
        for method in ("impedance", "dc")
        for statistic in ("mean", "std", "mean_uncertainty")
    ),
]
ALL_CONTENTS = "all"


@dataclass(frozen=True)
class Film:
    """Label image (nx, ny, nz) of one replicate in its cell, voxel edges in m, and its recipe.

    `particles` as of `castline.transport.film.phase_interfaces`.
    """

    replicate: int
    image: np.ndarray
    spacing_m: tuple[float, float, float]
    recipe: Recipe
    particles: np.ndarray | None = None

    def sigma_e(self, cbd_s_per_m: float, settings: TransportConfig) -> float:
        """Electronic conductivity along z, S/m, with another (dry) CBD conductivity."""
        other = settings.model_copy(update={"sigma_cbd_s_per_m": cbd_s_per_m})
        electronic, _ = phase_conductivities(self.image, self.spacing_m, self.recipe, other)
        faces, _ = phase_interfaces(self.image, self.particles, self.spacing_m, settings)
        return effective_conductivity(
            electronic[self.image], self.spacing_m, face_resistance_ohm_m2=faces
        ).value_s_per_m


@dataclass(frozen=True)
class Measured:
    """Measured electronic conductivity of one electrode: mean over cells, its parts of error.

    `half_width_95` in S/m; over one cell without scatter between cells.
    """

    value_s_per_m: float
    half_width_95: float
    cells: int


def measured_conductivity(row: pd.Series) -> Measured | None:
    """From a row of the table of measured electrodes; impedance before DC, None without either."""
    for method in ("impedance", "dc"):
        value = row[f"sigma_e_{method}_mean_s_per_m"]
        if pd.isna(value):
            continue
        n = int(row["n_cells"])
        half = 1.96 * row[f"sigma_e_{method}_mean_uncertainty_s_per_m"]
        scatter = row[f"sigma_e_{method}_std_s_per_m"]
        if n > 1 and not pd.isna(scatter):
            half = math.hypot(half, stdtrit(n - 1, 0.975) * scatter / math.sqrt(n))
        return Measured(float(value), float(half), n)
    return None


def find_conductivity(sigma_e: Callable[[float], float], wanted: float, start: float) -> float:
    """The CBD conductivity, S/m, at which `sigma_e` of it is `wanted`.

    Raises
    ------
    ValueError
        No conductivity between LOWEST and HIGHEST does; the message says on which side.
    """
    known: dict[float, float] = {}

    def excess(log_cbd: float) -> float:
        if log_cbd not in known:
            value = sigma_e(math.exp(log_cbd))
            known[log_cbd] = math.log(value / wanted) if value > 0 else -math.inf
        return known[log_cbd]

    bounds = math.log(LOWEST), math.log(HIGHEST)
    here = math.log(start)
    if not math.isinf(excess(here)):
        there = float(np.clip(here - 1.3 * excess(here), *bounds))
        if excess(here) * excess(there) <= 0:
            return math.exp(brentq(excess, here, there, xtol=ROOT_TOLERANCE))
    low, high = (excess(bound) for bound in bounds)
    if low > 0:
        raise ValueError("the active material alone carries more than was measured")
    if high < 0:
        raise ValueError(f"not even a CBD of {HIGHEST:g} S/m carries what was measured")
    return math.exp(brentq(excess, *bounds, xtol=ROOT_TOLERANCE))


def refit_electrode(films: list[Film], measured: Measured, settings: TransportConfig) -> dict:
    """Conductivity at which the mean over replicates meets the measured value.

    Returns
    -------
    The columns of the table `cbd_refit` from `n_cells` on; a status `failed` with its reason where
    no conductivity meets it.
    """
    solved: dict[float, np.ndarray] = {}

    def replicates(cbd: float) -> np.ndarray:
        if cbd not in solved:
            solved[cbd] = np.array([film.sigma_e(cbd, settings) for film in films])
        return solved[cbd]

    def mean(cbd: float) -> float:
        return float(replicates(cbd).mean())

    n = len(films)
    row = {
        "n_cells": measured.cells,
        "n_replicates": n,
        "sigma_e_measured_s_per_m": measured.value_s_per_m,
        "sigma_e_simulated_s_per_m": mean(settings.sigma_cbd_s_per_m),
    }
    try:
        root = find_conductivity(mean, measured.value_s_per_m, settings.sigma_cbd_s_per_m)
    except ValueError as error:
        return {**row, "status": "failed", "reason": str(error)}
    near = replicates(root)
    slope = math.log(mean(root * math.exp(SLOPE_STEP)) / near.mean()) / SLOPE_STEP
    parts = [measured.half_width_95 / measured.value_s_per_m / slope]
    covers = "measurement"
    if n > 1:
        scatter = np.std(near, ddof=1) / math.sqrt(n) / near.mean()
        parts.append(float(stdtrit(n - 1, 0.975) * scatter / slope))
        covers = "measurement and replicates"
    width = math.exp(math.hypot(*parts))
    return {
        **row,
        "cbd_conductivity_s_per_m": root,
        "cbd_conductivity_low_95_s_per_m": root / width,
        "cbd_conductivity_high_95_s_per_m": root * width,
        "measurement_percent": 100 * parts[0],
        "simulation_percent": 100 * parts[1] if n > 1 else None,
        "interval_covers": covers,
        "status": "ok",
        "reason": "",
    }


def refit_distribution(rows: list[dict]) -> dict:
    """One CBD conductivity for all solid contents of a distribution, as the study fitted AM_1.

    The geometric mean of the electrodes' values; its interval is Student's t over the electrodes.
    """
    logs = np.log([row["cbd_conductivity_s_per_m"] for row in rows])
    n = len(logs)
    half = stdtrit(n - 1, 0.975) * np.std(logs, ddof=1) / math.sqrt(n)
    return {
        "n_cells": sum(row["n_cells"] for row in rows),
        "n_replicates": min(row["n_replicates"] for row in rows),
        "cbd_conductivity_s_per_m": math.exp(logs.mean()),
        "cbd_conductivity_low_95_s_per_m": math.exp(logs.mean() - half),
        "cbd_conductivity_high_95_s_per_m": math.exp(logs.mean() + half),
        "interval_covers": "spread over solid contents",
        "status": "ok",
        "reason": "",
    }


def refit_campaign(
    films_of: Callable[[str, float], list[Film]],
    electrodes: pd.DataFrame,
    settings: TransportConfig,
    report: Callable[[str], None] = print,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Refit every measured calendered electrode of a campaign.

    Parameters
    ----------
    films_of : gives the replicates of an electrode (distribution, solid content in percent), an
        empty list where the campaign does not have it.
    electrodes : table of measured electrodes.

    Returns
    -------
    Table `cbd_refit`: one row per electrode, and one per distribution with several (solid content
    `all`). Table `cbd_refit_sigma_e`: sigma_e of each of their replicates with its distribution's
    value.
    """
    rows, again = [], []
    calendered = electrodes[electrodes["state"] == "calendered"]
    for (psd, origin), group in calendered.groupby(["psd", "data_origin"], sort=True):
        done, films = [], {}
        for _, line in group.sort_values("solid_content_percent").iterrows():
            content = float(line["solid_content_percent"])
            measured, present = measured_conductivity(line), films_of(psd, content)
            if measured is None or not present:
                continue
            films[content] = present
            found = refit_electrode(present, measured, settings)
            key = {"psd": psd, "solid_content_percent": f"{content:g}", "data_origin": origin}
            rows.append(key | found)
            report(
                f"{psd} {content:g} %: CBD {found.get('cbd_conductivity_s_per_m', math.nan):.4g} "
                f"S/m {found['reason']}".rstrip()
            )
            if found["status"] == "ok":
                done.append(found)
        if not done:
            continue
        joint = done[0]
        if len(done) > 1:
            joint = refit_distribution(done)
            key = {"psd": psd, "solid_content_percent": ALL_CONTENTS, "data_origin": origin}
            rows.append(key | joint)
        cbd = joint["cbd_conductivity_s_per_m"]
        again += [
            {
                "psd": psd,
                "solid_content_percent": content,
                "replicate": film.replicate,
                "cbd_conductivity_s_per_m": cbd,
                "sigma_e_refitted_s_per_m": film.sigma_e(cbd, settings),
            }
            for content, present in films.items()
            for film in present
        ]
    return (
        pd.DataFrame(rows, columns=list(TABLES["cbd_refit"].columns)),
        pd.DataFrame(again, columns=list(TABLES["cbd_refit_sigma_e"].columns)),
    )
