"""The label image of a particle state."""

from collections.abc import Callable

import numpy as np

from castline.images.settings import VoxelConfig
from castline.images.voxels import grid_for_box, label_image, on_grid
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
    radii_m, grid, spacing_m = _on_voxels(state, voxels, report)
    return label_image(state.position_m, radii_m, *grid), spacing_m


def film_particles(
    state: ParticleState, voxels: VoxelConfig, report: Callable[[str], None] = lambda line: None
) -> tuple[np.ndarray, np.ndarray, tuple]:
    """As `film_image`, and which particle owns each voxel.

    Returns
    -------
    image : array (nx, ny, nz) of uint8
    particles : array (nx, ny, nz) of int32
        Particle ids; 0 in pores.
    spacing_m : tuple of 3 floats
    """
    radii_m, grid, spacing_m = _on_voxels(state, voxels, report)
    spheres = on_grid(state.position_m, radii_m, *grid)
    owner = spheres.stamped(spheres.radii, np.arange(1, state.count + 1, dtype=np.int32))
    phases = np.concatenate([[0], spheres.phases]).astype(np.uint8)
    ids = np.concatenate([[0], state.ids[spheres.rank]]).astype(np.int32)
    return phases[owner], ids[owner], spacing_m


def _on_voxels(state, voxels, report):
    """Radii with which to voxelise a film, the rest of what that needs, and edge lengths in m."""
    shape, spacing_m = grid_for_box(state.lengths_m, voxels.voxel_um * 1e-6)
    grid = (state.phases, state.ids, state.low_m, shape, spacing_m, state.periodic)
    radii_m = state.diameter_m / 2
    if voxels.voxel_rule == "conserved":
        from castline.images.conserved import conserving_radii  # its solver is slow to import

        radii_m = conserving_radii(state.position_m, radii_m, *grid, report)
    return radii_m, grid, spacing_m


def slurry_image(state: ParticleState, voxels: VoxelConfig) -> tuple[np.ndarray, tuple]:
    """As `film_image`, always by the rule `plain`.

    The particles of a slurry carry its solvent and fill the box: there is no pore to move an
    overlap to.
    """
    return film_image(state, voxels.model_copy(update={"voxel_rule": "plain"}))
