"""The finest level: face conductances of the voxel grid and the operations of CG on them.

Everything here is in grid units: conductivity 1 is the largest of the image, the face
conductance of two such voxels across the flow axis is 1, the potential is 1 at the inlet and 0 at
the outlet. The flow axis is last. A row of voxels along it is stored as its even voxels, then its
odd ones, (nx, ny, 2, ceil(nz / 2)), so that the voxels of one checkerboard colour lie side by side
and a Gauss-Seidel sweep over one colour runs at the full width of the processor. The surplus odd
voxel of an odd nz, like every voxel that carries no current, has no conductance and stays at zero.

Arrays: ``faces`` (nx, ny, 3, 2, h) float32, conductance from a voxel to its next neighbour along x,
y, z; ``ends`` (2, nx, ny) float32, conductance to the inlet and to the outlet; ``inverse``
(nx, ny, 2, h) float32, one over the sum of a voxel's conductances. Potentials and
residuals are float64, search directions and corrections float32: a rounded direction is still a
direction, and every residual is that of the direction as stored.

Differences of potential are taken before anything is multiplied: in a well-conducting strand the
potential hardly varies, and a sum of conductance times potential would lose what is left.
"""

import numpy as np
from numba import njit

# Sums may be reordered by the compiler, the same way every time.
SUMS = {"reassoc", "contract", "nsz"}

SINGLE = np.float32(1)
DOUBLE = np.float64(1)


