"""Which voxels carry current: clusters of conducting voxels that touch both electrodes."""

import numpy as np
from numba import njit, prange

from castline.transport.threads import Threaded

INLET, OUTLET = np.uint8(1), np.uint8(2)
BOTH = np.uint8(3)


@njit(cache=True)
def _root(parent, voxel):
    while parent[voxel] != voxel:
        parent[voxel] = parent[parent[voxel]]
        voxel = parent[voxel]
    return voxel


@njit(cache=True)
def _join(parent, one, other):
    one = _root(parent, one)
    other = _root(parent, other)
    if one < other:
        parent[other] = one
    else:
        parent[one] = other


def percolating_voxels(sigma, periodic, threads=1, ends_touched=BOTH):
    """Conducting voxels connected through faces to both electrodes (ends of the last axis).

    Parameters
    ----------
    sigma : array (nx, ny, nz)
        Conductivity, any unit; a voxel conducts if it is positive.
    periodic : bool
        Whether clusters connect across the x and y sides.
    threads : int
    ends_touched : uint8
        `INLET` for connected to that one is enough.

    Returns
    -------
    active : array (nx, ny, nz) of bool
    conducting : int
        Number of conducting voxels.
    through : int
        Number of them in percolating clusters.
    """
    nx = sigma.shape[0]
    ends = np.arange(threads + 1) * nx // threads
    parent = np.empty(sigma.size, dtype=np.int32)
    _join_inside(threads, sigma, periodic, ends, parent)
    _join_across(sigma, periodic, ends, parent)
    touches = _touched(parent, sigma.shape)
    active = np.empty(sigma.size, dtype=np.bool_)
    counts = np.zeros((threads, 2), dtype=np.int64)
    _mark(threads, parent, touches, ends * (sigma.size // nx), active, counts, ends_touched)
    conducting, through = counts.sum(axis=0)
    return active.reshape(sigma.shape), int(conducting), int(through)


@Threaded
def _join_inside(sigma, periodic, ends, parent):
    for slab in prange(len(ends) - 1):
        _join_slab(sigma, periodic, ends[slab], ends[slab + 1], parent)


@njit(cache=True)
def _join_slab(sigma, periodic, begin, end, parent):
    _, ny, nz = sigma.shape
    for i in range(begin, end):
        for j in range(ny):
            start = (i * ny + j) * nz
            for k in range(nz):
                voxel = start + k
                if not sigma[i, j, k] > 0:
                    parent[voxel] = -1
                    continue
                below = k > 0 and sigma[i, j, k - 1] > 0
                parent[voxel] = parent[voxel - 1] if below else voxel
                # Side neighbours whose predecessors along the row already met need no joining.
                if j > 0 and sigma[i, j - 1, k] > 0 and not (below and sigma[i, j - 1, k - 1] > 0):
                    _join(parent, voxel, voxel - nz)
                if (
                    i > begin
                    and sigma[i - 1, j, k] > 0
                    and not (below and sigma[i - 1, j, k - 1] > 0)
                ):
                    _join(parent, voxel, voxel - ny * nz)
                if periodic and j == ny - 1 and sigma[i, 0, k] > 0:
                    _join(parent, voxel, i * ny * nz + k)


@njit(cache=True)
def _join_across(sigma, periodic, ends, parent):
    nx, ny, nz = sigma.shape
    for end in ends[1:]:
        if end == nx and not periodic:
            continue
        other = 0 if end == nx else end
        for j in range(ny):
            for k in range(nz):
                if sigma[end - 1, j, k] > 0 and sigma[other, j, k] > 0:
                    _join(parent, ((end - 1) * ny + j) * nz + k, (other * ny + j) * nz + k)


@njit(cache=True)
def _touched(parent, shape):
    """By root, the electrodes that its cluster touches."""
    nx, ny, nz = shape
    touches = np.zeros(nx * ny * nz, dtype=np.uint8)
    for row in range(nx * ny):
        first = row * nz
        last = first + nz - 1
        if parent[first] >= 0:
            touches[_root(parent, first)] |= INLET
        if parent[last] >= 0:
            touches[_root(parent, last)] |= OUTLET
    return touches


@Threaded
def _mark(parent, touches, ends, active, counts, ends_touched):
    for slab in prange(len(ends) - 1):
        for voxel in range(ends[slab], ends[slab + 1]):
            root = parent[voxel]
            active[voxel] = False
            if root >= 0:
                # The paths are not shortened here: other threads follow them.
                while parent[root] != root:
                    root = parent[root]
                counts[slab, 0] += 1
                if touches[root] & ends_touched == ends_touched:
                    active[voxel] = True
                    counts[slab, 1] += 1
