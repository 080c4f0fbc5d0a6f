"""The label image of a particle state."""

from collections.abc import Callable

import numpy as np

from castline.images.conserved import conserving_radii
from castline.images.settings import VoxelConfig
from castline.images.voxels import grid_for_box, label_image
from castline.packing.state import ParticleState


def film_image(
    state: ParticleState, voxels: VoxelConfig, report: Callable[[str], None] = lambda line: None
) -> tuple[np.ndarray, tuple]:
    """Label image (nx, ny, nz) of a film, voxels tiling its box, and their edge lengths in m.

    Raises
    ------
    InputError, ConvergenceError
        By the rule `conserved`, see `castline.images.conserved.conserving_radii`.
    """
    shape, spacing_m = grid_for_box(state.lengths_m, voxels.voxel_um * 1e-6)
    grid = (state.phases, state.ids, state.low_m, shape, spacing_m, state.periodic)
    radii_m = state.diameter_m / 2
    if voxels.voxel_rule == "conserved":
        radii_m = conserving_radii(state.position_m, radii_m, *grid, report)
    return label_image(state.position_m, radii_m, *grid), spacing_m


def slurry_image(state: ParticleState, voxels: VoxelConfig) -> tuple[np.ndarray, tuple]:
    """As `film_image`, always by the rule `plain`.

    The particles of a slurry carry its solvent and fill the box: there is no pore to move an
    overlap to.
    """
    return film_image(state, voxels.model_copy(update={"voxel_rule": "plain"}))
