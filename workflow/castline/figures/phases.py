"""Figure 9a: the CBD and the pores of the calendered films."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from castline.figures.common import Electrodes, Given
from castline.figures.pictures.grid import picture_grid, pixels_per_um
from castline.figures.pictures.render import box_corners_m
from castline.figures.pictures.render_voxels import render_voxels
from castline.images.film import film_image
from castline.images.settings import VoxelConfig
from castline.recipe.phases import Phase

PINK, BLACK = (0.93, 0.42, 0.62), (0.26, 0.26, 0.28)
SKIN = 0.15  # share of the thickness left out at each plate: its gap would hide the pores


def draw(given: Given) -> Figure:
    voxels = VoxelConfig(**given.settings)
    images = {cell[1:]: film_image(state, voxels) for cell, state in given.states.items()}
    return phases_figure(images, given.electrodes)


def phases_figure(
    images: dict[tuple[str, float], tuple[np.ndarray, tuple]], electrodes: Electrodes
) -> Figure:
    """CBD pink (top row), pores black (bottom row), at one scale, other phases left out.

    Parameters
    ----------
    images : label image (nx, ny, nz) and voxel edge lengths in m by (psd, solid content).
    """
    corners = {
        cell: box_corners_m(np.zeros(3), np.array(image.shape) * spacing)
        for cell, (image, spacing) in images.items()
    }
    scale = pixels_per_um(max(np.ptp(points[:, 0]) for points in corners.values()))
    pictures, boxes = {}, {}
    for cell, (image, spacing) in images.items():
        skin = round(SKIN * image.shape[2])
        inner = image[:, :, skin : image.shape[2] - skin]
        pictures["CBD", *cell] = render_voxels(image == Phase.CBD, spacing, PINK, scale)
        pictures["pores", *cell] = render_voxels(inner == Phase.PORE, spacing, BLACK, scale)
        boxes["CBD", *cell] = corners[cell]
    handles = [
        Patch(color=PINK, label="carbon-binder domain"),
        Patch(color=BLACK, label=f"pores, inner {100 * (1 - 2 * SKIN):.0f} % of the thickness"),
    ]
    return picture_grid(pictures, ["CBD", "pores"], electrodes, handles, boxes)
