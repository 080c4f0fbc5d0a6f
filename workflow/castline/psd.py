"""Particle size distributions by volume, and their discretisation into size classes."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import norm

from castline.errors import InputError

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
    edges = norm.ppf(np.linspace(0.0, 1.0, classes + 1))
    # the number distribution is the volume distribution shifted by -3 sigma^2 in ln(diameter)
    number_per_volume = np.exp(4.5 * sigma**2) * np.diff(norm.cdf(edges + 3 * sigma))
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
        table = pd.read_csv(path)
    except (OSError, ValueError) as error:
        raise InputError(f"PSD {path}: cannot be read as CSV ({error})") from error
    missing = [c for c in CSV_COLUMNS if c not in table.columns]
    if missing:
        raise InputError(f"PSD {path}: missing column {missing[0]}; needs {', '.join(CSV_COLUMNS)}")
    if table.empty:
        raise InputError(f"PSD {path}: no rows; needs at least one size class")
    for column in CSV_COLUMNS:
        values = pd.to_numeric(table[column], errors="coerce")
        bad = ~(np.isfinite(values) & (values > 0))
        if bad.any():
            row = int(np.argmax(bad))
            raise InputError(
                f"PSD {path}, line {row + 2}: {column} = {table[column].iloc[row]!r}; "
                "must be a positive number"
            )
    table = table.astype(float).sort_values("diameter_um")
    if table["diameter_um"].duplicated().any():
        twice = table.loc[table["diameter_um"].duplicated(), "diameter_um"].iloc[0]
        raise InputError(f"PSD {path}: diameter_um = {twice:g} appears twice; each class once")
    total = float(table["volume_fraction"].sum())
    if abs(total - 1.0) > 1e-6:
        raise InputError(f"PSD {path}: volume_fraction sums to {total:.6g}; must sum to 1")
    return SizeClasses(
        table["diameter_um"].to_numpy() * 1e-6, table["volume_fraction"].to_numpy() / total
    )
