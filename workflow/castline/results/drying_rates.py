"""What the drying rate leaves in films: where their carbon and binder lie, and what they conduct.

Only campaigns with `matrix.drying_rates` have this table.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from castline.recipe.electrode import split_powder
from castline.results.schema import KEYS, TABLES

# Height of the layer that holds the film on its current collector, um.
ADHESION_LAYER_UM = 2.0
FILMS = ("dried", "calendered", "assembled")
NEEDS = {
    "profiles": [*KEYS, "state", "z_um", "cbd"],
    "structure": [*KEYS, "state", "thickness_um", "density_g_per_cm3"],
    "transport": [*KEYS, "state", "sigma_e_s_per_m", "sigma_ion_s_per_m"],
}


def carbon_and_binder(profile: pd.DataFrame, thickness_um: float) -> dict[str, float]:
    """Where the CBD of a film lie.

    Parameters
    ----------
    profile : slabs of equal height from the collector up: z_um (centres), cbd (volume fraction).
    thickness_um : height of the film.

    Returns
    -------
    cbd_in_adhesion_layer, its mean volume fraction in the lowest `ADHESION_LAYER_UM` (in all of a
    thinner film); cbd_in_film, in the whole; cbd_upper_over_lower, in the upper half over that in
    the lower; cbd_mean_height, over the film's.
    """
    ordered = profile.sort_values("z_um")
    z, cbd = ordered["z_um"].to_numpy(), ordered["cbd"].to_numpy()
    edges = np.linspace(0.0, thickness_um, len(z) + 1)
    in_layer = np.clip(ADHESION_LAYER_UM - edges[:-1], 0.0, np.diff(edges))
    upper = np.clip(edges[1:] - thickness_um / 2, 0.0, np.diff(edges)) / np.diff(edges)
    return {
        "cbd_in_adhesion_layer": float((cbd * in_layer).sum() / in_layer.sum()),
        "cbd_in_film": float(cbd.mean()),
        "cbd_upper_over_lower": float((cbd * upper).sum() / (cbd * (1 - upper)).sum()),
        "cbd_mean_height": float((cbd * z).sum() / cbd.sum() / thickness_um),
    }


def drying_rate_table(
    profiles: pd.DataFrame,
    structure: pd.DataFrame,
    transport: pd.DataFrame,
    rates: Mapping[str, float],
) -> pd.DataFrame:
    """One row for each film of each replicate, with its drying rate.

    Parameters
    ----------
    profiles, structure, transport : tables with the columns `NEEDS`.
    rates : drying rates, um/s, by name.
    """
    keys = [*KEYS, "state"]
    films = structure[structure["state"].isin(FILMS)][[*NEEDS["structure"]]]
    slabs = dict(list(profiles.groupby(keys)))
    rows = [
        {
            **film,
            "psd": split_powder(film["psd"])[0],
            "drying_rate": split_powder(film["psd"])[1],
            "drying_rate_um_per_s": rates[split_powder(film["psd"])[1]],
            **carbon_and_binder(slabs[tuple(film[key] for key in keys)], film["thickness_um"]),
        }
        for film in films.to_dict("records")
    ]
    found = pd.DataFrame(rows)
    conducts = transport[NEEDS["transport"]].copy()
    conducts["drying_rate"] = [split_powder(powder)[1] for powder in conducts["psd"]]
    conducts["psd"] = [split_powder(powder)[0] for powder in conducts["psd"]]
    by = [*keys, "drying_rate"]
    found = found.merge(conducts, how="left", on=by, validate="one_to_one")
    table = TABLES["drying_rates"]
    return found[list(table.columns)].sort_values(list(table.keys), ignore_index=True)
