"""Which points of a spectrum are fitted, and what is said about the others."""

from pathlib import Path

import numpy as np
import pytest

from castline.base.errors import InputError
from castline.impedance.selection import select_points
from castline.impedance.spectra import Spectrum

FREQUENCY_HZ = np.geomspace(1e5, 1e-1, 43)


def spectrum(frequency_hz=FREQUENCY_HZ, **changes):
    """One arc with 0.5 % noise; ``changes`` multiply points by index, as z7=1.2."""
    noise = np.random.default_rng(2).normal(0.0, 0.005, (2, frequency_hz.size))
    impedance = 10.0 + 5.0 / (1.0 + 1j * frequency_hz / 100.0)
    impedance = impedance * (1.0 + noise[0] + 1j * noise[1])
    for name, factor in changes.items():
        impedance[int(name[1:])] *= factor
    lines = tuple(range(2, 2 + frequency_hz.size))
    return Spectrum(Path("cell.csv"), frequency_hz, impedance, lines)


def test_good_spectrum_is_used_whole():
    selection = select_points(spectrum())
    assert selection.used.all()
    assert selection.summary == ""


def test_outlier_at_mains_frequency_is_left_out_and_reported():
    index = int(np.argmin(np.abs(FREQUENCY_HZ - 50.0)))
    data = spectrum(**{f"z{index}": 1.2})
    selection = select_points(data)
    assert list(np.flatnonzero(~selection.used)) == [index]
    assert selection.left_out[index] == "outlier"
    place = f"{FREQUENCY_HZ[index]:.6g} Hz by 17%"
    assert selection.summary == f"outliers off the Kramers-Kronig chain: {place}"
    assert select_points(data, drop_outliers=False).used.all()


def test_window_and_named_points():
    selection = select_points(spectrum(), (1.0, 1e4), [FREQUENCY_HZ[20] * 1.005])
    outside = (FREQUENCY_HZ < 1.0) | (FREQUENCY_HZ > 1e4)
    assert (selection.left_out[outside] == "outside frequency_window_hz").all()
    assert selection.left_out[20] == "in leave_out_hz"
    assert selection.used.sum() == 43 - outside.sum() - 1
    assert selection.summary == (
        f"{outside.sum()} outside frequency_window_hz; {FREQUENCY_HZ[20]:.6g} Hz in leave_out_hz"
    )


def test_an_outlier_outside_the_window_does_not_count():
    selection = select_points(spectrum(z2=1.5), (1.0, 1e4))
    assert (selection.left_out != "outlier").all()


def test_rows_at_rest_are_dropped_and_lines_stay_right():
    data = spectrum(np.r_[0.0, 0.0, FREQUENCY_HZ, 0.0])
    selection = select_points(data)
    np.testing.assert_array_equal(selection.spectrum.frequency_hz, FREQUENCY_HZ)
    assert selection.spectrum.location(0) == "cell.csv:4"
    assert selection.summary == "3 at rest (0 Hz)"


@pytest.mark.parametrize(
    ("frequency_hz", "options", "message"),
    [
        (FREQUENCY_HZ, {"leave_out_hz": [70.0]}, r"cell\.csv: leave_out_hz: 70 Hz: .* nearest is"),
        (FREQUENCY_HZ, {"window_hz": (1.0, 10.0)}, r"8 of 43 points are left"),
        (np.r_[-1.0, FREQUENCY_HZ], {}, r"cell\.csv:2: frequency -1\.0 Hz"),
        (np.zeros(12), {}, r"no point at a frequency above zero"),
    ],
)
def test_what_cannot_be_selected_is_named(frequency_hz, options, message):
    with pytest.raises(InputError, match=message):
        select_points(spectrum(frequency_hz), **options)
