"""Is an image large enough: a value on sub-volumes of falling size, with its scatter."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from scipy.special import stdtrit

from castline.base.errors import InputError


@dataclass(frozen=True)
class Subvolumes:
    """A value on the equal sub-volumes of one size.

    Attributes
    ----------
    shape : tuple of int
        Voxels of one sub-volume along x, y, z.
    count : int
    mean, deviation : float
        Mean and sample standard deviation over the sub-volumes.
    low, high : float
        Student's 95 % interval of the mean, the sub-volumes taken as independent.
    """

    shape: tuple[int, int, int]
    count: int
    mean: float
    deviation: float
    low: float
    high: float


def over_subvolumes(
    shape: Sequence[int],
    value: Callable[[tuple[slice, slice, slice]], float],
    divisions: Sequence[int] = (2, 3, 4),
) -> list[Subvolumes]:
    """A value on the sub-volumes that an image is cut into, for several sizes.

    Parameters
    ----------
    shape : 3 ints
        Of the image.
    value : callable
        The value on the part of the image that three slices give.
    divisions : sequence of int
        Parts along each axis. What does not divide evenly is left over at the end.

    Raises
    ------
    InputError
        If a division is below 2 or leaves less than 2 voxels along an axis.
    """
    found = []
    for parts in divisions:
        edges = [n // parts for n in shape]
        if parts < 2 or min(edges) < 2:
            raise InputError(
                f"an image of {' x '.join(map(str, shape))} voxels cannot be cut into {parts} "
                "parts of at least 2 voxels along each axis"
            )
        values = np.array(
            [
                value(tuple(slice(p * n, (p + 1) * n) for p, n in zip(place, edges, strict=True)))
                for place in product(range(parts), repeat=3)
            ]
        )
        mean, deviation = values.mean(), values.std(ddof=1)
        half = stdtrit(len(values) - 1, 0.975) * deviation / np.sqrt(len(values))
        found.append(
            Subvolumes(
                tuple(edges),
                len(values),
                *(float(number) for number in (mean, deviation, mean - half, mean + half)),
            )
        )
    return found
