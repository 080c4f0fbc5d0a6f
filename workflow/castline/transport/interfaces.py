"""Resistances of the contacts between particles, on the faces of their voxels.

A contact of area A between two particles has the resistance R / A, R in ohm m2. The faces between
the voxels of a slanted contact are steps and have more area than the contact, by |n_x| + |n_y| +
|n_z| for its normal n; each face across axis d therefore counts |n_d| of its area. The normal is
that of the whole contact of two particles, from the areas that its faces have across the three
axes: contacts by the radical plane are flat.
"""

from collections.abc import Mapping

import numpy as np
from numba import njit

from castline.base.errors import InputError

LABELS = 256


def interface_resistances(
    phases,
    particles,
    spacing_m,
    ohm_m2: Mapping[tuple[int, int], float],
    periodic=(True, True, False),
):
    """Resistance times area on the faces between voxels of different particles.

    Parameters
    ----------
    phases : array (nx, ny, nz) of uint8
        Label image.
    particles : array (nx, ny, nz) of int
        Which particle owns each voxel; what has no particle shares one number. A particle that
        touches itself across a periodic side has no interface there.
    spacing_m : float or sequence of 3 floats
    ohm_m2 : dict of (label, label) to float
        By pair of labels, in any order; pairs left out are in perfect contact.
    periodic : sequence of 3 bools

    Returns
    -------
    array (nx, ny, nz, 3) of float32
        As `effective_conductivity` takes it.

    Raises
    ------
    InputError
        If shapes or types do not match, a label is not one, a pair is given twice with different
        values, or a resistance is negative or not finite.
    """
    phases, particles = np.asarray(phases), np.asarray(particles)
    if phases.ndim != 3 or phases.dtype != np.uint8:
        raise InputError(f"phases must be 3-D uint8, got {phases.dtype} {phases.shape}")
    if particles.shape != phases.shape or not np.issubdtype(particles.dtype, np.integer):
        raise InputError(
            f"particles must be whole numbers of shape {phases.shape}, got {particles.dtype} "
            f"{particles.shape}"
        )
    spacing = np.array(np.broadcast_to(np.asarray(spacing_m, dtype=np.float64), 3))
    table = _table(ohm_m2)
    resistance = np.zeros((*phases.shape, 3), dtype=np.float32)
    place, pair = _faces(phases, particles, table, np.asarray(periodic, dtype=np.bool_))
    if len(place) == 0:
        return resistance
    present, pair = np.unique(pair, return_inverse=True)
    _, contact = np.unique(pair[:, 0] * len(present) + pair[:, 1], return_inverse=True)
    axis = place % 3
    area = (spacing.prod() / spacing)[axis]
    across = [np.bincount(contact, area * (axis == d)) for d in range(3)]
    normal = np.stack(across) / np.linalg.norm(across, axis=0)
    a, b = _labels_beside(phases, place)
    resistance.reshape(-1)[place] = table[a, b] / normal[axis, contact]
    return resistance


def _table(ohm_m2):
    table = np.full((LABELS, LABELS), np.nan)
    for (one, other), value in ohm_m2.items():
        if not (0 <= one < LABELS and 0 <= other < LABELS):
            raise InputError(f"interface of labels {one} and {other}: labels are 0 to 255")
        if not (np.isfinite(value) and value >= 0):
            raise InputError(
                f"interface of labels {one} and {other}: {value} ohm m2 is not finite or negative"
            )
        if table[one, other] >= 0 and table[one, other] != value:
            raise InputError(
                f"interface of labels {one} and {other}: given as {table[one, other]:g} and as "
                f"{value:g} ohm m2"
            )
        table[one, other] = table[other, one] = value
    return np.nan_to_num(table)


def _labels_beside(phases, place):
    """Labels on the two sides of faces, given by 3 times the number of the voxel plus the axis."""
    at = np.array(np.unravel_index(place // 3, phases.shape))
    beside = at.copy()
    beside[place % 3, np.arange(len(place))] += 1
    return phases[tuple(at)], phases[tuple(beside % np.array(phases.shape)[:, None])]


@njit(cache=True)
def _faces(phases, particles, table, periodic):
    """Faces with a resistance: 3 times the number of the voxel plus the axis, and its particles.

    Returns
    -------
    place : array (m,) of int64
    pair : array (m, 2) of int64, the lower number first.
    """
    nx, ny, nz = phases.shape
    place = np.empty(0, dtype=np.int64)
    pair = np.empty((0, 2), dtype=np.int64)
    for writing in (False, True):
        found = 0
        for i in range(nx):
            for j in range(ny):
                for k in range(nz):
                    for d in range(3):
                        ii, jj, kk = i + (d == 0), j + (d == 1), k + (d == 2)
                        if ii == nx or jj == ny or kk == nz:
                            if not periodic[d]:
                                continue
                            ii, jj, kk = ii % nx, jj % ny, kk % nz
                        one, other = particles[i, j, k], particles[ii, jj, kk]
                        if one == other or not table[phases[i, j, k], phases[ii, jj, kk]] > 0:
                            continue
                        if writing:
                            place[found] = 3 * ((i * ny + j) * nz + k) + d
                            pair[found, 0], pair[found, 1] = min(one, other), max(one, other)
                        found += 1
        if not writing:
            place = np.empty(found, dtype=np.int64)
            pair = np.empty((found, 2), dtype=np.int64)
    return place, pair
