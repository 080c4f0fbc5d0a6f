"""Images of films as the solver takes them: with their particles where contacts resist."""

from collections.abc import Callable

import numpy as np

from castline.images.film import film_image, film_particles
from castline.images.vtk_files import read_vti
from castline.packing.state import ParticleState
from castline.transport.settings import TransportConfig


def imaged(
    state: ParticleState,
    settings: TransportConfig,
    report: Callable[[str], None] = lambda line: None,
) -> tuple[np.ndarray, np.ndarray | None, tuple]:
    """Image of a film, its particles where contacts resist, and edge lengths in m."""
    if settings.interface_resistance_ohm_m2.any:
        return film_particles(state, settings, report)
    image, spacing_m = film_image(state, settings, report)
    return image, None, spacing_m


def read_particles(path, settings: TransportConfig) -> np.ndarray | None:
    """Particles of the voxels of an image of the line, where contacts resist; else None."""
    if not settings.interface_resistance_ohm_m2.any:
        return None
    return read_vti(path, "particle")[0]
