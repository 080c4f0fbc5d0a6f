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
from numba import njit, prange

from castline.transport.threads import Threaded

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
# Fewer nodes are done faster by one thread than several are woken.
WORTH_THREADS = 20000


def aggregate_voxels(numbers, planes, ends, neighbours, conductances, threads=1):
    """Aggregates of voxels: connected parts of 2 x 2 x 2 blocks along strong faces.

    Parameters
    ----------
    numbers : array (nx, ny, nz) of int32
    planes : array (2, nx + 1) of int32
    ends : array (blocks + 1,) of int64
        Ends of the slabs, as of `grid.slabs`, that are done side by side.
    neighbours, conductances : arrays (n, 6)
        As in `grid`.

    Returns
    -------
    aggregates : array (n,) of int32
    blocks : array (blocks + 1,) of int64
        Where the aggregates of each slab begin, and their number.
    """
    aggregates = np.empty(len(neighbours), dtype=np.int32)
    blocks = np.zeros(len(ends), dtype=np.int64)
    _aggregate(threads, numbers, ends, neighbours, conductances, aggregates, blocks)
    blocks = np.cumsum(blocks)
    _number_on(threads, aggregates, planes[0][ends], blocks)
    _number_on(threads, aggregates, planes[1][ends], blocks)
    return aggregates, blocks


@Threaded
def _aggregate(numbers, ends, neighbours, conductances, aggregates, blocks):
    for block in prange(len(ends) - 1):
        blocks[block + 1] = _aggregate_slab(
            ends[block], ends[block + 1], numbers, neighbours, conductances, aggregates
        )


@Threaded
def _number_on(groups, ends, blocks):
    """Let the groups of each block, numbered from 0, follow those of the blocks before."""
    for block in prange(len(ends) - 1):
        if blocks[block] > 0:
            for a in range(ends[block], ends[block + 1]):
                if groups[a] >= 0:
                    groups[a] += blocks[block]


@njit(cache=True)
def _aggregate_slab(first, last, numbers, neighbours, conductances, aggregates):
    _, ny, nz = numbers.shape
    n = len(neighbours)
    count = 0
    voxel = np.empty(8, dtype=np.int32)
    strong = np.empty(8, dtype=np.float32)
    part = np.empty(8, dtype=np.int8)
    for bi in range(first, last, 2):
        for bj in range(0, ny, 2):
            for bk in range(0, nz, 2):
                for q in range(8):
                    i = bi + (q >> 2)
                    j = bj + ((q >> 1) & 1)
                    k = bk + (q & 1)
                    voxel[q] = numbers[i, j, k] if i < last and j < ny and k < nz else n
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
    return count


def voxel_network(aggregates, blocks, planes, ends, neighbours, conductances, threads=1):
    """Conductance network between aggregates of voxels.

    Parameters
    ----------
    aggregates, blocks : arrays
        As `aggregate_voxels` gives them, with the planes and the ends of slabs it was given.

    Returns
    -------
    start, middle : arrays (count + 1,), (count,) of int64
        Row a holds entries start[a] to start[a + 1], neighbours below a in its own block before
        middle[a], those in other blocks last.
    neighbour : array of uint32
    conductance : array of float32
    diagonal : array (count,) of float64
        Sum of the conductances of a row and of those to the electrodes.
    """
    ranges = np.stack([planes[:, ends[:-1]], planes[:, ends[1:]]], axis=2).astype(np.int64)
    most = np.zeros(len(blocks), dtype=np.int64)
    _count_outward(threads, aggregates, ranges, neighbours, most)
    room = np.cumsum(most)
    rows = _Rows(blocks, room)
    _connect_aggregates(
        threads, aggregates, ranges, blocks, neighbours, conductances, room, *rows.arrays
    )
    return rows.network(threads)


