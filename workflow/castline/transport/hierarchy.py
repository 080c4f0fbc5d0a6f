"""The coarse levels: aggregates of voxels, then of aggregates, solved by a K-cycle.

A coarse unknown is the potential of a whole aggregate, so the coarse matrices are conductance
networks like the fine one and are found by adding up conductances. Voxels are aggregated inside
blocks of 2 x 2 x 2, but only along strong faces, so that phases and separate strands are never tied
together; aggregates are paired twice per level with their strongest neighbour. Piecewise constant
aggregation is cheap but needs a better cycle than V: each level is solved by up to two steps of
flexible CG preconditioned by the next one. Deep down the networks become irregular and pairs of
pairs poor, so small levels are paired once and the last few thousand nodes solved directly.

Y. Notay, An aggregation-based algebraic multigrid method, ETNA 37 (2010) 123-146; A. Napov and
Y. Notay, An algebraic multigrid method with guaranteed convergence rate, SIAM J. Sci. Comput. 34
(2012) A1079-A1109; Y. Notay and P. Vassilevski, Recursive Krylov-based multigrid cycles, Numer.
Linear Algebra Appl. 15 (2008) 473-487.
"""

import numpy as np
import scipy.sparse
import scipy.sparse.linalg
from numba import njit

# Nodes left to the direct solver: a number, or a share of the finest network where that is more.
COARSEST = 4000
COARSEST_SHARE = 0.01
# Levels below this share of the finest network are paired once, larger ones twice.
PAIRED_ONCE_SHARE = 0.1
STRONG_FACE = 0.25
# Bound on the condition number that pairing two nodes may cost (Napov and Notay's quality).
QUALITY = 8.0
# A level that shrinks to no less than this share is paired again without that bound.
STALLED = 0.8
# A node that hangs on the electrodes by this share is solved by the smoother alone.
GROUNDED = 0.8
ENOUGH = 0.0625


@njit(cache=True)
def aggregate_voxels(active, faces):
    """Aggregates of voxels: connected parts of 2 x 2 x 2 blocks along strong faces.

    Parameters
    ----------
    active : array (nx, ny, 2, h) of bool
    faces : array (nx, ny, 3, 2, h)

    Returns
    -------
    aggregates : array (nx, ny, 2, h) of int32
        Number of the aggregate; inactive voxels carry the number of aggregates.
    count : int
    """
    nx, ny, _, h = active.shape
    aggregates = np.empty(active.shape, dtype=np.int32)
    count = 0
    strong = np.empty((2, 2, 2))
    part = np.empty((2, 2, 2), dtype=np.int64)
    for bi in range(0, nx, 2):
        for bj in range(0, ny, 2):
            for m in range(h):
                for a in range(2):
                    for b in range(2):
                        for c in range(2):
                            i = bi + a
                            j = bj + b
                            part[a, b, c] = -1
                            if i >= nx or j >= ny or not active[i, j, c, m]:
                                continue
                            part[a, b, c] = 4 * a + 2 * b + c
                            im = i - 1 if i > 0 else nx - 1
                            jm = j - 1 if j > 0 else ny - 1
                            top = max(faces[i, j, 0, c, m], faces[im, j, 0, c, m])
                            top = max(top, max(faces[i, j, 1, c, m], faces[i, jm, 1, c, m]))
                            top = max(top, faces[i, j, 2, 0, m])
                            if c == 1:
                                top = max(top, faces[i, j, 2, 1, m])
                            elif m > 0:
                                top = max(top, faces[i, j, 2, 1, m - 1])
                            strong[a, b, c] = STRONG_FACE * top
                for _ in range(3):
                    for b in range(2):
                        for c in range(2):
                            if (
                                part[0, b, c] >= 0
                                and part[1, b, c] >= 0
                                and faces[bi, bj + b, 0, c, m]
                                >= max(strong[0, b, c], strong[1, b, c])
                            ):
                                part[0, b, c] = min(part[0, b, c], part[1, b, c])
                                part[1, b, c] = part[0, b, c]
                    for a in range(2):
                        for c in range(2):
                            if (
                                part[a, 0, c] >= 0
                                and part[a, 1, c] >= 0
                                and faces[bi + a, bj, 1, c, m]
                                >= max(strong[a, 0, c], strong[a, 1, c])
                            ):
                                part[a, 0, c] = min(part[a, 0, c], part[a, 1, c])
                                part[a, 1, c] = part[a, 0, c]
                    for a in range(2):
                        for b in range(2):
                            if (
                                part[a, b, 0] >= 0
                                and part[a, b, 1] >= 0
                                and faces[bi + a, bj + b, 2, 0, m]
                                >= max(strong[a, b, 0], strong[a, b, 1])
                            ):
                                part[a, b, 0] = min(part[a, b, 0], part[a, b, 1])
                                part[a, b, 1] = part[a, b, 0]
                for a in range(2):
                    for b in range(2):
                        for c in range(2):
                            lowest = part[a, b, c]
                            if lowest == 4 * a + 2 * b + c:
                                aggregates[bi + a, bj + b, c, m] = count
                                count += 1
                            elif lowest >= 0:
                                aggregates[bi + a, bj + b, c, m] = aggregates[
                                    bi + (lowest >> 2), bj + ((lowest >> 1) & 1), lowest & 1, m
                                ]
                            elif bi + a < nx and bj + b < ny:
                                aggregates[bi + a, bj + b, c, m] = -1
    for i in range(nx):
        for j in range(ny):
            for c in range(2):
                for m in range(h):
                    if aggregates[i, j, c, m] < 0:
                        aggregates[i, j, c, m] = count
    return aggregates, count


