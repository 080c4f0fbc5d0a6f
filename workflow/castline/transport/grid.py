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

from itertools import pairwise

import numpy as np
from numba import njit, prange

from castline.transport.threads import Threaded

# Columns of the neighbours, or electrodes, along the flow axis.
NEXT, PREVIOUS = 4, 5

# A correction that is constant over each aggregate is too stiff, hence too small (D. Braess,
# Computing 55 (1995) 379-393).
OVERCORRECTION = 1.4

SINGLE = np.float32(1)
DOUBLE = np.float64(1)


# Planes by which each stage of a pass keeps away from the ends of a part: it follows the stage
# before on the neighbouring planes. Four, so that no aggregate is summed from two parts.
WAY_DOWN = (0, 1, 2, 4)
WAY_UP = (0, 1, 2, 3)
ADVANCE = (0, 1)


def slabs(nx, count):
    """Ends (count + 1,) of slabs of planes, each with an even number of planes before it.

    Fewer where they would be thinner than two planes.
    """
    count = max(1, min(count, nx // 2))
    ends = 2 * (np.arange(count + 1) * nx // (2 * count))
    ends[-1] = nx
    return ends


def schedule(nx, parts, lags, backwards=False):
    """Order in which a pass of several stages goes through the planes.

    Each stage follows the one before a plane behind, while the planes are still in cache. Each of
    ``parts`` slabs goes as far as it can by itself; what is left are the planes about their ends.
    Results do not depend on the order, except across an odd periodic side: the planes about the
    ends are taken in order, or backwards.

    Parameters
    ----------
    nx, parts : int
    lags : tuple of int
        By stage, as `WAY_DOWN`.

    Returns
    -------
    list of (starts, stages, planes)
        To be done one after the other; of each, the parts ``starts[p]`` to ``starts[p + 1]`` of the
        two lists are independent.
    """
    ends = slabs(nx, min(parts, nx // (4 * max(lags))))
    inner, outer = [], []
    for first, last in pairwise(ends):
        work = []
        for head in range(first, last):
            for stage, lag in enumerate(lags):
                plane = head - stage
                if first + lag <= plane < last - lag:
                    work.append((stage, plane))
        inner.append(work)
        work = []
        for stage, lag in enumerate(lags):
            around = [(last - lag + j) % nx for j in range(min(2 * lag, nx))]
            work += [(stage, plane) for plane in (around[::-1] if backwards else around)]
        outer.append(work)
    rounds = [[inner[0] + outer[0]]] if len(inner) == 1 else [inner, outer]
    return [
        (
            np.cumsum([0, *map(len, works)]),
            np.array([stage for work in works for stage, _ in work], dtype=np.int64),
            np.array([plane for work in works for _, plane in work], dtype=np.int64),
        )
        for works in rounds
    ]


def number_voxels(active, threads=1):
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
    counts = np.zeros((active.shape[0], 2), dtype=np.int32)
    _count_colours(threads, active, counts)
    ends = np.cumsum(counts.T).reshape(2, -1)
    planes = np.zeros((2, active.shape[0] + 1), dtype=np.int32)
    planes[:, 1:] = ends
    planes[1, 0] = ends[0, -1]
    numbers = np.empty(active.shape, dtype=np.int32)
    _number_colours(threads, active, planes, numbers)
    return numbers, planes


@Threaded
def _count_colours(active, counts):
    nx, ny, nz = active.shape
    for i in prange(nx):
        for j in range(ny):
            for k in range(nz):
                if active[i, j, k]:
                    counts[i, (i + j + k) & 1] += 1


@Threaded
def _number_colours(active, planes, numbers):
    nx, ny, nz = active.shape
    for i in prange(nx):
        red = planes[0, i]
        black = planes[1, i]
        for j in range(ny):
            for k in range(nz):
                if not active[i, j, k]:
                    numbers[i, j, k] = planes[1, nx]
                elif (i + j + k) & 1:
                    numbers[i, j, k] = black
                    black += 1
                else:
                    numbers[i, j, k] = red
                    red += 1


def connect_voxels(sigma, numbers, n, weights, scale, periodic, threads=1):
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
    neighbours = np.empty((n, 6), dtype=np.int32)
    conductances = np.empty((n, 6), dtype=np.float32)
    inverse = np.empty(n, dtype=np.float32)
    _clear(threads, neighbours, conductances)
    _connect_planes(
        threads, sigma, numbers, 2 * scale * weights, periodic, neighbours, conductances
    )
    _invert(threads, conductances, inverse)
    return neighbours, conductances, inverse


@Threaded
def _clear(neighbours, conductances):
    for a in prange(len(neighbours)):
        for d in range(6):
            neighbours[a, d] = len(neighbours)
            conductances[a, d] = 0


@Threaded
def _connect_planes(sigma, numbers, twice, periodic, neighbours, conductances):
    """Each plane with itself and the next; no entry is written from two planes."""
    for i in prange(sigma.shape[0]):
        _connect_plane(i, sigma, numbers, twice, periodic, neighbours, conductances)


@njit(cache=True)
def _connect_plane(i, sigma, numbers, twice, periodic, neighbours, conductances):
    nx, ny, nz = sigma.shape
    n = len(neighbours)
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


@Threaded
def _invert(conductances, inverse):
    for a in prange(len(inverse)):
        total = conductances[a, 0]
        for d in range(1, 6):
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


def add_interfaces(
    conductances, inverse, numbers, resistance, weights, scale, spacing, periodic, threads=1
):
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
    # Ohm m2 of a face whose resistance is one in grid units.
    unit = scale * weights * spacing
    _resist_planes(threads, conductances, numbers, resistance, unit, periodic)
    _invert(threads, conductances, inverse)


@Threaded
def _resist_planes(conductances, numbers, resistance, unit, periodic):
    """Each plane with itself and the next; no entry is written from two planes."""
    nx, ny, nz = numbers.shape
    n = len(conductances)
    for i in prange(nx):
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


def block_outlet(conductances, inverse, outlet, threads=1):
    """Let no current pass between the voxels ``outlet`` and the outlet."""
    conductances[outlet, NEXT] = 0
    _invert(threads, conductances, inverse)


@Threaded
def ramp(numbers, n):
    """Potential falling linearly from inlet to outlet, as a direction (n + 1,)."""
    nx, ny, nz = numbers.shape
    potential = np.zeros(n + 1, dtype=np.float32)
    for i in prange(nx):
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


@Threaded
def relax_and_restrict(
    starts,
    stages,
    at,
    z,
    r,
    planes,
    neighbours,
    conductances,
    inverse,
    seam,
    aggregates,
    coarse,
):
    """Red, then black Gauss-Seidel from zero, and the residual summed over the aggregates.

    ``starts``, ``stages`` and ``at`` are a round of the `schedule`. Black voxels are left without
    residual, except where an odd periodic side (``seam``) makes them neighbours. ``coarse`` is zero
    before.
    """
    red, black = planes
    for part in prange(len(starts) - 1):
        for entry in range(starts[part], starts[part + 1]):
            i = at[entry]
            if stages[entry] == 0:
                z[red[i] : red[i + 1]] = 0
                z[black[i] : black[i + 1]] = 0
            elif stages[entry] == 1:
                _start(z, r, neighbours, conductances, inverse, seam, red[i], red[i + 1])
            elif stages[entry] == 2:
                _relax(z, r, neighbours, conductances, inverse, black[i], black[i + 1])
            else:
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


@Threaded
def prolong_and_relax(
    starts,
    stages,
    at,
    z,
    p,
    r,
    planes,
    neighbours,
    conductances,
    inverse,
    aggregates,
    correction,
    products,
):
    """Add the coarse correction, relax black, then red: the mirror image of the way down.

    ``products`` (nx, 3) are z.Az, p.Az and r.z by plane, which is all CG needs to know of the new
    correction z.
    """
    red, black = planes
    for part in prange(len(starts) - 1):
        for entry in range(starts[part], starts[part + 1]):
            i = at[entry]
            if stages[entry] == 0:
                _prolong(z, aggregates, correction, red[i], red[i + 1])
                _prolong(z, aggregates, correction, black[i], black[i + 1])
            elif stages[entry] == 1:
                _relax_back(z, r, neighbours, conductances, inverse, black[i], black[i + 1])
            elif stages[entry] == 2:
                _relax_back(z, r, neighbours, conductances, inverse, red[i], red[i + 1])
            else:
                one = _products(z, p, r, neighbours, conductances, red[i], red[i + 1])
                other = _products(z, p, r, neighbours, conductances, black[i], black[i + 1])
                for column in range(3):
                    products[i, column] = one[column] + other[column]


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


@Threaded
def advance(starts, stages, at, z, p, x, r, alpha, beta, planes, neighbours, conductances, sums):
    """p = z + beta p, x += alpha p, r -= alpha A p; ``sums`` (nx,) of the residuals by plane."""
    red, black = planes
    for part in prange(len(starts) - 1):
        for entry in range(starts[part], starts[part + 1]):
            i = at[entry]
            if stages[entry] == 0:
                _step(z, p, x, alpha, beta, red[i], red[i + 1])
                _step(z, p, x, alpha, beta, black[i], black[i + 1])
            else:
                one = _subtract(p, r, alpha, neighbours, conductances, red[i], red[i + 1])
                other = _subtract(p, r, alpha, neighbours, conductances, black[i], black[i + 1])
                sums[i] = one + other


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