class _Rows:
    """A network under construction: the rows of each block, in the room kept for them."""

    def __init__(self, blocks, room):
        self.blocks, self.room = blocks, room
        count = blocks[-1]
        self.arrays = (
            np.zeros(count, dtype=np.int64),  # entries of each row
            np.empty(room[-1], dtype=np.uint32),
            np.empty(room[-1], dtype=np.float32),
            np.zeros(count),
        )

    def network(self, threads):
        lengths, neighbour, conductance, diagonal = self.arrays
        start = np.zeros(len(lengths) + 1, dtype=np.int64)
        np.cumsum(lengths, out=start[1:])
        middle = np.empty(len(lengths), dtype=np.int64)
        close = np.empty(start[-1], dtype=np.uint32), np.empty(start[-1], dtype=np.float32)
        _finish(
            threads,
            self.blocks,
            self.room,
            neighbour,
            conductance,
            start,
            middle,
            *close,
            diagonal,
        )
        return start, middle, *close, diagonal


@Threaded
def _count_outward(aggregates, ranges, neighbours, most):
    for block in prange(len(most) - 1):
        for colour in range(2):
            for a in range(ranges[colour, block, 0], ranges[colour, block, 1]):
                for d in range(6):
                    b = neighbours[a, d]
                    if b < len(neighbours) and aggregates[b] != aggregates[a]:
                        most[block + 1] += 1


@Threaded
def _connect_aggregates(
    aggregates,
    ranges,
    blocks,
    neighbours,
    conductances,
    room,
    lengths,
    neighbour,
    conductance,
    diagonal,
):
    n = len(aggregates)
    for block in prange(len(blocks) - 1):
        begin = blocks[block]
        first_member, members = _members(
            aggregates, ranges[:, block].copy(), begin, blocks[block + 1]
        )
        used = room[block]
        for big in range(begin, blocks[block + 1]):
            first = used
            for place in range(first_member[big - begin], first_member[big - begin + 1]):
                a = members[place]
                for d in range(6):
                    b = neighbours[a, d]
                    if b == n:
                        diagonal[big] += conductances[a, d]
                    elif aggregates[b] != big:
                        used = _add(
                            neighbour, conductance, first, used, aggregates[b], conductances[a, d]
                        )
            lengths[big] = used - first


@njit(cache=True)
def _members(group, ranges, begin, end):
    """Where the members of groups begin to end start, and the members, which lie in ``ranges``.

    Nodes in no group are left out.
    """
    count = end - begin
    first = np.zeros(count + 1, dtype=np.int64)
    for one in range(len(ranges)):
        for a in range(ranges[one, 0], ranges[one, 1]):
            if group[a] >= 0:
                first[group[a] - begin + 1] += 1
    for a in range(count):
        first[a + 1] += first[a]
    members = np.empty(first[count], dtype=np.int32)
    following = first[:count].copy()
    for one in range(len(ranges)):
        for a in range(ranges[one, 0], ranges[one, 1]):
            if group[a] >= 0:
                members[following[group[a] - begin]] = a
                following[group[a] - begin] += 1
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


@Threaded
def _finish(
    blocks,
    room,
    neighbour,
    conductance,
    start,
    middle,
    close_neighbour,
    close_conductance,
    diagonal,
):
    """Close the rows up, put neighbours below a node first and other blocks' last; the diagonal."""
    for block in prange(len(blocks) - 1):
        begin, end = blocks[block], blocks[block + 1]
        shift = room[block] - start[begin]
        for a in range(begin, end):
            place = start[a]
            last = start[a + 1]
            for entry in range(start[a], start[a + 1]):
                node = neighbour[entry + shift]
                diagonal[a] += conductance[entry + shift]
                if begin <= node < a:
                    close_neighbour[place] = node
                    close_conductance[place] = conductance[entry + shift]
                    place += 1
            middle[a] = place
            for entry in range(start[a], start[a + 1]):
                node = neighbour[entry + shift]
                if a < node < end:
                    close_neighbour[place] = node
                    close_conductance[place] = conductance[entry + shift]
                    place += 1
                elif not begin <= node < end:
                    last -= 1
                    close_neighbour[last] = node
                    close_conductance[last] = conductance[entry + shift]


