"""The finest level: conductances between conducting voxels and the operations of CG on them.

Everything here is in grid units: conductivity 1 is the largest of the image, the face
conductance of two such voxels across the flow axis is 1, the potential is 1 at the inlet and 0 at
the outlet. The flow axis is last. Only voxels that carry current are stored, each with its six
neighbours, so that cost and memory follow their number and not that of the image. They are numbered
by checkerboard colour, red before black, then by plane, row and place in the row.

Arrays, for n voxels: ``neighbours`` (n, 6) int32, next and previous along x, y, z, n where there is
none or an electrode; ``conductances`` (n, 6) float32 to them; ``inverse`` (n,) float32, one over
their sum; ``planes`` (2, nx + 1), where each plane of each colour begins. Potentials and residuals
are float64, search directions and corrections float32: a rounded direction is still a direction,
and every residual is that of the direction as stored. Those looked up by neighbour have n + 1
entries, the last zero, the potential of the outlet, and of both electrodes for a correction.

Differences of potential are taken before anything is multiplied: in a well-conducting strand the
potential hardly varies, and a sum of conductance times potential would lose what is left.
"""

import numpy as np
from numba import njit

# Columns of the neighbours, or electrodes, along the flow axis.
NEXT, PREVIOUS = 4, 5

# A correction that is constant over each aggregate is too stiff, hence too small (D. Braess,
# Computing 55 (1995) 379-393).
OVERCORRECTION = 1.4

SINGLE = np.float32(1)
DOUBLE = np.float64(1)


@njit(cache=True)
def number_voxels(active):
    """Numbers of the active voxels.

    Parameters
    ----------
    active : array (nx, ny, nz) of bool

    Returns
    -------
    numbers : array (nx, ny, nz) of int32
        Inactive voxels carry the number of active ones.
    planes : array (2, nx + 1) of int32
    """
    nx, ny, nz = active.shape
    planes = np.zeros((2, nx + 1), dtype=np.int32)
    for i in range(nx):
        for j in range(ny):
            for k in range(nz):
                if active[i, j, k]:
                    planes[(i + j + k) & 1, i + 1] += 1
    count = 0
    for colour in range(2):
        planes[colour, 0] = count
        for i in range(nx):
            planes[colour, i + 1] += planes[colour, i]
        count = planes[colour, nx]
    numbers = np.empty(active.shape, dtype=np.int32)
    following = planes[:, :nx].copy()
    for i in range(nx):
        for j in range(ny):
            for k in range(nz):
                if active[i, j, k]:
                    colour = (i + j + k) & 1
                    numbers[i, j, k] = following[colour, i]
                    following[colour, i] += 1
                else:
                    numbers[i, j, k] = count
    return numbers, planes


@njit(cache=True)
def connect_voxels(sigma, numbers, n, weights, scale, periodic):
    """Neighbours of the voxels and harmonic conductances to them and to the electrodes.

    Parameters
    ----------
    sigma : array (nx, ny, nz)
    numbers : array (nx, ny, nz) of int32
    n : int
        Number of active voxels.
    weights : array (3,)
        Area over distance of a face across x, y, z, relative to z.
    scale : float
        One over the largest conductivity.
    periodic : bool

    Returns
    -------
    neighbours, conductances, inverse : arrays as in the module's description.
    """
    nx, ny, nz = sigma.shape
    neighbours = np.full((n, 6), n, dtype=np.int32)
    conductances = np.zeros((n, 6), dtype=np.float32)
    twice = 2 * scale * weights
    for i in range(nx):
        next_i = i + 1 if i < nx - 1 else 0
        has_x = (i < nx - 1 or periodic) and nx > 1
        for j in range(ny):
            next_j = j + 1 if j < ny - 1 else 0
            has_y = (j < ny - 1 or periodic) and ny > 1
            for k in range(nz):
                a = numbers[i, j, k]
                if a == n:
                    continue
                here = sigma[i, j, k]
                if has_x:
                    b = numbers[next_i, j, k]
                    there = sigma[next_i, j, k]
                    _connect(neighbours, conductances, a, b, 0, twice[0], here, there)
                if has_y:
                    b = numbers[i, next_j, k]
                    there = sigma[i, next_j, k]
                    _connect(neighbours, conductances, a, b, 2, twice[1], here, there)
                if k < nz - 1:
                    b = numbers[i, j, k + 1]
                    there = sigma[i, j, k + 1]
                    _connect(neighbours, conductances, a, b, NEXT, twice[2], here, there)
                else:
                    conductances[a, NEXT] = twice[2] * here
                if k == 0:
                    conductances[a, PREVIOUS] = twice[2] * here
    inverse = np.empty(n, dtype=np.float32)
    _invert(conductances, inverse)
    return neighbours, conductances, inverse


@njit(cache=True)
def _invert(conductances, inverse):
    for a in range(len(inverse)):
        total = SINGLE - SINGLE
        for d in range(6):
            total += conductances[a, d]
        inverse[a] = 1 / total


