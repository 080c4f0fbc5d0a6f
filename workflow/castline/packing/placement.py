"""Random placement of spheres without overlap."""

from collections.abc import Sequence

import numpy as np

from castline.base.errors import SimulationError
from castline.packing.state import ParticleState, initial_arrays
from castline.recipe.recipe import Recipe, sphere_volume

MAX_TRIES = 20_000


def box_lengths(
    recipe: Recipe, packing_fraction: float, aspect: Sequence[float], dry: bool = False
) -> np.ndarray:
    """(3,) lengths in m of a box of the given aspect in which spheres fill `packing_fraction`."""
    aspect = np.asarray(aspect, float)
    spheres = (
        sum(c.count * sphere_volume(c.diameter_dry_m) for c in recipe.classes)
        if dry
        else recipe.slurry_volume_m3
    )
    volume = spheres / packing_fraction
    return aspect * (volume / aspect.prod()) ** (1 / 3)


def place(
    recipe: Recipe, lengths_m: Sequence[float], seed: int, dry: bool = False
) -> ParticleState:
    """Random sequential addition of all particles in a periodic box, largest first.

    Parameters
    ----------
    dry : whether they are dry, or those of the slurry.

    Raises
    ------
    SimulationError
        A particle finds no free place in `MAX_TRIES` attempts: the box is too small.
    """
    rng = np.random.default_rng(seed)
    lengths = np.asarray(lengths_m, float)
    arrays = initial_arrays(recipe, dry)
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
