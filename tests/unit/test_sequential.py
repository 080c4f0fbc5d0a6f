"""Rounds of replicates: who gets more, when it ends, and how often the intervals are right."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
import trend_intervals

from castline.base.errors import ConfigError
from castline.base.files import write_json
from castline.campaign.config import load_campaign
from castline.campaign.decide import judge_round
from castline.campaign.decided import campaign_matrix, round_file
from castline.campaign.prediction import Planner
from castline.recipe.replicates import Counts, counts
from castline.results.decide_settings import DecideConfig
from castline.results.intervals import contrast
from castline.results.sequential import (
    BUDGET,
    DECIDED,
    OPEN,
    UNDECIDABLE,
    next_round,
    summary_lines,
)
from castline.results.trends import ABOVE, TrendTest

FIRST, SECOND = ("AM_1", 50.0), ("AM_2", 50.0)
SETTINGS = DecideConfig(films=12, viscosity=8, core_hours=1, step=3, per_round=1)
THREE = {FIRST: Counts(3, 3), SECOND: Counts(3, 3)}


def of_films(mean: float, *electrodes, statement="sigma_e_level", n=3) -> TrendTest:
    """A test on films of electrodes whose n values have a spread of 1 about the mean."""
    cell = mean + np.sqrt((n - 1) / n) * np.resize([-1.0, 1.0], n) * (1 if n % 2 == 0 else 0)
    if n % 2:
        cell = mean + np.sqrt((n - 1) / 2) * np.array([-1.0, 1.0, *[0.0] * (n - 2)])
    weights = [1 / len(electrodes)] * len(electrodes)
    effect = contrast([cell] * len(electrodes), weights)
    return TrendTest(statement, "mean", "1", effect, ABOVE, electrodes)


def films(before, after) -> float:
    return float(sum(after[key].films - before[key].films for key in before))


def round_of(tests, replicates=None, left=math.inf, settings=SETTINGS):
    return next_round(tests, replicates or THREE, settings, films, left)


def test_the_cheapest_open_test_is_served_first_and_a_step_at_a_time():
    near, far = of_films(2.5, FIRST), of_films(1.5, SECOND)
    found = round_of([far, near])
    assert [it.status for it in found.standings] == [OPEN, OPEN]
    assert found.standings[1].wanted < found.standings[0].wanted <= SETTINGS.films
    assert found.replicates == {FIRST: Counts(6, 3), SECOND: Counts(3, 3)}
    assert found.goes_on(THREE)


def test_a_round_serves_further_tests_until_it_is_as_large_as_asked():
    near, far = of_films(2.5, FIRST), of_films(1.5, SECOND)
    sheared = of_films(2.5, SECOND, statement="viscosity_level")

    def after(per_round, left=math.inf):
        settings = SETTINGS.model_copy(update={"per_round": per_round})
        return round_of([far, near, sheared], left=left, settings=settings).replicates

    # Shearing costs nothing here, so its test comes first.
    assert after(3) == {FIRST: Counts(3, 3), SECOND: Counts(3, 6)}
    assert after(4) == after(6) == {FIRST: Counts(6, 3), SECOND: Counts(3, 6)}
    assert after(7) == after(99) == {FIRST: Counts(6, 3), SECOND: Counts(6, 6)}
    assert after(99, left=3.0) == after(4)


def test_a_test_of_viscosity_asks_for_sheared_slurries():
    found = round_of([of_films(2.5, FIRST, statement="viscosity_level")])
    assert found.replicates[FIRST].films == 3
    assert 3 < found.replicates[FIRST].viscosity <= 6


def test_decided_early_needs_far_more_than_95_percent():
    clear = of_films(200.0, FIRST)
    barely = of_films(5.0, FIRST)
    assert clear.p_value < 0.0002 < barely.p_value < 0.04
    found = round_of([clear, barely])
    assert [it.status for it in found.standings] == [DECIDED, OPEN]
    assert "AM_1 50 %: clear with 3 replicates, goes on to " in summary_lines(found.standings)[1]


def test_at_the_most_replicates_the_last_level_decides():
    full = {FIRST: Counts(12, 8), SECOND: Counts(12, 8)}
    likely, unclear = of_films(0.8, FIRST, n=12), of_films(0.1, FIRST, n=12)
    assert 0.0002 < likely.p_value < 0.04 < unclear.p_value
    found = round_of([likely, unclear], full)
    assert [it.status for it in found.standings] == [DECIDED, UNDECIDABLE]
    assert found.standings[1].needed > 12
    assert not found.goes_on(full)
    assert "undecidable: sigma_e_level, AM_1 50 %" in "\n".join(summary_lines(found.standings))


def test_what_no_likely_effect_would_decide_is_given_up_before():
    many = {FIRST: Counts(10, 8), SECOND: Counts(3, 3)}
    found = round_of([of_films(0.05, FIRST, n=10)], many)
    assert found.standings[0].status == UNDECIDABLE
    assert not found.goes_on(many)
    chance = round_of([of_films(0.05, FIRST)])  # three replicates do not tell so much
    assert chance.standings[0].status == OPEN


def test_the_budget_ends_the_rounds_and_is_named():
    found = round_of([of_films(2.5, FIRST)], left=2.0)
    assert found.standings[0].status == BUDGET
    assert not found.goes_on(THREE)
    dear, cheap = of_films(2.5, FIRST, SECOND), of_films(1.5, SECOND)
    assert round_of([dear, cheap], left=3.0).replicates[SECOND].films == 6


def test_a_test_without_interval_gets_a_replicate():
    one = {FIRST: Counts(1, 1), SECOND: Counts(1, 1)}
    effect = contrast([np.array([1.0])], [1.0])
    test = TrendTest("sigma_e_level", "mean", "1", effect, ABOVE, (FIRST,))
    found = round_of([test], one)
    assert found.replicates == {FIRST: Counts(2, 1), SECOND: Counts(1, 1)}


def test_rounds_come_to_the_same_as_all_replicates_at_once():
    """What is drawn does not depend on when: the last tests are those of the final replicates."""
    rng = np.random.default_rng(4)
    results = trend_intervals.decided_campaign(rng, (1.0,) * 6, (0.3,) * 6, SETTINGS, 3)
    rng = np.random.default_rng(4)
    draws = [rng.normal(0.3, 1.0, SETTINGS.films) for _ in range(6)]
    means = [(test, n) for test, _, n in results if test.name.startswith("mean")]
    assert {n for _, n in means} - {3}
    for (test, n), draw in zip(means, draws, strict=True):
        assert test.effect.value == pytest.approx(draw[:n].mean())


def test_intervals_after_the_rounds_cover_the_truth_in_94_to_97_of_100():
    """Real numbers are in docs/trends.md; here so few campaigns that chance is 1 % of it."""
    found = trend_intervals.sequential_statistics(20, 6, SETTINGS, (0.0, 1.0, 4.0))
    found, tests = found.set_index("distance"), found["tests"].to_numpy()
    assert 0.935 < (found["coverage"] @ tests) / tests.sum() < 0.975, found
    assert (found["wrong"] < 0.06).all(), found  # 0.02 at the edge, and chance
    assert found.loc["4", "decided"] > 0.97
    assert found.loc["4", "replicates"] < found.loc["1", "replicates"]


def test_better_intervals_are_shorter_and_cover_as_often():
    found = trend_intervals.interval_statistics(150, 7, replicates=(3,))
    alike = found[found["spreads"] == "alike"].set_index("test")
    assert (alike["half_width_after"] < 0.85 * alike["half_width_before"]).all(), alike
    assert alike["coverage_after"].mean() > 0.92
    assert (alike["power_after"] > alike["power_before"] + 0.05).all(), alike


@pytest.fixture
def campaign(campaign_dict):
    rounds = {"films": 5, "viscosity": 4, "core_hours": 1.0}
    matrix = {**campaign_dict["matrix"], "replicates": 2}
    return load_campaign({**campaign_dict, "matrix": matrix, "decide": rounds})


def tables(campaign, replicates: int) -> dict[str, pd.DataFrame]:
    rng = np.random.default_rng(2)
    [psd], [content] = campaign.matrix.psds, campaign.matrix.solid_content_percent
    keys = [
        {"psd": psd, "solid_content_percent": float(content), "replicate": r + 1}
        for r in range(replicates)
    ]
    near = rng.normal(1, 0.05, (replicates, 8))
    viscosity = [
        {**key, "shear_rate_per_s": rate, "viscosity_pa_s": 0.2 * (100 / rate) ** 0.4 * x[0]}
        for key, x in zip(keys, near, strict=True)
        for rate in (100.0, 1000.0)
    ]
    structure, transport = [], []
    for (key, x), state in itertools.product(
        zip(keys, near, strict=True), ("dried", "calendered", "assembled")
    ):
        structure.append(
            {**key, "state": state, "density_g_per_cm3": 2 * x[1], "porosity": 0.25 * x[2],
             "porosity_without_nanopores": 0.2, "volume_fraction_se": 0.3,
             "contact_area_se_se_per_m": 3e5}
        )  # fmt: skip
        both = {"sigma_e_s_per_m": x[3], "sigma_ion_s_per_m": 0.013 * x[4]}
        transport.append({**key, "state": state, **both, "cbd_percolates": True,
                          "ionic_percolates": True})  # fmt: skip
    cost = [{**key, "stage": "drying", "core_seconds": 360.0} for key in keys]
    return {
        "viscosity": pd.DataFrame(viscosity),
        "structure": pd.DataFrame(structure),
        "transport": pd.DataFrame(transport),
        "cost": pd.DataFrame(cost),
    }


def test_a_round_follows_from_the_tables_and_counts_what_it_added(campaign):
    found = judge_round(campaign, **tables(campaign, 4))
    assert found.core_hours_used == pytest.approx(2 * 0.1)  # replicates 3 and 4 of matrix's 2
    assert found.goes_on
    facts = found.facts()
    assert facts == judge_round(campaign, **tables(campaign, 4)).facts()
    [number] = facts["replicates"].values()
    assert number == {"films": 5, "viscosity": 4}
    assert facts["core_hours_next"] > 0
    assert {test["status"] for test in facts["tests"]} <= {DECIDED, OPEN, UNDECIDABLE}
    assert "core-hours used; next AM_1/50 1 films 0 sheared, about" in found.line()
    last = judge_round(campaign, **tables(campaign, 5))
    assert not last.goes_on
    assert last.line().endswith("no further round")


def test_a_spent_budget_ends_the_rounds(campaign):
    poor = campaign.model_copy(
        update={"decide": campaign.decide.model_copy(update={"core_hours": 0.2})}
    )
    found = judge_round(poor, **tables(campaign, 4))
    assert not found.goes_on
    assert BUDGET in {test["status"] for test in found.facts()["tests"]}


def test_a_campaign_has_the_replicates_of_its_last_round(campaign, tmp_path):
    root = tmp_path / campaign.campaign
    assert campaign_matrix(campaign, root) == campaign.model_dump(mode="json")["matrix"]

    def write_round(number: int, films_: int, goes_on: bool = True) -> None:
        replicates = {"AM_1/50": {"films": films_, "viscosity": 1}}
        write_json(round_file(root, number), {"goes_on": goes_on, "replicates": replicates})

    for number, films_ in ((1, 3), (2, 5), (4, 9)):  # without the third the fourth is stale
        write_round(number, films_)
    assert counts(campaign_matrix(campaign, root)) == {("AM_1", "50"): Counts(5, 2)}
    write_round(1, 4, goes_on=False)  # other settings ended the rounds sooner
    assert counts(campaign_matrix(campaign, root)) == {("AM_1", "50"): Counts(4, 2)}
    write_round(1, 3)
    assert Planner(campaign, tmp_path).runs["drying"] == 5
    without = campaign.model_copy(update={"decide": None})
    assert counts(campaign_matrix(without, root)) == {("AM_1", "50"): Counts(2, 2)}


def test_fewer_replicates_at_most_than_at_first_are_refused(campaign_dict):
    rounds = {"films": 2, "viscosity": 4, "core_hours": 1.0}
    matrix = {**campaign_dict["matrix"], "replicates": 3}
    with pytest.raises(ConfigError, match="decide.films: 2 is below the 3 of matrix.replicates"):
        load_campaign({**campaign_dict, "matrix": matrix, "decide": rounds})