def _pair(network, blocks, quality, threads):
    """Groups of two: each node with the free neighbour of its block most strongly tied to it.

    A tie is as strong as the conductance over the harmonic mean of what hangs on the two nodes: the
    inverse of the pair's quality. A node without a good enough tie stays alone.

    Returns
    -------
    group : array of int32
        -2 would be free, -1 is in no group.
    blocks : array
        Where the groups of each block begin, and their number.
    """
    group = np.full(blocks[-1], -2, dtype=np.int32)
    counts = np.zeros(len(blocks), dtype=np.int64)
    _pair_blocks(threads, *network, blocks, quality, group, counts)
    counts = np.cumsum(counts)
    _number_on(threads, group, blocks, counts)
    return group, counts


@Threaded
def _pair_blocks(start, middle, neighbour, conductance, diagonal, blocks, quality, group, counts):
    for block in prange(len(blocks) - 1):
        begin, end = blocks[block], blocks[block + 1]
        count = 0
        for a in range(begin, end):
            if group[a] != -2:
                continue
            best = 1 / quality
            partner = -1
            total = 0.0
            for entry in range(start[a], start[a + 1]):
                g = np.float64(conductance[entry])
                b = np.int64(neighbour[entry])
                total += g
                if not begin <= b < end:
                    continue
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
        counts[block + 1] = count


def _join(network, blocks, group, pairs, pair_blocks, quality, threads):
    """Groups of two pairs: each pair with the free one most strongly tied to it that fits.

    ``pairs`` is the network between the pairs ``group`` of a network. Two good pairs need not make
    a good group of four, so the quality is that of the whole group on the network itself. Returns
    as `_pair`.
    """
    joined = np.full(pair_blocks[-1], -2, dtype=np.int32)
    counts = np.zeros(len(blocks), dtype=np.int64)
    _join_blocks(threads, network, blocks, group, pairs, pair_blocks, quality, joined, counts)
    counts = np.cumsum(counts)
    _number_on(threads, joined, pair_blocks, counts)
    return joined, counts


@Threaded
def _join_blocks(network, blocks, group, pairs, pair_blocks, quality, joined, counts):
    for block in prange(len(blocks) - 1):
        counts[block + 1] = _join_block(
            blocks[block],
            blocks[block + 1],
            network,
            group,
            pairs,
            pair_blocks[block],
            pair_blocks[block + 1],
            quality,
            joined,
        )


@njit(cache=True)
def _join_block(first, last, network, group, pairs, begin, end, quality, joined):
    start, _, neighbour, conductance, diagonal = network
    pair_start, _, pair_neighbour, pair_conductance, pair_diagonal = pairs
    nodes = np.empty((1, 2), dtype=np.int64)
    # one by one: a pair at once would have NumPy's broadcasting compiled, two seconds of it
    nodes[0, 0], nodes[0, 1] = first, last
    first_member, members = _members(group, nodes, begin, end)
    place = np.full(last - first, -1, dtype=np.int8)
    inside = np.empty((MOST, MOST))
    node = np.empty(MOST, dtype=np.int64)
    tried = np.empty(TRIES, dtype=np.int64)
    found = 0
    for a in range(begin, end):
        if joined[a] != -2:
            continue
        partner = -1
        for attempt in range(TRIES):
            best = 1 / quality
            candidate = -1
            for entry in range(pair_start[a], pair_start[a + 1]):
                b = np.int64(pair_neighbour[entry])
                if not begin <= b < end or joined[b] != -2:
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
                for entry in range(first_member[one - begin], first_member[one - begin + 1]):
                    node[size] = members[entry]
                    place[members[entry] - first] = size
                    size += 1
            for i in range(size):
                for j in range(size):
                    inside[i, j] = 0
            for i in range(size):
                for entry in range(start[node[i]], start[node[i] + 1]):
                    b = np.int64(neighbour[entry])
                    if first <= b < last and place[b - first] >= 0:
                        inside[i, place[b - first]] += conductance[entry]
            good = _fits(inside, diagonal, node, size, quality)
            for i in range(size):
                place[node[i] - first] = -1
            if good:
                partner = candidate
                break
        joined[a] = found
        if partner >= 0:
            joined[partner] = found
        found += 1
    return found


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


