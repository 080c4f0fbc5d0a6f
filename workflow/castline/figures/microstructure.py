"""Figure 6: rendered microstructures of all electrodes, slurry, dried and calendered."""

from matplotlib.figure import Figure

from castline.figures.catalogue import STATES
from castline.figures.common import Electrodes, Given
from castline.figures.pictures.grid import phase_patches, picture_grid, pixels_per_um
from castline.figures.pictures.render import render, view_size_m
from castline.figures.style import PHASE_COLOURS
from castline.packing.state import ParticleState


def draw(given: Given) -> Figure:
    return microstructure_figure(given.states, given.electrodes)


def microstructure_figure(
    states: dict[tuple[str, str, float], ParticleState], electrodes: Electrodes
) -> Figure:
    """A row per state, a column per electrode; AM black, SE yellow, CBD red; one scale.

    Parameters
    ----------
    states : particle states by (state name, psd, solid content in percent).
    """
    scale = pixels_per_um(max(view_size_m(state)[0] for state in states.values()))
    pictures = {key: render(state, PHASE_COLOURS, scale) for key, state in states.items()}
    return picture_grid(pictures, list(electrodes.states(STATES)), electrodes, phase_patches())