@njit(cache=True)
def face_conductances(sigma, active, weights, scale, periodic):
    """Harmonic face conductances of the active voxels, and of the half voxels at the electrodes.

    Parameters
    ----------
    sigma : array (nx, ny, nz)
    active : array (nx, ny, nz) of bool
    weights : array (3,)
        Area over distance of a face across x, y, z, relative to z.
    scale : float
        One over the largest conductivity.
    periodic : bool

    Returns
    -------
    faces, ends : arrays as in the module's description.
    """
    nx, ny, nz = sigma.shape
    faces = np.zeros((nx, ny, 3, 2, (nz + 1) // 2), dtype=np.float32)
    ends = np.zeros((2, nx, ny), dtype=np.float32)
    twice = 2 * scale * weights
    for i in range(nx):
        next_i = i + 1 if i < nx - 1 else 0
        has_x = (i < nx - 1 or periodic) and nx > 1
        for j in range(ny):
            next_j = j + 1 if j < ny - 1 else 0
            has_y = (j < ny - 1 or periodic) and ny > 1
            for k in range(nz):
                if not active[i, j, k]:
                    continue
                here = sigma[i, j, k]
                c = k & 1
                m = k >> 1
                if has_x and active[next_i, j, k]:
                    there = sigma[next_i, j, k]
                    faces[i, j, 0, c, m] = twice[0] * here * (there / (here + there))
                if has_y and active[i, next_j, k]:
                    there = sigma[i, next_j, k]
                    faces[i, j, 1, c, m] = twice[1] * here * (there / (here + there))
                if k < nz - 1 and active[i, j, k + 1]:
                    there = sigma[i, j, k + 1]
                    faces[i, j, 2, c, m] = twice[2] * here * (there / (here + there))
            if active[i, j, 0]:
                ends[0, i, j] = twice[2] * sigma[i, j, 0]
            if active[i, j, nz - 1]:
                ends[1, i, j] = twice[2] * sigma[i, j, nz - 1]
    return faces, ends


@njit(cache=True)
def split(values, active):
    """Rows of an array (nx, ny, nz) as even, then odd voxels; inactive ones become zero."""
    nx, ny, nz = values.shape
    halves = np.zeros((nx, ny, 2, (nz + 1) // 2), dtype=values.dtype)
    for i in range(nx):
        for j in range(ny):
            for k in range(nz):
                if active[i, j, k]:
                    halves[i, j, k & 1, k >> 1] = values[i, j, k]
    return halves


@njit(cache=True)
def ramp(active):
    """Potential falling linearly from inlet to outlet, on active voxels, as a direction."""
    nx, ny, nz = active.shape
    potential = np.zeros((nx, ny, 2, (nz + 1) // 2), dtype=np.float32)
    for i in range(nx):
        for j in range(ny):
            for k in range(nz):
                if active[i, j, k]:
                    potential[i, j, k & 1, k >> 1] = 1 - (k + 0.5) / nz
    return potential


@njit(cache=True)
def _around(i, n):
    return (i - 1 if i > 0 else n - 1), (i + 1 if i < n - 1 else 0)


# Inlined where it is called: on rows of a few dozen voxels the call costs as much as the row.
@njit(cache=True, inline="always")
def _inflow(inflow, z, faces, ends, odd, i, j, c, one):
    """Current into each voxel of half row (i, j, c) at potential z, in the precision of ``one``."""
    nx, ny, _, h = z.shape
    im, ip = _around(i, nx)
    jm, jp = _around(j, ny)
    for m in range(h):
        here = one * z[i, j, c, m]
        inflow[m] = (
            faces[i, j, 0, c, m] * (z[ip, j, c, m] - here)
            + faces[im, j, 0, c, m] * (z[im, j, c, m] - here)
            + faces[i, j, 1, c, m] * (z[i, jp, c, m] - here)
            + faces[i, jm, 1, c, m] * (z[i, jm, c, m] - here)
            + faces[i, j, 2, 0, m] * (z[i, j, 1 - c, m] - here)
        )
    if c == 0:
        for m in range(h - 1):
            inflow[m + 1] += faces[i, j, 2, 1, m] * (one * z[i, j, 1, m] - z[i, j, 0, m + 1])
        inflow[0] -= ends[0, i, j] * (one * z[i, j, 0, 0])
        if odd:
            inflow[h - 1] -= ends[1, i, j] * (one * z[i, j, 0, h - 1])
    else:
        for m in range(h - 1):
            inflow[m] += faces[i, j, 2, 1, m] * (one * z[i, j, 0, m + 1] - z[i, j, 1, m])
        if not odd:
            inflow[h - 1] -= ends[1, i, j] * (one * z[i, j, 1, h - 1])


@njit(cache=True)
def inverse_conductances(faces, ends, odd):
    """One over the sum of the conductances of each voxel; zero where there are none."""
    nx, ny, _, _, h = faces.shape
    inverse = np.empty((nx, ny, 2, h), dtype=np.float32)
    last = 0 if odd else 1
    for i in range(nx):
        im, _ = _around(i, nx)
        for j in range(ny):
            jm, _ = _around(j, ny)
            for c in range(2):
                total = inverse[i, j, c]
                for m in range(h):
                    total[m] = faces[i, j, 0, c, m] + faces[im, j, 0, c, m]
                for m in range(h):
                    total[m] += faces[i, j, 1, c, m] + faces[i, jm, 1, c, m]
                for m in range(h):
                    total[m] += faces[i, j, 2, 0, m]
                for m in range(h - 1):
                    total[m + 1 - c] += faces[i, j, 2, 1, m]
                if c == 0:
                    total[0] += ends[0, i, j]
                if c == last:
                    total[h - 1] += ends[1, i, j]
                for m in range(h):
                    total[m] = 1 / total[m] if total[m] > 0 else 0
    return inverse


@njit(cache=True)
def _relax(z, r, faces, ends, odd, inverse, i, colour, forward, inflow):
    """Gauss-Seidel on the voxels of one colour in plane i."""
    _, ny, _, h = z.shape
    for step in range(ny):
        j = step if forward else ny - 1 - step
        c = (i + j + colour) & 1
        _inflow(inflow, z, faces, ends, odd, i, j, c, SINGLE)
        for m in range(h):
            z[i, j, c, m] += (np.float32(r[i, j, c, m]) + inflow[m]) * inverse[i, j, c, m]


@njit(cache=True)
def _start(z, r, faces, ends, odd, inverse, i, inflow):
    """Gauss-Seidel on the red voxels of plane i while the others are zero.

    No current flows into them then, except where an odd periodic side makes them neighbours.
    """
    nx, ny, _, h = z.shape
    for j in range(ny):
        c = (i + j) & 1
        if (nx % 2 == 1 and i == nx - 1) or (ny % 2 == 1 and j == ny - 1):
            _inflow(inflow, z, faces, ends, odd, i, j, c, SINGLE)
        else:
            inflow[:] = 0
        for m in range(h):
            z[i, j, c, m] = (np.float32(r[i, j, c, m]) + inflow[m]) * inverse[i, j, c, m]


@njit(cache=True)
def _restrict(coarse, z, r, faces, ends, odd, aggregates, i, inflow):
    """Add what is left of the residual in plane i after red, then black voxels were relaxed.

    Black voxels are left without residual, except where an odd periodic side makes them neighbours.
    """
    nx, ny, _, h = z.shape
    seam_x = nx % 2 == 1 and (i in (0, nx - 1))
    for j in range(ny):
        seam = seam_x or (ny % 2 == 1 and (j in (0, ny - 1)))
        for colour in range(2 if seam else 1):
            c = (i + j + colour) & 1
            _inflow(inflow, z, faces, ends, odd, i, j, c, SINGLE)
            for m in range(h):
                coarse[aggregates[i, j, c, m]] += r[i, j, c, m] + inflow[m]


@njit(cache=True)
def relax_and_restrict(z, r, faces, ends, odd, inverse, aggregates, coarse):
    """Red, then black Gauss-Seidel from zero, and the residual summed over the aggregates.

    One pass: each step follows the other a plane behind, while the planes are still in cache. The
    last red plane goes second because the first black one, across the periodic side, needs it.
    """
    nx, _, _, h = z.shape
    inflow = np.empty(h, dtype=np.float32)
    z[:] = 0
    coarse[:] = 0
    for step in range(nx + 4):
        if step < nx:
            i = step - 1
            if step < 2:
                i = 0 if step == 0 else nx - 1
            _start(z, r, faces, ends, odd, inverse, i, inflow)
        if 2 <= step < nx + 2:
            _relax(z, r, faces, ends, odd, inverse, step - 2, 1, True, inflow)
        if step >= 4:
            _restrict(coarse, z, r, faces, ends, odd, aggregates, (step - 3) % nx, inflow)


@njit(cache=True)
def _prolong(z, aggregates, correction, i):
    _, ny, _, h = z.shape
    for j in range(ny):
        for c in range(2):
            for m in range(h):
                z[i, j, c, m] += correction[aggregates[i, j, c, m]]


@njit(cache=True, fastmath=SUMS)
def _products(z, p, r, faces, ends, odd, i, inflow):
    """z.Az, p.Az and r.z over plane i."""
    _, ny, _, h = z.shape
    z_az = 0.0
    p_az = 0.0
    r_z = 0.0
    for j in range(ny):
        for c in range(2):
            _inflow(inflow, z, faces, ends, odd, i, j, c, SINGLE)
            for m in range(h):
                z_az -= np.float64(inflow[m]) * z[i, j, c, m]
                p_az -= np.float64(inflow[m]) * p[i, j, c, m]
                r_z += r[i, j, c, m] * z[i, j, c, m]
    return z_az, p_az, r_z


@njit(cache=True)
def prolong_and_relax(z, p, r, faces, ends, odd, inverse, aggregates, correction):
    """Add the coarse correction, relax black, then red: the mirror image of the way down.

    Returns z.Az, p.Az and r.z, which is all CG needs to know of the new correction z.
    """
    nx, _, _, h = z.shape
    inflow = np.empty(h, dtype=np.float32)
    z_az = 0.0
    p_az = 0.0
    r_z = 0.0
    for step in range(nx + 8):
        if step < nx:
            i = nx - step
            if step < 2:
                i = 0 if step == 0 else nx - 1
            _prolong(z, aggregates, correction, i)
        if 2 <= step < nx + 2:
            _relax(z, r, faces, ends, odd, inverse, nx + 1 - step, 1, False, inflow)
        if 4 <= step < nx + 4:
            i = nx + 2 - step
            if i <= 0:
                i = nx - 1 if i == 0 else 0
            _relax(z, r, faces, ends, odd, inverse, i, 0, False, inflow)
        i = -1
        if 6 <= step < nx + 2:
            i = nx + 3 - step
        elif step >= nx + 4:
            left = step - nx - 4
            if left < nx:
                i = (nx - 1, 0, 1, nx - 2)[left]
        if i >= 0:
            a, b, c = _products(z, p, r, faces, ends, odd, i, inflow)
            z_az += a
            p_az += b
            r_z += c
    return z_az, p_az, r_z


@njit(cache=True)
def _step(z, p, x, alpha, beta, i):
    _, ny, _, h = z.shape
    for j in range(ny):
        for c in range(2):
            for m in range(h):
                p[i, j, c, m] = z[i, j, c, m] + beta * p[i, j, c, m]
            for m in range(h):
                x[i, j, c, m] += alpha * p[i, j, c, m]


@njit(cache=True, fastmath=SUMS)
def _subtract(p, r, alpha, faces, ends, odd, i, inflow):
    """Residual of plane i after a step alpha along p; returns its sum."""
    _, ny, _, h = p.shape
    total = 0.0
    for j in range(ny):
        for c in range(2):
            _inflow(inflow, p, faces, ends, odd, i, j, c, DOUBLE)
            for m in range(h):
                r[i, j, c, m] += alpha * inflow[m]
                total += r[i, j, c, m]
    return total


@njit(cache=True)
def advance(z, p, x, r, alpha, beta, faces, ends, odd):
    """p = z + beta p, x += alpha p, r -= alpha A p; returns the sum of the residuals."""
    nx, _, _, h = z.shape
    inflow = np.empty(h, dtype=np.float64)
    beta = np.float32(beta)
    total = 0.0
    for step in range(nx + 2):
        if step < nx:
            i = step - 1
            if step < 2:
                i = 0 if step == 0 else nx - 1
            _step(z, p, x, alpha, beta, i)
        if step >= 2:
            total += _subtract(p, r, alpha, faces, ends, odd, step - 2, inflow)
    return total
