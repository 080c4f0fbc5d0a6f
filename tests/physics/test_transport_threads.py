"""Several threads: the same result to the last bit, and blocks of the image that hold together."""

from itertools import pairwise

import numpy as np
import pytest
from transport_reference import direct_conductivity

from castline.base.errors import InputError
from castline.transport import effective_conductivity, grid, hierarchy, solve, threads
from castline.transport.percolation import percolating_voxels


@pytest.fixture
def small_blocks(monkeypatch):
    """Blocks and coarse levels already in images of the size of a test."""
    monkeypatch.setattr(solve, "VOXELS_PER_BLOCK", 1000)
    monkeypatch.setattr(solve, "PLANES_PER_BLOCK", 4)
    monkeypatch.setattr(hierarchy, "COARSEST", 50)
    monkeypatch.setattr(hierarchy, "WORTH_THREADS", 1)


def _image(shape, seed=0):
    values = np.array([0.0, 1e-3, 1.0])
    return values[np.random.default_rng(seed).choice(3, size=shape, p=[0.25, 0.3, 0.45])]


@pytest.mark.skipif(threads.available() < 2, reason="this machine has one core")
@pytest.mark.parametrize(("nx", "periodic"), [(41, True), (64, False)])
def test_threads_do_not_change_a_bit(small_blocks, nx, periodic):
    sigma = _image((nx, 11, 20))
    one, two = (
        effective_conductivity(sigma, 1e-6, periodic=periodic, with_fields=True, threads=count)
        for count in (1, 2)
    )
    assert one == two
    np.testing.assert_array_equal(one.potential_v, two.potential_v)
    assert one.energy_history == two.energy_history


@pytest.mark.parametrize("periodic", [True, False])
def test_many_blocks_against_a_direct_solution(small_blocks, periodic):
    sigma = _image((33, 8, 9))
    result = effective_conductivity(sigma, 1e-6, periodic=periodic, tolerance=1e-9)
    expected = direct_conductivity(sigma, 1e-6, 2, periodic)
    assert result.value_s_per_m == pytest.approx(expected, rel=1e-8)


def test_blocks_cost_little_convergence(monkeypatch):
    sigma = _image((96, 24, 24))
    whole = effective_conductivity(sigma, 1e-6)
    monkeypatch.setattr(solve, "VOXELS_PER_BLOCK", 1000)
    monkeypatch.setattr(hierarchy, "COARSEST", 500)
    blocks = effective_conductivity(sigma, 1e-6)
    assert blocks.value_s_per_m == pytest.approx(whole.value_s_per_m, rel=1e-6)
    assert blocks.iterations <= whole.iterations + 3


@pytest.mark.parametrize("lags", [grid.WAY_DOWN, grid.WAY_UP, grid.ADVANCE])
@pytest.mark.parametrize(("nx", "parts"), [(1, 1), (2, 1), (7, 1), (9, 4), (33, 2), (64, 4)])
def test_a_stage_follows_the_one_before_on_the_neighbouring_planes(nx, parts, lags):
    done = {(stage, plane): False for stage in range(len(lags)) for plane in range(nx)}
    for starts, stages, planes in grid.schedule(nx, parts, lags):
        before = dict(done)
        for first, last in pairwise(starts):
            seen = dict(before)  # what other parts of the round do is not to be counted on
            for stage, plane in zip(stages[first:last], planes[first:last], strict=True):
                assert not done[stage, plane]
                if stage > 0:
                    around = [(plane + step) % nx for step in (-1, 0, 1)]
                    assert all(seen[stage - 1, neighbour] for neighbour in around)
                seen[stage, plane] = done[stage, plane] = True
    assert all(done.values())


@pytest.mark.parametrize("periodic", [True, False])
def test_clusters_across_slabs(periodic):
    sigma = _image((17, 6, 12), seed=3)
    one = percolating_voxels(sigma, periodic)
    for count in (2, 5, 16):
        # The slabs are those of so many threads, done here by those that there are.
        several = percolating_voxels(sigma, periodic, count)
        np.testing.assert_array_equal(one[0], several[0])
        assert one[1:] == several[1:]


@pytest.mark.parametrize("count", [0, -1, 1.5, True, 10_000])
def test_impossible_numbers_of_threads_are_refused(count):
    with pytest.raises(InputError, match="threads must be 1 to"):
        effective_conductivity(np.ones((4, 4, 4)), 1e-6, threads=count)
