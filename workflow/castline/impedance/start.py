"""Starting values of a transmission line fit, from the spectrum alone.

The misfit has many local minima: an arc can be the double layer or the interface, and a rail can
hide behind the other. A coarse grid finds, for each pair of characteristic frequencies, the best
shape; all of them are then refined side by side, and the distinct minima are handed to the fit.
"""

from itertools import combinations

import numpy as np

from castline.impedance.problem import TlmProblem

GRID_POINTS = 27
LEADS = ("series_resistance_ohm", "series_inductance_h")
# (points of the spectrum, distinct minima kept, iterations) of each round of refinement.
ROUNDS = ((GRID_POINTS, 20, 15), (None, 6, 30))
# Squared distance of two misfits over their own square, below which they are one curve; and how far
# apart (log10) the resistivities of one curve make it two pictures of the electrode all the same.
SAME_CURVE, OTHER_RESISTIVITY = 1e-2, 0.3
RESISTIVITIES = ("log10_electronic_ohm_m", "log10_ionic_ohm_m")
# A point rests after a step that lowers its sum of squares by less than this share, or once its
# damping lets it move no more.
SETTLED, STUCK = 1e-6, 1e6


def find_starts(problem: TlmProblem, free, fixed) -> np.ndarray:
    """Distinct minima of the misfit, the lowest first.

    Parameters
    ----------
    problem : TlmProblem
    free : sequence of str
        Coordinates to be fitted.
    fixed : dict of str to float
        Values of all others.

    Returns
    -------
    numpy.ndarray, shape (k, len(free))
        Values of the free coordinates.
    """
    bounds = problem.bounds()
    low, high = np.array([bounds[name] for name in free]).T
    resistivities = [k for k, name in enumerate(free) if name in RESISTIVITIES]
    starts = _grid_starts(problem, free, fixed)
    points = np.clip(np.column_stack([starts[name] for name in free]), low, high)
    for n_points, n_kept, n_iterations in ROUNDS:
        spectrum = problem.thinned(n_points) if n_points else problem
        points, misfits = refine(spectrum, points, low, high, free, fixed, n_iterations)
        points = points[_distinct(misfits, points[:, resistivities], n_kept)]
    return points


def _grid_starts(problem, free, fixed):
    """Best grid shape for each pair of interface and coupling frequencies; arrays of shape (k,).

    The resistivities scale the impedance of the cell linearly, so the grid holds their ratio only
    and the scale follows in closed form.
    """
    spectrum = problem.thinned(GRID_POINTS)
    slow, fast = np.log10([problem.frequency_hz.min(), problem.frequency_hz.max()])
    interface = "interface_fraction" in free
    axes = {
        "log10_interface_frequency_hz": np.linspace(slow, fast, 6) if interface else [fast],
        "log10_coupling_frequency_hz": np.linspace(slow - 1.0, fast, 10),
        "interface_fraction": [0.05, 0.5, 0.95] if interface else [0.0],
        "log10_ionic_ohm_m": np.arange(-3.0, 3.1, 0.75),
        "double_layer_cpe_n": [0.7, 0.95],
    }
    mesh = np.meshgrid(*axes.values(), indexing="ij")
    grid = {name: values.ravel() for name, values in zip(axes, mesh, strict=True)}
    n_pairs = mesh[0].shape[0] * mesh[0].shape[1]
    grid["interface_cpe_n"] = np.full(mesh[0].size, 0.85)
    grid["log10_electronic_ohm_m"] = np.zeros(mesh[0].size)
    columns = {name: values[:, None] for name, values in grid.items()}
    weight = 1.0 / spectrum.deviations_ohm.mean(axis=0)
    given = {name: fixed.get(name, 0.0) for name in LEADS}
    data = (spectrum.impedance_ohm - spectrum.leads(given)) * weight
    unit_leads = {
        name: spectrum.leads(dict.fromkeys(LEADS, 0.0) | {name: 1.0}) * weight
        for name in LEADS
        if name in free
    }
    misfit, amounts = _linear_fit(data, spectrum.cell(columns) * weight, unit_leads)
    scale = np.maximum(amounts.pop("cell"), 1e-12)
    grid["log10_electronic_ohm_m"] += np.log10(scale)
    grid["log10_ionic_ohm_m"] += np.log10(scale)
    grid |= {name: amounts.get(name, np.full(scale.shape, given[name])) for name in LEADS}
    best = misfit.reshape(n_pairs, -1).argmin(axis=1)
    return {
        name: values.reshape(n_pairs, -1)[range(n_pairs), best] for name, values in grid.items()
    }


