"""Electrode tortuosity against series, a direct solution and dead ends."""

import numpy as np
import pytest
import scipy.sparse
import scipy.sparse.linalg

from castline.base.errors import InputError
from castline.transport.electrode import electrode_tortuosity


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("n", [2, 5, 20])
def test_straight_pores(axis, n):
    """The sum over n voxels in place of the integral of (1 - x)^2 adds 1 / (2 n^2)."""
    shape = [4, 4, 4]
    shape[axis] = n
    labels = np.zeros(shape, dtype=np.uint8)
    np.moveaxis(labels, axis, 2)[1:3, 1, :] = 1
    spacing = [1e-6, 2e-6, 0.5e-6]
    found = electrode_tortuosity(labels, 1, spacing, axis, tolerance=1e-9)
    assert found.tortuosity_factor == pytest.approx(1 + 1 / (2 * n**2), rel=1e-7)
    assert found.reached == 1


def _direct(labels, periodic):
    """Dense assembly of the same balance, unit voxels, axis z."""
    has = labels == 1
    n = labels.size
    index = np.arange(n).reshape(labels.shape)
    laplacian = scipy.sparse.lil_array((n, n))
    surface = np.zeros(n)
    for one in np.argwhere(has):
        a = index[tuple(one)]
        if one[2] == 0:
            laplacian[a, a] += 2
        for side in range(3):
            for step in (-1, 1):
                other = one.copy()
                other[side] += step
                if side < 2 and periodic:
                    other[side] %= labels.shape[side]
                if not 0 <= other[side] < labels.shape[side]:
                    continue
                if has[tuple(other)]:
                    laplacian[a, a] += 1
                    laplacian[a, index[tuple(other)]] -= 1
                else:
                    surface[a] += 1
    cells = index[has]
    source = surface[cells] / surface.sum()
    potential = scipy.sparse.linalg.spsolve(laplacian.tocsr()[cells][:, cells].tocsc(), source)
    nx, ny, nz = labels.shape
    return has.mean() * 3 * nx * ny * (source @ potential) / nz


@pytest.mark.parametrize("periodic", [True, False])
def test_against_a_direct_solution(periodic):
    rng = np.random.default_rng(5)
    labels = (rng.random((7, 6, 9)) < 0.9).astype(np.uint8)
    found = electrode_tortuosity(labels, 1, 1e-6, periodic=periodic, tolerance=1e-10)
    assert found.reached == 1
    assert found.tortuosity_factor == pytest.approx(_direct(labels, periodic), rel=1e-6)
    assert found.tortuosity_factor > 1.02


def test_dead_ends_take_part_and_closed_pores_do_not():
    labels = np.zeros((5, 5, 12), dtype=np.uint8)
    labels[2, 2, :6] = 1
    found = electrode_tortuosity(labels, 1, 1e-6, tolerance=1e-9)
    open_half = 6 / 12  # of the length, with all of the volume
    # Its last voxel has one face more than the others.
    share = np.array([4, 4, 4, 4, 4, 5]) / 25
    beyond = share[::-1].cumsum()[::-1]
    resistance = 0.5 * beyond[0] ** 2 + (beyond[1:] ** 2).sum()
    fraction = open_half / 25
    expected = fraction * 3 * 25 * resistance / 12
    assert found.tortuosity_factor == pytest.approx(expected, rel=1e-7)
    labels[2, 2, 8:10] = 1
    closed = electrode_tortuosity(labels, 1, 1e-6, tolerance=1e-9)
    assert closed.reached == pytest.approx(6 / 8)
    assert closed.tortuosity_factor == pytest.approx(expected * 8 / 6, rel=1e-7)


@pytest.mark.parametrize("labels", [np.zeros((3, 3, 3)), np.ones((3, 3, 3))])
def test_a_label_without_surface_is_refused(labels):
    with pytest.raises(InputError, match="no surface"):
        electrode_tortuosity(labels, 1, 1e-6)
