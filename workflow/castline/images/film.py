"""The label image of a particle state."""

import numpy as np

from castline.images.voxels import grid_for_box, label_image
from castline.packing.state import ParticleState


def film_image(state: ParticleState, voxel_m: float) -> tuple[np.ndarray, tuple]:
    """Label image (nx, ny, nz) of a state, voxels tiling its box, and their edge lengths in m."""
    shape, spacing_m = grid_for_box(state.lengths_m, voxel_m)
    image = label_image(
        state.position_m,
        state.diameter_m / 2,
        state.phases,
        state.ids,
        state.low_m,
        shape,
        spacing_m,
        periodic=state.periodic,
    )
    return image, spacing_m
