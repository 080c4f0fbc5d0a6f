"""Pictures of sphere packings by ray casting, without a graphics library.

An orthographic camera looks at the packing; each pixel shows the nearest sphere surface, found
exactly from the sphere equation (no triangulation). Light is ambient occlusion and one soft lamp:
from every one of many directions the packing is cast again, and a pixel is dark towards those in
which another sphere stands between it and the sky (the method of M. Tarini, P. Cignoni,
C. Montani, IEEE Trans. Vis. Comput. Graph. 12 (2006) 1237, doi 10.1109/TVCG.2006.115, with the
occluder tested exactly instead of a depth bias). So pores and contacts read as depth. No OpenGL is
needed: a headless node draws the same picture as a laptop.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit

from castline.packing.state import ParticleState
from castline.recipe.phases import Phase

SUPERSAMPLING = 2
SKY_DIRECTIONS = 96
LAMP = np.array([-0.45, 0.55, 0.75])  # right, up, towards the camera
LAMP_DIRECTIONS, LAMP_ANGLE_DEGREE = 16, 9.0
AMBIENT, DIFFUSE, GLOSS = 0.62, 0.72, 0.09
GROUND = 0.15  # brightness of the sky from below, over that from above: gives spheres their form
GAMMA = 2.2
AZIMUTH_DEGREE, ELEVATION_DEGREE = -60.0, 22.0


@dataclass(frozen=True)
class Picture:
    """RGBA image (rows, columns, 4) in 0..1, the length of one pixel in m, and where it is.

    `left_m` and `top_m` are the view coordinates (right and up) of the upper left corner.
    """

    rgba: np.ndarray
    pixel_m: float
    left_m: float
    top_m: float


def view_axes(
    azimuth_degree: float = AZIMUTH_DEGREE, elevation_degree: float = ELEVATION_DEGREE
) -> np.ndarray:
    """(3, 3) rows: right, up and towards the camera, for a camera above the x-y plane."""
    a, e = np.radians([azimuth_degree, elevation_degree])
    towards = np.array([np.cos(e) * np.cos(a), np.cos(e) * np.sin(a), np.sin(e)])
    right = np.array([-np.sin(a), np.cos(a), 0.0])
    return np.array([right, np.cross(towards, right), towards])


def render(
    state: ParticleState, colours: dict[str, tuple[float, float, float]], pixels_per_um: float
) -> Picture:
    """Render the particles of the phases that have a colour (RGB in 0..1), at a fixed scale."""
    state = state.wrapped()
    palette = np.array([colours.get(Phase(p).name, (1, 1, 1)) for p in range(len(Phase))])
    shown = np.isin(state.phases, [int(Phase[name]) for name in colours])
    return render_spheres(
        state.position_m[shown],
        state.diameter_m[shown] / 2,
        palette[state.phases[shown]],
        pixels_per_um,
    )


def box_corners_m(low_m: np.ndarray, lengths_m: np.ndarray) -> np.ndarray:
    """(8, 3) corners of a box in view coordinates; bits 2, 1, 0 of the row: at the high x, y, z."""
    unit = np.array([[k >> 2 & 1, k >> 1 & 1, k & 1] for k in range(8)])
    return (low_m + unit * lengths_m) @ view_axes().T


def view_size_m(state: ParticleState) -> tuple[float, float]:
    """Width and height in m of the picture that `render` makes of all particles of a state."""
    centres = state.wrapped().position_m @ view_axes().T
    left, right, bottom, top = _extent(centres, state.diameter_m / 2, 0.0)
    return right - left, top - bottom


def render_spheres(
    centres_m: np.ndarray,
    radii_m: np.ndarray,
    rgb: np.ndarray,
    pixels_per_um: float,
    axes: np.ndarray | None = None,
    frame: tuple[float, float, float, float] | None = None,
) -> Picture:
    """Render spheres at a fixed scale.

    Parameters
    ----------
    centres_m, radii_m : (n, 3) and (n,) in m.
    rgb : (n, 3) colours in 0..1.
    pixels_per_um : scale of the picture.
    axes : camera as from `view_axes`.
    frame : left, right, bottom, top of the picture in view coordinates, m; all spheres by default.
    """
    axes = view_axes() if axes is None else axes
    pixel = 1e-6 / (SUPERSAMPLING * pixels_per_um)
    centres = np.ascontiguousarray(centres_m @ axes.T)
    radii = np.ascontiguousarray(radii_m, dtype=float)
    left, right, bottom, top = frame if frame is not None else _extent(centres, radii, 2 * pixel)
    rows, columns = _pixels(right - left, top - bottom, pixel)
    depth, owner = _cast(centres, radii, rows, columns, pixel, left, top)
    hit = owner >= 0
    k = owner[hit]
    row, column = np.nonzero(hit)
    point = np.stack([left + (column + 0.5) * pixel, top - (row + 0.5) * pixel, depth[hit]], axis=1)
    normal = (point - centres[k]) / radii[k][:, None]
    sky = sphere_directions(SKY_DIRECTIONS)
    lamp = cone_directions(LAMP, np.radians(LAMP_ANGLE_DEGREE), LAMP_DIRECTIONS)
    brightness = sky_brightness(sky)
    ambient = _light(point, normal, k, centres, radii, sky, brightness * 4.0 / SKY_DIRECTIONS)
    diffuse = _light(point, normal, k, centres, radii, lamp, np.full(len(lamp), 1.0 / len(lamp)))
    return shaded_picture(hit, rgb[k], normal, ambient, diffuse, pixel, left, top)


def shaded_picture(
    hit: np.ndarray, rgb: np.ndarray, normal: np.ndarray, ambient, diffuse, pixel, left, top
) -> Picture:
    """Colour times light for the pixels hit, averaged down to the final resolution.

    Parameters
    ----------
    hit : (rows, columns) mask at the supersampled resolution.
    rgb, normal : (m, 3) colour and unit normal (view coordinates) of the pixels hit.
    ambient, diffuse : (m,) light from the sky and from the lamp, 0..1.
    pixel, left, top : supersampled pixel and upper left corner, m.
    """
    half = LAMP / np.linalg.norm(LAMP) + np.array([0.0, 0.0, 1.0])
    shine = np.clip(normal @ (half / np.linalg.norm(half)), 0.0, 1.0) ** 30
    light = (AMBIENT * ambient + DIFFUSE * diffuse)[:, None]
    rgba = np.zeros((*hit.shape, 4))
    rgba[hit, :3] = rgb**GAMMA * light + (GLOSS * shine * diffuse)[:, None]
    rgba[hit, 3] = 1.0
    rows, columns = hit.shape
    s = SUPERSAMPLING
    small = rgba.reshape(rows // s, s, columns // s, s, 4).mean(axis=(1, 3))
    small[..., :3] /= np.maximum(small[..., 3:], 1e-9)
    small[..., :3] = np.clip(small[..., :3], 0.0, 1.0) ** (1 / GAMMA)
    return Picture(small, s * pixel, left, top)


def sphere_directions(count: int) -> np.ndarray:
    """(count, 3) unit vectors spread evenly over the sphere (Fibonacci lattice)."""
    k = np.arange(count) + 0.5
    height = 1 - 2 * k / count
    turn = np.pi * (1 + 5**0.5) * k
    width = np.sqrt(1 - height**2)
    return np.stack([width * np.cos(turn), width * np.sin(turn), height], axis=1)


def sky_brightness(directions: np.ndarray) -> np.ndarray:
    """(n,) brightness of the sky in each direction, 1 straight up, `GROUND` straight down."""
    return GROUND + (1 - GROUND) * (1 + directions[:, 1]) / 2


def cone_directions(axis: np.ndarray, half_angle: float, count: int) -> np.ndarray:
    """(count, 3) unit vectors spread evenly in a cone (half angle in rad) about an axis."""
    k = np.arange(count) + 0.5
    height = 1 - (1 - np.cos(half_angle)) * k / count
    turn = np.pi * (1 + 5**0.5) * k
    width = np.sqrt(1 - height**2)
    around = np.stack([width * np.cos(turn), width * np.sin(turn), height], axis=1)
    return around @ _basis(axis / np.linalg.norm(axis))


def _basis(towards: np.ndarray) -> np.ndarray:
    """(3, 3) rows: two unit vectors across a direction, and the direction."""
    other = np.array([0.0, 1.0, 0.0]) if abs(towards[1]) < 0.9 else np.array([1.0, 0.0, 0.0])
    right = np.cross(other, towards)
    right /= np.linalg.norm(right)
    return np.array([right, np.cross(towards, right), towards])


def _extent(centres, radii, margin):
    left, bottom = (centres[:, :2] - radii[:, None]).min(axis=0) - margin
    right, top = (centres[:, :2] + radii[:, None]).max(axis=0) + margin
    return left, right, bottom, top


def _pixels(width, height, pixel):
    """Rows and columns that cover a frame, multiples of the supersampling."""
    s = SUPERSAMPLING
    return (
        s * max(1, int(np.ceil(height / (s * pixel) - 1e-9))),
        s * max(1, int(np.ceil(width / (s * pixel) - 1e-9))),
    )


def _light(point, normal, owner, centres, radii, directions, brightness):
    """Sum of brightness times cosine to the normal, over directions with no sphere in the way."""
    light = np.zeros(len(point))
    if not len(point):
        return light
    extent = np.ptp(centres[:, :2], axis=0).max() + 2 * radii.max()
    pixel = max(radii.min() / 5, extent / 800)
    for direction, bright in zip(directions, brightness, strict=True):
        basis = _basis(direction)
        turned = np.ascontiguousarray(centres @ basis.T)
        left, right, bottom, top = _extent(turned, radii, pixel)
        rows, columns = _pixels(right - left, top - bottom, pixel)
        _, nearest = _cast(turned, radii, rows, columns, pixel, left, top)
        view = (nearest, basis, pixel, left, top)
        _add_light(light, bright, point, normal, owner, centres, radii, *view)
    return light


@njit(cache=True)
def _cast(centres, radii, rows, columns, pixel, left, top):
    """Depth and index of the nearest sphere at every pixel centre; -inf and -1 where none is."""
    depth = np.full((rows, columns), -np.inf)
    owner = np.full((rows, columns), -1, np.int32)
    for k in range(len(radii)):
        r, cx, cy, cz = radii[k], centres[k, 0], centres[k, 1], centres[k, 2]
        first_row = max(0, int(np.floor((top - cy - r) / pixel)))
        last_row = min(rows - 1, int(np.floor((top - cy + r) / pixel)))
        for row in range(first_row, last_row + 1):
            dy = top - (row + 0.5) * pixel - cy
            across = r * r - dy * dy
            if across <= 0.0:
                continue
            reach = np.sqrt(across)
            first_column = max(0, int(np.ceil((cx - reach - left) / pixel - 0.5)))
            last_column = min(columns - 1, int(np.floor((cx + reach - left) / pixel - 0.5)))
            for column in range(first_column, last_column + 1):
                dx = left + (column + 0.5) * pixel - cx
                inside = across - dx * dx
                if inside > 0.0:
                    z = cz + np.sqrt(inside)
                    if z > depth[row, column]:
                        depth[row, column] = z
                        owner[row, column] = k
    return depth, owner


@njit(cache=True)
def _add_light(
    light, bright, point, normal, owner, centres, radii, nearest, basis, pixel, left, top
):
    """Add the light of one direction to every point that sees the sky there."""
    rows, columns = nearest.shape
    dx, dy, dz = basis[2, 0], basis[2, 1], basis[2, 2]
    for i in range(len(point)):
        cosine = normal[i, 0] * dx + normal[i, 1] * dy + normal[i, 2] * dz
        if cosine <= 0.0:
            continue
        x, y, z = point[i, 0], point[i, 1], point[i, 2]
        column = int((basis[0, 0] * x + basis[0, 1] * y + basis[0, 2] * z - left) / pixel)
        row = int((top - basis[1, 0] * x - basis[1, 1] * y - basis[1, 2] * z) / pixel)
        k = nearest[min(max(row, 0), rows - 1), min(max(column, 0), columns - 1)]
        if k >= 0 and k != owner[i]:
            qx, qy, qz = centres[k, 0] - x, centres[k, 1] - y, centres[k, 2] - z
            along = qx * dx + qy * dy + qz * dz
            inside = radii[k] * radii[k] - (qx * qx + qy * qy + qz * qz - along * along)
            if inside > 0.0 and along + np.sqrt(inside) > 1e-6 * radii[k]:
                continue
        light[i] += bright * cosine
