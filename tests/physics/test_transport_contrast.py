"""High contrast, near and above the percolation threshold: convergence and the claimed error."""

from itertools import pairwise

import numpy as np
import pytest
import scipy.ndimage
from transport_reference import direct_conductivity

from castline.base.errors import ConvergenceError
from castline.transport import effective_conductivity, hierarchy, solve

SHAPES = {"2-D": (110, 1, 115), "3-D": (22, 23, 24)}


def ranks(kind, shape):
    """Uniform numbers of an image, each voxel by itself or in blobs."""
    rng = np.random.default_rng(2)
    if kind == "random":
        return rng.random(shape)
    smooth = scipy.ndimage.gaussian_filter(rng.standard_normal(shape), 2.0, mode="wrap")
    return smooth.ravel().argsort().argsort().reshape(shape) / smooth.size


def phases(kind, shape, contrast, pores):
    """A phase of conductivity 1, one of 1 / contrast, and pores or one between the two."""
    third = 0.0 if pores else contrast**-0.5
    rank = ranks(kind, shape)
    return np.select([rank < 0.45, rank < 0.8], [1.0, 1 / contrast], third)


def test_a_large_two_dimensional_image_near_the_threshold():
    """Pairs of pairs tied by one weak link cost this image more than 500 iterations."""
    sigma = phases("random", (200, 1, 180), 1e5, pores=True)
    result = effective_conductivity(sigma, 1e-6)
    assert result.iterations < 40
    assert result.value_s_per_m == pytest.approx(direct_conductivity(sigma, 1e-6), rel=1e-6)


@pytest.mark.parametrize("contrast", [1.0, 1e3, 1e6, 1e9])
@pytest.mark.parametrize("pores", [True, False])
@pytest.mark.parametrize("kind", ["random", "blobs"])
@pytest.mark.parametrize("dimension", SHAPES)
def test_any_contrast_converges_and_the_claimed_error_covers_the_true_one(
    dimension, kind, pores, contrast
):
    sigma = phases(kind, SHAPES[dimension], contrast, pores)
    tolerance = 1e-8 if contrast < 1e9 else 1e-6
    seen = []
    result = effective_conductivity(
        sigma, 1e-6, tolerance=tolerance, progress=lambda *report: seen.append(report)
    )
    assert result.iterations < 60
    history = np.array(result.energy_history)
    claimed = np.array([error for _, error, _ in seen])
    left = history.sum() - np.cumsum(history)
    assert (3 * claimed + 1e-13 >= left).all()


@pytest.mark.parametrize("kind", ["random", "blobs"])
@pytest.mark.parametrize("pores", [True, False])
def test_contrast_of_a_billion_agrees_with_the_direct_solve(kind, pores):
    sigma = phases(kind, (60, 1, 61), 1e9, pores)
    result = effective_conductivity(sigma, 1e-6)
    assert result.value_s_per_m == pytest.approx(direct_conductivity(sigma, 1e-6), rel=1e-6)


@pytest.mark.parametrize("contrast", [1e2, 1e6, 1e9])
def test_a_tolerance_of_1e_10_is_met(contrast):
    sigma = phases("random", SHAPES["2-D"], contrast, pores=True)
    result = effective_conductivity(sigma, 1e-6, tolerance=1e-10)
    assert result.flux_imbalance < 1e-10
    assert result.energy_error < 1e-10


def test_currents_that_rounding_keeps_apart_are_refused(monkeypatch):
    monkeypatch.setattr(solve, "RESTARTS", 0)
    sigma = phases("random", SHAPES["2-D"], 1e9, pores=True)
    with pytest.raises(ConvergenceError, match="which is what double precision leaves"):
        effective_conductivity(sigma, 1e-6, tolerance=1e-10)


def test_a_loose_tolerance_claims_no_more_than_it_reached():
    sigma = phases("random", (200, 1, 180), 1e5, pores=True)
    loose = effective_conductivity(sigma, 1e-6, tolerance=1e-2)
    tight = effective_conductivity(sigma, 1e-6, tolerance=1e-9)
    assert loose.value_s_per_m / tight.value_s_per_m - 1 <= 3 * loose.energy_error


def test_slowly_shrinking_networks_are_visited_a_bounded_number_of_times():
    """Twice from each level to the next would double the cost of levels that hardly shrink."""
    n = 60000
    ring = np.arange(n)
    neighbour = np.stack([(ring - 1) % n, (ring + 1) % n], axis=1)
    neighbour.sort(axis=1)
    network = (
        np.arange(0, 2 * n + 1, 2),
        (2 * ring + (neighbour < ring[:, None]).sum(axis=1)).astype(np.int64),
        neighbour.ravel().astype(np.uint32),
        np.ones(2 * n, dtype=np.float32),
        np.full(n, 2.0 + 1e-4),
    )
    levels = hierarchy.Hierarchy(network).levels
    assert len(levels) > 2
    visits = 1
    for level, below in pairwise(levels[:-1]):
        visits *= 2 if level.twice else 1
        assert visits * len(below.network[2]) <= hierarchy.WORK * len(levels[0].network[2])
