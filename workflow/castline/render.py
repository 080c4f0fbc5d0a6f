"""Pictures of sphere packings by ray casting, without a graphics library.

An orthographic camera looks at the box; each pixel shows the nearest sphere surface, found exactly
from the sphere equation (no triangulation). Shading is diffuse light plus ambient occlusion, which
darkens pixels whose surroundings lie nearer to the camera, so that depth can be read. Rendering
needs no OpenGL, so it draws the same picture on a laptop and on a headless node.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit
from scipy.ndimage import gaussian_filter

from castline.particles import ParticleState
from castline.phases import Phase

LIGHT = np.array([-0.35, -0.55, 0.76])
BACKGROUND = -1


@dataclass(frozen=True)
class Picture:
    """RGBA image (rows, columns, 4) in 0..1 and the length of one pixel in m."""

    rgba: np.ndarray
    pixel_m: float


def view_axes(azimuth_degree: float, elevation_degree: float) -> np.ndarray:
    """(3, 3) rows: right, up and towards the camera, for a camera above the x-y plane."""
    a, e = np.radians([azimuth_degree, elevation_degree])
    towards = np.array([np.cos(e) * np.cos(a), np.cos(e) * np.sin(a), np.sin(e)])
    right = np.array([-np.sin(a), np.cos(a), 0.0])
    return np.array([right, np.cross(towards, right), towards])


@njit(cache=True)
def _cast(centres, radii, rows, columns, pixel, left, top):
    depth = np.full((rows, columns), -np.inf)
    owner = np.full((rows, columns), -1, np.int64)
    for k in range(len(radii)):
        r, cx, cy, cz = radii[k], centres[k, 0], centres[k, 1], centres[k, 2]
        first_column = max(0, int((cx - r - left) / pixel))
        last_column = min(columns - 1, int((cx + r - left) / pixel) + 1)
        first_row = max(0, int((top - cy - r) / pixel))
        last_row = min(rows - 1, int((top - cy + r) / pixel) + 1)
        for row in range(first_row, last_row + 1):
            dy = top - (row + 0.5) * pixel - cy
            for column in range(first_column, last_column + 1):
                dx = left + (column + 0.5) * pixel - cx
                inside = r * r - dx * dx - dy * dy
                if inside > 0.0:
                    z = cz + np.sqrt(inside)
                    if z > depth[row, column]:
                        depth[row, column] = z
                        owner[row, column] = k
    return depth, owner


def render(
    state: ParticleState,
    colours: dict[str, tuple[float, float, float]],
    pixels_per_um: float,
    azimuth_degree: float = -60.0,
    elevation_degree: float = 22.0,
) -> Picture:
    """Render a state at a fixed scale, so that pictures of different states compare in size.

    Parameters
    ----------
    colours : RGB in 0..1 by phase name.
    pixels_per_um : scale, before 2 x 2 supersampling.
    """
    pixel = 1e-6 / (2 * pixels_per_um)
    axes = view_axes(azimuth_degree, elevation_degree)
    state = state.wrapped()
    centres = np.ascontiguousarray(state.position_m @ axes.T)
    radii = np.ascontiguousarray(state.diameter_m / 2)
    left, bottom = (centres[:, :2] - radii[:, None]).min(axis=0) - 2 * pixel
    right, top = (centres[:, :2] + radii[:, None]).max(axis=0) + 2 * pixel
    columns = 2 * int(np.ceil((right - left) / (2 * pixel)))
    rows = 2 * int(np.ceil((top - bottom) / (2 * pixel)))
    depth, owner = _cast(centres, radii, rows, columns, pixel, left, top)

    hit = owner >= 0
    k = owner[hit]
    row, column = np.nonzero(hit)
    normal = (
        np.stack(
            [
                left + (column + 0.5) * pixel - centres[k, 0],
                top - (row + 0.5) * pixel - centres[k, 1],
                depth[hit] - centres[k, 2],
            ],
            axis=1,
        )
        / radii[k][:, None]
    )
    diffuse = np.clip(normal @ (LIGHT / np.linalg.norm(LIGHT)), 0.0, 1.0)
    light = (0.45 + 0.55 * diffuse) * (1.0 - 0.75 * occlusion(depth, hit, pixel))[hit]
    palette = np.array([colours.get(Phase(p).name, (1, 1, 1)) for p in range(len(Phase))])
    rgba = np.zeros((rows, columns, 4))
    rgba[hit, :3] = palette[state.phases[k]] * light[:, None]
    rgba[hit, :3] += 0.12 * diffuse[:, None] ** 12  # highlight: spheres, not discs
    rgba[hit, 3] = 1.0
    rgba[..., :3] *= rgba[..., 3:]
    small = rgba.reshape(rows // 2, 2, columns // 2, 2, 4).mean(axis=(1, 3))
    small[..., :3] /= np.maximum(small[..., 3:], 1e-9)
    return Picture(np.clip(small, 0.0, 1.0), 2 * pixel)


def occlusion(depth: np.ndarray, hit: np.ndarray, pixel_m: float) -> np.ndarray:
    """0..1: how far the surroundings (about 1 um) rise above each pixel towards the camera."""
    floor = depth[hit].min() if hit.any() else 0.0
    filled = np.where(hit, depth, floor)
    dark = np.zeros_like(filled)
    for reach_m in (0.4e-6, 1.2e-6):
        above = gaussian_filter(filled, reach_m / pixel_m) - filled
        dark += 0.5 * np.clip(above / (1.5 * reach_m), 0.0, 1.0)
    return dark
