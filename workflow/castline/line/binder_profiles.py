"""Carbon and binder along the height of a film dried at a rate, beside the equation's.

The spheres follow `castline.line.migration` cell by cell; here the same equation is solved by the
method of lines, without them, for the height that the film had while it dried.
"""

import numpy as np
import pandas as pd
from scipy.integrate import solve_ivp

from castline.line.evaporation import LED
from castline.line.stage import Result
from castline.recipe.phases import Phase
from castline.recipe.recipe import Recipe

PARTS = 10
CELLS = 400


def profile_rows(recipe: Recipe, slurry: Result, dried: Result, peclet: float) -> pd.DataFrame:
    """Rows of the table `binder_profiles` of one film, from the collector to the surface.

    Parameters
    ----------
    slurry : that was dried.
    dried : result of `castline.line.drying.dry` at a rate, with this Peclet number.
    """
    wet_um = float(slurry.state.lengths_m[2]) * 1e6
    solids = recipe.skeleton_volume_m3 / recipe.slurry_volume_m3
    ends = dried.tables["drying_history"].groupby("solvent_left", sort=False).last()
    # Where the solvent begins to sink into the pores, the liquid leads nothing upwards any more.
    ends = ends.loc[: ends.index[ends["saturation"] < LED][0]]
    times = (1 - solids) * (1 - ends.index.to_numpy())
    heights = ends["thickness_um"].to_numpy() / wet_um
    return pd.DataFrame(
        {
            "peclet": peclet,
            "part": (np.arange(PARTS) + 0.5) / PARTS,
            **film_profiles(recipe, dried),
            "equation": equation_profile(solids, times, heights, peclet)
            .reshape(PARTS, -1)
            .mean(axis=1),
            "thickness_um": float(dried.state.lengths_m[2]) * 1e6,
            "core_seconds": dried.summary["cost"]["core_seconds"],
        }
    )


def film_profiles(recipe: Recipe, dried: Result) -> dict[str, np.ndarray]:
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


def equation_profile(
    solids: float, times: np.ndarray, heights: np.ndarray, peclet: float
) -> np.ndarray:
    """(CELLS,) binder per height over its mean at the last of the times.

    Parameters
    ----------
    solids : volume fraction of the solids in the slurry.
    times : (n,) of drying, from 0, in units of H0 / E: the liquid alone is 1 - solids - t high.
    heights : (n,) of the film at these times, over that of the wet film.
    peclet : E H0 / D.
    """
    faces = np.arange(1, CELLS) / CELLS

    def rate(time, profile):
        height = np.interp(time, times, heights)
        advected = faces / (1 - solids - time) * (profile[1:] + profile[:-1]) / 2
        flux = np.zeros(CELLS + 1)
        flux[1:-1] = advected - np.diff(profile) * CELLS / (peclet * height**2)
        return -np.diff(flux) * CELLS

    found = solve_ivp(
        rate, (0, times[-1]), np.ones(CELLS), method="LSODA", lband=1, uband=1, rtol=1e-8,
        atol=1e-10, max_step=np.diff(times).max(),
    )  # fmt: skip
    return found.y[:, -1]