def _linear_fit(data, shapes, unit_leads):
    """Least-squares amounts, none negative, of each shape and of the leads in the data.

    Whatever leads are free follow in closed form, too: a guessed inductance would hide the
    electrode at high frequencies and choose the wrong shapes.

    Parameters
    ----------
    data : numpy.ndarray of complex, shape (n,)
    shapes : numpy.ndarray of complex, shape (k, n)
    unit_leads : dict of str to numpy.ndarray of complex, shape (n,)

    Returns
    -------
    misfit : numpy.ndarray, shape (k,)
    amounts : dict of str to numpy.ndarray, shape (k,)
        Of "cell" and of every lead.
    """
    names = list(unit_leads)
    basis = np.stack([shapes, *(np.broadcast_to(unit_leads[n], shapes.shape) for n in names)], 1)
    normal = (basis.conj() @ basis.transpose(0, 2, 1)).real
    target = (basis.conj() @ data).real
    best_misfit = np.full(len(shapes), np.inf)
    best = np.zeros(target.shape)
    # Non-negative least squares of so few amounts: every set of leads that may be present.
    for size in range(len(names) + 1):
        for present in combinations(range(1, len(names) + 1), size):
            kept = np.array([0, *present])
            part = normal[:, kept[:, None], kept]
            # Where a shape is that of a lead only their sum counts; the floor keeps it solvable.
            part = part + 1e-12 * np.einsum("kii->ki", part)[:, None, :] * np.eye(len(kept))
            amounts = np.zeros(target.shape)
            amounts[:, kept] = np.linalg.solve(part, target[:, kept, None])[:, :, 0]
            misfit = np.vdot(data, data).real - (amounts * target).sum(axis=1)
            better = (amounts >= 0).all(axis=1) & (misfit < best_misfit)
            best_misfit = np.where(better, misfit, best_misfit)
            best = np.where(better[:, None], amounts, best)
    return best_misfit, dict(zip(["cell", *names], best.T, strict=True))


def _distinct(misfits, resistivities, n_kept):
    """Indices of the ``n_kept`` best rows that repeat no better curve, then of other pictures.

    Without this the best minimum alone, reached from many starts, would fill the places. A curve
    that is repeated with other resistivities is another picture of the electrode, which the data
    cannot tell from the first; of those the best are kept, too, up to half as many.
    """
    costs = (misfits**2).sum(axis=1)
    kept, repeated = [], []
    for index in np.argsort(costs):
        distances = ((misfits[kept] - misfits[index]) ** 2).sum(axis=1)
        if (distances < SAME_CURVE * costs[index]).any():
            repeated.append(index)
        elif len(kept) < n_kept:
            kept.append(index)
    most = n_kept + n_kept // 2
    for index in repeated:
        apart = np.abs(resistivities[kept] - resistivities[index]).max(axis=1)
        if len(kept) < most and (apart > OTHER_RESISTIVITY).all():
            kept.append(index)
    return kept


def refine(problem, points, low, high, names, fixed, n_iterations, varied=None):
    """Levenberg-Marquardt steps of many points side by side.

    Parameters
    ----------
    problem : TlmProblem
        Spectrum of n frequencies.
    points : numpy.ndarray, shape (k, len(names))
    low, high : numpy.ndarray, shape (len(names),)
        Bounds; coordinates are scaled to them, and steps are clipped there.
    names : sequence of str
    fixed : dict of str to float
        Values of all other coordinates.
    n_iterations : int
    varied : sequence of int, optional
        Which of the names vary; all by default.

    Returns
    -------
    points : numpy.ndarray, shape (k, len(names))
    misfits : numpy.ndarray, shape (k, 2 n)
        Their weighted residuals.
    """
    width = high - low
    varied = list(range(len(names))) if varied is None else list(varied)

    def residual(unit):
        coordinates = {
            name: low[i] + width[i] * unit[..., i : i + 1] for i, name in enumerate(names)
        }
        return problem.residual(fixed | coordinates)

    unit = (points - low) / width
    shifts = np.eye(len(names))[varied]
    identity = np.eye(len(varied))
    damping = np.full(len(unit), 1e-2)
    misfits = residual(unit)
    cost = (misfits**2).sum(axis=1)
    moving = np.arange(len(unit))
    for _ in range(n_iterations):
        at, misfit = unit[moving], misfits[moving]
        step = np.where(at[:, varied] > 0.5, -1e-6, 1e-6)
        shifted = at[:, None, :] + shifts * step[:, :, None]
        slope = (residual(shifted) - misfit[:, None, :]) / step[:, :, None]
        normal = slope @ slope.transpose(0, 2, 1)
        gradient = slope @ misfit[:, :, None]
        diagonal = np.einsum("kii->ki", normal)
        # A coordinate without effect has a zero row; the floor keeps the matrix invertible.
        floor = 1e-9 * diagonal.max(axis=1, keepdims=True) + 1e-300
        damped = damping[moving, None] * diagonal + floor
        trial = at.copy()
        trial[:, varied] -= np.linalg.solve(normal + identity * damped[:, None, :], gradient)[
            :, :, 0
        ]
        trial = np.clip(trial, 0.0, 1.0)
        trial_misfit = residual(trial)
        gain = 1.0 - (trial_misfit**2).sum(axis=1) / np.maximum(cost[moving], 1e-300)
        better = gain > 0
        improved = moving[better]
        unit[improved], misfits[improved] = trial[better], trial_misfit[better]
        cost[improved] = (misfits[improved] ** 2).sum(axis=1)
        damping[moving] = np.clip(damping[moving] * np.where(better, 0.2, 5.0), 1e-8, 1e8)
        settled = np.where(better, gain < SETTLED, damping[moving] > STUCK)
        moving = moving[~settled]
        if not moving.size:
            break
    return low + width * unit, misfits
