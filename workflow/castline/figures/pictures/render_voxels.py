"""Pictures of one label of a voxel image by ray casting, with the camera and light of `render`.

Each pixel follows its ray voxel by voxel (J. Amanatides, A. Woo, Eurographics 1987, 3) to the first
face of the label; its ambient light is the share of sky directions that leave the picture's label
within a reach of some voxels.
"""

import numpy as np
from numba import njit

from castline.figures.pictures.render import (
    LAMP,
    SUPERSAMPLING,
    Picture,
    box_corners_m,
    shaded_picture,
    sky_brightness,
    sphere_directions,
    view_axes,
)

DIRECTIONS = 64
REACH_VOXELS = 25


def render_voxels(
    mask: np.ndarray, spacing_m, colour: tuple[float, float, float], pixels_per_um: float
) -> Picture:
    """Render the voxels of a mask in one colour, at a fixed scale.

    Parameters
    ----------
    mask : (nx, ny, nz) bool, indexed [x, y, z].
    spacing_m : voxel edge lengths along x, y, z, m.
    colour : RGB in 0..1.
    """
    mask = np.ascontiguousarray(mask)
    spacing = np.asarray(spacing_m, dtype=float)
    axes = view_axes()
    corners = box_corners_m(np.zeros(3), spacing * mask.shape)
    pixel = 1e-6 / (SUPERSAMPLING * pixels_per_um)
    left, top = corners[:, 0].min(), corners[:, 1].max()
    columns, rows = (
        SUPERSAMPLING * int(np.ceil(length / (SUPERSAMPLING * pixel)))
        for length in np.ptp(corners[:, :2], axis=0)
    )
    sky = sphere_directions(DIRECTIONS)
    bright = sky_brightness(sky) * 4.0 / DIRECTIONS
    lamp = LAMP / np.linalg.norm(LAMP)
    hit, face, ambient, lit = _cast_voxels(
        mask, spacing, axes, rows, columns, pixel, left, top, corners[:, 2].max(),
        sky @ axes, bright, lamp @ axes,
    )  # fmt: skip
    normals = np.sign(face[:, None]) * axes.T[np.abs(face) - 1]
    diffuse = lit * np.clip(normals @ lamp, 0.0, 1.0)
    rgb = np.broadcast_to(np.asarray(colour, dtype=float), (len(face), 3))
    return shaded_picture(hit, rgb, normals, ambient, diffuse, pixel, left, top)


@njit(cache=True)
def _march(mask, spacing, start, step, reach):
    """Follow a ray to the first voxel of the mask, through at most `reach` voxels of the box.

    Returns whether there is one, the distance, and the face entered: its axis from 1, negative
    where it faces down the axis.
    """
    low, high, axis = 0.0, np.inf, 0
    for a in range(3):
        edge = spacing[a] * mask.shape[a]
        if step[a] == 0.0:
            if start[a] < 0.0 or start[a] >= edge:
                return False, low, 0
            continue
        one, other = -start[a] / step[a], (edge - start[a]) / step[a]
        if one > other:
            one, other = other, one
        if one > low:
            low, axis = one, a
        high = min(high, other)
    if low >= high:
        return False, low, 0
    index = np.empty(3, np.int64)
    move = np.empty(3, np.int64)
    following = np.full(3, np.inf)
    width = np.full(3, np.inf)
    for a in range(3):
        place = (start[a] + low * step[a]) / spacing[a]
        index[a] = min(max(int(np.floor(place)), 0), mask.shape[a] - 1)
        move[a] = 1 if step[a] > 0 else -1
        if step[a] != 0.0:
            wall = (index[a] + (1 if step[a] > 0 else 0)) * spacing[a]
            following[a] = (wall - start[a]) / step[a]
            width[a] = spacing[a] / abs(step[a])
    for _ in range(reach):
        if mask[index[0], index[1], index[2]]:
            return True, low, -move[axis] * (axis + 1)
        axis = 0 if following[0] < following[1] else 1
        axis = axis if following[axis] < following[2] else 2
        low = following[axis]
        following[axis] += width[axis]
        index[axis] += move[axis]
        if index[axis] < 0 or index[axis] >= mask.shape[axis]:
            return False, low, 0
    return False, low, 0


@njit(cache=True)
def _cast_voxels(mask, spacing, axes, rows, columns, pixel, left, top, nearest, sky, bright, lamp):
    """Pixels hit, and for each its face (signed axis from 1), ambient light and lamp."""
    hit = np.zeros((rows, columns), np.bool_)
    face = np.zeros(rows * columns, np.int64)
    ambient = np.zeros(rows * columns)
    lit = np.zeros(rows * columns)
    n = 0
    steps = mask.shape[0] + mask.shape[1] + mask.shape[2] + 3
    down = -axes[2]
    for row in range(rows):
        for column in range(columns):
            x, y = left + (column + 0.5) * pixel, top - (row + 0.5) * pixel
            start = axes[0] * x + axes[1] * y + axes[2] * nearest
            found, distance, side = _march(mask, spacing, start, down, steps)
            if not found:
                continue
            hit[row, column] = True
            face[n] = side
            a, outward = abs(side) - 1, np.sign(side)
            point = start + distance * down
            point[a] += outward * 1e-3 * spacing[a]
            for d in range(len(sky)):
                cosine = outward * sky[d, a]
                if cosine > 0.0 and not _march(mask, spacing, point, sky[d], REACH_VOXELS)[0]:
                    ambient[n] += bright[d] * cosine
            if not _march(mask, spacing, point, lamp, steps)[0]:
                lit[n] = 1.0
            n += 1
    return hit, face[:n], ambient[:n], lit[:n]
