"""The coarse levels: aggregates of voxels, then of aggregates, solved by a K-cycle.

A coarse unknown is the potential of a whole aggregate, so the coarse matrices are conductance
networks like the fine one and are found by adding up conductances. Voxels are aggregated inside
blocks of 2 x 2 x 2, but only along strong faces, so that phases and separate strands are never tied
together; aggregates are paired twice per level with their strongest neighbour. Two good pairs need
not make a good group of four: near the percolation threshold, and at high contrast, a group may
hang together by one weak link between strong parts, and CG then needs hundreds of iterations. So
the second pairing asks for the quality of the whole group. Piecewise constant aggregation is cheap
but needs a better cycle than V: each level is solved by up to two steps of flexible CG
preconditioned by the next one, the last few thousand nodes directly.

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
STRONG_FACE = 0.25
# Bound on the condition number that grouping nodes may cost (Napov and Notay's quality). Networks
# of ten neighbours a node, as below three-dimensional images, hardly shrink at their 8.
QUALITY = 16.0
# A level that shrinks to no less than this share is paired again without that bound.
STALLED = 0.8
# A node that hangs on the electrodes by this share is solved by the smoother alone.
GROUNDED = 0.8
ENOUGH = 0.0625
# Nodes of a group of two pairs, and how many partners a pair tries.
MOST = 4
TRIES = 3
# All visits of a level may cost this many times what the finest network costs: where networks
# shrink by less than two a level, two visits from each level to the next would cost without bound.
WORK = 4


@njit(cache=True)
def aggregate_voxels(numbers, neighbours, conductances):
    """Aggregates of voxels: connected parts of 2 x 2 x 2 blocks along strong faces.

    Parameters
    ----------
    numbers : array (nx, ny, nz) of int32
    neighbours, conductances : arrays (n, 6)
        As in `grid`.

    Returns
    -------
    aggregates : array (n,) of int32
    count : int
    """
    nx, ny, nz = numbers.shape
    n = len(neighbours)
    aggregates = np.empty(n, dtype=np.int32)
    count = 0
    voxel = np.empty(8, dtype=np.int32)
    strong = np.empty(8, dtype=np.float32)
    part = np.empty(8, dtype=np.int8)
    for bi in range(0, nx, 2):
        for bj in range(0, ny, 2):
            for bk in range(0, nz, 2):
                for q in range(8):
                    i = bi + (q >> 2)
                    j = bj + ((q >> 1) & 1)
                    k = bk + (q & 1)
                    voxel[q] = numbers[i, j, k] if i < nx and j < ny and k < nz else n
                    part[q] = q
                    if voxel[q] < n:
                        top = np.float32(0)
                        for d in range(6):
                            if neighbours[voxel[q], d] < n:
                                top = max(top, conductances[voxel[q], d])
                        strong[q] = STRONG_FACE * top
                for d in range(3):
                    side = 4 >> d
                    for q in range(8):
                        if q & side or voxel[q] == n or voxel[q + side] == n:
                            continue
                        face = conductances[voxel[q], 2 * d]
                        if face >= max(strong[q], strong[q + side]):
                            low = min(part[q], part[q + side])
                            high = max(part[q], part[q + side])
                            if low < high:
                                for other in range(8):
                                    if part[other] == high:
                                        part[other] = low
                for q in range(8):
                    if voxel[q] == n:
                        continue
                    if part[q] == q:
                        aggregates[voxel[q]] = count
                        count += 1
                    else:
                        aggregates[voxel[q]] = aggregates[voxel[part[q]]]
    return aggregates, count


@njit(cache=True)
def voxel_network(aggregates, count, neighbours, conductances):
    """Conductance network between aggregates of voxels.

    Returns
    -------
    start, middle : arrays (count + 1,), (count,) of int64
        Row a holds entries start[a] to start[a + 1], neighbours below a before middle[a].
    neighbour : array of uint32
    conductance : array of float32
    diagonal : array (count,) of float64
        Sum of the conductances of a row and of those to the electrodes.
    """
    n = len(aggregates)
    first_member, members = _members(aggregates, count)
    most = 0
    for a in range(n):
        for d in range(6):
            b = neighbours[a, d]
            if b < n and aggregates[b] != aggregates[a]:
                most += 1
    start = np.zeros(count + 1, dtype=np.int64)
    neighbour = np.empty(most, dtype=np.uint32)
    conductance = np.empty(most, dtype=np.float32)
    diagonal = np.zeros(count)
    used = 0
    for big in range(count):
        first = used
        for place in range(first_member[big], first_member[big + 1]):
            a = members[place]
            for d in range(6):
                b = neighbours[a, d]
                if b == n:
                    diagonal[big] += conductances[a, d]
                elif aggregates[b] != big:
                    used = _add(
                        neighbour, conductance, first, used, aggregates[b], conductances[a, d]
                    )
        start[big + 1] = used
    neighbour = neighbour[:used].copy()
    conductance = conductance[:used].copy()
    middle = _finish(start, neighbour, conductance, diagonal)
    return start, middle, neighbour, conductance, diagonal


@njit(cache=True)
def _members(group, count):
    """Where the members of each group begin, and the members; nodes in no group are left out."""
    first = np.zeros(count + 1, dtype=np.int64)
    for a in range(len(group)):
        if group[a] >= 0:
            first[group[a] + 1] += 1
    for a in range(count):
        first[a + 1] += first[a]
    members = np.empty(first[count], dtype=np.int32)
    end = first[:count].copy()
    for a in range(len(group)):
        if group[a] >= 0:
            members[end[group[a]]] = a
            end[group[a]] += 1
    return first, members


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
    """Put the neighbours below a node first, find the first above it, complete the diagonal."""
    count = len(diagonal)
    middle = np.empty(count, dtype=np.int64)
    for a in range(count):
        place = start[a]
        for entry in range(start[a], start[a + 1]):
            node = neighbour[entry]
            g = conductance[entry]
            diagonal[a] += g
            if node < a:
                neighbour[entry] = neighbour[place]
                conductance[entry] = conductance[place]
                neighbour[place] = node
                conductance[place] = g
                place += 1
        middle[a] = place
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
def _join(start, middle, neighbour, conductance, diagonal, group, pairs, quality):
    """Groups of two pairs: each pair with the free one most strongly tied to it that fits.

    ``pairs`` is the network between the pairs ``group`` of a network. Two good pairs need not make
    a good group of four, so the quality is that of the whole group on the network itself.
    """
    pair_start, _, pair_neighbour, pair_conductance, pair_diagonal = pairs
    count = len(pair_diagonal)
    first_member, members = _members(group, count)
    place = np.full(len(diagonal), -1, dtype=np.int8)
    joined = np.full(count, -2, dtype=np.int32)
    inside = np.empty((MOST, MOST))
    node = np.empty(MOST, dtype=np.int64)
    tried = np.empty(TRIES, dtype=np.int64)
    found = 0
    for a in range(count):
        if joined[a] != -2:
            continue
        partner = -1
        for attempt in range(TRIES):
            best = 1 / quality
            candidate = -1
            for entry in range(pair_start[a], pair_start[a + 1]):
                b = pair_neighbour[entry]
                if joined[b] != -2:
                    continue
                g = np.float64(pair_conductance[entry])
                tie = 0.5 * g * (1 / pair_diagonal[a] + 1 / pair_diagonal[b])
                if tie > best:
                    fresh = True
                    for earlier in range(attempt):
                        if tried[earlier] == b:
                            fresh = False
                    if fresh:
                        best = tie
                        candidate = b
            if candidate < 0:
                break
            tried[attempt] = candidate
            size = 0
            for one in (a, candidate):
                for entry in range(first_member[one], first_member[one + 1]):
                    node[size] = members[entry]
                    place[members[entry]] = size
                    size += 1
            for i in range(size):
                for j in range(size):
                    inside[i, j] = 0
            for i in range(size):
                for entry in range(start[node[i]], start[node[i] + 1]):
                    j = place[neighbour[entry]]
                    if j >= 0:
                        inside[i, j] += conductance[entry]
            good = _fits(inside, diagonal, node, size, quality)
            for i in range(size):
                place[node[i]] = -1
            if good:
                partner = candidate
                break
        joined[a] = found
        if partner >= 0:
            joined[partner] = found
        found += 1
    return joined, found


@njit(cache=True)
def _fits(inside, diagonal, node, size, quality):
    """Whether a group's quality is at most ``quality``.

    That is whether quality L - 2 (D - d d' / sum d) is not negative, L the Laplacian of the
    conductances inside the group and d the diagonal of its nodes. Constants are in the null space
    of both, so the node with the largest diagonal is left out; the others are scaled by theirs.
    """
    total = 0.0
    largest = 0
    for i in range(size):
        total += diagonal[node[i]]
        if diagonal[node[i]] > diagonal[node[largest]]:
            largest = i
    matrix = np.empty((MOST, MOST))
    for i in range(size):
        d = diagonal[node[i]]
        for j in range(i):
            e = diagonal[node[j]]
            both = np.sqrt(d) * np.sqrt(e)
            matrix[i, j] = -quality * inside[i, j] / both + 2 * both / total
        own = 0.0
        for j in range(size):
            if j != i:
                own += inside[i, j]
        matrix[i, i] = quality * own / d - 2 * (1 - d / total)
    for i in range(size):
        if i == largest:
            continue
        for j in range(i):
            if j == largest:
                continue
            for k in range(j):
                if k != largest:
                    matrix[i, j] -= matrix[i, k] * matrix[j, k]
            matrix[i, j] /= matrix[j, j]
            matrix[i, i] -= matrix[i, j] * matrix[i, j]
        if not matrix[i, i] > 0:
            return False
        matrix[i, i] = np.sqrt(matrix[i, i])
    return True


@njit(cache=True)
def _collapse(start, middle, neighbour, conductance, diagonal, group, count):
    """Network between groups; nodes in no group count as held at zero."""
    first_member, members = _members(group, count)
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


@njit(cache=True)
def _down(start, middle, neighbour, conductance, inverse, group, r, x, coarse):
    """Forward Gauss-Seidel from zero, and the residual it leaves summed over the groups.

    When a node is relaxed it balances with the neighbours below; what is left at each of them is
    the current that its neighbours above, relaxed later, send.
    """
    coarse[:] = 0
    for a in range(len(x)):
        current = r[a]
        for entry in range(start[a], middle[a]):
            current += conductance[entry] * x[neighbour[entry]]
        x[a] = current * inverse[a]
        for entry in range(start[a], middle[a]):
            coarse[group[neighbour[entry]]] += conductance[entry] * x[a]


@njit(cache=True)
def _up(start, middle, neighbour, conductance, inverse, group, r, x, coarse, change, product):
    """Add the coarse correction, backward Gauss-Seidel, and A x with x.Ax and x.r.

    When a node is relaxed its current balances with the neighbours above as they stay and those
    below as they were, so A x needs only the changes of the neighbours below.
    """
    n = len(x)
    for a in range(n):
        x[a] += coarse[group[a]]
    for a in range(n - 1, -1, -1):
        current = r[a]
        for entry in range(start[a], start[a + 1]):
            current += conductance[entry] * x[neighbour[entry]]
        new = current * inverse[a]
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
        self.twice = False


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
            fine = network
            network = _collapse(*network, group, count)
            pairs, count = _join(*fine, group, network, QUALITY)
            network = _collapse(*network, pairs, count)
            group = _compose(group, pairs)
            if count > STALLED * n:
                break
            level = self.levels[-1]
            level.group = np.where(group < 0, count, group)
            level.coarse = np.zeros(count + 1)
            self.levels.append(_Level(network))
        for level in self.levels[:-1]:
            # The cycle divides by the diagonal and needs nothing else of it.
            np.reciprocal(level.network[4], out=level.network[4])
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
        self._spread_visits()

    def _spread_visits(self):
        """Choose the levels solved by up to two steps, so that no level costs more than WORK."""
        works = [len(level.network[2]) for level in self.levels]
        if self.direct is not None:
            works[-1] = self.direct.nnz
        visits = 1
        for level, work_below in zip(self.levels, works[1:], strict=False):
            level.twice = 2 * visits * work_below <= WORK * works[0]
            if level.twice:
                visits *= 2

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
        if not level.twice or _remaining(r, step, level.first_product, level.remainder):
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
        return _up(*level.network, level.group, r, x, correction, level.solution, product)
