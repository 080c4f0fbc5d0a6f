"""Trends: the statistics against known answers, and verdicts on planted effects."""

import itertools

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t as student
from scipy.stats import ttest_1samp, ttest_ind

from castline.results.findings import findings, together
from castline.results.intervals import Effect, Share, contrast, pool, slope_weights
from castline.results.stated import SENTENCES
from castline.results.trends import TrendTest, holm, trends_table


def test_difference_is_welchs():
    a, b = np.array([1.0, 2.0, 4.0]), np.array([0.5, 0.6, 0.9, 0.4])
    effect = contrast([a, b], [1, -1])
    welch = ttest_ind(a, b, equal_var=False)
    assert effect.accuracy()[1] == pytest.approx(welch.df)
    assert effect.interval() == pytest.approx(tuple(welch.confidence_interval(0.95)))
    assert effect.p_value((0.0, np.inf)) == pytest.approx(welch.pvalue)


def test_difference_of_cells_alike_in_spread_is_students():
    a, b = np.array([1.0, 2.0, 4.0]), np.array([0.5, 1.6, 2.9, 1.4])
    effect = contrast([a, b], [1, -1], pool([a, b]))
    student = ttest_ind(a, b, equal_var=True)
    assert effect.pooled
    assert effect.accuracy()[1] == student.df == 5
    assert effect.interval() == pytest.approx(tuple(student.confidence_interval(0.95)))


def test_cells_that_differ_in_spread_are_not_pooled():
    calm, wild = np.array([1.0, 1.001, 0.999]), np.array([1.0, 3.0, 5.0])
    assert pool([calm, calm, wild]) is None
    assert pool([wild, np.ones(3)]) is None  # without spread there is nothing to compare
    shared = pool([wild, wild + 1, wild - 3, np.array([7.0])])
    assert (shared.variance, shared.freedom) == (pytest.approx(4.0), 6)


def test_mean_is_students():
    a = np.array([1.0, 2.0, 4.0])
    interval = ttest_1samp(a, 0).confidence_interval(0.95)
    assert contrast([a], [1]).interval() == pytest.approx(tuple(interval))


def test_mean_of_logarithms_is_shown_as_a_geometric_mean():
    a = np.array([1.0, 2.0, 4.0])
    effect = contrast([np.log(a)], [1], logarithm=True)
    assert effect.shown(effect.value) == pytest.approx(2.0)
    low, high = effect.interval()
    assert low * high == pytest.approx(4.0)
    assert effect.p_value((0.0, np.inf)) == pytest.approx(0.0)  # a logarithm lies above -infinity


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
        low, high = contrast(cells, slope_weights([48, 50, 52])).interval()
        hits += low <= 0.75 <= high
    assert 0.93 < hits / 2000 < 0.99


def of_mean(low: float, high: float, region) -> TrendTest:
    """A test of a mean whose 95 % interval is the one given."""
    half = (high - low) / 2 / student.ppf(0.975, 2)
    cell = (low + high) / 2 + half * np.sqrt(3) * np.array([-1.0, 0.0, 1.0])
    return TrendTest("sigma_e_level", "mean", "1", contrast([cell], [1]), region)


@pytest.mark.parametrize(
    ("low", "high", "wanted"),
    [(0.1, 2, "supported"), (-1, 2, "not resolved"), (-2, -0.1, "contradicted")],
)
@pytest.mark.parametrize("end", [np.inf, 3.0])
def test_verdicts(low, high, wanted, end):
    test = of_mean(low, high, (0.0, end))
    assert test.effect.interval() == pytest.approx((low, high))
    assert test.verdict() == wanted


def test_p_value_is_where_the_interval_touches_the_region():
    test = of_mean(0.1, 2, (0.0, 2.5))
    low, high = test.effect.interval(1 - test.p_value)
    assert min(abs(low), abs(high - 2.5)) == pytest.approx(0, abs=1e-9)
    assert test.verdict(1 - 1.001 * test.p_value) == "supported"
    assert test.verdict(1 - 0.999 * test.p_value) == "not resolved"


@pytest.mark.parametrize(
    ("cell", "why"), [([1.0], "one replicate"), ([1.0, 1.0], "replicates do not differ")]
)
def test_without_spread_there_is_no_interval(cell, why):
    effect = contrast([np.array(cell)], [1])
    assert np.isnan([*effect.interval(), effect.p_value((0.0, 2.0)), effect.needed((0, 2))]).all()
    test = TrendTest("sigma_e_level", "mean", "1", effect, (0.0, 2.0))
    assert test.verdict() == f"not tested: {why}"


