"""Agreement with an independent direct solve on random images."""

import numpy as np
import pytest
from transport_reference import direct_conductivity

from castline.transport import effective_conductivity


def random_image(kind, shape, rng):
    if kind == "continuous":
        return rng.random(shape)
    if kind == "percolation with contrast 1e6":
        return rng.choice([0, 1.0, 1e3, 1e6], size=shape, p=[0.5, 0.2, 0.2, 0.1])
    if kind == "log-uniform with pores":
        return 10 ** rng.uniform(-3, 3, shape) * (rng.random(shape) < 0.7)
    blocks = rng.choice([0, 0.005, 15.93], size=(np.array(shape) + 2) // 3, p=[0.3, 0.5, 0.2])
    return np.kron(blocks, np.ones((3, 3, 3)))[: shape[0], : shape[1], : shape[2]]


@pytest.mark.parametrize(
    "kind",
    [
        "continuous",
        "percolation with contrast 1e6",
        "log-uniform with pores",
        "blocks of the study's phases",
    ],
)
def test_random_images_of_any_size_spacing_axis_and_side(kind):
    rng = np.random.default_rng(20)
    percolating = 0
    for _ in range(60):
        shape = tuple(rng.integers(1, 14, 3))
        sigma = random_image(kind, shape, rng)
        spacing = 1e-7 * 10 ** rng.uniform(-0.6, 0.6, 3)
        axis = int(rng.integers(3))
        periodic = bool(rng.integers(2))
        result = effective_conductivity(sigma, spacing, axis, periodic=periodic)
        expected = direct_conductivity(sigma, spacing, axis, periodic)
        assert result.value_s_per_m == pytest.approx(expected, rel=1e-6), (shape, axis, periodic)
        assert result.flux_imbalance < 2e-6
        percolating += result.percolates
    assert percolating > 15


@pytest.mark.parametrize("shape", [(33, 29, 35), (40, 1, 120), (1, 40, 40), (30, 31, 2)])
def test_larger_three_phase_images_with_several_coarse_levels(shape):
    rng = np.random.default_rng(21)
    labels = rng.random([(n + 3) // 4 for n in shape])
    labels = np.kron(labels, np.ones((4, 4, 4)))[: shape[0], : shape[1], : shape[2]]
    sigma = np.select([labels < 0.25, labels < 0.75], [0.0, 0.005], 15.93)
    result = effective_conductivity(sigma, 2e-7)
    expected = direct_conductivity(sigma, 2e-7)
    assert result.value_s_per_m == pytest.approx(expected, rel=1e-6)


def test_an_image_whose_every_voxel_differs_coarsens_all_the_same():
    """Six decades between neighbours leave no good pairs; coarsening must go on regardless."""
    rng = np.random.default_rng(23)
    sigma = 10 ** rng.uniform(-3, 3, (22, 23, 24))
    result = effective_conductivity(sigma, 1e-7)
    assert result.value_s_per_m == pytest.approx(direct_conductivity(sigma, 1e-7), rel=1e-6)
    assert result.iterations < 40


def test_separate_channels_that_coarsening_cannot_merge():
    """Ten thousand insulated one-voxel channels: the coarse networks shrink to isolated nodes."""
    rng = np.random.default_rng(22)
    sigma = np.zeros((201, 200, 20))
    sigma[::2, ::2, :] = rng.random((101, 100, 1)) + 0.1
    sigma[0] = 0.0
    result = effective_conductivity(sigma, 1e-7, periodic=False)
    assert result.value_s_per_m == pytest.approx(sigma.mean(), rel=1e-9)