def _collapse(network, blocks, group, group_blocks, threads):
    """Network between groups; nodes in no group count as held at zero."""
    room = network[0][blocks]
    rows = _Rows(group_blocks, room)
    _collapse_blocks(threads, network, blocks, group, group_blocks, room, *rows.arrays)
    return rows.network(threads)


@Threaded
def _collapse_blocks(
    network, blocks, group, group_blocks, room, lengths, neighbour, conductance, diagonal
):
    for block in prange(len(blocks) - 1):
        _collapse_block(
            blocks[block],
            blocks[block + 1],
            network,
            group,
            group_blocks[block],
            group_blocks[block + 1],
            room[block],
            lengths,
            neighbour,
            conductance,
            diagonal,
        )


@njit(cache=True)
def _collapse_block(
    first, last, network, group, begin, end, used, lengths, neighbour, conductance, diagonal
):
    start, _, fine_neighbour, fine_conductance, fine_diagonal = network
    nodes = np.empty((1, 2), dtype=np.int64)
    nodes[0, 0], nodes[0, 1] = first, last
    first_member, members = _members(group, nodes, begin, end)
    entry_of = np.full(end - begin, -1, dtype=np.int64)
    for big in range(begin, end):
        row = used
        for place in range(first_member[big - begin], first_member[big - begin + 1]):
            a = members[place]
            grounded = fine_diagonal[a]
            for entry in range(start[a], start[a + 1]):
                g = fine_conductance[entry]
                other = group[fine_neighbour[entry]]
                if other < 0:
                    continue
                grounded -= g
                if other == big:
                    continue
                if not begin <= other < end:
                    used = _add(neighbour, conductance, row, used, other, g)
                elif entry_of[other - begin] < row:
                    entry_of[other - begin] = used
                    neighbour[used] = other
                    conductance[used] = g
                    used += 1
                else:
                    conductance[entry_of[other - begin]] += g
            diagonal[big] += grounded
        lengths[big] = used - row


@njit(cache=True)
def _compose(first, second):
    """Group of groups of each node, -1 for nodes in none."""
    group = np.full(len(first), -1, dtype=np.int32)
    for a in range(len(first)):
        if first[a] >= 0:
            group[a] = second[first[a]]
    return group


@Threaded
def _cross(start, middle, neighbour, blocks, number):
    """Entries of each block that lead to other blocks."""
    for block in prange(len(blocks) - 1):
        for entry in range(start[blocks[block]], start[blocks[block + 1]]):
            if not blocks[block] <= neighbour[entry] < blocks[block + 1]:
                number[block + 1] += 1


@Threaded
def _divert(start, neighbour, conductance, blocks, first, node, other, across):
    """Let the entries that lead to other blocks lead to a copy of the potential there."""
    n = np.uint32(blocks[-1])
    for block in prange(len(blocks) - 1):
        k = first[block]
        for a in range(blocks[block], blocks[block + 1]):
            for entry in range(start[a], start[a + 1]):
                if not blocks[block] <= neighbour[entry] < blocks[block + 1]:
                    node[k] = a
                    other[k] = neighbour[entry]
                    across[k] = conductance[entry]
                    neighbour[entry] = n + np.uint32(k)
                    k += 1


# Nodes are counted without sign below, which spares the compiled loops a test for each index.