@pytest.mark.parametrize(
    ("value", "region"), [(0.6, (0.0, np.inf)), (-0.5, (0.0, 3.0)), (0.8, (0.0, 1.7))]
)
def test_needed_replicates_decide_four_times_in_five(value, region):
    """Unit spread, known from a pool of other cells; the seed is fixed."""
    rng = np.random.default_rng(8)
    now = Effect(value, (1.0,), (1.0,), (3,), freedom=100)
    n = int(now.needed(region))
    decided = 0
    for _ in range(2000):
        cell = rng.normal(value, 1, n)
        then = Effect(cell.mean(), (1.0,), (1.0,), (n,), freedom=97 + n)
        decided += then.p_value(region) <= 0.05
    assert 0.78 < decided / 2000 < 0.90
    fewer = Effect(value, (1.0,), (1.0,), (n - 1,), freedom=96 + n)
    assert fewer.needed(region) == n


def test_no_number_of_replicates_decides_an_effect_on_the_edge():
    assert Effect(0.0, (1.0,), (1.0,), (3,), freedom=10).needed((0.0, np.inf)) == np.inf


def test_share_of_films_has_clopper_and_pearsons_interval():
    assert Share(16, 18).interval == pytest.approx((0.6529, 0.9862), abs=1e-4)
    assert Share(18, 18).interval == pytest.approx((0.025 ** (1 / 18), 1.0))


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
                "cbd_percolates": True,
                "ionic_percolates": True,
            }
            transport.append({**key, "state": state, **both})
    return pd.DataFrame(viscosity), pd.DataFrame(structure), pd.DataFrame(transport)


def verdicts(table: pd.DataFrame, name: str) -> set[str]:
    return set(table[table["statement"] == name]["verdict"])


def test_planted_effects_are_found():
    table = trends_table(*tables(3))
    assert verdicts(table, "viscosity_doubles") == {"supported"}
    assert verdicts(table, "viscosity_shear_thinning") == {"supported"}
    assert verdicts(table, "viscosity_same_for_both") == {"supported"}
    assert verdicts(table, "dry_density_grows") == {"supported"}
    assert verdicts(table, "sigma_e_level") == {"supported"}
    assert verdicts(table, "dry_porosity_level") >= {"supported"}
    for name in ("sigma_e", "sigma_ion"):  # of the state that the sentence names
        assert verdicts(table, f"{name}_level") == {"supported"}
        assert verdicts(table, f"{name}_in_cell_level") == {"contradicted"}


def test_opposite_effects_contradict():
    table = trends_table(*tables(3, ratio=1.5, density=lambda content: 40 / content))
    assert verdicts(table, "viscosity_doubles") == {"contradicted"}
    assert verdicts(table, "dry_density_grows") == {"contradicted"}


def test_a_bend_supports_and_a_slope_contradicts_no_monotonic_trend():
    bend = trends_table(*tables(3, density=lambda content: 2.0 + 0.2 * (content == 50)))
    assert verdicts(bend, "calendered_density_no_trend") == {"supported"}
    slope = trends_table(*tables(3, noise=0.002, density=lambda content: content / 20))
    assert verdicts(slope, "calendered_density_no_trend") == {"contradicted"}


def test_noise_leaves_a_small_effect_unresolved():
    table = trends_table(*tables(3, noise=0.5, ratio=2.2))
    assert "supported" not in verdicts(table, "viscosity_doubles")


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


def test_films_without_a_path_are_counted_and_left_out_of_the_mean():
    viscosity, structure, transport = tables(5)
    pressed = transport["state"] == "calendered"
    apart = pressed & (transport["replicate"] == 2) & (transport["psd"] == "AM_1")
    transport.loc[apart, ["sigma_e_s_per_m", "cbd_percolates"]] = [0.0, False]
    table = trends_table(viscosity, structure, transport).set_index(["statement", "psd"])
    row = table.loc[("sigma_e_level", "AM_1")].iloc[0]
    connected = transport[pressed & ~apart & (transport["psd"] == "AM_1")]
    values = connected[connected["solid_content_percent"] == 48]["sigma_e_s_per_m"]
    assert row["effect"] == pytest.approx(np.exp(np.log(values).mean()))
    assert (row["n_replicates"], row["n_films"], row["connected_fraction"]) == (4, 5, 0.8)
    low, high = row["connected_fraction_low_95"], row["connected_fraction_high_95"]
    assert (low, high) == pytest.approx(Share(4, 5).interval)
    ratio = table.loc[("sigma_e_am_1_above", "AM_1 AM_2")]
    assert (ratio["n_replicates"], ratio["n_films"]) == (4, 30)
    assert table.loc[("sigma_e_in_cell_level", "AM_1")]["connected_fraction"].eq(1).all()
    assert table.loc[("sigma_ion_level", "AM_1")]["n_replicates"].eq(5).all()


