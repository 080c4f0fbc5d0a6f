"""Figure 9b: cross-sections of the label images, dried, calendered and in the cell."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from castline.figures.catalogue import PRESSED
from castline.figures.common import Electrodes, Given
from castline.figures.pictures.grid import phase_patches, picture_grid
from castline.figures.pictures.render import Picture
from castline.figures.style import PHASE_COLOURS
from castline.images.film import film_image
from castline.images.settings import VoxelConfig
from castline.recipe.phases import Phase

PORE = (1.0, 1.0, 1.0)
FINE = 4  # picture pixels per voxel


def draw(given: Given) -> Figure:
    voxels = VoxelConfig(**given.settings)
    images = {cell: film_image(state, voxels) for cell, state in given.states.items()}
    return cross_sections_figure(images, given.electrodes)


def cross_sections_figure(
    images: dict[tuple[str, str, float], tuple[np.ndarray, tuple]], electrodes: Electrodes
) -> Figure:
    """The x-z plane in the middle of each film, one scale, as the transport solver sees it.

    Parameters
    ----------
    images : label image (nx, ny, nz) and voxel edge lengths in m by (state, psd, solid content).
    """
    pictures = {key: _section(image, spacing) for key, (image, spacing) in images.items()}
    handles = [*phase_patches(), Patch(fc=PORE, ec="0.5", lw=0.5, label="pores")]
    rows = [film for film in electrodes.states(PRESSED) if any(film == key[0] for key in images)]
    return picture_grid(pictures, rows, electrodes, handles)


def _section(image: np.ndarray, spacing_m) -> Picture:
    """The middle x-z plane, height upwards, on square pixels, with a frame."""
    palette = np.ones((len(Phase), 4))
    palette[:, :3] = [PHASE_COLOURS.get(Phase(p).name, PORE) for p in range(len(Phase))]
    plane = image[:, image.shape[1] // 2, :]
    dx, _, dz = spacing_m
    pixel = dx / FINE
    columns, rows = (round(n * h / pixel) for n, h in zip(plane.shape, (dx, dz), strict=True))
    at = ((np.arange(columns) + 0.5) * pixel / dx).astype(int)
    height = ((np.arange(rows) + 0.5) * pixel / dz).astype(int)
    rgba = palette[plane[np.ix_(at, np.minimum(height, plane.shape[1] - 1))]].transpose(1, 0, 2)
    rgba = np.ascontiguousarray(rgba[::-1])
    for edge in (rgba[0], rgba[-1], rgba[:, 0], rgba[:, -1]):
        edge[:, :3] = 0.5
    return Picture(rgba, pixel, 0.0, rows * pixel)
