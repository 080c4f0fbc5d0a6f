"""Profile confidence interval of one coordinate of a transmission line fit.

All values of the coordinate and all pictures of the electrode are refitted side by side, since
where the data allow two pictures the second one may take over away from the best fit.
"""

import numpy as np

from castline.impedance.problem import TlmProblem
from castline.impedance.start import refine

# Values on either side of the best one; from half a standard error to the bound.
N_VALUES = 12
FIRST_STEP = 0.5
SMALLEST_STEP = 1e-4
# Iterations from every picture, then from the neighbours' solutions, and between the last value
# that the data allow and the first they do not; so many values between them, so many times.
ITERATIONS = (15, 8, 8)
N_BETWEEN, N_NARROWED = 6, 2


def profile_interval(
    problem: TlmProblem, best, cost, pictures, names, fixed, coordinate, deviation, allowed
) -> tuple[float, float]:
    """Outermost values at which the refitted misfit stays below what is allowed.

    Parameters
    ----------
    problem : TlmProblem
    best : numpy.ndarray, shape (k,)
        Coordinates of the best fit.
    cost : float
        Its sum of squared residuals.
    pictures : numpy.ndarray, shape (m, k)
        Starts of all refits: distinct minima of the misfit.
    names : sequence of str
        The k coordinates.
    fixed : dict of str to float
        Values of all others.
    coordinate : str
        One of the names.
    deviation : float
        Its standard error.
    allowed : float
        Largest sum of squared residuals.

    Returns
    -------
    (low, high)
        Minus or plus infinity where a bound of the coordinate is allowed.
    """
    bounds = problem.bounds()
    low, high = np.array([bounds[name] for name in names]).T
    index = list(names).index(coordinate)
    varied = [k for k in range(len(names)) if k != index]

    def refit(values, starts, n_iterations):
        """Best refit at each value, shapes (n, k) and (n,); starts of shape (n, m, k)."""
        points = np.array(starts, dtype=float)
        points[:, :, index] = values[:, None]
        n, m, k = points.shape
        points, misfits = refine(
            problem, points.reshape(n * m, k), low, high, names, fixed, n_iterations, varied
        )
        costs = (misfits**2).sum(axis=1).reshape(n, m)
        choice = costs.argmin(axis=1)
        return points.reshape(n, m, k)[range(n), choice], costs[range(n), choice]

    everywhere = np.vstack([best, pictures])
    columns = {name: pictures[:, [k]] for k, name in enumerate(names)}
    picture_costs = (problem.residual(fixed | columns) ** 2).sum(axis=1)
    # A picture can be so narrow that all other values would step over it.
    own = pictures[picture_costs <= allowed, index]

    def side(end):
        span = end - best[index]
        first = min(max(FIRST_STEP * deviation, SMALLEST_STEP), 0.1 * abs(span))
        distances = np.geomspace(first, abs(span), N_VALUES)
        of_pictures = np.sign(span) * (own - best[index])
        distances = np.union1d(distances, of_pictures[of_pictures > first])
        values = best[index] + np.sign(span) * distances
        starts = np.broadcast_to(everywhere, (values.size, *everywhere.shape))
        points, costs = refit(values, starts, ITERATIONS[0])
        for n_iterations in ITERATIONS[1:]:
            inner, outer = np.vstack([best, points[:-1]]), np.vstack([points[1:], points[-1]])
            points, costs = refit(values, np.stack([points, inner, outer], axis=1), n_iterations)
        values, costs = np.append(best[index], values), np.append(cost, costs)
        points = np.vstack([best, points])
        last = np.flatnonzero(costs <= allowed)[-1]
        if last == values.size - 1:
            return np.sign(span) * np.inf
        for _ in range(N_NARROWED):
            values, costs, points = (of[last : last + 2] for of in (values, costs, points))
            ends = np.broadcast_to(points, (N_BETWEEN, *points.shape))
            between = np.linspace(*values, N_BETWEEN + 2)
            points_between, costs_between = refit(between[1:-1], ends, sum(ITERATIONS))
            values = between
            costs = np.array([costs[0], *costs_between, costs[1]])
            points = np.vstack([points[0], points_between, points[1]])
            last = np.flatnonzero(costs <= allowed)[-1]
        part = (allowed - costs[last]) / (costs[last + 1] - costs[last])
        return values[last] + part * (values[last + 1] - values[last])

    return side(low[index]), side(high[index])
