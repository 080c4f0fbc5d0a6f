"""Voxel error: conductivities of one packing at several voxel sizes, extrapolated to none.

The staircase of a voxelised sphere moves an effective conductivity by O(h), with a scatter that
comes from which voxel centres happen to lie inside; h at the study's 0.2 um is a fifth of its
smallest particle. The order is therefore taken as one, not fitted: an order fitted to three sizes
follows the scatter. Richardson extrapolation with safety factors as in P. J. Roache, J. Fluids Eng.
116 (1994) 405-413.
"""

from dataclasses import dataclass

import numpy as np

from castline.base.errors import InputError

# Roache's safety factors, for a series that settles and for one that does not.
SAFE, UNSURE = 1.25, 3.0


@dataclass(frozen=True)
class VoxelSeries:
    """A quantity at vanishing voxel size.

    Attributes
    ----------
    value : float
        Extrapolated value, in the unit of the series; not below zero.
    uncertainty : float
        Half-width of the interval expected to hold the limit, same unit.
    settles : bool
        Whether the series is monotone with shrinking steps. If not, the uncertainty is wide.
    relative_error : tuple of float
        (value at a voxel size - extrapolated) / extrapolated, from the coarsest to the finest; NaN
        where the extrapolated value is zero.
    """

    value: float
    uncertainty: float
    settles: bool
    relative_error: tuple[float, ...]


def extrapolate_voxel_series(voxel_sizes_m, values):
    """Extrapolate a voxel series to vanishing voxel size.

    Parameters
    ----------
    voxel_sizes_m : sequence of at least 3 floats
        Voxel edge lengths in metre, in any order, all different.
    values : sequence of float
        The quantity at each of them, for example sigma_e in S/m; not negative.

    Returns
    -------
    VoxelSeries
        First-order extrapolation of the two finest sizes, judged by the three finest.

    Raises
    ------
    InputError
        If there are fewer than three sizes, two are equal, or a number is not finite, a size not
        positive or a value negative.
    """
    sizes = np.asarray(voxel_sizes_m, dtype=np.float64)
    values = np.asarray(values, dtype=np.float64)
    if sizes.ndim != 1 or sizes.size < 3 or sizes.shape != values.shape:
        raise InputError(
            f"a voxel series needs at least three sizes with a value each, got {sizes.size} sizes "
            f"and {values.size} values"
        )
    if not (np.isfinite(sizes).all() and (sizes > 0).all() and np.unique(sizes).size == sizes.size):
        raise InputError(f"voxel sizes must be positive and different, got {sizes.tolist()}")
    if not (np.isfinite(values).all() and (values >= 0).all()):
        raise InputError(f"values must be finite and not negative, got {values.tolist()}")
    coarse_to_fine = np.argsort(-sizes)
    sizes, values = sizes[coarse_to_fine], values[coarse_to_fine]

    correction = float((values[-1] - values[-2]) / (sizes[-2] / sizes[-1] - 1))
    limit = max(0.0, float(values[-1]) + correction)
    coarse_step, fine_step = values[-2] - values[-3], values[-1] - values[-2]
    settles = bool(coarse_step * fine_step >= 0 and abs(fine_step) <= abs(coarse_step))
    spread = abs(correction) if settles else max(abs(correction), float(np.ptp(values[-3:])) / 2)
    return VoxelSeries(
        value=limit,
        uncertainty=(SAFE if settles else UNSURE) * spread,
        settles=settles,
        relative_error=tuple(float(value / limit - 1) if limit else np.nan for value in values),
    )
