"""Particle size distributions by volume, and their discretisation into size classes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import NormalDist

import numpy as np


@dataclass(frozen=True)
class SizeClasses:
    """Diameters (m, ascending) and the volume fraction that each carries (sums to 1).

    The notes say what was changed on reading a file.
    """

    diameter_m: np.ndarray
    volume_fraction: np.ndarray
    notes: tuple[str, ...] = field(default=(), repr=False, compare=False)


def monodisperse(diameter_m: float) -> SizeClasses:
    """All volume at one diameter (m)."""
    return SizeClasses(np.array([diameter_m]), np.array([1.0]))


def log_normal(d50_m: float, sigma: float, classes: int) -> SizeClasses:
    """Log-normal volume distribution cut into classes of equal volume.

    Each class takes the diameter that keeps both its volume and its number of particles, so the
    total particle count of the continuous distribution, 6 V exp(4.5 sigma^2) / (pi d50^3), is kept.

    Parameters
    ----------
    d50_m : volumetric median diameter in m.
    sigma : standard deviation of ln(diameter); 0 is a monodisperse powder.
    classes : number of classes.
    """
    if sigma == 0:
        return monodisperse(d50_m)
    normal = NormalDist()
    edges = [normal.inv_cdf(k / classes) for k in range(1, classes)]
    # the number distribution is the volume distribution shifted by -3 sigma^2 in ln(diameter)
    below = [0.0, *(normal.cdf(edge + 3 * sigma) for edge in edges), 1.0]
    number_per_volume = np.exp(4.5 * sigma**2) * np.diff(below)
    volume_fraction = np.full(classes, 1.0 / classes)
    diameter = d50_m * (volume_fraction / number_per_volume) ** (1 / 3)
    return SizeClasses(diameter, volume_fraction)


def mixed(parts: Sequence[SizeClasses], volumes: Sequence[float]) -> SizeClasses:
    """Several powders as one distribution.

    Parameters
    ----------
    parts : the powders.
    volumes : how much of each, in any one unit.
    """
    diameter = np.concatenate([part.diameter_m for part in parts])
    fraction = np.concatenate(
        [part.volume_fraction * volume for part, volume in zip(parts, volumes, strict=True)]
    )
    order = np.argsort(diameter, kind="stable")
    notes = tuple(note for part in parts for note in part.notes)
    return SizeClasses(diameter[order], fraction[order] / fraction.sum(), notes)


def percentile_m(sizes: SizeClasses, share: float) -> float | None:
    """Diameter (m) below which this share of the volume lies, or None beyond the outermost classes.

    Interpolated in the logarithm of the diameter between classes, each of which counts half below
    its diameter.
    """
    middle = np.cumsum(sizes.volume_fraction) - sizes.volume_fraction / 2
    if not middle[0] <= share <= middle[-1]:
        return None
    return float(np.exp(np.interp(share, middle, np.log(sizes.diameter_m))))


def mean_diameter_m(sizes: SizeClasses, p: int, q: int) -> float:
    """Moment mean D[p, q] (m) of ISO 9276-2: D[4, 3] by volume, D[3, 2] by surface (Sauter)."""
    number = sizes.volume_fraction / sizes.diameter_m**3
    moments = [float(np.sum(number * sizes.diameter_m**k)) for k in (p, q)]
    return (moments[0] / moments[1]) ** (1.0 / (p - q))
