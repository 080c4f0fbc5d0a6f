"""What a solved potential says in double precision: energy, potential and flux fields."""

import numpy as np
from numba import njit, prange

from castline.transport.threads import Threaded


@njit(cache=True)
def _face(sigma, one, other, resistance, spacing, d):
    """Conductivity between two voxels' centres with their interface in series, without overflow.

    The face is the one after voxel ``one`` along axis d; the harmonic mean of the two where
    ``resistance`` is None.
    """
    mean = 2 * sigma[one] * (sigma[other] / (sigma[one] + sigma[other]))
    if resistance is not None:
        i, j, k = one
        mean /= 1 + mean * (resistance[i, j, k, d] / spacing[d])
    return mean


@Threaded
def dissipation(sigma, numbers, potential, weights, scale, periodic, resistance, spacing):
    """Dissipation of a potential, in the grid units of `grid`; called with the threads first.

    The conductances are those of the image in double precision. The dissipation is least for the
    exact potential, so an error in the potential, or the single precision of the operator it was
    found with, enters squared.

    Parameters
    ----------
    sigma, numbers : arrays (nx, ny, nz)
    potential : array (n + 1,) of float64
    weights, scale, periodic
        As in `grid.connect_voxels`.
    resistance, spacing
        As in `grid.add_interfaces`; None where there are none.

    Returns
    -------
    float
    """
    nx, ny, nz = sigma.shape
    n = len(potential) - 1
    rows = np.zeros((nx, ny))
    for i in prange(nx):
        ip = i + 1 if i < nx - 1 else 0
        has_x = (i < nx - 1 or periodic) and nx > 1
        for j in range(ny):
            jp = j + 1 if j < ny - 1 else 0
            has_y = (j < ny - 1 or periodic) and ny > 1
            row = 0.0
            for k in range(nz):
                if numbers[i, j, k] == n:
                    continue
                here = potential[numbers[i, j, k]]
                if has_x and numbers[ip, j, k] < n:
                    drop = here - potential[numbers[ip, j, k]]
                    g = weights[0] * _face(sigma, (i, j, k), (ip, j, k), resistance, spacing, 0)
                    row += g * drop * drop
                if has_y and numbers[i, jp, k] < n:
                    drop = here - potential[numbers[i, jp, k]]
                    g = weights[1] * _face(sigma, (i, j, k), (i, jp, k), resistance, spacing, 1)
                    row += g * drop * drop
                if k < nz - 1 and numbers[i, j, k + 1] < n:
                    drop = here - potential[numbers[i, j, k + 1]]
                    g = weights[2] * _face(sigma, (i, j, k), (i, j, k + 1), resistance, spacing, 2)
                    row += g * drop * drop
                if k == 0:
                    drop = 1 - here
                    row += 2 * weights[2] * sigma[i, j, k] * drop * drop
                if k == nz - 1:
                    row += 2 * weights[2] * sigma[i, j, k] * here * here
            rows[i, j] = row
    energy = 0.0
    for i in range(nx):
        for j in range(ny):
            energy += rows[i, j]
    return energy * scale


@njit(cache=True)
def spread(potential, numbers):
    """Potential of the voxels as an array (nx, ny, nz); NaN where no current can flow."""
    nx, ny, nz = numbers.shape
    n = len(potential) - 1
    values = np.full((nx, ny, nz), np.nan)
    for i in range(nx):
        for j in range(ny):
            for k in range(nz):
                if numbers[i, j, k] < n:
                    values[i, j, k] = potential[numbers[i, j, k]]
    return values


@njit(cache=True)
def current_density(sigma, potential, spacing, periodic, resistance):
    """Current density of each voxel, the mean of its two faces along each axis.

    Parameters
    ----------
    sigma : array (nx, ny, nz)
        S/m.
    potential : array (nx, ny, nz)
        Volt; 1 at the inlet, 0 at the outlet, NaN where no current can flow.
    spacing : array (3,)
        Metre.
    periodic : bool
    resistance
        As in `grid.add_interfaces`; None where there are none.

    Returns
    -------
    array (nx, ny, nz, 3) of float32
        A/m2 along x, y, z.
    """
    nx, ny, nz = sigma.shape
    density = np.zeros((nx, ny, nz, 3), dtype=np.float32)
    for i in range(nx):
        ip = i + 1 if i < nx - 1 else 0
        has_x = (i < nx - 1 or periodic) and nx > 1
        for j in range(ny):
            jp = j + 1 if j < ny - 1 else 0
            has_y = (j < ny - 1 or periodic) and ny > 1
            for k in range(nz):
                here = potential[i, j, k]
                if np.isnan(here):
                    continue
                if has_x and not np.isnan(potential[ip, j, k]):
                    drop = here - potential[ip, j, k]
                    half = 0.5 * _face(sigma, (i, j, k), (ip, j, k), resistance, spacing, 0)
                    half = half * drop / spacing[0]
                    density[i, j, k, 0] += half
                    density[ip, j, k, 0] += half
                if has_y and not np.isnan(potential[i, jp, k]):
                    drop = here - potential[i, jp, k]
                    half = 0.5 * _face(sigma, (i, j, k), (i, jp, k), resistance, spacing, 1)
                    half = half * drop / spacing[1]
                    density[i, j, k, 1] += half
                    density[i, jp, k, 1] += half
                if k < nz - 1 and not np.isnan(potential[i, j, k + 1]):
                    drop = here - potential[i, j, k + 1]
                    half = 0.5 * _face(sigma, (i, j, k), (i, j, k + 1), resistance, spacing, 2)
                    half = half * drop / spacing[2]
                    density[i, j, k, 2] += half
                    density[i, j, k + 1, 2] += half
                if k == 0:
                    density[i, j, k, 2] += sigma[i, j, k] * (1 - here) / spacing[2]
                if k == nz - 1:
                    density[i, j, k, 2] += sigma[i, j, k] * here / spacing[2]
    return density


@njit(cache=True)
def flux_by_phase(phases, density):
    """Sum of the z component of ``density`` over the voxels of each label 0 to 255."""
    total = np.zeros(256)
    nx, ny, nz = phases.shape
    for i in range(nx):
        for j in range(ny):
            for k in range(nz):
                total[phases[i, j, k]] += density[i, j, k, 2]
    return total
