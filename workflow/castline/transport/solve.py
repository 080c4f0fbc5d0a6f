"""Effective conductivity of a voxel image along one axis."""

from dataclasses import dataclass

import numpy as np
import scipy.ndimage
import scipy.sparse
from scipy.sparse.csgraph import connected_components

from castline.errors import ConvergenceError, InputError


@dataclass(frozen=True)
class TransportResult:
    """Effective conductivity and how far it can be trusted."""

    value_s_per_m: float
    percolates: bool
    percolating_fraction: float
    flux_imbalance: float
    iterations: int


def effective_conductivity(conductivity_s_per_m, spacing_m, axis=2, *, periodic=True):
    """Effective conductivity between the two faces of an image."""
    import pyamg

    sigma = np.asarray(conductivity_s_per_m, dtype=np.float64)
    if sigma.ndim != 3 or sigma.size == 0:
        raise InputError(f"the conductivity image must be 3-D and not empty, got {sigma.shape}")
    if not np.isfinite(sigma).all() or sigma.min() < 0:
        raise InputError("conductivities must be finite and not negative")
    spacing = np.array(np.broadcast_to(np.asarray(spacing_m, dtype=np.float64), 3))
    order = [other for other in range(3) if other != axis] + [axis]
    sigma = np.moveaxis(sigma, axis, 2)
    spacing = spacing[order]
    shape = sigma.shape
    index = np.arange(sigma.size).reshape(shape)
    rows, columns, conductances = [], [], []
    for side in range(3):
        other = np.roll(index, -1, side)
        here = index
        if side == 2 or not periodic or shape[side] == 1:
            keep = [slice(None)] * 3
            keep[side] = slice(None, -1)
            here, other = here[tuple(keep)], other[tuple(keep)]
        a, b = sigma.ravel()[here.ravel()], sigma.ravel()[other.ravel()]
        conducting = (a > 0) & (b > 0)
        a, b = a[conducting], b[conducting]
        rows.append(here.ravel()[conducting])
        columns.append(other.ravel()[conducting])
        area = np.prod(spacing) / spacing[side]
        conductances.append(2 * a * b / (a + b) * area / spacing[side])
    rows, columns = np.concatenate(rows), np.concatenate(columns)
    g = np.concatenate(conductances)
    n = sigma.size
    graph = scipy.sparse.coo_matrix((g, (rows, columns)), shape=(n, n))
    _, cluster = connected_components(graph, directed=False)
    conducting = sigma.ravel() > 0
    inlet = index[:, :, 0].ravel()
    outlet = index[:, :, -1].ravel()
    through = np.intersect1d(cluster[inlet[conducting[inlet]]], cluster[outlet[conducting[outlet]]])
    active = conducting & np.isin(cluster, through)
    if not active.any():
        return TransportResult(0.0, False, 0.0, 0.0, 0)
    number = np.cumsum(active) - 1
    inside = active[rows]
    rows, columns, g = number[rows[inside]], number[columns[inside]], g[inside]
    inlet, outlet = inlet[active[inlet]], outlet[active[outlet]]
    end = 2 * spacing[0] * spacing[1] / spacing[2]
    g_in, g_out = end * sigma.ravel()[inlet], end * sigma.ravel()[outlet]
    inlet, outlet = number[inlet], number[outlet]
    m = int(active.sum())
    off = scipy.sparse.coo_matrix((-g, (rows, columns)), shape=(m, m))
    diagonal = (
        np.bincount(rows, g, m)
        + np.bincount(columns, g, m)
        + np.bincount(inlet, g_in, m)
        + np.bincount(outlet, g_out, m)
    )
    scale = 1 / np.sqrt(diagonal)
    matrix = (off + off.T + scipy.sparse.diags(diagonal)).tocsr()
    scaled = (scipy.sparse.diags(scale) @ matrix @ scipy.sparse.diags(scale)).tocsr()
    right = np.bincount(inlet, g_in, m) * scale
    state = np.random.get_state()  # noqa: NPY002
    np.random.seed(0)  # noqa: NPY002
    try:
        hierarchy = pyamg.smoothed_aggregation_solver(
            scaled,
            B=np.sqrt(diagonal)[:, None],
            strength=("symmetric", {"theta": 0.05}),
            max_coarse=500,
        )
    finally:
        np.random.set_state(state)  # noqa: NPY002
    residuals = []
    solution = hierarchy.solve(right, tol=1e-10, maxiter=500, accel="cg", residuals=residuals)
    if residuals[-1] > 1e-9 * residuals[0]:
        raise ConvergenceError(f"residual {residuals[-1]:.3g} after {len(residuals)} iterations")
    potential = solution * scale
    energy = (
        np.sum(g * (potential[rows] - potential[columns]) ** 2)
        + np.sum(g_in * (1 - potential[inlet]) ** 2)
        + np.sum(g_out * potential[outlet] ** 2)
    )
    current_in = np.sum(g_in * (1 - potential[inlet]))
    current_out = np.sum(g_out * potential[outlet])
    length = shape[2] * spacing[2]
    area = shape[0] * spacing[0] * shape[1] * spacing[1]
    return TransportResult(
        float(energy * length / area),
        True,
        float(active.sum() / conducting.sum()),
        float(abs(current_in - current_out) / current_in),
        len(residuals) - 1,
    )
