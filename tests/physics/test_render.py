"""The ray caster against exact projections of spheres."""

import numpy as np
import pytest
from geometry import state_of

from castline.figures.microstructure import microstructure_figure
from castline.figures.style import PHASE_COLOURS
from castline.phases import Phase
from castline.render import render, view_axes


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
    rgba = render(state, {"AM": (0, 0, 1), "SE": (1, 0, 0)}, 30.0, 0.0, 90.0).rgba
    seen = rgba[rgba[..., 3] > 0.99]
    assert (seen[:, 2] > seen[:, 0]).all()


def test_row_has_a_panel_per_state_and_a_scale_bar():
    states = {name: state_of([(Phase.AM, 5, 5, 5, 4.0)]) for name in ("slurry", "dried")}
    figure = microstructure_figure(states, "title")
    assert [a.get_title() for a in figure.axes] == ["slurry", "dried"]
    [bar] = figure.axes[0].lines
    assert np.ptp(bar.get_xdata()) == pytest.approx(5.0 * 30.0)