@njit(cache=True, inline="always")
def _connect(neighbours, conductances, a, b, d, twice, here, there):
    if b < len(neighbours):
        g = twice * here * (there / (here + there))
        neighbours[a, d] = b
        conductances[a, d] = g
        neighbours[b, d + 1] = a
        conductances[b, d + 1] = g


@njit(cache=True)
def add_interfaces(conductances, inverse, numbers, resistance, weights, scale, spacing, periodic):
    """Put the resistances of interfaces in series with the voxels, in ``conductances``.

    Parameters
    ----------
    conductances, inverse : arrays (n, 6), (n,)
        As `connect_voxels` gives them; changed in place.
    numbers : array (nx, ny, nz) of int32
    resistance : array (nx, ny, nz, 3)
        Of the face between a voxel and the next one along x, y, z, ohm m2.
    weights, scale, periodic
        As of `connect_voxels`.
    spacing : array (3,)
        Edge lengths, metre.
    """
    nx, ny, nz = numbers.shape
    n = len(inverse)
    # Ohm m2 of a face whose resistance is one in grid units.
    unit = scale * weights * spacing
    for i in range(nx):
        next_i = i + 1 if i < nx - 1 else 0
        for j in range(ny):
            next_j = j + 1 if j < ny - 1 else 0
            for k in range(nz):
                a = numbers[i, j, k]
                if a == n:
                    continue
                for d in range(3):
                    b = n
                    if d == 0 and (i < nx - 1 or periodic) and nx > 1:
                        b = numbers[next_i, j, k]
                    elif d == 1 and (j < ny - 1 or periodic) and ny > 1:
                        b = numbers[i, next_j, k]
                    elif d == 2 and k < nz - 1:
                        b = numbers[i, j, k + 1]
                    added = resistance[i, j, k, d]
                    if b < n and added > 0:
                        g = np.float64(conductances[a, 2 * d])
                        g /= 1 + g * (added / unit[d])
                        conductances[a, 2 * d] = g
                        conductances[b, 2 * d + 1] = g
    _invert(conductances, inverse)


@njit(cache=True)
def ramp(numbers, n):
    """Potential falling linearly from inlet to outlet, as a direction (n + 1,)."""
    nx, ny, nz = numbers.shape
    potential = np.zeros(n + 1, dtype=np.float32)
    for i in range(nx):
        for j in range(ny):
            for k in range(nz):
                if numbers[i, j, k] < n:
                    potential[numbers[i, j, k]] = 1 - (k + 0.5) / nz
    return potential


@njit(cache=True, inline="always")
def _inflow(z, a, neighbours, conductances, one):
    """Current into voxel a at potential z, in the precision of ``one``."""
    here = one * z[a]
    return (
        conductances[a, 0] * (one * z[neighbours[a, 0]] - here)
        + conductances[a, 1] * (one * z[neighbours[a, 1]] - here)
        + conductances[a, 2] * (one * z[neighbours[a, 2]] - here)
        + conductances[a, 3] * (one * z[neighbours[a, 3]] - here)
        + conductances[a, 4] * (one * z[neighbours[a, 4]] - here)
        + conductances[a, 5] * (one * z[neighbours[a, 5]] - here)
    )


@njit(cache=True)
def _start(z, r, neighbours, conductances, inverse, seam, first, last):
    """Gauss-Seidel on red voxels while the others are zero.

    No current flows into them then, except where an odd periodic side makes them neighbours.
    """
    if seam:
        _relax(z, r, neighbours, conductances, inverse, first, last)
    else:
        for a in range(first, last):
            z[a] = np.float32(r[a]) * inverse[a]


@njit(cache=True)
def _relax(z, r, neighbours, conductances, inverse, first, last):
    """Gauss-Seidel on voxels of one colour."""
    for a in range(first, last):
        z[a] += (np.float32(r[a]) + _inflow(z, a, neighbours, conductances, SINGLE)) * inverse[a]


@njit(cache=True)
def _relax_back(z, r, neighbours, conductances, inverse, first, last):
    for a in range(last - 1, first - 1, -1):
        z[a] += (np.float32(r[a]) + _inflow(z, a, neighbours, conductances, SINGLE)) * inverse[a]


@njit(cache=True)
def _restrict(coarse, z, r, neighbours, conductances, aggregates, first, last):
    for a in range(first, last):
        coarse[aggregates[a]] += r[a] + _inflow(z, a, neighbours, conductances, SINGLE)


