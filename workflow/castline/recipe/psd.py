"""Particle size distributions by volume, and their discretisation into size classes."""

import csv
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from statistics import NormalDist

import numpy as np

from castline.base.errors import InputError
from castline.base.files import read_text

MAX_BYTES = 1_000_000
CSV_COLUMNS = ("diameter_um", "volume_fraction")


@dataclass(frozen=True)
class SizeClasses:
    """Diameters (m, ascending) and the volume fraction that each carries (sums to 1)."""

    diameter_m: np.ndarray
    volume_fraction: np.ndarray


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


def from_csv(path: str | Path) -> SizeClasses:
    """Read size classes from a CSV with columns diameter_um and volume_fraction.

    Raises
    ------
    InputError
        Missing file or column, no row, a value that is not positive and finite, repeated
        diameters, or fractions that do not sum to 1 within 1e-6.
    """
    try:
        reader = csv.DictReader(
            read_text(path, MAX_BYTES).splitlines(), skipinitialspace=True, restkey="", strict=True
        )
        rows = list(reader)
    except (csv.Error, InputError) as error:
        raise InputError(f"PSD {path}: cannot be read as CSV ({error})") from error
    missing = [c for c in CSV_COLUMNS if c not in (reader.fieldnames or [])]
    if missing:
        raise InputError(f"PSD {path}: missing column {missing[0]}; needs {', '.join(CSV_COLUMNS)}")
    if not rows:
        raise InputError(f"PSD {path}: no rows; needs at least one size class")
    classes = sorted(
        tuple(_positive(row[column], f"PSD {path}, line {k}: {column}") for column in CSV_COLUMNS)
        for k, row in enumerate(rows, start=2)
    )
    diameter, fraction = np.array(classes).T
    if (np.diff(diameter) == 0).any():
        twice = diameter[1:][np.diff(diameter) == 0][0]
        raise InputError(f"PSD {path}: diameter_um = {twice:g} appears twice; each class once")
    if abs(fraction.sum() - 1.0) > 1e-6:
        raise InputError(f"PSD {path}: volume_fraction sums to {fraction.sum():.6g}; must sum to 1")
    return SizeClasses(diameter * 1e-6, fraction / fraction.sum())


def _positive(text: str | None, where: str) -> float:
    try:
        value = float(text)
    except (TypeError, ValueError):
        value = float("nan")
    if not (isfinite(value) and value > 0):
        raise InputError(f"{where} = {text!r}; must be a positive number")
    return value
