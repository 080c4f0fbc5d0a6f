"""Trends: the statistics against known answers, and verdicts on planted effects."""

import itertools

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_1samp, ttest_ind

from castline.results.stated import SENTENCES
from castline.results.trends import (
    Effect,
    contrast,
    slope_weights,
    summary_of_trends,
    trends_table,
    verdict,
)


def test_difference_is_welchs():
    a, b = np.array([1.0, 2.0, 4.0]), np.array([0.5, 0.6, 0.9, 0.4])
    effect = contrast([a, b], [1, -1])
    welch = ttest_ind(a, b, equal_var=False)
    interval = welch.confidence_interval(0.95)
    assert effect.degrees_of_freedom == pytest.approx(welch.df)
    assert (effect.low, effect.high) == pytest.approx((interval.low, interval.high))


def test_mean_is_students():
    a = np.array([1.0, 2.0, 4.0])
    interval = ttest_1samp(a, 0).confidence_interval(0.95)
    effect = contrast([a], [1])
    assert (effect.low, effect.high) == pytest.approx((interval.low, interval.high))


def test_slope_is_that_of_least_squares():
    x = np.array([48.0, 50.0, 52.0])
    cells = [np.array([1.0, 1.2]), np.array([1.1, 1.6]), np.array([2.0, 2.1])]
    fitted = np.polyfit(np.repeat(x, 2), np.concatenate(cells), 1)[0]
    assert contrast(cells, slope_weights(x)).value == pytest.approx(fitted)


def test_interval_covers_the_truth_nineteen_times_in_twenty():
    """With unequal spreads, as electrodes have them; the seed is fixed."""
    rng = np.random.default_rng(5)
    hits = 0
    for _ in range(2000):
        cells = [rng.normal(m, s, 3) for m, s in ((1.0, 0.1), (2.0, 0.1), (4.0, 0.4))]
        effect = contrast(cells, slope_weights([48, 50, 52]))
        hits += effect.low <= 0.75 <= effect.high
    assert 0.93 < hits / 2000 < 0.99


@pytest.mark.parametrize(
    ("low", "high", "wanted"),
    [(0.1, 2, "supported"), (-1, 2, "not resolved"), (-2, -0.1, "contradicted")],
)
def test_verdicts(low, high, wanted):
    assert verdict(Effect((low + high) / 2, low, high), (0.0, np.inf)) == wanted


@pytest.mark.parametrize(
    ("cell", "why"), [([1.0], "one replicate"), ([1.0, 1.0], "replicates do not differ")]
)
def test_without_spread_there_is_no_interval(cell, why):
    effect = contrast([np.array(cell)], [1])
    assert np.isnan([effect.low, effect.high, effect.degrees_of_freedom]).all()
    assert verdict(effect, (0.0, 2.0)) == f"not tested: {why}"


CELLS = list(itertools.product(["AM_1", "AM_2"], [48.0, 50.0, 52.0]))


def tables(replicates: int, noise: float = 0.01, ratio: float = 2.5, density=lambda c: c / 40):
    """Tables of a campaign: viscosity grows by `ratio`, dry density follows `density(content)`."""
    rng = np.random.default_rng(3)
    viscosity, structure, transport = [], [], []
    for (psd, content), rep in itertools.product(CELLS, range(1, replicates + 1)):
        key = {"psd": psd, "solid_content_percent": content, "replicate": rep}
        for rate in (10.0, 100.0, 1000.0):
            level = 0.1 * ratio ** ((content - 48) / 4) * (1000 / rate) ** 0.5
            value = level * np.exp(rng.normal(0, noise))
            viscosity.append({**key, "shear_rate_per_s": rate, "viscosity_pa_s": value})
        for state, level in (("dried", 1.0), ("calendered", 1.0), ("assembled", 2.0)):
            near = rng.normal(1, noise, 6)
            structure.append(
                {
                    **key,
                    "state": state,
                    "density_g_per_cm3": density(content) * near[0],
                    "porosity": 0.6 * near[1],
                    "porosity_without_nanopores": 0.5 * near[2],
                    "volume_fraction_se": 0.3 * near[3],
                    "contact_area_se_se_per_m": 3e5 * near[4],
                }
            )
            both = {
                "sigma_e_s_per_m": level * near[5],
                "sigma_ion_s_per_m": 0.013 * level * near[5],
            }
            transport.append({**key, "state": state, **both})
    return pd.DataFrame(viscosity), pd.DataFrame(structure), pd.DataFrame(transport)


def verdicts(name: str, *given) -> set[str]:
    table = trends_table(*given)
    return set(table[table["statement"] == name]["verdict"])


def test_planted_effects_are_found():
    given = tables(3)
    assert verdicts("viscosity_doubles", *given) == {"supported"}
    assert verdicts("viscosity_shear_thinning", *given) == {"supported"}
    assert verdicts("viscosity_same_for_both", *given) == {"supported"}
    assert verdicts("dry_density_grows", *given) == {"supported"}
    assert verdicts("sigma_e_level", *given) == {"supported"}
    assert verdicts("dry_porosity_level", *given) >= {"supported"}


def test_conductivities_are_those_of_the_state_that_the_sentence_names():
    given = tables(3)
    for name in ("sigma_e", "sigma_ion"):
        assert verdicts(f"{name}_level", *given) == {"supported"}
        assert verdicts(f"{name}_in_cell_level", *given) == {"contradicted"}


def test_opposite_effects_contradict():
    given = tables(3, ratio=1.5, density=lambda content: 40 / content)
    assert verdicts("viscosity_doubles", *given) == {"contradicted"}
    assert verdicts("dry_density_grows", *given) == {"contradicted"}


def test_a_bend_supports_and_a_slope_contradicts_no_monotonic_trend():
    bend = tables(3, density=lambda content: 2.0 + 0.2 * (content == 50))
    assert verdicts("calendered_density_no_trend", *bend) == {"supported"}
    slope = tables(3, noise=0.002, density=lambda content: content / 20)
    assert verdicts("calendered_density_no_trend", *slope) == {"contradicted"}


def test_noise_leaves_a_small_effect_unresolved():
    given = tables(3, noise=0.5, ratio=2.2)
    assert "supported" not in verdicts("viscosity_doubles", *given)


def test_one_replicate_tests_nothing():
    table = trends_table(*tables(1))
    assert table["verdict"].str.startswith("not tested").all()
    assert table[["effect_low_95", "effect_high_95"]].isna().all(axis=None)


def test_every_sentence_has_a_row_even_without_its_electrodes():
    given = [table[table["psd"] == "AM_1"].assign(psd="mine") for table in tables(2)]
    table = trends_table(*given)
    assert set(table["statement"]) == set(SENTENCES)
    lacking = table[table["statement"] == "sigma_e_am_1_above"]["verdict"].tolist()
    assert lacking == ["not tested: the campaign lacks these electrodes"]


def test_summary_counts_tests():
    rows = {row[0]: row[1:] for row in summary_of_trends(trends_table(*tables(3)))}
    assert rows[SENTENCES["viscosity_doubles"]] == ("6", "0", "0", "0")
    assert SENTENCES["viscosity_level"] not in rows


def test_negative_viscosity_is_not_a_ratio():
    viscosity, structure, transport = tables(3)
    viscosity.loc[viscosity["solid_content_percent"] == 48, "viscosity_pa_s"] = -0.1
    found = verdicts("viscosity_doubles", viscosity, structure, transport)
    assert found == {"not tested: a value is not positive"}
