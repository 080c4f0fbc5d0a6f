"""Which input limits a film: elasticities of its capacity, energy and overpotential."""

from dataclasses import replace
from itertools import groupby

import numpy as np
import pandas as pd

from castline.base.errors import InputError
from castline.cell.discharge import COARSE_GRID, Curve, discharge
from castline.cell.film import (
    Faces,
    Film,
    capacity_per_area,
    mean_film,
    no_path,
    thicknesses_m,
)
from castline.cell.parameters import stoichiometry_at_start
from castline.cell.settings import CellConfig
from castline.results.schema import TABLES

Point = tuple[Film, CellConfig]


def scaled_inputs(film: Film, config: CellConfig, bulk: float, factor: float) -> dict[str, Point]:
    """Film and config with one input, by its name, times a factor, and all others as they are.

    The contact area stands for the exchange current, too, and the AM's size for its diffusivity: as
    the model has it, only their product and size^2 / diffusivity count.

    Parameters
    ----------
    bulk : conductivity of the SE, S/m.
    """

    def of_film(name: str) -> Point:
        return replace(film, **{name: factor * getattr(film, name)}), config

    separator = config.separator_conductivity_ms_per_cm or 10 * bulk
    return {
        "sigma_e": of_film("sigma_e_s_per_m"),
        "sigma_ion": of_film("sigma_ion_s_per_m"),
        "contact_area": of_film("contact_area_per_m"),
        "am_size": (film.with_particles(factor), config),
        "thickness": of_film("thickness_m"),
        "separator_conductivity": (
            film,
            config.model_copy(update={"separator_conductivity_ms_per_cm": factor * separator}),
        ),
    }


def observables(curve: Curve) -> dict[str, float]:
    """What a manufacturer looks at, per volume of AM or as it is."""
    charge, voltage = float(curve.capacity_ah_per_m2[-1]), float(curve.mean(curve.voltage_v))
    loss = float(curve.mean(curve.open_circuit_v)) - voltage
    return {"capacity": charge, "energy": charge * voltage, "loss": loss}


def elasticities(
    film: Film,
    config: CellConfig,
    se_bulk_conductivity_s_per_m: float,
    c_rates: list[float],
    grid: tuple[int, int] = COARSE_GRID,
) -> list[dict]:
    """Relative change of capacity, energy and mean overpotential over that of an input.

    Central differences in the logarithm, by `sensitivity_percent`. A thicker film at the same C
    rate carries more current; its capacity and energy are taken per thickness.

    Returns
    -------
    list of dict
        The columns ``c_rate``, ``input``, ``elasticity_*`` and ``*`` of the table; a rate at which
        one of the films gives nothing is left out.

    Raises
    ------
    InputError
        See `castline.cell.discharge.discharge`.
    """
    change = 1 + config.sensitivity_percent / 100
    bulk = se_bulk_conductivity_s_per_m

    def found(point: Point) -> list[dict[str, float]]:
        curves = discharge(*point, bulk, c_rates, grid, losses=False)
        return [
            {
                name: value if name == "loss" else value / point[0].thickness_m
                for name, value in observables(curve).items()
            }
            for curve in curves
        ]

    own = found((film, config))
    nominal = 10 * capacity_per_area(film, config, stoichiometry_at_start(config))
    above = scaled_inputs(film, config, bulk, change)
    below = scaled_inputs(film, config, bulk, 1 / change)
    rows = []
    for name in above:
        ends = zip(c_rates, found(above[name]), found(below[name]), own, strict=True)
        for rate, high, low, here in ends:
            if not min(high["capacity"], low["capacity"], here["capacity"]) > 0:
                continue
            slopes = {
                f"elasticity_{what}": np.log(high[what] / low[what]) / (2 * np.log(change))
                for what in here
            }
            used = here["capacity"] * film.thickness_m / nominal
            row = {"c_rate": rate, "input": name, "utilisation": used, **slopes}
            rows.append({**row, "loss_mv": 1e3 * here["loss"]})
    return rows


def sensitivity_table(
    films: list[tuple[dict, Film, Faces]], config: CellConfig, se_bulk_conductivity_s_per_m: float
) -> pd.DataFrame:
    """Elasticities of every electrode, of the mean of its replicates at the largest thickness.

    Parameters
    ----------
    films : as of `castline.cell.film.films`.

    Returns
    -------
    pandas.DataFrame
        The table `cell_sensitivity`. Electrodes of which no film can be discharged have no row.
    """
    start = stoichiometry_at_start(config)
    rows = []
    for keys, electrode in electrodes(films, config, start):
        try:
            found = elasticities(electrode, config, se_bulk_conductivity_s_per_m, config.c_rates)
        except InputError:
            continue  # its reason is in the table discharge
        rows += [{**keys, **row} for row in found]
    return pd.DataFrame(rows, columns=list(TABLES["cell_sensitivity"].columns))


def electrodes(
    films: list[tuple[dict, Film, Faces]], config: CellConfig, stoichiometry_start: float
) -> list[tuple[dict, Film]]:
    """Each electrode as the mean of its replicates that have a path, at the largest thickness."""

    def key(entry) -> tuple[str, float, str]:
        keys = entry[0]
        return keys["psd"], keys["solid_content_percent"], keys["state"]

    found = []
    for (psd, content, state), group in groupby(sorted(films, key=key), key):
        grown = []
        for _, film, faces in group:
            if no_path(film):
                continue
            thickness_m = max(thicknesses_m(film, config, stoichiometry_start))
            try:
                grown.append(faces.grown(film, thickness_m))
            except InputError:
                continue
        if grown:
            mean = mean_film(grown)
            keys = {"psd": psd, "solid_content_percent": content, "state": state}
            keys |= {"n_replicates": len(grown), "thickness_um": mean.thickness_m * 1e6}
            found.append((keys, mean))
    return found