@njit(cache=True)
def relax_and_restrict(z, r, planes, neighbours, conductances, inverse, seam, aggregates, coarse):
    """Red, then black Gauss-Seidel from zero, and the residual summed over the aggregates.

    One pass: each step follows the other a plane behind, while the planes are still in cache. The
    last red plane goes second because the first black one, across the periodic side, needs it.
    Black voxels are left without residual, except where an odd periodic side (``seam``) makes them
    neighbours.
    """
    nx = planes.shape[1] - 1
    z[:] = 0
    coarse[:] = 0
    red, black = planes
    for step in range(nx + 4):
        if step < nx:
            i = step - 1
            if step < 2:
                i = 0 if step == 0 else nx - 1
            _start(z, r, neighbours, conductances, inverse, seam, red[i], red[i + 1])
        if 2 <= step < nx + 2:
            i = step - 2
            _relax(z, r, neighbours, conductances, inverse, black[i], black[i + 1])
        if step >= 4:
            i = (step - 3) % nx
            _restrict(coarse, z, r, neighbours, conductances, aggregates, red[i], red[i + 1])
            if seam:
                _restrict(
                    coarse, z, r, neighbours, conductances, aggregates, black[i], black[i + 1]
                )


@njit(cache=True)
def _prolong(z, aggregates, correction, first, last):
    for a in range(first, last):
        z[a] += OVERCORRECTION * correction[aggregates[a]]


@njit(cache=True)
def _products(z, p, r, neighbours, conductances, first, last):
    """z.Az, p.Az and r.z over voxels first to last."""
    z_az = 0.0
    p_az = 0.0
    r_z = 0.0
    for a in range(first, last):
        inflow = np.float64(_inflow(z, a, neighbours, conductances, SINGLE))
        z_az -= inflow * z[a]
        p_az -= inflow * p[a]
        r_z += r[a] * z[a]
    return z_az, p_az, r_z


@njit(cache=True)
def prolong_and_relax(z, p, r, planes, neighbours, conductances, inverse, aggregates, correction):
    """Add the coarse correction, relax black, then red: the mirror image of the way down.

    Returns z.Az, p.Az and r.z, which is all CG needs to know of the new correction z.
    """
    nx = planes.shape[1] - 1
    z_az = 0.0
    p_az = 0.0
    r_z = 0.0
    red, black = planes
    for step in range(nx + 8):
        if step < nx:
            i = nx - step
            if step < 2:
                i = 0 if step == 0 else nx - 1
            _prolong(z, aggregates, correction, red[i], red[i + 1])
            _prolong(z, aggregates, correction, black[i], black[i + 1])
        if 2 <= step < nx + 2:
            i = nx + 1 - step
            _relax_back(z, r, neighbours, conductances, inverse, black[i], black[i + 1])
        if 4 <= step < nx + 4:
            i = nx + 2 - step
            if i <= 0:
                i = nx - 1 if i == 0 else 0
            _relax_back(z, r, neighbours, conductances, inverse, red[i], red[i + 1])
        i = -1
        if 6 <= step < nx + 2:
            i = nx + 3 - step
        elif step >= nx + 4:
            left = step - nx - 4
            if left < nx:
                i = (nx - 1, 0, 1, nx - 2)[left]
        if i >= 0:
            for plane in (red, black):
                a, b, c = _products(z, p, r, neighbours, conductances, plane[i], plane[i + 1])
                z_az += a
                p_az += b
                r_z += c
    return z_az, p_az, r_z


@njit(cache=True)
def _step(z, p, x, alpha, beta, first, last):
    for a in range(first, last):
        p[a] = z[a] + beta * p[a]
        x[a] += alpha * p[a]


@njit(cache=True)
def _subtract(p, r, alpha, neighbours, conductances, first, last):
    """Residual after a step alpha along p; returns its sum."""
    total = 0.0
    for a in range(first, last):
        r[a] += alpha * _inflow(p, a, neighbours, conductances, DOUBLE)
        total += r[a]
    return total


@njit(cache=True)
def advance(z, p, x, r, alpha, beta, planes, neighbours, conductances):
    """p = z + beta p, x += alpha p, r -= alpha A p; returns the sum of the residuals."""
    nx = planes.shape[1] - 1
    beta = np.float32(beta)
    total = 0.0
    red, black = planes
    for step in range(nx + 2):
        if step < nx:
            i = step - 1
            if step < 2:
                i = 0 if step == 0 else nx - 1
            _step(z, p, x, alpha, beta, red[i], red[i + 1])
            _step(z, p, x, alpha, beta, black[i], black[i + 1])
        if step >= 2:
            i = step - 2
            total += _subtract(p, r, alpha, neighbours, conductances, red[i], red[i + 1])
            total += _subtract(p, r, alpha, neighbours, conductances, black[i], black[i + 1])
    return total


@njit(cache=True)
def balance(x, r, inlet, drop, neighbours, conductances):
    """Residual of a potential, afresh; ``drop`` is that from the inlet to its voxels ``inlet``."""
    n = len(r)
    for a in range(n):
        total = 0.0
        for d in range(6):
            if d != PREVIOUS or neighbours[a, d] < n:
                total += conductances[a, d] * (x[neighbours[a, d]] - x[a])
        r[a] = total
    for entry in range(len(inlet)):
        r[inlet[entry]] += conductances[inlet[entry], PREVIOUS] * drop[entry]
