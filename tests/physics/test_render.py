"""The ray caster against exact projections of spheres."""

import numpy as np
import pytest
from geometry import state_of
from scipy.spatial import ConvexHull

from castline.figures.common import Electrodes
from castline.figures.microstructure import microstructure_figure
from castline.figures.pictures.render import box_corners_m, render, render_spheres, view_axes
from castline.figures.pictures.render_voxels import render_voxels
from castline.figures.style import PHASE_COLOURS
from castline.recipe.phases import Phase


def test_axes_are_right_handed_and_orthonormal():
    axes = view_axes(-60.0, 22.0)
    np.testing.assert_allclose(axes @ axes.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(axes) == pytest.approx(1.0)


def test_one_sphere_covers_the_area_of_its_circle():
    picture = render(state_of([(Phase.SE, 5, 5, 5, 4.0)]), PHASE_COLOURS, 40.0)
    area = picture.rgba[..., 3].sum() * (picture.pixel_m * 1e6) ** 2
    assert area == pytest.approx(np.pi * 4.0, rel=0.005)


def test_the_nearer_sphere_hides_the_farther():
    # seen from above (elevation 90), the AM sphere at z = 8 covers the SE sphere at z = 3
    state = state_of([(Phase.SE, 5, 5, 3, 2.0), (Phase.AM, 5, 5, 8, 2.0)])
    axes = view_axes(0.0, 90.0)
    blue_am_red_se = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    picture = render_spheres(state.position_m, state.diameter_m / 2, blue_am_red_se, 30.0, axes)
    rgba = picture.rgba
    seen = rgba[rgba[..., 3] > 0.99]
    assert (seen[:, 2] > seen[:, 0]).all()


def brightness_in_the_middle(centres_um, radii_um) -> float:
    """Of the first sphere, seen from straight above, at its top."""
    picture = render_spheres(
        np.array(centres_um) * 1e-6,
        np.array(radii_um) * 1e-6,
        np.full((len(radii_um), 3), 0.5),
        20.0,
        view_axes(0.0, 90.0),
        frame=(-1e-6, 1e-6, -1e-6, 1e-6),
    )
    rows, columns = picture.rgba.shape[:2]
    return picture.rgba[rows // 2, columns // 2, 0]


def test_a_sphere_in_a_pit_is_darker_than_one_alone():
    ring = [(2 * np.cos(a), 2 * np.sin(a), 2.0) for a in np.linspace(0, 2 * np.pi, 8, False)]
    alone = brightness_in_the_middle([(0, 0, 0)], [1.0])
    pit = brightness_in_the_middle([(0, 0, 0), *ring], [1.0, *[1.0] * 8])
    below = brightness_in_the_middle([(0, 0, 0), (0, 0, -2.0)], [1.0, 1.0])
    assert pit < 0.8 * alone
    assert below == pytest.approx(alone, rel=1e-6)


def test_grid_has_a_panel_per_state_and_electrode_and_names_what_is_missing():
    electrodes = Electrodes(("AM_1",), (48.0, 50.0))
    sphere = state_of([(Phase.AM, 5, 5, 5, 4.0)])
    states = {(name, "AM_1", 48.0): sphere for name in ("slurry", "dried", "calendered")}
    figure = microstructure_figure(states, electrodes)
    assert sum(len(axes.images) for axes in figure.axes) == 3
    texts = [text.get_text() for axes in figure.axes for text in axes.texts]
    assert texts.count("not in\nthe results") == 3
    assert "1 µm" in texts


def test_the_voxel_picture_of_a_full_box_is_its_outline():
    lengths = np.array([4e-6, 3e-6, 2e-6])
    picture = render_voxels(np.ones((8, 6, 4), bool), lengths / [8, 6, 4], (1, 0, 0), 40.0)
    corners = box_corners_m(np.zeros(3), lengths)[:, :2]
    area = picture.rgba[..., 3].sum() * picture.pixel_m**2
    assert area == pytest.approx(ConvexHull(corners).volume, rel=0.005)


def test_voxels_show_the_nearest_and_not_the_farther():
    mask = np.zeros((1, 1, 5), bool)
    mask[0, 0, [0, 4]] = True
    picture = render_voxels(mask, (1e-6, 1e-6, 1e-6), (1, 0, 0), 40.0)
    both = picture.rgba[..., 3].sum()
    mask[0, 0, 0] = False
    one = render_voxels(mask, (1e-6, 1e-6, 1e-6), (1, 0, 0), 40.0).rgba[..., 3].sum()
    assert both == pytest.approx(2 * one, rel=0.01)  # apart: neither hides the other