@njit(cache=True)
def voxel_network(aggregates, count, faces, ends, odd):
    """Conductance network between aggregates of voxels.

    Returns
    -------
    start, middle : arrays (count + 1,), (count,) of int64
        Row a holds entries start[a] to start[a + 1], neighbours below a before middle[a].
    neighbour : array of int32
    conductance : array of float32
    diagonal : array (count,) of float64
        Sum of the conductances of a row and of those to the electrodes.
    """
    nx, ny, _, h = aggregates.shape
    start = np.zeros(count + 1, dtype=np.int64)
    for i in range(nx):
        ip = i + 1 if i < nx - 1 else 0
        for j in range(ny):
            jp = j + 1 if j < ny - 1 else 0
            for c in range(2):
                for m in range(h):
                    one = aggregates[i, j, c, m]
                    if one == count:
                        continue
                    for d in range(3):
                        if faces[i, j, d, c, m] > 0:
                            other = _across(aggregates, i, ip, j, jp, c, m, d)
                            if other != one:
                                start[one + 1] += 1
                                start[other + 1] += 1
    for a in range(count):
        start[a + 1] += start[a]
    neighbour = np.empty(start[count], dtype=np.uint32)
    conductance = np.empty(start[count], dtype=np.float32)
    end = start[:count].copy()
    diagonal = np.zeros(count)
    for i in range(nx):
        ip = i + 1 if i < nx - 1 else 0
        for j in range(ny):
            jp = j + 1 if j < ny - 1 else 0
            for c in range(2):
                for m in range(h):
                    one = aggregates[i, j, c, m]
                    if one == count:
                        continue
                    for d in range(3):
                        g = faces[i, j, d, c, m]
                        if g > 0:
                            other = _across(aggregates, i, ip, j, jp, c, m, d)
                            if other != one:
                                neighbour[end[one]] = other
                                conductance[end[one]] = g
                                end[one] += 1
                                neighbour[end[other]] = one
                                conductance[end[other]] = g
                                end[other] += 1
            if aggregates[i, j, 0, 0] < count:
                diagonal[aggregates[i, j, 0, 0]] += ends[0, i, j]
            last = 0 if odd else 1
            if aggregates[i, j, last, h - 1] < count:
                diagonal[aggregates[i, j, last, h - 1]] += ends[1, i, j]
    used = 0
    for a in range(count):
        first = used
        begin = start[a]
        start[a] = first
        for entry in range(begin, end[a]):
            used = _add(neighbour, conductance, first, used, neighbour[entry], conductance[entry])
    start[count] = used
    neighbour = neighbour[:used].copy()
    conductance = conductance[:used].copy()
    middle = _finish(start, neighbour, conductance, diagonal)
    return start, middle, neighbour, conductance, diagonal


@njit(cache=True)
def _across(aggregates, i, ip, j, jp, c, m, d):
    if d == 0:
        return aggregates[ip, j, c, m]
    if d == 1:
        return aggregates[i, jp, c, m]
    if c == 0:
        return aggregates[i, j, 1, m]
    return aggregates[i, j, 0, m + 1]


@njit(cache=True)
def _add(neighbour, conductance, first, used, node, g):
    """Add g to the entry of ``node`` among entries first to used, or append it."""
    entry = first
    while entry < used and neighbour[entry] != node:
        entry += 1
    if entry == used:
        neighbour[entry] = node
        conductance[entry] = g
        return used + 1
    conductance[entry] += g
    return used


