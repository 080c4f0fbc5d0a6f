"""Films of other sizes: their boxes, their config, their figure."""

import numpy as np
import pandas as pd
import pytest

from castline.base.errors import ConfigError
from castline.campaign.config import load_campaign
from castline.campaign.size_effects import SizeEffectsConfig, sized_line
from castline.figures.size_effects import size_effects_figure
from castline.line.slurry import initial_state


def test_sizes_are_one_direction_at_a_time_and_the_campaigns_own_once():
    config = SizeEffectsConfig(area=[2, 4], thickness=[1, 3])
    assert config.sizes == [(1.0, 1.0), (1.0, 3.0), (2.0, 1.0), (4.0, 1.0)]


@pytest.mark.parametrize("size", [(2.0, 1.0), (1.0, 2.0)])
def test_a_box_grows_in_its_direction_with_as_much_more_in_it(tiny, size):
    boxes, particles = [], []
    for line in (tiny, sized_line(tiny, size)):
        recipe = line.recipe_of("AM_1", "50")
        particles.append(recipe.particle_count)
        boxes.append(initial_state(recipe, line.slurry, seed=1).lengths_m)
    area, thickness = size
    wanted = np.array([area**0.5, area**0.5, thickness])
    assert boxes[1] / boxes[0] == pytest.approx(wanted, rel=0.02)  # whole particles
    assert particles[1] / particles[0] == pytest.approx(2, rel=0.05)


def test_electrodes_are_those_of_the_matrix(campaign_dict):
    with pytest.raises(ConfigError, match=r"size_effects.electrodes: 'AM_2/50' .* AM_1/50"):
        load_campaign({**campaign_dict, "size_effects": {"electrodes": ["AM_2/50"]}})
    with pytest.raises(ConfigError, match=r"size_effects.area: .* names a size twice"):
        load_campaign({**campaign_dict, "size_effects": {"area": [2, 2]}})
    found = load_campaign({**campaign_dict, "size_effects": {}}).size_effects
    assert found.electrodes_of(["AM_1", "AM_2"], ["50"]) == [("AM_1", "50"), ("AM_2", "50")]


def test_the_figure_has_every_size_and_the_exact_share_of_films():
    rows = [
        {
            **{"psd": "AM_1", "solid_content_percent": 50.0, "replicate": rep, "state": state},
            **{"area_factor": area, "thickness_factor": thickness, "porosity": 0.25},
            **{"sigma_e_s_per_m": 0.3 + 0.1 * rep, "sigma_ion_s_per_m": 0.014},
            **{"sigma_e_core_s_per_m": 0.6, "cbd_percolates": rep < 3},
        }
        for area, thickness in ((1, 1), (2, 1), (1, 4))
        for rep in (1, 2, 3)
        for state in ("calendered", "assembled")
    ]
    figure = size_effects_figure(pd.DataFrame(rows))
    panels = np.reshape(figure.axes, (4, 2))
    ticks = [[text.get_text() for text in panel.get_xticklabels()] for panel in panels[-1]]
    assert ticks == [["1", "2"], ["1", "4"]]
    sigma = panels[1, 0].containers[0].lines[0].get_ydata()
    assert np.asarray(sigma) == pytest.approx([0.5, 0.5])
    share = panels[3, 0].containers[0]
    [[(_, low), (_, high)]] = share.lines[2][0].get_segments()
    assert (low, high) == pytest.approx((0.0943, 0.9916), abs=1e-4)  # Clopper-Pearson, 2 of 3
