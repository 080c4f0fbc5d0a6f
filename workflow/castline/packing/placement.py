"""Random placement of spheres without overlap."""

from collections.abc import Sequence

import numpy as np

from castline.base.errors import SimulationError
from castline.packing.state import ParticleState, initial_arrays
from castline.recipe.recipe import Recipe

MAX_TRIES = 20_000


def box_lengths(recipe: Recipe, packing_fraction: float, aspect: Sequence[float]) -> np.ndarray:
    """(3,) lengths in m of a box of the given aspect in which spheres fill `packing_fraction`."""
    aspect = np.asarray(aspect, float)
    volume = recipe.slurry_volume_m3 / packing_fraction
    return aspect * (volume / aspect.prod()) ** (1 / 3)


def place(recipe: Recipe, lengths_m: Sequence[float], seed: int) -> ParticleState:
    """Random sequential addition of the slurry particles in a periodic box, largest first.

    Raises
    ------
    SimulationError
        A particle finds no free place in `MAX_TRIES` attempts: the box is too small.
    """
    rng = np.random.default_rng(seed)
    lengths = np.asarray(lengths_m, float)
    arrays = initial_arrays(recipe, dry=False)
    radius = arrays["diameter_m"] / 2
    order = np.argsort(-radius, kind="stable")
    position = np.empty((len(radius), 3))
    for k, i in enumerate(order):
        placed = order[:k]
        for _ in range(MAX_TRIES):
            trial = rng.uniform(0.0, lengths)
            gap = np.abs(position[placed] - trial)
            gap = np.minimum(gap, lengths - gap)
            if np.all((gap**2).sum(axis=1) >= (radius[placed] + radius[i]) ** 2):
                position[i] = trial
                break
        else:
            raise SimulationError(
                f"placement: no room for particle {k + 1} of {len(order)}; enlarge the box "
                f"(now {' x '.join(f'{x * 1e6:.3g}' for x in lengths)} um)"
            )
    return ParticleState(
        low_m=np.zeros(3),
        high_m=lengths,
        periodic=(True, True, True),
        position_m=position,
        **arrays,
    )
