"""Which voxels carry current: clusters of conducting voxels that touch both electrodes."""

import numpy as np
from numba import njit


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


@njit(cache=True)
def percolating_voxels(sigma, periodic):
    """Conducting voxels connected through faces to both electrodes (ends of the last axis).

    Parameters
    ----------
    sigma : array (nx, ny, nz)
        Conductivity, any unit; a voxel conducts if it is positive.
    periodic : bool
        Whether clusters connect across the x and y sides.

    Returns
    -------
    active : array (nx, ny, nz) of bool
    conducting : int
        Number of conducting voxels.
    through : int
        Number of them in percolating clusters.
    """
    nx, ny, nz = sigma.shape
    parent = np.empty(nx * ny * nz, dtype=np.int32)
    for i in range(nx):
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
                if i > 0 and sigma[i - 1, j, k] > 0 and not (below and sigma[i - 1, j, k - 1] > 0):
                    _join(parent, voxel, voxel - ny * nz)
                if periodic and j == ny - 1 and sigma[i, 0, k] > 0:
                    _join(parent, voxel, i * ny * nz + k)
                if periodic and i == nx - 1 and sigma[0, j, k] > 0:
                    _join(parent, voxel, j * nz + k)

    inlet, outlet = np.uint8(1), np.uint8(2)
    touches = np.zeros(nx * ny * nz, dtype=np.uint8)
    for row in range(nx * ny):
        first = row * nz
        last = first + nz - 1
        if parent[first] >= 0:
            touches[_root(parent, first)] |= inlet
        if parent[last] >= 0:
            touches[_root(parent, last)] |= outlet

    active = np.zeros(nx * ny * nz, dtype=np.bool_)
    conducting = 0
    through = 0
    for voxel in range(nx * ny * nz):
        if parent[voxel] >= 0:
            conducting += 1
            if touches[_root(parent, voxel)] == inlet | outlet:
                active[voxel] = True
                through += 1
    return active.reshape(sigma.shape), conducting, through
