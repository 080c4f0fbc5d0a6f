"""Effective conductivity of a voxel image between two electrodes."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import psutil
import scipy.linalg

from castline.base.errors import ConvergenceError, InputError
from castline.transport import fields, grid, hierarchy
from castline.transport.percolation import percolating_voxels
from castline.transport.threads import using

WINDOW = 3
ROUNDING = 1e-14
RESTARTS = 2
NOTHING_LEFT = 1e-28
# Conductances over the largest are kept in single precision, which ends at 1e-38.
SPAN = 1e30
# What is allocated, measured as peak memory: at all, per voxel, per conducting voxel, per aggregate
# of voxels, and per voxel for the fields.
BYTES_AT_ALL = 15_000_000
BYTES_PER_VOXEL = 6
BYTES_PER_CONDUCTING_VOXEL = 82
BYTES_PER_AGGREGATE = 390
BYTES_PER_VOXEL_OF_FIELDS = 33
VOXELS_PER_AGGREGATE = 5
# Slabs of the image whose coarse unknowns are relaxed and grouped side by side, whatever the number
# of threads: at most so many, none smaller. Their ends cost a little convergence.
BLOCKS = 16
VOXELS_PER_BLOCK = 400_000
PLANES_PER_BLOCK = 16


@dataclass(frozen=True)
class TransportResult:
    """Effective conductivity along one axis, and how far it can be trusted.

    Attributes
    ----------
    value_s_per_m : float
        Effective conductivity from the dissipated energy; exactly 0 if nothing percolates.
    axis : int
        Axis of the mean field.
    percolates : bool
        Whether a cluster of conducting voxels touches both electrodes.
    percolating_fraction : float
        Share of the conducting voxels that belong to such clusters.
    tortuosity_factor : float
        Mean conductivity over effective conductivity; for one conducting phase of volume fraction
        f and conductivity s0 this is f s0 / s_eff. Infinite if nothing percolates.
    flux_imbalance : float
        Difference of the currents through the two electrodes over their mean; below the tolerance.
    energy_error : float
        Estimated relative error of the value left by the iteration (not by the voxels).
    iterations : int
    energy_history : tuple of float
        Relative decrease of the energy in each iteration.
    phase_flux_share : dict of int to float, or None
        Share of the current along the axis carried by each label, if labels were given.
    potential_v : array (nx, ny, nz), or None
        Potential for 1 V between the electrodes; NaN where no current can flow.
    current_density_a_per_m2 : array (nx, ny, nz, 3) of float32, or None
        Current density for 1 V between the electrodes, along x, y, z of the image.
    """

    value_s_per_m: float
    axis: int
    percolates: bool
    percolating_fraction: float
    tortuosity_factor: float
    flux_imbalance: float
    energy_error: float
    iterations: int
    energy_history: tuple[float, ...] = field(default=(), repr=False)
    phase_flux_share: dict[int, float] | None = None
    potential_v: np.ndarray | None = field(default=None, repr=False, compare=False)
    current_density_a_per_m2: np.ndarray | None = field(default=None, repr=False, compare=False)


def estimate_memory_bytes(shape, conducting=None, aggregates=None, *, with_fields=False):
    """Estimate of what `effective_conductivity` allocates beside the image, in bytes.

    Parameters
    ----------
    shape : 3 ints
    conducting : int, optional
        Number of conducting voxels; all of them by default.
    aggregates : int, optional
        Number of unknowns below the voxels: an eighth to a third of the voxels for images of a few
        phases, up to two thirds where every voxel differs strongly from its neighbours. It is
        known only once the voxels have been aggregated; a fifth by default.
    with_fields : bool
        Whether the fields, or the flux shares found from them, are wanted.

    Returns
    -------
    int
    """
    voxels = math.prod(int(n) for n in shape)
    if conducting is None:
        conducting = voxels
    if aggregates is None:
        aggregates = conducting // VOXELS_PER_AGGREGATE
    per_voxel = BYTES_PER_VOXEL + (BYTES_PER_VOXEL_OF_FIELDS if with_fields else 0)
    return (
        BYTES_AT_ALL
        + voxels * per_voxel
        + conducting * BYTES_PER_CONDUCTING_VOXEL
        + aggregates * BYTES_PER_AGGREGATE
    )


def effective_conductivity(
    conductivity_s_per_m,
    spacing_m,
    axis=2,
    *,
    periodic=True,
    face_resistance_ohm_m2=None,
    phases=None,
    with_fields=False,
    tolerance=1e-6,
    max_iterations=500,
    memory_limit_bytes=None,
    progress: Callable[[int, float, float], None] | None = None,
    threads=1,
):
    """Effective conductivity of a voxel image along one axis.

    Solves div(s grad u) = 0 by cell-centred finite volumes with harmonic face conductances, u = 1
    and 0 V on the two end faces, half a voxel outside the first and last cell centres. Only
    clusters that touch both electrodes enter. CG preconditioned by aggregation multigrid,
    deterministic. It stops when both the energy and the electrode currents have settled to
    ``tolerance``.

    Parameters
    ----------
    conductivity_s_per_m : array (nx, ny, nz)
        Conductivity of each voxel, S/m; 0 insulates. Ratios up to 1e9 are tested.
    spacing_m : float or sequence of 3 floats
        Voxel edge lengths along x, y, z, metre.
    axis : int
        0, 1 or 2: axis of the mean field.
    periodic : bool
        Periodic sides; False makes them insulating.
    face_resistance_ohm_m2 : array (nx, ny, nz, 3), optional
        Resistance times area of the interface between each voxel and the next one along x, y, z,
        past a periodic side the first one, in series with the two; what the last voxels along the
        axis have to the electrode is not used. `castline.transport.interfaces` makes it of
        particles. None, or zero, is perfect contact.
    phases : array (nx, ny, nz) of uint8, optional
        Labels, for the share of the current in each phase.
    with_fields : bool
        Return the potential and the current density as well.
    tolerance : float
        Relative tolerance of energy and electrode currents, down to 1e-10.
    max_iterations : int
    memory_limit_bytes : int, optional
        What may be allocated; the free memory of the machine by default.
    progress : callable, optional
        Called after every iteration with the iteration, the relative energy change over the last
        three, and the flux imbalance.
    threads : int
        Does not change the result by a bit.

    Returns
    -------
    TransportResult

    Raises
    ------
    InputError
        If the image is not 3-D, is empty, holds NaN, infinite or negative values, is too large for
        the memory, an interface resistance is negative or not finite, or an option is out of range.
    ConvergenceError
        If ``max_iterations`` do not suffice, with the history, or rounding keeps the electrode
        currents apart by more than ``tolerance``.
    """
    sigma, spacing, axis = checked_geometry(conductivity_s_per_m, spacing_m, axis)
    if not 0 < tolerance < 1:
        raise InputError(f"tolerance must lie between 0 and 1, got {tolerance}")
    if max_iterations < 1:
        raise InputError(f"max_iterations must be at least 1, got {max_iterations}")
    if phases is not None:
        phases = np.asarray(phases)
        if phases.shape != sigma.shape or phases.dtype != np.uint8:
            raise InputError(
                f"phases must be uint8 of shape {sigma.shape}, got {phases.dtype} {phases.shape}"
            )
    resistance = _checked_interfaces(face_resistance_ohm_m2, sigma.shape)
    memory = Memory(sigma, axis, with_fields or phases is not None, memory_limit_bytes, resistance)
    memory.check()
    _check_values(sigma, spacing, resistance)

    order = [other for other in range(3) if other != axis] + [axis]
    sigma = np.ascontiguousarray(np.transpose(sigma, order))
    spacing = spacing[order]
    if resistance is not None and axis != 2:
        resistance = np.ascontiguousarray(np.transpose(resistance, (*order, 3))[..., order])
    if sigma.dtype not in (np.float32, np.float64):
        sigma = sigma.astype(np.float64)
    largest = float(sigma.max())
    mean = float(sigma.mean(dtype=np.float64))
    with using(threads):
        active, conducting, through = percolating_voxels(sigma, periodic, threads)
    if through == 0:
        return _insulating(axis, with_fields, phases, active.transpose(np.argsort(order)))

    weights = (spacing[2] / spacing) ** 2
    with using(threads):
        numbers, planes = grid.number_voxels(active, threads)
        del active
        solution = Solution(
            sigma,
            numbers,
            planes,
            weights,
            1 / largest,
            periodic,
            memory,
            threads,
            resistance=resistance,
            spacing=spacing,
        )
        history, error = solution.iterate(tolerance, max_iterations, progress)
    imbalance = solution.imbalance()
    if not imbalance < tolerance:
        raise ConvergenceError(
            f"no convergence to {tolerance:.1e}: the electrode currents differ by "
            f"{imbalance:.1e}, which is what double precision leaves at this contrast"
        )
    with using(threads):
        energy = fields.dissipation(
            threads,
            sigma,
            numbers,
            solution.potential,
            weights,
            1 / largest,
            periodic,
            resistance,
            spacing,
        )
    nx, ny, nz = sigma.shape
    value = energy * largest * nz / (nx * ny)

    back = np.argsort(order)
    potential = density = share = None
    if with_fields or phases is not None:
        potential = fields.spread(solution.potential, numbers)
        density = fields.current_density(sigma, potential, spacing, periodic, resistance)
        if phases is not None:
            share = _shares(np.ascontiguousarray(np.transpose(phases, order)), density)
        potential = potential.transpose(back)
        density = density.transpose(*back, 3)[..., back]
    return TransportResult(
        value_s_per_m=float(value),
        axis=axis,
        percolates=True,
        percolating_fraction=through / conducting,
        tortuosity_factor=mean / float(value),
        flux_imbalance=float(imbalance),
        energy_error=max(float(error), ROUNDING),
        iterations=len(history),
        energy_history=tuple(float(decrement) for decrement in history),
        phase_flux_share=share,
        potential_v=potential if with_fields else None,
        current_density_a_per_m2=density if with_fields else None,
    )


class Solution:
    """Flexible CG on the voxels, preconditioned by one multigrid cycle."""

    def __init__(
        self,
        sigma,
        numbers,
        planes,
        weights,
        scale,
        periodic,
        memory,
        threads,
        blocked=False,
        resistance=None,
        spacing=None,
    ):
        """With ``blocked``, no current leaves at the outlet, and ``residual`` is to be set.

        ``resistance`` and ``spacing`` as of `grid.add_interfaces`.
        """
        n = int(planes[1, -1])
        nx = sigma.shape[0]
        self.threads = threads
        self.planes = planes
        self.seam = periodic and any(size > 1 and size % 2 == 1 for size in sigma.shape[:2])
        self.neighbours, self.conductances, self.inverse = grid.connect_voxels(
            sigma, numbers, n, weights, scale, periodic, threads
        )
        if resistance is not None:
            grid.add_interfaces(
                self.conductances,
                self.inverse,
                numbers,
                resistance,
                weights,
                scale,
                spacing,
                periodic,
                threads,
            )
        self.inlet = numbers[:, :, 0][numbers[:, :, 0] < n]
        self.outlet = numbers[:, :, -1][numbers[:, :, -1] < n]
        if blocked:
            grid.block_outlet(self.conductances, self.inverse, self.outlet, threads)
        ends = grid.slabs(nx, min(BLOCKS, n // VOXELS_PER_BLOCK, nx // PLANES_PER_BLOCK))
        self.aggregates, blocks = hierarchy.aggregate_voxels(
            numbers, planes, ends, self.neighbours, self.conductances, threads
        )
        count = int(blocks[-1])
        memory.check(count)
        network = hierarchy.voxel_network(
            self.aggregates, blocks, planes, ends, self.neighbours, self.conductances, threads
        )
        self.coarse = hierarchy.Hierarchy(network, blocks, threads)
        self.restricted = np.empty(count)
        self.direction = grid.ramp(threads, numbers, n)
        self.correction = np.zeros_like(self.direction)
        self.potential = np.zeros(n + 1)
        # From the inlet to its voxels: one minus their potential would be all rounding where a well
        # conducting cluster hangs on it.
        self.drop = np.ones(len(self.inlet))
        self.residual = np.zeros(n)
        self.way_down = grid.schedule(nx, threads, grid.WAY_DOWN)
        self.way_up = grid.schedule(nx, threads, grid.WAY_UP, backwards=True)
        self.way_on = grid.schedule(nx, threads, grid.ADVANCE)
        self.products = np.empty((nx, 3))
        self.sums = np.empty(nx)
        if blocked:
            self.direction[:] = 0
        else:
            self.residual[self.inlet] = self.conductances[self.inlet, grid.PREVIOUS]
            self.advance(1.0, 1.0)

    def iterate(self, tolerance, max_iterations, progress):
        """Iterate until converged.

        Returns
        -------
        decrements : list of float
            Relative energy decrement of each iteration.
        error : float
            Estimate of the relative energy still to be lost.
        """
        decrements = []
        steps, betas = [], []
        curvature = error = 0.0
        restarts = 0
        while True:
            z_az, p_az, r_z = self.precondition()
            beta = -p_az / curvature if curvature > 0 else 0.0
            curvature = z_az + beta * p_az
            if not curvature > ROUNDING * z_az:
                beta, curvature = 0.0, z_az
            current = self._current()
            if not r_z > NOTHING_LEFT * current:
                decrements.append(0.0)
                imbalance = abs(self.residual.sum()) / current
                settled = True
            else:
                step = r_z / curvature
                imbalance = abs(self.advance(step, beta)) / self._current()
                decrements.append(step * r_z / self._current())
                steps.append(step)
                betas.append(max(beta, 0.0))
                error = remaining(decrements)
                if np.isfinite(error):
                    bound = r_z / _smallest_ritz_value(steps, betas) / self._current()
                    error = max(error, bound - decrements[-1])
                settled = len(decrements) >= WINDOW and error < tolerance
            if progress is not None:
                progress(len(decrements), error, imbalance)
            if settled and imbalance < tolerance:
                if restarts == RESTARTS or self.imbalance() < tolerance:
                    return decrements, error
                # Large early steps were rounded; the residual they leave is not in the recurrence.
                grid.balance(
                    self.potential,
                    self.residual,
                    self.inlet,
                    self.drop,
                    self.neighbours,
                    self.conductances,
                )
                restarts += 1
                curvature = 0.0
            if len(decrements) == max_iterations or not np.isfinite(decrements[-1]):
                tail = ", ".join(f"{decrement:.1e}" for decrement in decrements[-10:])
                raise ConvergenceError(
                    f"no convergence to {tolerance:.1e} in {len(decrements)} iterations: flux "
                    f"imbalance {imbalance:.1e}, last relative energy decrements {tail}"
                )

    def precondition(self):
        """Correct the residual; z.Az, p.Az and r.z of the correction z and the direction p."""
        self.restricted[:] = 0
        for part in self.way_down:
            grid.relax_and_restrict(
                self.threads,
                *part,
                self.correction,
                self.residual,
                self.planes,
                self.neighbours,
                self.conductances,
                self.inverse,
                self.seam,
                self.aggregates,
                self.restricted,
            )
        correction = self.coarse.solve(self.restricted)
        for part in self.way_up:
            grid.prolong_and_relax(
                self.threads,
                *part,
                self.correction,
                self.direction,
                self.residual,
                self.planes,
                self.neighbours,
                self.conductances,
                self.inverse,
                self.aggregates,
                correction,
                self.products,
            )
        return self.products.sum(axis=0)

    def advance(self, step, beta):
        """Go a step along the new direction; the sum of the residuals."""
        for part in self.way_on:
            grid.advance(
                self.threads,
                *part,
                self.correction,
                self.direction,
                self.potential,
                self.residual,
                step,
                np.float32(beta),
                self.planes,
                self.neighbours,
                self.conductances,
                self.sums,
            )
        self.drop -= step * self.direction[self.inlet].astype(np.float64)
        return self.sums.sum()

    def imbalance(self):
        """Difference of the electrode currents over their mean."""
        inflow, outflow = self._currents()
        return 2 * abs(inflow - outflow) / (inflow + outflow)

    def _current(self):
        inflow, outflow = self._currents()
        return 0.5 * (abs(inflow) + abs(outflow))

    def _currents(self):
        g = self.conductances
        return (
            np.sum(g[self.inlet, grid.PREVIOUS] * self.drop),
            np.sum(g[self.outlet, grid.NEXT] * self.potential[self.outlet]),
        )


def remaining(decrements):
    """Energy still to be lost: the last decrements, continued as a geometric series if slow."""
    recent = sum(decrements[-WINDOW:])
    before = sum(decrements[-2 * WINDOW : -WINDOW])
    if before <= 0 or recent >= before:
        return recent
    ratio = recent / before
    return recent * max(1.0, ratio / (1 - ratio))


def _smallest_ritz_value(steps, betas):
    """Smallest eigenvalue of the preconditioned operator as far as CG has seen it.

    From the steps and direction coefficients of CG (G. Meurant and P. Tichy, Numer. Algorithms 62
    (2013) 163-191). The energy still to be lost is at most r.z over it.
    """
    steps, betas = np.array(steps), np.array(betas[1:])
    diagonal = 1 / steps
    diagonal[1:] += betas / steps[:-1]
    beside = np.sqrt(betas) / steps[:-1]
    return scipy.linalg.eigh_tridiagonal(
        diagonal, beside, eigvals_only=True, select="i", select_range=(0, 0)
    )[0]


def checked_geometry(conductivity, spacing_m, axis):
    if np.ma.is_masked(conductivity):
        raise InputError("the image is a masked array; fill what is masked, with 0 to insulate")
    sigma = np.asarray(conductivity)
    if sigma.ndim != 3 or sigma.size == 0:
        raise InputError(f"the image must be 3-D and not empty, got shape {sigma.shape}")
    if not np.issubdtype(sigma.dtype, np.number) or np.iscomplexobj(sigma):
        raise InputError(f"conductivities must be real numbers, got {sigma.dtype}")
    if axis not in (0, 1, 2):
        raise InputError(f"axis must be 0, 1 or 2, got {axis}")
    axis = int(axis)
    try:
        spacing = np.array(np.broadcast_to(np.asarray(spacing_m, dtype=np.float64), 3))
    except ValueError:
        spacing = np.zeros(3)
    if not (np.isfinite(spacing).all() and (spacing > 0).all()):
        raise InputError(
            f"voxel edge lengths must be one or three positive numbers, got {spacing_m}"
        )
    return sigma, spacing, axis


def _checked_interfaces(resistance_ohm_m2, shape):
    if resistance_ohm_m2 is None:
        return None
    resistance = np.asarray(resistance_ohm_m2)
    if resistance.shape != (*shape, 3) or resistance.dtype not in (np.float32, np.float64):
        raise InputError(
            f"face_resistance_ohm_m2 must be floats of shape {(*shape, 3)}, got "
            f"{resistance.dtype} {resistance.shape}"
        )
    low, high = resistance.min(), resistance.max()
    if not (low >= 0 and high < np.inf):
        raise InputError(
            f"interface resistances must be finite and not negative, got {low} to {high} ohm m2"
        )
    return resistance


def _check_values(sigma, spacing, resistance):
    low, high = sigma.min(), sigma.max()
    if not (low >= 0 and high < np.inf):
        raise InputError(f"conductivities must be finite and not negative, got {low} to {high}")
    if high == 0:
        return
    lowest = np.min(sigma, initial=high, where=sigma > 0)
    thinnest = spacing.min() / spacing.max()
    if not (high >= np.finfo(np.float32).tiny and lowest * thinnest**2 > high / SPAN):
        raise InputError(
            f"conductivities from {lowest:g} to {high:g} S/m on voxels {1 / thinnest:g} times "
            f"longer than wide span too much to be solved (at most {SPAN:g})"
        )
    if resistance is not None:
        most = float(resistance.max())
        if not high * most * spacing.max() / spacing.min() ** 2 < SPAN:
            raise InputError(
                f"an interface resistance of {most:g} ohm m2 beside voxels of {high:g} S/m spans "
                f"too much to be solved (at most {SPAN:g} times the resistance of a voxel)"
            )


class Memory:
    """What was available at the start, and what the image needs as far as that is known."""

    def __init__(self, sigma, axis, with_fields, limit, resistance=None):
        self.shape = sigma.shape
        if sigma.size >= 2**31:
            raise InputError(
                f"an image of {self.shape} voxels is too large: fewer than 2^31 are supported"
            )
        self.conducting = int(np.count_nonzero(sigma))
        self.with_fields = with_fields
        ready = axis == 2 and sigma.flags.c_contiguous and sigma.dtype in (np.float32, np.float64)
        self.copy = 0 if ready else max(8, sigma.itemsize) * sigma.size
        if resistance is not None and axis != 2:
            # Twice while it is turned: the axes of the faces, then those of the voxels.
            self.copy += 2 * resistance.nbytes
        self.available = psutil.virtual_memory().available if limit is None else limit

    def check(self, aggregates=None):
        needed = self.copy + estimate_memory_bytes(
            self.shape, self.conducting, aggregates, with_fields=self.with_fields
        )
        if needed > self.available:
            raise InputError(
                f"an image of {' x '.join(map(str, self.shape))} voxels, {self.conducting} of them "
                f"conducting, needs about {needed / 1e9:.2f} GB of memory beside itself, "
                f"{self.available / 1e9:.2f} GB are available"
            )


def _shares(phases, density):
    total = fields.flux_by_phase(phases, density)
    present = np.unique(phases)
    return {int(phase): float(total[phase] / total.sum()) for phase in present}


def _insulating(axis, with_fields, phases, active):
    return TransportResult(
        value_s_per_m=0.0,
        axis=axis,
        percolates=False,
        percolating_fraction=0.0,
        tortuosity_factor=float("inf"),
        flux_imbalance=0.0,
        energy_error=0.0,
        iterations=0,
        phase_flux_share=None if phases is None else {int(p): 0.0 for p in np.unique(phases)},
        potential_v=np.full(active.shape, np.nan) if with_fields else None,
        current_density_a_per_m2=(
            np.zeros((*active.shape, 3), dtype=np.float32) if with_fields else None
        ),
    )
