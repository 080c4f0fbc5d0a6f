"""Figure S4: the initial box of the random placement."""

import numpy as np
from matplotlib.figure import Figure

from castline.figures.common import Given
from castline.figures.pictures.grid import phase_patches, scale_bar_um, show
from castline.figures.pictures.render import Picture, box_corners_m, render_spheres, view_axes
from castline.figures.style import PAGE_INCH, PHASE_COLOURS, new_figure, panel_letters
from castline.packing.state import ParticleState
from castline.recipe.phases import Phase

PANEL_PIXELS = 900
DILUTE = 0.05  # sphere volume over box volume below which a close-up is drawn too
CLOSE_UP_M = 120e-6
SMALLEST_PIXELS = 5
MARGIN = 1.12


def draw(given: Given) -> Figure:
    (_, *cell), state = min(given.states.items())
    return initial_box_figure(state, given.electrodes.name(*cell))


def initial_box_figure(state: ParticleState, title: str) -> Figure:
    """The whole box; a dilute one with enlarged spheres, and a close-up of its middle to scale."""
    state = state.wrapped()
    filled = float(np.sum(state.diameter_m**3)) * np.pi / 6 / state.volume_m3
    dilute = filled < DILUTE
    figure = new_figure(PAGE_INCH if dilute else PAGE_INCH / 2, PAGE_INCH / 2 + 0.5)
    axes = figure.subplots(1, 2 if dilute else 1, squeeze=False)[0]
    corners = box_corners_m(state.low_m, state.lengths_m)
    middle = corners[:, :2].mean(axis=0)
    half = MARGIN * np.ptp(corners[:, :2], axis=0).max() / 2
    smallest = SMALLEST_PIXELS * 2 * half / PANEL_PIXELS
    larger = max(1, round(smallest / state.diameter_m.min())) if dilute else 1
    everything = np.ones(state.count, bool)
    _panel(axes[0], _picture(state, everything, middle, half, larger), corners)
    size = " × ".join(f"{x * 1e6:.4g}" for x in state.lengths_m)
    axes[0].set_title(f"{title}: {size} µm" + (f", spheres {larger} × larger" if dilute else ""))
    if dilute:
        centre = state.low_m + state.lengths_m / 2
        near = (np.abs(state.position_m - centre) < CLOSE_UP_M / 2).all(axis=1)
        corners = box_corners_m(centre - CLOSE_UP_M / 2, np.full(3, CLOSE_UP_M))
        middle = corners[:, :2].mean(axis=0)
        half = MARGIN * np.ptp(corners[:, :2], axis=0).max() / 2
        _panel(axes[1], _picture(state, near, middle, half), corners)
        axes[1].set_title(f"{CLOSE_UP_M * 1e6:g} µm in the middle: {near.sum()} particles")
        panel_letters(axes)
    figure.legend(handles=phase_patches(), loc="outside lower center", ncols=3 if dilute else 1)
    return figure


def _picture(state: ParticleState, shown: np.ndarray, middle, half, larger: int = 1) -> Picture:
    """The shown particles in a square frame in view coordinates, their diameters times `larger`."""
    palette = np.array([PHASE_COLOURS.get(Phase(p).name, (1, 1, 1)) for p in range(len(Phase))])
    x, y = middle
    return render_spheres(
        state.position_m[shown],
        larger * state.diameter_m[shown] / 2,
        palette[state.phases[shown]],
        PANEL_PIXELS / (2 * half * 1e6),
        view_axes(),
        frame=(x - half, x + half, y - half, y + half),
    )


def _panel(axes, picture: Picture, corners_m: np.ndarray) -> None:
    show(axes, picture, corners_m)
    axes.set_aspect("equal")
    axes.axis("off")
    left, right = axes.get_xlim()
    bottom, top = axes.get_ylim()
    bar = scale_bar_um(right - left)
    axes.plot([left, left + bar], [bottom] * 2, color="black", lw=2, solid_capstyle="butt")
    above = bottom + 0.015 * (top - bottom)
    axes.text(left + bar / 2, above, f"{bar:g} µm", ha="center", va="bottom", fontsize=8)