@njit(cache=True)
def _finish(start, neighbour, conductance, diagonal):
    """Order each row by neighbour, complete the diagonal, find the first neighbour above it."""
    count = len(diagonal)
    middle = np.empty(count, dtype=np.int64)
    for a in range(count):
        for entry in range(start[a] + 1, start[a + 1]):
            node = neighbour[entry]
            g = conductance[entry]
            place = entry
            while place > start[a] and neighbour[place - 1] > node:
                neighbour[place] = neighbour[place - 1]
                conductance[place] = conductance[place - 1]
                place -= 1
            neighbour[place] = node
            conductance[place] = g
        middle[a] = start[a]
        for entry in range(start[a], start[a + 1]):
            diagonal[a] += conductance[entry]
            if neighbour[entry] < a:
                middle[a] = entry + 1
    return middle


@njit(cache=True)
def _pair(start, middle, neighbour, conductance, diagonal, quality):
    """Groups of two: each node with the free neighbour most strongly tied to it.

    A tie is as strong as the conductance over the harmonic mean of what hangs on the two nodes: the
    inverse of the pair's quality. A node without a good enough tie stays alone.
    """
    n = len(diagonal)
    group = np.full(n, -2, dtype=np.int32)
    count = 0
    for a in range(n):
        if group[a] != -2:
            continue
        best = 1 / quality
        partner = -1
        total = 0.0
        for entry in range(start[a], start[a + 1]):
            g = np.float64(conductance[entry])
            b = neighbour[entry]
            total += g
            tie = 0.5 * g * (1 / diagonal[a] + 1 / diagonal[b])
            if group[b] == -2 and tie > best:
                best = tie
                partner = b
        if total <= (1 - GROUNDED) * diagonal[a]:
            group[a] = -1
            continue
        group[a] = count
        if partner >= 0:
            group[partner] = count
        count += 1
    return group, count


@njit(cache=True)
def _collapse(start, middle, neighbour, conductance, diagonal, group, count):
    """Network between groups; nodes in no group count as held at zero."""
    n = len(diagonal)
    first_member = np.zeros(count + 1, dtype=np.int64)
    for a in range(n):
        if group[a] >= 0:
            first_member[group[a] + 1] += 1
    for a in range(count):
        first_member[a + 1] += first_member[a]
    members = np.empty(first_member[count], dtype=np.int32)
    end = first_member[:count].copy()
    for a in range(n):
        if group[a] >= 0:
            members[end[group[a]]] = a
            end[group[a]] += 1
    coarse_start = np.zeros(count + 1, dtype=np.int64)
    coarse_neighbour = np.empty(len(neighbour), dtype=np.uint32)
    coarse_conductance = np.empty(len(neighbour), dtype=np.float32)
    coarse_diagonal = np.zeros(count)
    entry_of = np.full(count, -1, dtype=np.int64)
    used = 0
    for big in range(count):
        first = used
        for place in range(first_member[big], first_member[big + 1]):
            a = members[place]
            grounded = diagonal[a]
            for entry in range(start[a], start[a + 1]):
                g = conductance[entry]
                other = group[neighbour[entry]]
                if other < 0:
                    continue
                grounded -= g
                if other == big:
                    continue
                if entry_of[other] < first:
                    entry_of[other] = used
                    coarse_neighbour[used] = other
                    coarse_conductance[used] = g
                    used += 1
                else:
                    coarse_conductance[entry_of[other]] += g
            coarse_diagonal[big] += grounded
        coarse_start[big + 1] = used
    coarse_neighbour = coarse_neighbour[:used].copy()
    coarse_conductance = coarse_conductance[:used].copy()
    middle = _finish(coarse_start, coarse_neighbour, coarse_conductance, coarse_diagonal)
    return coarse_start, middle, coarse_neighbour, coarse_conductance, coarse_diagonal


@njit(cache=True)
def _compose(first, second):
    """Group of groups of each node, -1 for nodes in none."""
    group = np.full(len(first), -1, dtype=np.int32)
    for a in range(len(first)):
        if first[a] >= 0:
            group[a] = second[first[a]]
    return group


@njit(cache=True, error_model="numpy")
def _down(start, middle, neighbour, conductance, diagonal, group, r, x, coarse):
    """Forward Gauss-Seidel from zero, then the residual summed over the groups."""
    n = len(diagonal)
    for a in range(n):
        current = r[a]
        for entry in range(start[a], middle[a]):
            current += conductance[entry] * x[neighbour[entry]]
        x[a] = current / diagonal[a]
    coarse[:] = 0
    for a in range(n):
        left = 0.0
        for entry in range(middle[a], start[a + 1]):
            left += conductance[entry] * x[neighbour[entry]]
        coarse[group[a]] += left


