"""Spheres to voxels: label images by the radical-plane rule, volume fractions.

A voxel is filled if its centre lies in one or more spheres. It goes to the sphere with the smallest
power distance d^2 - r^2 (the radical plane shares out an overlap the way a flattened contact does);
ties go to the lowest phase label, then to the lowest particle id. Every voxel is decided by that
total order alone, so the image depends neither on the order of the spheres nor on threads.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit

from castline.base.errors import InputError


def grid_for_box(lengths, voxel_size):
    """Voxel counts and edge lengths that tile a box exactly, closest to a wanted voxel size.

    Parameters
    ----------
    lengths : sequence of 3 floats
        Box edge lengths, in any one unit.
    voxel_size : float
        Wanted voxel edge length, same unit.

    Returns
    -------
    shape : tuple of 3 ints
    spacing : tuple of 3 floats
        Voxel edge lengths; ``shape * spacing`` equals ``lengths``, so they differ slightly by axis.

    Raises
    ------
    InputError
        If a length or the voxel size is not positive and finite.
    """
    lengths = _three(lengths, "box lengths")
    if not (np.isfinite(voxel_size) and voxel_size > 0):
        raise InputError(f"voxel size must be positive and finite, got {voxel_size}")
    shape = tuple(max(1, round(float(length / voxel_size))) for length in lengths)
    return shape, tuple(float(length / n) for length, n in zip(lengths, shape, strict=True))


@dataclass(frozen=True)
class Spheres:
    """A packing on a voxel grid, checked, in the order that decides ties: phase, then particle id.

    Attributes
    ----------
    rank : (n,) of int
        Places of the spheres in the caller's order.
    centres : (n, 3)
        Above the lower corner of the box; inside it along periodic axes.
    radii : (n,)
    phases : (n,) of uint8
    shape : 3 ints
        Voxels along x, y, z.
    spacing : (3,)
        Voxel edge lengths.
    periodic : (3,) of bool
    """

    rank: np.ndarray
    centres: np.ndarray
    radii: np.ndarray
    phases: np.ndarray
    shape: tuple[int, int, int]
    spacing: np.ndarray
    periodic: np.ndarray

    def stamped(self, radii, values):
        """Image (nx, ny, nz) of `values`, one a sphere and none of them 0, for these radii (n,)."""
        image = np.zeros(self.shape, dtype=values.dtype)
        _stamp(image, self.centres, radii, values, self.spacing, self.periodic)
        return image


def on_grid(centres, radii, phases, ids, origin, shape, spacing, periodic=(True, True, False)):
    """The spheres of a packing on a voxel grid; parameters and errors as of `label_image`."""
    centres = np.ascontiguousarray(centres, dtype=np.float64)
    radii = np.ascontiguousarray(radii, dtype=np.float64)
    phases = np.asarray(phases)
    ids = np.asarray(ids)
    n = len(radii)
    if centres.shape != (n, 3) or phases.shape != (n,) or ids.shape != (n,):
        raise InputError(
            f"centres must be (n, 3) and radii, phases, ids (n,); got {centres.shape}, "
            f"{radii.shape}, {phases.shape}, {ids.shape}"
        )
    if not (np.isfinite(centres).all() and np.isfinite(radii).all() and (radii > 0).all()):
        raise InputError("sphere centres must be finite and radii positive and finite")
    if n and (phases.min() < 1 or phases.max() > 255):
        raise InputError(f"phase labels must be 1 to 255, got {phases.min()} to {phases.max()}")
    shape = tuple(int(length) for length in shape)
    if len(shape) != 3 or min(shape) < 1:
        raise InputError(f"the voxel grid needs three positive sizes, got {shape}")
    spacing = _three(spacing, "voxel edge lengths")
    origin = np.asarray(origin, dtype=np.float64)
    if origin.shape != (3,) or not np.isfinite(origin).all():
        raise InputError(f"the origin must be three finite numbers, got {origin}")
    if len(periodic) != 3:
        raise InputError(f"periodic needs three flags, got {periodic}")

    # Ranked by (phase, id), a tie is won by the sphere that was stamped first.
    rank = np.lexsort((ids, phases))
    centres = centres[rank] - origin
    for axis in range(3):
        if periodic[axis]:
            centres[:, axis] %= shape[axis] * spacing[axis]
    return Spheres(
        rank,
        centres,
        radii[rank],
        phases[rank].astype(np.uint8),
        shape,
        spacing,
        np.asarray(periodic, dtype=np.bool_),
    )


def label_image(centres, radii, phases, ids, origin, shape, spacing, periodic=(True, True, False)):
    """Label image of a sphere packing.

    All lengths are in one unit, whichever the caller uses (metres inside castline).

    Parameters
    ----------
    centres : array (n, 3)
        Sphere centres; on a periodic axis they may lie outside the box.
    radii : array (n,)
    phases : array (n,) of int
        Phase label of each sphere, 1 to 255; 0 is pore.
    ids : array (n,) of int
        Particle ids, the last tie-break.
    origin : sequence of 3 floats
        Lower corner of the box.
    shape : sequence of 3 ints
        Voxels along x, y, z.
    spacing : float or sequence of 3 floats
        Voxel edge lengths.
    periodic : sequence of 3 bools
        Whether spheres wrap around the box along each axis.

    Returns
    -------
    array (nx, ny, nz) of uint8
        Phase labels, indexed [x, y, z].

    Raises
    ------
    InputError
        If a shape does not match, a number is not finite, a radius is not positive or a phase is
        outside 1 to 255.
    """
    spheres = on_grid(centres, radii, phases, ids, origin, shape, spacing, periodic)
    return spheres.stamped(spheres.radii, spheres.phases)


def volume_fractions(image, phases=None):
    """Share of the voxels that carries each label.

    Parameters
    ----------
    image : array of uint8
        Label image.
    phases : sequence of int, optional
        Labels wanted; all labels present by default.

    Returns
    -------
    dict of int to float
    """
    counts = np.bincount(np.asarray(image).ravel(), minlength=256)
    if phases is None:
        phases = np.flatnonzero(counts)
    return {int(phase): float(counts[phase] / image.size) for phase in phases}


def _three(value, what):
    three = np.array(np.broadcast_to(np.asarray(value, dtype=np.float64), 3))
    if not (np.isfinite(three).all() and (three > 0).all()):
        raise InputError(f"{what} must be positive and finite, got {value}")
    return three


@njit(cache=True)
def _plane_range(centre, radius, edge, n, wraps):
    # Widened beyond rounding: whether a centre lies in the sphere is decided voxel by voxel.
    first = int(np.ceil((centre - radius) / edge - 0.5 - 1e-9))
    last = int(np.floor((centre + radius) / edge - 0.5 + 1e-9))
    if not wraps:
        first = max(first, 0)
        last = min(last, n - 1)
    return first, last


@njit(cache=True)
def _stamp(image, centres, radii, values, spacing, periodic):
    """Decide one x plane at a time, so that the power distances kept are those of one plane."""
    nx, ny, nz = image.shape
    dx, dy, dz = spacing
    start = np.zeros(nx + 1, dtype=np.int64)
    for s in range(len(radii)):
        first, last = _plane_range(centres[s, 0], radii[s], dx, nx, periodic[0])
        for i in range(first, last + 1):
            start[i % nx + 1] += 1
    for i in range(nx):
        start[i + 1] += start[i]
    sphere = np.empty(start[nx], dtype=np.int64)
    plane = np.empty(start[nx], dtype=np.int64)
    filled = start[:nx].copy()
    for s in range(len(radii)):
        first, last = _plane_range(centres[s, 0], radii[s], dx, nx, periodic[0])
        for i in range(first, last + 1):
            sphere[filled[i % nx]] = s
            plane[filled[i % nx]] = i
            filled[i % nx] += 1

    power = np.empty((ny, nz), dtype=np.float64)
    for i in range(nx):
        power[:] = 0.0
        for entry in range(start[i], start[i + 1]):
            s = sphere[entry]
            x = (plane[entry] + 0.5) * dx - centres[s, 0]
            x_power = x * x - radii[s] * radii[s]
            if x_power > 0.0:
                continue
            y_first, y_last = _plane_range(centres[s, 1], np.sqrt(-x_power), dy, ny, periodic[1])
            for j in range(y_first, y_last + 1):
                y = (j + 0.5) * dy - centres[s, 1]
                xy_power = x_power + y * y
                if xy_power > 0.0:
                    continue
                row = j % ny
                z_first, z_last = _plane_range(
                    centres[s, 2], np.sqrt(-xy_power), dz, nz, periodic[2]
                )
                for k in range(z_first, z_last + 1):
                    z = (k + 0.5) * dz - centres[s, 2]
                    here = xy_power + z * z
                    column = k % nz
                    if here < power[row, column] or (here <= 0.0 and image[i, row, column] == 0):
                        power[row, column] = here
                        image[i, row, column] = values[s]