def test_too_few_conducting_films_are_not_tested():
    viscosity, structure, transport = tables(3)
    apart = (transport["replicate"] > 1) & (transport["solid_content_percent"] == 52)
    transport.loc[apart, "cbd_percolates"] = False
    table = trends_table(viscosity, structure, transport)
    levels = table[table["statement"] == "sigma_e_level"].set_index("solid_content_percent")
    why = "not tested: fewer than two films of an electrode conduct"
    assert levels.loc["52", "verdict"].tolist() == [why] * 2
    assert set(levels.loc["48", "verdict"]) == {"supported"}
    slopes = table[table["statement"] == "sigma_e_falls"]
    assert slopes["verdict"].tolist() == [why] * 2


def test_holm_of_a_worked_example():
    # the smallest counts four times, the next three times; none may come out below one before it
    found = holm(np.array([0.04, 0.01, 0.03, 0.005, 0.6]))
    assert found == pytest.approx([0.09, 0.04, 0.09, 0.025, 0.6])


def test_holm_keeps_a_verdict_where_its_p_value_bears_all_tests():
    table = trends_table(*tables(3, noise=0.05))
    p = table["p_value"].dropna().sort_values()
    wanted = (p * np.arange(len(p), 0, -1)).cummax().clip(upper=1)
    assert table.loc[p.index, "p_holm"].to_numpy() == pytest.approx(wanted.to_numpy())
    stands = table["p_holm"] <= 0.05
    assert (table.loc[stands, "verdict"] == table.loc[stands, "verdict_holm"]).all()
    weak = table["p_value"].notna() & ~stands
    assert weak.any()
    assert set(table.loc[weak, "verdict_holm"]) == {"not resolved"}


def test_verdict_and_interval_of_the_table_agree():
    table = trends_table(*tables(3, noise=0.3))
    table = table[~table["verdict"].str.startswith("not tested") & table["wanted_low"].notna()]
    high = table["wanted_high"].fillna(np.inf)
    inside = (table["effect_low_95"] >= table["wanted_low"]) & (table["effect_high_95"] <= high)
    outside = (table["effect_high_95"] < table["wanted_low"]) | (table["effect_low_95"] > high)
    assert inside.any()
    assert (~inside & ~outside).any()
    wanted = np.select([inside, outside], ["supported", "contradicted"], "not resolved")
    assert table["verdict"].tolist() == wanted.tolist()
    assert (table["n_needed"].dropna() > 3).all()
    assert table.loc[table["verdict"] != "not resolved", "n_needed"].isna().all()


def test_findings_say_in_a_line_what_was_found():
    found = {it.sentence: it for it in findings(trends_table(*tables(3)))}
    assert list(found) == list(dict.fromkeys(SENTENCES.values()))
    doubles = found[SENTENCES["viscosity_doubles"]]
    assert doubles.answer == "yes, in all 6 tests"
    assert doubles.numbers.startswith("ratio 52 % over 48 % 2.4")
    assert doubles.numbers.endswith(", wanted above 2; n = 3")
    level = found[SENTENCES["sigma_ion_in_cell_level"]]
    assert level.answer == "no, in all 6 tests"
    assert "wanted 0.12 to 0.15 mS/cm" in level.numbers
    measured = found[SENTENCES["measured_sigma_e"]]
    assert (measured.answer, measured.numbers) == (
        "not tested: a statement about measured films", "",
    )  # fmt: skip


def test_findings_say_what_is_open_and_how_many_would_decide_it():
    table = trends_table(*tables(3, noise=0.3))
    [found] = [it for it in findings(table) if it.sentence == SENTENCES["viscosity_doubles"]]
    rows = table[table["statement"] == "viscosity_doubles"]
    open_ = rows[rows["verdict"] == "not resolved"]
    assert 0 < len(open_) < 6
    assert found.answer == f"yes in {6 - len(open_)} of 6 tests, {len(open_)} open"
    assert f"open ones would need n = {open_['n_needed'].min():.0f}" in found.numbers
    tested = table[table["p_value"].notna()]
    assert together(table).startswith(f"{len(tested)} tests: ")


def test_negative_viscosity_is_not_a_ratio():
    viscosity, structure, transport = tables(3)
    viscosity.loc[viscosity["solid_content_percent"] == 48, "viscosity_pa_s"] = -0.1
    found = verdicts(trends_table(viscosity, structure, transport), "viscosity_doubles")
    assert found == {"not tested: a value is not positive"}