@Threaded
def _down(
    start,
    middle,
    neighbour,
    conductance,
    inverse,
    blocks,
    first,
    node,
    other,
    across,
    group,
    r,
    x,
    coarse,
):
    """Forward Gauss-Seidel from zero in each block, and the residual summed over the groups.

    When a node is relaxed it balances with the neighbours below; what is left at each of them is
    the current that its neighbours above, relaxed later, and those in other blocks send.
    """
    for block in prange(len(blocks) - 1):
        for a in range(np.uint64(blocks[block]), np.uint64(blocks[block + 1])):
            current = r[a]
            for entry in range(start[a], middle[a]):
                current += conductance[entry] * x[neighbour[entry]]
            x[a] = current * inverse[a]
            for entry in range(start[a], middle[a]):
                coarse[group[neighbour[entry]]] += conductance[entry] * x[a]
    for block in prange(len(blocks) - 1):
        for k in range(first[block], first[block + 1]):
            coarse[group[node[k]]] += across[k] * x[other[k]]


@Threaded
def _up(
    start,
    middle,
    neighbour,
    conductance,
    inverse,
    blocks,
    first,
    node,
    other,
    across,
    group,
    r,
    x,
    coarse,
    change,
    product,
    sums,
):
    """Add the coarse correction, backward Gauss-Seidel, and A x with x.Ax and x.r by block.

    When a node is relaxed its current balances with the neighbours above as they stay and those
    below and in other blocks as they were, so A x needs only the changes of those.
    """
    n = blocks[-1]
    for block in prange(len(blocks) - 1):
        for a in range(np.uint64(blocks[block]), np.uint64(blocks[block + 1])):
            x[a] += coarse[group[a]]
    for block in prange(len(blocks) - 1):
        for k in range(first[block], first[block + 1]):
            x[n + k] = x[other[k]]
    for block in prange(len(blocks) - 1):
        for back in range(np.uint64(blocks[block + 1] - blocks[block])):
            a = np.uint64(blocks[block + 1] - 1) - back
            current = r[a]
            for entry in range(start[a], start[a + 1]):
                current += conductance[entry] * x[neighbour[entry]]
            new = current * inverse[a]
            change[a] = x[a] - new
            x[a] = new
    for block in prange(len(blocks) - 1):
        x_ax = 0.0
        x_r = 0.0
        for a in range(np.uint64(blocks[block]), np.uint64(blocks[block + 1])):
            current = r[a]
            for entry in range(start[a], middle[a]):
                current += conductance[entry] * change[neighbour[entry]]
            product[a] = current
            x_ax += x[a] * current
            x_r += x[a] * r[a]
        for k in range(first[block], first[block + 1]):
            current = across[k] * change[other[k]]
            product[node[k]] += current
            x_ax += x[node[k]] * current
        sums[block, 0] = x_ax
        sums[block, 1] = x_r


@Threaded
def _remaining(blocks, r, step, product, remainder, sums):
    """Residual after a step, and the squares before and after by block."""
    for block in prange(len(blocks) - 1):
        before = 0.0
        after = 0.0
        for a in range(np.uint64(blocks[block]), np.uint64(blocks[block + 1])):
            remainder[a] = r[a] - step * product[a]
            before += r[a] * r[a]
            after += remainder[a] * remainder[a]
        sums[block, 0] = before
        sums[block, 1] = after


@Threaded
def _dot(blocks, one, other, sums):
    for block in prange(len(blocks) - 1):
        total = 0.0
        for a in range(np.uint64(blocks[block]), np.uint64(blocks[block + 1])):
            total += one[a] * other[a]
        sums[block, 0] = total


@Threaded
def _combine(blocks, solution, one, x, other, y):
    for block in prange(len(blocks) - 1):
        for a in range(np.uint64(blocks[block]), np.uint64(blocks[block + 1])):
            solution[a] = one * x[a] + other * y[a]


