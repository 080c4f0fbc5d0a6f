"""Paths of the electronic and the ionic current through calendered films."""

from dataclasses import dataclass

import matplotlib
import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

from castline.figures.common import Electrodes, Given
from castline.figures.pictures.grid import scale_bar_um, show
from castline.figures.pictures.render import Picture, box_corners_m, render_spheres, view_axes
from castline.figures.style import PAGE_INCH, PHASE_COLOURS, new_figure, panel_letters
from castline.packing.state import ParticleState
from castline.recipe.phases import Phase
from castline.recipe.recipe import Recipe
from castline.recipe.settings import MatrixConfig, RecipeConfig, build_recipe
from castline.transport.film import phase_conductivities, phase_interfaces
from castline.transport.imaging import imaged
from castline.transport.settings import TransportConfig
from castline.transport.streamlines import percolating_paths

CARRIERS = {"electronic": ("AM", "CBD"), "ionic": ("SE",)}
PATHS = 120
POINTS_M = 0.05e-6
PANEL_PIXELS = 700
PALE = 0.22  # share of the colour that the conducting phases keep behind the paths
TUBE_M = 0.07e-6
DENSITIES = LogNorm(0.1, 100.0)
COLOURS = matplotlib.colormaps["viridis"]


@dataclass(frozen=True)
class CurrentPaths:
    """Paths that carry equal shares of a current, in the box of a state.

    Attributes
    ----------
    paths_m : list of (m, 3) positions above the lower corner of the box.
    densities : list of (m,) current densities over the mean one through the film.
    """

    paths_m: list[np.ndarray]
    densities: list[np.ndarray]


def draw(given: Given) -> Figure:
    """One film of each distribution, of the solid content in the middle."""
    states, settings = given.states, given.settings
    contents = sorted({content for _, _, content in states})
    middle = contents[len(contents) // 2]
    films = {(psd, sc): states[name, psd, sc] for name, psd, sc in sorted(states) if sc == middle}
    transport, matrix = TransportConfig(**settings["transport"]), MatrixConfig(**settings["matrix"])
    paths = {}
    for (psd, content), film in films.items():
        sizes, section = matrix.of_powder(psd, RecipeConfig(**settings["recipe"]))
        share = content / 100 if given.electrodes.route == "slurry" else 1.0
        recipe = build_recipe(section, sizes, share)
        for current, found in film_paths(film, recipe, transport).items():
            paths[current, psd, content] = found
    return current_paths_figure(films, paths, PATHS, given.electrodes)


def film_paths(
    film: ParticleState, recipe: Recipe, settings: TransportConfig
) -> dict[str, CurrentPaths]:
    """Paths of the currents that percolate through one film, whose fields are solved again."""
    image, particles, spacing_m = imaged(film, settings)
    found = {}
    for current, by_label, faces in zip(
        CARRIERS,
        phase_conductivities(image, spacing_m, recipe, settings),
        phase_interfaces(image, particles, spacing_m, settings),
        strict=True,
    ):
        paths, densities = percolating_paths(by_label[image], spacing_m, PATHS, POINTS_M, faces)
        if paths:
            found[current] = CurrentPaths(paths, densities)
    return found


def current_paths_figure(
    films: dict[tuple[str, float], ParticleState],
    paths: dict[tuple[str, str, float], CurrentPaths],
    shares: int,
    electrodes: Electrodes,
) -> Figure:
    """A row per current, a column per film; what conducts is drawn pale behind the paths.

    Parameters
    ----------
    films : calendered states by (psd, solid content).
    paths : by (current, psd, solid content); a current that does not percolate has no entry.
    shares : number of paths that carry the whole current.
    """
    figure = new_figure(PAGE_INCH, 2.35 * len(CARRIERS) + 0.7)
    axes = figure.subplots(len(CARRIERS), len(films), squeeze=False)
    for row, (current, phases) in zip(axes, CARRIERS.items(), strict=True):
        for panel, (cell, film) in zip(row, films.items(), strict=True):
            panel.axis("off")
            found = paths.get((current, *cell))
            title = f"{current}, {electrodes.name(*cell)}"
            if found is None:
                carried = any(film.holds(Phase[name]) for name in phases)
                why = "does not percolate" if carried else "no phase carries it"
                panel.text(0.5, 0.5, why, ha="center", transform=panel.transAxes)
                panel.set_title(title)
                continue
            panel.set_title(title)
            show(panel, _picture(film, phases, found), box_corners_m(np.zeros(3), film.lengths_m))
            panel.set_aspect("equal")
            _scale_bar(panel)
    panel_letters(axes.flat)
    bar = figure.colorbar(
        ScalarMappable(DENSITIES, COLOURS), ax=list(axes.flat), orientation="horizontal",
        extend="both", shrink=0.5, aspect=35, pad=0.01, format="%g",
    )  # fmt: skip
    bar.set_label(
        f"local current density / mean through the film; each path: 1/{shares} of the current"
    )
    return figure


def _picture(film: ParticleState, phases, found: CurrentPaths) -> Picture:
    """The paths as tubes over the pale particles of the conducting phases."""
    film = film.wrapped()
    chosen = np.isin(film.phases, [Phase[name] for name in phases])
    centres, radii = film.position_m[chosen] - film.low_m, film.diameter_m[chosen] / 2
    corners = box_corners_m(np.zeros(3), film.lengths_m)
    margin = 0.5 * radii.max()
    left, bottom = corners[:, :2].min(axis=0) - margin
    right, top = corners[:, :2].max(axis=0) + margin
    scale = PANEL_PIXELS / ((right - left) * 1e6)
    frame = (left, right, bottom, top)
    palette = np.array([PHASE_COLOURS.get(Phase(p).name, (1, 1, 1)) for p in range(len(Phase))])
    behind = render_spheres(centres, radii, palette[film.phases[chosen]], scale, view_axes(), frame)
    points = np.concatenate(found.paths_m)
    points[:, :2] %= film.lengths_m[:2]
    colours = COLOURS(DENSITIES(np.concatenate(found.densities)))[:, :3]
    tubes = render_spheres(points, np.full(len(points), TUBE_M), colours, scale, view_axes(), frame)
    pale = 1 - PALE * (1 - behind.rgba[..., :3])
    cover = tubes.rgba[..., 3:]
    rgb = cover * tubes.rgba[..., :3] + (1 - cover) * pale
    alpha = np.maximum(cover, behind.rgba[..., 3:])
    return Picture(np.concatenate([rgb, alpha], axis=2), tubes.pixel_m, left, top)


def _scale_bar(panel) -> None:
    left, right = panel.get_xlim()
    bottom, top = panel.get_ylim()
    bar = scale_bar_um(right - left)
    panel.plot([left, left + bar], [bottom] * 2, color="black", lw=2, solid_capstyle="butt")
    text = {"ha": "center", "va": "bottom", "fontsize": 8}
    panel.text(left + bar / 2, bottom + 0.02 * (top - bottom), f"{bar:g} µm", **text)