@njit(cache=True, error_model="numpy")
def _up(start, middle, neighbour, conductance, diagonal, group, r, x, coarse, change, product):
    """Add the coarse correction, backward Gauss-Seidel, and A x with x.Ax and x.r.

    When a node is relaxed its current balances with the neighbours above as they stay and those
    below as they were, so A x needs only the changes of the neighbours below.
    """
    n = len(diagonal)
    for a in range(n):
        x[a] += coarse[group[a]]
    for a in range(n - 1, -1, -1):
        current = r[a]
        for entry in range(start[a], start[a + 1]):
            current += conductance[entry] * x[neighbour[entry]]
        new = current / diagonal[a]
        change[a] = x[a] - new
        x[a] = new
    x_ax = 0.0
    x_r = 0.0
    for a in range(n):
        current = r[a]
        for entry in range(start[a], middle[a]):
            current += conductance[entry] * change[neighbour[entry]]
        product[a] = current
        x_ax += x[a] * current
        x_r += x[a] * r[a]
    return x_ax, x_r


@njit(cache=True)
def _remaining(r, step, product, remainder):
    """Residual after a step; returns whether it is small enough to stop at."""
    before = 0.0
    after = 0.0
    for a in range(len(r)):
        remainder[a] = r[a] - step * product[a]
        before += r[a] * r[a]
        after += remainder[a] * remainder[a]
    return after <= ENOUGH * before


@njit(cache=True)
def _dot(one, other):
    total = 0.0
    for a in range(len(one)):
        total += one[a] * other[a]
    return total


@njit(cache=True)
def _combine(solution, one, x, other, y):
    for a in range(len(x)):
        solution[a] = one * x[a] + other * y[a]


class _Level:
    """One network, its groups and its work space."""

    def __init__(self, network):
        self.network = network
        n = len(network[4])
        self.first, self.second, self.change = np.empty(n), np.empty(n), np.empty(n)
        self.first_product, self.second_product = np.empty(n), np.empty(n)
        self.remainder, self.solution = np.empty(n), np.zeros(n + 1)
        self.group = self.coarse = None


class Hierarchy:
    """Coarse networks below the voxels and the K-cycle over them.

    Parameters
    ----------
    network : tuple
        What `voxel_network` returns.
    """

    def __init__(self, network):
        self.levels = [_Level(network)]
        finest = len(network[4])
        coarsest = max(COARSEST, COARSEST_SHARE * finest)
        while len(network[4]) > coarsest:
            n = len(network[4])
            group, count = _pair(*network, QUALITY)
            if count > STALLED * n:
                group, count = _pair(*network, np.inf)
            network = _collapse(*network, group, count)
            if n > PAIRED_ONCE_SHARE * finest:
                pairs, count = _pair(*network, QUALITY)
                network = _collapse(*network, pairs, count)
                group = _compose(group, pairs)
            if count > STALLED * n:
                break
            level = self.levels[-1]
            level.group = np.where(group < 0, count, group)
            level.coarse = np.zeros(count + 1)
            self.levels.append(_Level(network))
        start, _, neighbour, conductance, diagonal = self.levels[-1].network
        n = len(diagonal)
        matrix = scipy.sparse.diags_array(diagonal) - scipy.sparse.csr_array(
            (conductance.astype(np.float64), neighbour.astype(np.int32), start), shape=(n, n)
        )
        self.direct = None
        if n:
            self.direct = scipy.sparse.linalg.splu(
                matrix.tocsc(), permc_spec="MMD_AT_PLUS_A", options={"SymmetricMode": True}
            )

    def solve(self, r):
        """Approximate potential of the coarse unknowns.

        Parameters
        ----------
        r : array (n,) of float64

        Returns
        -------
        array (n + 1,) of float64
            The last entry, for voxels and nodes in no group, is zero.
        """
        return self._solve(0, r)

    def _solve(self, depth, r):
        level = self.levels[depth]
        if depth == len(self.levels) - 1:
            if self.direct is not None:
                level.solution[:-1] = self.direct.solve(r)
            return level.solution
        x_ax, x_r = self._cycle(depth, r, level.first, level.first_product)
        if not x_ax > 0:
            level.solution[:] = 0
            return level.solution
        step = x_r / x_ax
        if _remaining(r, step, level.first_product, level.remainder):
            _combine(level.solution[:-1], step, level.first, 0.0, level.first)
            return level.solution
        y_ay, y_r = self._cycle(depth, level.remainder, level.second, level.second_product)
        y_ax = _dot(level.second, level.first_product)
        energy = y_ay - y_ax * y_ax / x_ax
        second_step = y_r / energy if energy > 0 else 0.0
        step -= y_ax * second_step / x_ax
        _combine(level.solution[:-1], step, level.first, second_step, level.second)
        return level.solution

    def _cycle(self, depth, r, x, product):
        level = self.levels[depth]
        _down(*level.network, level.group, r, x, level.coarse)
        correction = self._solve(depth + 1, level.coarse[:-1])
        return _up(*level.network, level.group, r, x, correction, level.change, product)