class _Level:
    """One network, its groups and its work space."""

    def __init__(self, network, blocks, threads):
        self.network = network
        self.blocks = blocks
        n = len(network[4])
        self.threads = threads if n >= WORTH_THREADS else 1
        self.solution = np.zeros(n + 1)
        self.group = self.coarse = None
        self.twice = False

    def prepare(self):
        """Make the network ready for the cycle; it cannot be made coarser then."""
        start, middle, neighbour, conductance, diagonal = self.network
        n = len(diagonal)
        # The cycle divides by the diagonal and needs nothing else of it.
        np.reciprocal(diagonal, out=diagonal)
        number = np.zeros(len(self.blocks), dtype=np.int64)
        _cross(self.threads, start, middle, neighbour, self.blocks, number)
        first = np.cumsum(number)
        node = np.empty(first[-1], dtype=np.int64)
        other = np.empty(first[-1], dtype=np.int64)
        across = np.empty(first[-1], dtype=np.float32)
        _divert(
            self.threads, start, neighbour, conductance, self.blocks, first, node, other, across
        )
        self.crossing = self.blocks, first, node, other, across
        self.first, self.second = np.zeros(n + first[-1]), np.zeros(n + first[-1])
        self.first_product, self.second_product = np.empty(n), np.empty(n)
        self.remainder = np.empty(n)
        self.sums = np.empty((len(self.blocks) - 1, 2))


class Hierarchy:
    """Coarse networks below the voxels and the K-cycle over them.

    Parameters
    ----------
    network : tuple
        What `voxel_network` returns.
    blocks : array (blocks + 1,), optional
        Ends of the blocks of nodes, which are relaxed and grouped side by side; one by default.
    threads : int
    """

    def __init__(self, network, blocks=None, threads=1):
        finest = len(network[4])
        if blocks is None:
            blocks = np.array([0, finest])
        self.levels = [_Level(network, blocks, threads)]
        coarsest = max(COARSEST, COARSEST_SHARE * finest)
        while len(network[4]) > coarsest:
            n = len(network[4])
            group, pair_blocks = _pair(network, blocks, QUALITY, threads)
            if pair_blocks[-1] > STALLED * n:
                group, pair_blocks = _pair(network, blocks, np.inf, threads)
            pairs = _collapse(network, blocks, group, pair_blocks, threads)
            joined, joined_blocks = _join(
                network, blocks, group, pairs, pair_blocks, QUALITY, threads
            )
            network = _collapse(pairs, pair_blocks, joined, joined_blocks, threads)
            group = _compose(group, joined)
            blocks = joined_blocks
            count = blocks[-1]
            if count > STALLED * n:
                break
            level = self.levels[-1]
            level.group = np.where(group < 0, count, group)
            level.coarse = np.zeros(count + 1)
            self.levels.append(_Level(network, blocks, threads))
        for level in self.levels[:-1]:
            level.prepare()
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
        if not level.twice or self._is_enough(level, r, step):
            self._combine(level, step, 0.0)
            return level.solution
        y_ay, y_r = self._cycle(depth, level.remainder, level.second, level.second_product)
        _dot(level.threads, level.blocks, level.second, level.first_product, level.sums)
        y_ax = level.sums[:, 0].sum()
        energy = y_ay - y_ax * y_ax / x_ax
        second_step = y_r / energy if energy > 0 else 0.0
        step -= y_ax * second_step / x_ax
        self._combine(level, step, second_step)
        return level.solution

    def _is_enough(self, level, r, step):
        """Leave the residual after a step; whether it is small enough to stop at."""
        _remaining(
            level.threads,
            level.blocks,
            r,
            step,
            level.first_product,
            level.remainder,
            level.sums,
        )
        before, after = level.sums.sum(axis=0)
        return after <= ENOUGH * before

    def _combine(self, level, step, second_step):
        _combine(
            level.threads,
            level.blocks,
            level.solution,
            step,
            level.first,
            second_step,
            level.second,
        )

    def _cycle(self, depth, r, x, product):
        level = self.levels[depth]
        level.coarse[:] = 0
        _down(level.threads, *level.network, *level.crossing, level.group, r, x, level.coarse)
        correction = self._solve(depth + 1, level.coarse[:-1])
        _up(
            level.threads,
            *level.network,
            *level.crossing,
            level.group,
            r,
            x,
            correction,
            level.solution,
            product,
            level.sums,
        )
        return level.sums.sum(axis=0)
