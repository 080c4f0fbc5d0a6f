"""Films of other sizes: their boxes, their config, their figure."""

import numpy as np
import pandas as pd
import pytest

from castline.base.errors import ConfigError
from castline.campaign.config import load_campaign
from castline.campaign.size_effects import SizeEffectsConfig, sized_line
from castline.figures.size_effects import size_effects_figure
from castline.line.box import initial_state
from castline.results.size_effects import size_ratios


def test_sizes_are_one_direction_at_a_time_and_the_campaigns_own_once():
    config = SizeEffectsConfig(area=[2, 4], thickness=[1, 3])
    assert config.sizes == [(1.0, 1.0), (1.0, 3.0), (2.0, 1.0), (4.0, 1.0)]


@pytest.mark.parametrize("size", [(2.0, 1.0), (1.0, 2.0)])
def test_a_box_grows_in_its_direction_with_as_much_more_in_it(tiny, size):
    boxes, particles = [], []
    for line in (tiny, sized_line(tiny, size)):
        recipe = line.recipe_of("AM_1", "50")
        particles.append(recipe.particle_count)
        boxes.append(initial_state(recipe, line.slurry.box, seed=1).lengths_m)
    area, thickness = size
    wanted = np.array([area**0.5, area**0.5, thickness])
    assert boxes[1] / boxes[0] == pytest.approx(wanted, rel=0.02)  # whole particles
    assert particles[1] / particles[0] == pytest.approx(2, rel=0.05)


def test_a_thicker_film_is_pressed_at_the_planes_speed_not_at_the_strain_rate(tiny):
    wide, thick = sized_line(tiny, (4.0, 1.0)), sized_line(tiny, (1.0, 4.0))
    for section in ("calendering", "assembling"):
        own = getattr(tiny, section)
        assert getattr(wide, section) == own
        assert getattr(thick, section).strain_per_step == own.strain_per_step / 4


def test_electrodes_are_those_of_the_matrix(campaign_dict):
    with pytest.raises(ConfigError, match=r"size_effects.electrodes: 'AM_2/50' .* AM_1/50"):
        load_campaign({**campaign_dict, "size_effects": {"electrodes": ["AM_2/50"]}})
    with pytest.raises(ConfigError, match=r"size_effects.area: .* names a size twice"):
        load_campaign({**campaign_dict, "size_effects": {"area": [2, 2]}})
    found = load_campaign({**campaign_dict, "size_effects": {}}).size_effects
    assert found.electrodes_of(["AM_1", "AM_2"], ["50"]) == [("AM_1", "50"), ("AM_2", "50")]


def films_of(sigma_e: dict[tuple[float, float], list[float]], **columns) -> pd.DataFrame:
    """Films of AM_1 in both states: sigma_e of the replicates by size; zero has no path."""
    common = {"porosity": 0.25, "sigma_ion_s_per_m": 0.014, "sigma_ion_core_s_per_m": 0.016}
    common |= {"ionic_percolates": True, "psd": "AM_1", "solid_content_percent": 50.0}
    rows = [
        {
            **{**common, "replicate": rep, "state": state},
            **{"area_factor": area, "thickness_factor": thickness, "thickness_um": 10 * thickness},
            **{"sigma_e_s_per_m": value, "sigma_e_core_s_per_m": 2 * value},
            **{"cbd_percolates": value > 0, **columns},
        }
        for (area, thickness), values in sigma_e.items()
        for rep, value in enumerate(values, 1)
        for state in ("calendered", "assembled")
    ]
    return pd.DataFrame(rows)


def ratio_of(table: pd.DataFrame, area: float, thickness: float, quantity: str) -> pd.Series:
    found = table[(table["state"] == "assembled") & (table["quantity"] == quantity)]
    [row] = found.index[(found["area_factor"] == area) & (found["thickness_factor"] == thickness)]
    return table.loc[row]


