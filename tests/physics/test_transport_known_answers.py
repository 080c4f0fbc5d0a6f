"""Effective conductivities that are known exactly or from published series solutions."""

import numpy as np
import pytest

from castline.transport import effective_conductivity

SPACING = (2e-7, 3e-7, 1.5e-7)


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("contrast", [2.0, 3186.0, 1e6])
def test_laminate_in_series_and_in_parallel(axis, contrast):
    layers = np.array([1.0, contrast, contrast, 1.0, contrast, 1.0, 1.0])
    shape = [4, 5, 3]
    shape[axis] = layers.size
    sigma = np.ones(shape) * layers.reshape([-1 if side == axis else 1 for side in range(3)])
    for side in range(3):
        result = effective_conductivity(sigma, SPACING, side)
        expected = 1 / np.mean(1 / layers) if side == axis else layers.mean()
        assert result.value_s_per_m == pytest.approx(expected, rel=1e-9)
        assert result.axis == side


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 1, 7), (7, 1, 1), (5, 6, 1), (3, 4, 5)])
def test_solid_block_has_its_own_conductivity_and_tortuosity_one(shape):
    for axis in range(3):
        result = effective_conductivity(np.full(shape, 0.005), SPACING, axis)
        assert result.value_s_per_m == pytest.approx(0.005, rel=1e-12)
        assert result.tortuosity_factor == pytest.approx(1.0, rel=1e-12)
        assert result.percolating_fraction == 1.0


def test_strip_conducts_by_its_section():
    sigma = np.zeros((8, 6, 11))
    sigma[2:4, 1:4, :] = 15.93
    result = effective_conductivity(sigma, 2e-7)
    assert result.value_s_per_m == pytest.approx(15.93 * 6 / 48, rel=1e-12)
    assert result.tortuosity_factor == pytest.approx(1.0, rel=1e-12)


@pytest.mark.parametrize("nx", [6, 7])
def test_winding_channel_across_the_periodic_seam_is_exact(nx):
    """A one-voxel channel in k that walks on in i at every second layer, through the seam."""
    sigma = np.zeros((nx, 3, 2 * nx))
    path = 0
    i = nx - 2
    for k in range(sigma.shape[2]):
        sigma[i % nx, 1, k] = 1.0
        path += 1
        if k % 2 == 1 and k < sigma.shape[2] - 1:
            i += 1
            sigma[i % nx, 1, k] = 1.0
            path += 1
    expected = sigma.shape[2] / (nx * 3 * path)
    result = effective_conductivity(sigma, 1e-7)
    assert result.value_s_per_m == pytest.approx(expected, rel=1e-9)
    closed = effective_conductivity(sigma, 1e-7, periodic=False)
    assert not closed.percolates
    assert closed.value_s_per_m == 0.0


def test_dead_end_changes_nothing_but_the_mean():
    sigma = np.zeros((6, 6, 9))
    sigma[2, 2, :] = 1.0
    plain = effective_conductivity(sigma, 1e-7)
    sigma[3:5, 2, 4] = 1.0
    branched = effective_conductivity(sigma, 1e-7)
    assert branched.value_s_per_m == pytest.approx(plain.value_s_per_m, rel=1e-9)
    assert branched.percolating_fraction == 1.0


def test_nothing_percolates_gives_exactly_zero():
    sigma = np.ones((5, 6, 7))
    sigma[:, :, 3] = 0.0
    result = effective_conductivity(sigma, 1e-7, with_fields=True)
    assert result.value_s_per_m == 0.0
    assert not result.percolates
    assert result.percolating_fraction == 0.0
    assert result.tortuosity_factor == np.inf
    assert result.potential_v.shape == sigma.shape
    assert not result.current_density_a_per_m2.any()


def test_edge_contact_does_not_conduct_but_isolated_islands_do_not_matter():
    sigma = np.zeros((4, 4, 4))
    sigma[0, 0, :2] = 1.0
    sigma[1, 1, 2:] = 1.0
    assert effective_conductivity(sigma, 1e-7).value_s_per_m == 0.0
    sigma[0, 0, :] = 1.0
    result = effective_conductivity(sigma, 1e-7)
    assert result.value_s_per_m == pytest.approx(1 / 16, rel=1e-12)
    assert result.percolating_fraction == pytest.approx(4 / 6)


def simple_cubic(n, fraction, conductivity):
    """One sphere per cubic cell of conductivity 1."""
    x = (np.arange(n) + 0.5) / n - 0.5
    squared = x[:, None, None] ** 2 + x[None, :, None] ** 2 + x**2
    inside = squared <= (3 * fraction / (4 * np.pi)) ** (2 / 3)
    return np.where(inside, conductivity, 1.0)


@pytest.mark.parametrize(
    ("fraction", "conductivity", "expected", "tolerance"),
    [
        (0.3, 0.0, 0.60566, 0.0125),
        (0.4, 0.0, 0.49011, 0.0195),
        (0.3, 10.0, 1.88774, 0.0005),
        (0.4, 10.0, 2.36443, 0.003),
        (0.3, 100.0, 2.27457, 0.005),
    ],
)
def test_simple_cubic_array_of_spheres(fraction, conductivity, expected, tolerance):
    """Series solution of McPhedran and McKenzie, Proc. R. Soc. A 359 (1978) 45-63."""
    sigma = simple_cubic(64, fraction, conductivity)
    result = effective_conductivity(sigma, 1 / 64)
    assert result.value_s_per_m == pytest.approx(expected, rel=tolerance)


def test_staircase_error_of_insulating_spheres_is_first_order():
    sizes = np.array([16, 32, 64, 96])
    errors = [
        0.49011 - effective_conductivity(simple_cubic(n, 0.4, 0.0), 1 / n).value_s_per_m
        for n in sizes
    ]
    assert min(errors) > 0
    order = -np.polyfit(np.log(sizes), np.log(errors), 1)[0]
    assert 0.6 < order < 1.4


def checkerboard(tile):
    """Contrast 2, two tiles a side; the electrodes cut tiles at their mid-planes."""
    tiles = np.kron([[1.0, 2.0], [2.0, 1.0]], np.ones((tile, tile)))
    return np.roll(tiles, tile // 2, axis=1)[:, None, :]


def test_checkerboard_converges_to_the_geometric_mean():
    """Keller's duality: sqrt(s1 s2), J. Math. Phys. 5 (1964) 548."""
    tiles = np.array([8, 16, 32, 64])
    errors = [
        np.sqrt(2) - effective_conductivity(checkerboard(tile), 1.0).value_s_per_m for tile in tiles
    ]
    assert 0 < errors[-1] < 3e-4
    order = -np.polyfit(np.log(tiles), np.log(errors), 1)[0]
    assert 1.4 < order < 1.7
