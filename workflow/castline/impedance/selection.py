"""Which points of a spectrum are fitted: frequency window, named points, outliers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from castline.base.errors import InputError
from castline.impedance.fit import check_spectrum
from castline.impedance.kramers_kronig import KRAMERS_KRONIG_TOLERANCE, find_outliers
from castline.impedance.spectra import Spectrum

# Reasons why a point is left out, as they stand in the tables.
OUTSIDE_WINDOW = "outside frequency_window_hz"
NAMED = "in leave_out_hz"
OUTLIER = "outlier"
# A frequency that is named means the point within this relative distance of it.
FREQUENCY_MATCH = 0.01
MIN_POINTS = 10


@dataclass(frozen=True)
class Selection:
    """A spectrum without its rest rows, and why some of its points are not fitted.

    Attributes
    ----------
    spectrum : Spectrum
        Of n points.
    left_out : numpy.ndarray of str, shape (n,)
        Empty for a point that is fitted, else `OUTSIDE_WINDOW`, `NAMED` or `OUTLIER`.
    summary : str
        All of it in one line, with the deviation of every outlier; empty where nothing is left out.
    """

    spectrum: Spectrum
    left_out: np.ndarray
    summary: str

    @property
    def used(self) -> np.ndarray:
        """Whether a point is fitted, shape (n,)."""
        return self.left_out == ""


def select_points(
    spectrum: Spectrum,
    window_hz: tuple[float, float] | None = None,
    leave_out_hz: Sequence[float] = (),
    drop_outliers: bool = True,
    tolerance: float = KRAMERS_KRONIG_TOLERANCE,
) -> Selection:
    """Check a spectrum and choose the points to fit.

    Rows at zero frequency, which instruments write while they rest, are no points of a spectrum.

    Parameters
    ----------
    spectrum : Spectrum
    window_hz : (low, high), optional
        Points within, ends included, are used.
    leave_out_hz : sequence of float
        Frequencies of points to leave out; each means the nearest one, within 1 %.
    drop_outliers : bool
        Leave out what `castline.impedance.kramers_kronig.find_outliers` finds among the rest.
    tolerance : float
        Its smallest relative deviation.

    Raises
    ------
    InputError
        A point cannot be used, a named frequency has no point, or fewer than ten points remain.
    """
    at_rest = spectrum.frequency_hz == 0
    lines = np.array(spectrum.lines, dtype=int)
    spectrum = replace(
        spectrum,
        frequency_hz=spectrum.frequency_hz[~at_rest],
        impedance_ohm=spectrum.impedance_ohm[~at_rest],
        lines=tuple(lines[~at_rest].tolist()) if lines.size else (),
    )
    if not spectrum.frequency_hz.size:
        raise InputError(f"{spectrum.path}: no point at a frequency above zero")
    frequency_hz, impedance_ohm = check_spectrum(
        spectrum.frequency_hz, spectrum.impedance_ohm, spectrum.location
    )
    left_out = np.full(frequency_hz.size, "", dtype=object)
    if window_hz is not None:
        low, high = window_hz
        left_out[(frequency_hz < low) | (frequency_hz > high)] = OUTSIDE_WINDOW
    for named_hz in leave_out_hz:
        index = _nearest(spectrum, named_hz)
        left_out[index] = left_out[index] or NAMED
    used = left_out == ""
    if used.sum() < MIN_POINTS:
        raise InputError(
            f"{spectrum.path}: {used.sum()} of {used.size} points are left by frequency_window_hz "
            f"and leave_out_hz, a fit needs {MIN_POINTS}"
        )
    deviation = np.zeros(frequency_hz.size)
    if drop_outliers:
        deviation[used] = find_outliers(frequency_hz[used], impedance_ohm[used], tolerance)
        left_out[deviation > 0] = OUTLIER
    return Selection(spectrum, left_out, _summary(frequency_hz, left_out, deviation, at_rest.sum()))


def _nearest(spectrum, named_hz) -> int:
    distance = np.abs(spectrum.frequency_hz / named_hz - 1.0)
    index = int(np.argmin(distance))
    if distance[index] > FREQUENCY_MATCH:
        raise InputError(
            f"{spectrum.path}: leave_out_hz: {named_hz:g} Hz: no point within "
            f"{FREQUENCY_MATCH:.0%}, the nearest is {spectrum.frequency_hz[index]:.6g} Hz"
        )
    return index


def _summary(frequency_hz, left_out, deviation, n_rest) -> str:
    parts = []
    if n_rest:
        parts.append(f"{n_rest} at rest (0 Hz)")
    if outside := np.sum(left_out == OUTSIDE_WINDOW):
        parts.append(f"{outside} {OUTSIDE_WINDOW}")
    if (left_out == NAMED).any():
        named = ", ".join(f"{frequency:.6g} Hz" for frequency in frequency_hz[left_out == NAMED])
        parts.append(f"{named} {NAMED}")
    if (left_out == OUTLIER).any():
        found = left_out == OUTLIER
        outliers = ", ".join(
            f"{frequency:.6g} Hz by {share:.0%}"
            for frequency, share in zip(frequency_hz[found], deviation[found], strict=True)
        )
        parts.append(f"outliers off the Kramers-Kronig chain: {outliers}")
    return "; ".join(parts)
