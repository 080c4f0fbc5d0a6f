"""Paths of the current through a solved voxel image.

The finite volumes of `castline.transport` give a flux through every voxel face, and what flows into
a voxel flows out. Between opposite faces the flux is taken as linear, which keeps it free of
sources, so a path can be followed exactly from face to face (D. W. Pollock, Ground Water 26 (1988)
743, doi 10.1111/j.1745-6584.1988.tb00425.x) and never leaves what conducts.
"""

import numpy as np
from numba import njit

from castline.transport.solve import effective_conductivity

GOLDEN = 0.6180339887498949, 0.7548776662466927
STEPS_PER_VOXEL = 20


def face_fluxes(
    sigma_s_per_m: np.ndarray, potential_v: np.ndarray, spacing_m, face_resistance_ohm_m2=None
):
    """Current densities through the upper x and y faces and all z faces, A/m2.

    Parameters
    ----------
    sigma_s_per_m : (nx, ny, nz) conductivity; sides periodic.
    potential_v : (nx, ny, nz) potential as from `transport.effective_conductivity` along z, for
        1 V between the electrodes; NaN where no current can flow.
    spacing_m : voxel edge lengths along x, y, z.
    face_resistance_ohm_m2 : as of `effective_conductivity`.

    Returns
    -------
    arrays (nx, ny, nz), (nx, ny, nz), (nx, ny, nz + 1)
    """
    sigma = np.where(np.isnan(potential_v), 0.0, sigma_s_per_m)
    potential = np.nan_to_num(potential_v)

    def flux(axis):
        following = np.roll(sigma, -1, axis)
        total = sigma + following
        mean = 2 * sigma * np.divide(following, total, out=np.zeros_like(total), where=total > 0)
        if face_resistance_ohm_m2 is not None:
            mean /= 1 + mean * face_resistance_ohm_m2[..., axis] / spacing_m[axis]
        return mean * (potential - np.roll(potential, -1, axis)) / spacing_m[axis]

    along = np.empty((*sigma.shape[:2], sigma.shape[2] + 1))
    along[:, :, 1:] = flux(2)
    along[:, :, 0] = 2 * sigma[:, :, 0] * (1 - potential[:, :, 0]) / spacing_m[2]
    along[:, :, -1] = 2 * sigma[:, :, -1] * potential[:, :, -1] / spacing_m[2]
    return flux(0), flux(1), along


def streamlines(
    fluxes, spacing_m, count: int, distance_m: float
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Paths that carry equal shares of the current, from the inlet (z = 0) to the outlet.

    Parameters
    ----------
    fluxes : as from `face_fluxes`.
    count : number of paths; fewer come back where rounding traps one.
    distance_m : between the points of a path.

    Returns
    -------
    paths : list of (m, 3) positions in m; x and y go on beyond the periodic sides.
    densities : list of (m,) magnitudes of the current density, A/m2.
    """
    spacing = np.asarray(spacing_m, dtype=float)
    across, _, along = fluxes
    cumulative = np.cumsum(along[:, :, 0].ravel())
    shares = (np.arange(count) + 0.5) / count * cumulative[-1]
    voxels = np.searchsorted(cumulative, shares)
    paths, densities = [], []
    for k, voxel in enumerate(voxels):
        i, j = divmod(int(voxel), across.shape[1])
        inside = np.array([(k * GOLDEN[0]) % 1.0, (k * GOLDEN[1]) % 1.0, 0.0])
        corners, density, through = _trace(*fluxes, spacing, i, j, inside)
        if not through:
            continue
        length = np.concatenate(
            [[0.0], np.cumsum(np.linalg.norm(np.diff(corners, axis=0), axis=1))]
        )
        at = np.arange(0.0, length[-1], distance_m)
        paths.append(np.stack([np.interp(at, length, corners[:, a]) for a in range(3)], axis=1))
        densities.append(np.interp(at, length, density))
    return paths, densities


def percolating_paths(
    sigma_s_per_m: np.ndarray,
    spacing_m,
    count: int,
    distance_m: float,
    face_resistance_ohm_m2: np.ndarray | None = None,
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Solve the current along z through an image and follow it; nothing where none percolates.

    Parameters
    ----------
    sigma_s_per_m : (nx, ny, nz) conductivity; sides periodic.
    spacing_m, count, distance_m : as of `streamlines`.
    face_resistance_ohm_m2 : as of `effective_conductivity`.

    Returns
    -------
    paths : as of `streamlines`.
    densities : list of (m,) current densities over the mean one through the film.
    """
    solved = effective_conductivity(
        sigma_s_per_m, spacing_m, with_fields=True, face_resistance_ohm_m2=face_resistance_ohm_m2
    )
    if not solved.percolates:
        return [], []
    fluxes = face_fluxes(sigma_s_per_m, solved.potential_v, spacing_m, face_resistance_ohm_m2)
    paths, densities = streamlines(fluxes, spacing_m, count, distance_m)
    mean = fluxes[2][:, :, 0].mean()
    return paths, [density / mean for density in densities]


@njit(cache=True)
def _trace(fx, fy, fz, spacing, i, j, inside):
    """Follow one path from face to face: points, current densities, whether it came through."""
    nx, ny, nz = fx.shape
    most = STEPS_PER_VOXEL * (nx + ny + nz)
    points = np.empty((most, 3))
    density = np.empty(most)
    index = np.array([i, j, 0])
    low, high = np.empty(3), np.empty(3)
    speed = np.empty(3)
    for step in range(most):
        a, b, c = index[0] % nx, index[1] % ny, index[2]
        low[0], high[0] = fx[a - 1, b, c], fx[a, b, c]
        low[1], high[1] = fy[a, b - 1, c], fy[a, b, c]
        low[2], high[2] = fz[a, b, c], fz[a, b, c + 1]
        soonest, out = np.inf, -1
        for d in range(3):
            points[step, d] = (index[d] + inside[d]) * spacing[d]
            speed[d] = low[d] + (high[d] - low[d]) * inside[d]
            gradient = (high[d] - low[d]) / spacing[d]
            end = high[d] if speed[d] > 0 else low[d]
            if speed[d] == 0.0 or speed[d] * end <= 0.0:
                continue
            if abs(gradient) * spacing[d] < 1e-9 * abs(end):
                rest = (1.0 - inside[d]) if speed[d] > 0 else -inside[d]
                duration = rest * spacing[d] / speed[d]
            else:
                duration = np.log(end / speed[d]) / gradient
            if duration < soonest:
                soonest, out = max(duration, 0.0), d
        density[step] = np.sqrt((speed * speed).sum())
        if out < 0:
            return points[: step + 1], density[: step + 1], False
        for d in range(3):
            gradient = (high[d] - low[d]) / spacing[d]
            if abs(gradient) * spacing[d] <= 1e-9 * abs(speed[d]):
                moved = speed[d] * soonest
            else:
                moved = speed[d] * np.expm1(gradient * soonest) / gradient
            inside[d] = min(max(inside[d] + moved / spacing[d], 0.0), 1.0)
        if speed[out] > 0:
            index[out] += 1
            inside[out] = 0.0
        else:
            index[out] -= 1
            inside[out] = 1.0
        if index[2] < 0:
            return points[: step + 1], density[: step + 1], False
        if index[2] == nz:
            last = step + 1
            if last < most:
                for d in range(3):
                    points[last, d] = (index[d] + inside[d]) * spacing[d]
                density[last] = density[step]
                return points[: last + 1], density[: last + 1], True
    return points, density, False