def test_ratios_are_of_geometric_means_with_the_spread_that_sizes_share():
    up, down = np.exp(0.1), np.exp(-0.1)
    table = size_ratios(films_of({(1, 1): [0.3 * up, 0.3 * down], (4, 1): [0.6 * up, 0.6 * down]}))
    row = ratio_of(table, 4, 1, "sigma_e_s_per_m")
    # Each ln mean has the variance 0.02 / 2, with the 2 degrees of freedom of both sizes together.
    half = 4.302653 * np.sqrt(0.02)
    wanted = [0.6, 2.0, 2 * np.exp(-half), 2 * np.exp(half)]
    assert list(row[["mean", "ratio", "ratio_low_95", "ratio_high_95"]]) == pytest.approx(wanted)
    assert np.isnan(row["ratio_by_faces"])
    campaigns = ratio_of(table, 1, 1, "sigma_e_s_per_m")
    assert campaigns["mean"] == pytest.approx(0.3)
    assert np.isnan(campaigns["ratio"])
    porosity = ratio_of(table, 4, 1, "porosity")
    assert porosity["ratio"] == pytest.approx(1)
    assert np.isnan(porosity["ratio_low_95"])  # films that do not differ tell no spread


def test_a_film_without_a_path_counts_and_has_no_place_in_the_mean():
    table = size_ratios(films_of({(1, 1): [0.3, 0.0, 0.3], (2, 1): [0.0, 0.0, 0.4]}))
    row = ratio_of(table, 1, 1, "sigma_e_s_per_m")
    assert (row["films"], row["conducting"], row["mean"]) == (3, 2, pytest.approx(0.3))
    assert np.isnan(ratio_of(table, 2, 1, "sigma_e_s_per_m")["ratio_low_95"])
    assert ratio_of(table, 2, 1, "sigma_ion_s_per_m")["conducting"] == 3


def test_faces_alone_are_core_in_series_with_the_film():
    """A core that conducts twice as well as the film: four times as thick, 4 / (1 + 3 / 2)."""
    table = size_ratios(films_of({(1, 1): [0.2, 0.4], (1, 4): [0.3, 0.5], (2, 1): [0.3, 0.3]}))
    assert ratio_of(table, 1, 4, "sigma_e_s_per_m")["ratio_by_faces"] == pytest.approx(1.6)
    assert np.isnan(ratio_of(table, 2, 1, "sigma_e_s_per_m")["ratio_by_faces"])
    assert np.isnan(ratio_of(table, 1, 4, "sigma_e_core_s_per_m")["ratio_by_faces"])


def test_films_too_thin_for_a_core_have_no_ratio_of_it():
    films = films_of({(1, 1): [0.2, 0.4], (1, 4): [0.3, 0.5]})
    films.loc[films["thickness_factor"] == 1, "sigma_e_core_s_per_m"] = np.nan
    table = size_ratios(films)
    assert np.isnan(ratio_of(table, 1, 4, "sigma_e_core_s_per_m")["ratio"])
    films["sigma_e_core_s_per_m"] = np.nan
    assert len(size_effects_figure(size_ratios(films)).axes) == 8


def test_the_figure_has_every_size_and_the_exact_share_of_films():
    sizes = ((1, 1), (2, 1), (1, 4))
    films = films_of({size: [0.4, 0.5, 0.0] for size in sizes})
    figure = size_effects_figure(size_ratios(films))
    panels = np.reshape(figure.axes, (4, 2))
    ticks = [[text.get_text() for text in panel.get_xticklabels()] for panel in panels[-1]]
    assert ticks == [["1", "2"], ["1", "4"]]
    sigma = panels[1, 0].containers[0].lines[0].get_ydata()
    assert np.asarray(sigma) == pytest.approx([0.2**0.5, 0.2**0.5])
    share = panels[3, 0].containers[0]
    [[(_, low), (_, high)]] = share.lines[2][0].get_segments()
    assert (low, high) == pytest.approx((0.0943, 0.9916), abs=1e-4)  # Clopper-Pearson, 2 of 3
