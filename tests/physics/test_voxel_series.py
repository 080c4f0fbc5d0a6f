"""Extrapolation over voxel sizes and the conductivity below the voxels."""

import numpy as np
import pytest

from castline.base.errors import InputError
from castline.images.voxels import grid_for_box, label_image
from castline.transport import cbd_conductivity_s_per_m, effective_conductivity
from castline.transport.voxel_series import extrapolate_voxel_series

SIZES = np.array([4e-7, 2e-7, 1e-7])


@pytest.mark.parametrize("sizes", [SIZES, SIZES[::-1], np.array([3e-7, 2e-7, 1.5e-7])])
def test_a_first_order_series_is_extrapolated_exactly(sizes):
    series = extrapolate_voxel_series(sizes, 0.97 + 3e5 * sizes)
    assert series.value == pytest.approx(0.97, rel=1e-12)
    assert series.settles
    assert series.relative_error == pytest.approx(3e5 * np.sort(sizes)[::-1] / 0.97)


@pytest.mark.parametrize("order", [0.8, 1.5, 2.0])
def test_the_interval_holds_the_limit_of_other_orders(order):
    series = extrapolate_voxel_series(SIZES, 0.97 - 3e5 * SIZES * (SIZES / 1e-7) ** (order - 1))
    assert series.settles
    assert abs(series.value - 0.97) < series.uncertainty


def test_solver_notes_series_holds_its_next_finer_size():
    """The same spheres at 0.4, 0.2, 0.1 and 0.05 um: SE diffusion and electronic conduction."""
    se = extrapolate_voxel_series(SIZES, [0.1321, 0.1455, 0.1466])
    assert abs(se.value - 0.1473) < se.uncertainty
    electronic = extrapolate_voxel_series(SIZES, [1.63e-3, 1.11e-3, 9.64e-4])
    assert abs(electronic.value - 9.70e-4) < electronic.uncertainty


def test_a_series_that_turns_round_is_given_a_wide_interval():
    series = extrapolate_voxel_series([2e-7, 1e-7, 5e-8], [1.11e-3, 9.64e-4, 9.70e-4])
    assert not series.settles
    assert series.uncertainty > 1e-4


def test_no_change_at_all_is_exact():
    series = extrapolate_voxel_series(SIZES, [0.0, 0.0, 0.0])
    assert (series.value, series.uncertainty) == (0.0, 0.0)
    assert np.isnan(series.relative_error).all()
    assert extrapolate_voxel_series(SIZES, [2.0, 2.0, 2.0]).value == 2.0


@pytest.mark.parametrize("fraction", [0.3, 0.4])
def test_the_interval_holds_the_series_solution_for_simple_cubic_spheres(fraction):
    """McPhedran and McKenzie, Proc. R. Soc. A 359 (1978) 45-63."""
    expected = {0.3: 0.60566, 0.4: 0.49011}[fraction]
    radius = (3 * fraction / (4 * np.pi)) ** (1 / 3)
    sizes, values = [], []
    for n in (24, 48, 96):
        shape, spacing = grid_for_box((1, 1, 1), 1 / n)
        spheres = label_image([[0.5] * 3], [radius], [1], [1], (0, 0, 0), shape, spacing)
        sizes.append(spacing[0])
        values.append(effective_conductivity((spheres == 0).astype(float), spacing).value_s_per_m)
    series = extrapolate_voxel_series(sizes, values)
    assert abs(series.value - expected) <= series.uncertainty
    assert abs(series.value - expected) < abs(values[-1] - expected)


@pytest.mark.parametrize(
    ("sizes", "values", "words"),
    [
        ([2e-7, 1e-7], [1, 2], "at least three"),
        ([2e-7, 1e-7, 1e-7], [1, 2, 3], "different"),
        ([2e-7, 1e-7, 0], [1, 2, 3], "positive"),
        ([2e-7, 1e-7, 5e-8], [1, 2, np.nan], "finite"),
        ([2e-7, 1e-7, 5e-8], [1, 2, -1], "not negative"),
    ],
)
def test_bad_series_are_refused(sizes, values, words):
    with pytest.raises(InputError, match=words):
        extrapolate_voxel_series(sizes, values)


def test_cbd_conducts_as_stated_at_the_stated_nanoporosity_and_better_when_pressed():
    assert cbd_conductivity_s_per_m(0.5) == pytest.approx(15.93)
    assert cbd_conductivity_s_per_m(0.3) == pytest.approx(15.93 * 1.4**1.5)
    assert cbd_conductivity_s_per_m(0.3, exponent=0) == pytest.approx(15.93)
    assert cbd_conductivity_s_per_m(0.5, reference_s_per_m=9.88) == pytest.approx(9.88)
    for bad in (-0.1, 1.0, np.nan):
        with pytest.raises(InputError, match="nanoporosity"):
            cbd_conductivity_s_per_m(bad)
    with pytest.raises(InputError, match="reference"):
        cbd_conductivity_s_per_m(0.4, reference_s_per_m=0)
    with pytest.raises(InputError, match="exponent"):
        cbd_conductivity_s_per_m(0.4, exponent=-1)
