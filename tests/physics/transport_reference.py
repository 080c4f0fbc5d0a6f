"""Independent reference for the transport tests: assembled matrix, sparse direct solver."""

import numpy as np
import scipy.sparse
import scipy.sparse.linalg
from scipy.sparse.csgraph import connected_components


def direct_conductivity(sigma, spacing, axis=2, periodic=True, face_resistance=None):
    """Effective conductivity of a small image by a direct solve."""
    order = [side for side in range(3) if side != axis] + [axis]
    sigma = np.transpose(np.asarray(sigma, dtype=np.float64), order)
    spacing = np.array(np.broadcast_to(spacing, 3), dtype=np.float64)[order]
    faces = np.zeros((*sigma.shape, 3))
    if face_resistance is not None:
        faces = np.transpose(face_resistance, [*order, 3])[..., order].astype(np.float64)
    n = sigma.size
    index = np.arange(n).reshape(sigma.shape)
    flat = sigma.ravel()
    heads, tails, conductances = [], [], []
    for side in range(3):
        count = sigma.shape[side]
        wraps = side < 2 and periodic and count > 1
        one = index if wraps else np.take(index, range(count - 1), side)
        other = np.roll(index, -1, side) if wraps else np.take(index, range(1, count), side)
        one, other = one.ravel(), other.ravel()
        conducts = (flat[one] > 0) & (flat[other] > 0)
        one, other = one[conducts], other[conducts]
        heads.append(one)
        tails.append(other)
        between = faces[..., side].ravel()[one]
        halves = 0.5 * spacing[side] * (1 / flat[one] + 1 / flat[other])
        conductances.append(spacing.prod() / spacing[side] / (halves + between))
    heads, tails = np.concatenate(heads), np.concatenate(tails)
    conductances = np.concatenate(conductances)
    graph = scipy.sparse.coo_array((conductances, (heads, tails)), shape=(n, n))
    _, cluster = connected_components(graph, directed=False)
    inlet, outlet = index[:, :, 0].ravel(), index[:, :, -1].ravel()
    both = np.intersect1d(cluster[inlet[flat[inlet] > 0]], cluster[outlet[flat[outlet] > 0]])
    active = np.isin(cluster, both) & (flat > 0)
    if not active.any():
        return 0.0
    end = 2 * spacing[0] * spacing[1] / spacing[2]
    to_inlet = np.bincount(inlet, end * flat[inlet], n)
    to_outlet = np.bincount(outlet, end * flat[outlet], n)
    diagonal = (
        np.bincount(heads, conductances, n)
        + np.bincount(tails, conductances, n)
        + to_inlet
        + to_outlet
    )
    matrix = (scipy.sparse.diags_array(diagonal) - graph - graph.T).tocsr()
    matrix = matrix[active][:, active].tocsc()
    potential = scipy.sparse.linalg.spsolve(matrix, to_inlet[active])
    current = np.sum(to_inlet[active] * (1 - potential))
    length = sigma.shape[2] * spacing[2]
    area = sigma.shape[0] * spacing[0] * sigma.shape[1] * spacing[1]
    return current * length / area
