"""Tortuosity of an electrode: ions enter at one side, none leave, and they react over the surface.

In a porous electrode the current does not cross the layer but ends on the surface of the pores, so
dead ends take part that carry nothing between two electrodes. At low frequency a blocking electrode
charges evenly: every piece of surface takes the same current, and the resistance is a third of that
of the pores (J. Landesfeind et al., J. Electrochem. Soc. 163 (2016) A1373; as a computation on
images T.-T. Nguyen et al., npj Comput. Mater. 6 (2020) 123).
"""

from dataclasses import dataclass

import numpy as np

from castline.base.errors import ConvergenceError, InputError
from castline.transport import grid
from castline.transport.percolation import INLET, percolating_voxels
from castline.transport.solve import Memory, Solution, checked_geometry, remaining
from castline.transport.threads import using


@dataclass(frozen=True)
class ElectrodeTortuosity:
    """Tortuosity factor of a label between one end face and its surface.

    Attributes
    ----------
    tortuosity_factor : float
        f / s with s = L / (3 A R) the conductivity of the label over that of its material, R the
        dissipation over the square of the current, f the volume fraction. Straight pores have 1.
    reached : float
        Share of the label's volume that is connected to the inlet. What is not takes no current but
        counts in f.
    iterations : int
    """

    tortuosity_factor: float
    reached: float
    iterations: int


def electrode_tortuosity(
    labels,
    label,
    spacing_m,
    axis=2,
    *,
    periodic=True,
    tolerance=1e-6,
    max_iterations=500,
    threads=1,
):
    """Tortuosity factor of one label with the far end of the axis blocked.

    Each face between the label and another one takes current in proportion to its area.

    Parameters
    ----------
    labels : array (nx, ny, nz) of integers
    label : int
    spacing_m : float or 3 floats
    axis : int
        The inlet is its first face.
    periodic : bool
        Periodic sides; False makes them insulating.
    tolerance : float
        Relative, of the resistance.
    max_iterations, threads : int

    Returns
    -------
    ElectrodeTortuosity

    Raises
    ------
    InputError
        If an option is out of range, or the label touches no inlet or no other label.
    ConvergenceError
        If ``max_iterations`` do not suffice.
    """
    has, spacing, axis = checked_geometry(
        (np.asarray(labels) == label).astype(np.uint8), spacing_m, axis
    )
    order = [other for other in range(3) if other != axis] + [axis]
    has = np.ascontiguousarray(np.transpose(has, order)).astype(bool)
    spacing = spacing[order]
    memory = Memory(has, 2, False, None)
    memory.check()
    weights = (spacing[2] / spacing) ** 2
    conducts = has.astype(np.float64)
    with using(threads):
        active, volume, reached = percolating_voxels(conducts, periodic, threads, INLET)
        surface = _surface(has, spacing, periodic)[active]
        if not surface.sum() > 0:
            raise InputError(
                f"label {label} has no surface that is connected to the first face of the axis"
            )
        numbers, planes = grid.number_voxels(active, threads)
        solution = Solution(
            conducts, numbers, planes, weights, 1.0, periodic, memory, threads, blocked=True
        )
        solution.residual[numbers[active]] = surface / surface.sum()
        resistance, iterations = _iterate(solution, tolerance, max_iterations)
    nx, ny, nz = has.shape
    # The unit of resistance is that of one voxel along the axis.
    relative = nz / (3 * nx * ny * resistance)
    return ElectrodeTortuosity(
        tortuosity_factor=float(volume / has.size / relative),
        reached=reached / volume,
        iterations=iterations,
    )


def _surface(has, spacing, periodic):
    """Area of the faces of each voxel with another label."""
    area = np.zeros(has.shape)
    for side in range(3):
        if has.shape[side] == 1:
            continue
        for step in (-1, 1):
            other = np.roll(has, step, side)
            if side == 2 or not periodic:
                end = 0 if step == 1 else -1
                np.moveaxis(other, side, 0)[end] = True
            area += (has & ~other) * spacing.prod() / spacing[side]
    return area


def _iterate(solution, tolerance, max_iterations):
    """Resistance in grid units: each step of CG adds its share to the dissipation."""
    resistance = curvature = 0.0
    decrements = []
    while True:
        z_az, p_az, r_z = solution.precondition()
        beta = -p_az / curvature if curvature > 0 else 0.0
        curvature = z_az + beta * p_az
        step = r_z / curvature if curvature > 0 else 0.0
        solution.advance(step, beta)
        resistance += step * r_z
        decrements.append(step * r_z / resistance)
        if len(decrements) >= 3 and remaining(decrements) < tolerance:
            return resistance, len(decrements)
        if len(decrements) == max_iterations or not np.isfinite(decrements[-1]):
            raise ConvergenceError(
                f"no convergence to {tolerance:.1e} in {len(decrements)} iterations: last relative "
                f"decrement {decrements[-1]:.1e}"
            )
