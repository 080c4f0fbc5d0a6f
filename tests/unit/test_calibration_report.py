"""What a calibration reports: set with provenance, ranges, residuals, trade-offs, figures."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from toy_line import FRICTION, START, STIFFNESS, toy_campaign, toy_steps, toy_work

from castline.base.errors import InputError, SimulationError
from castline.calibration import report
from castline.calibration.confirmation import confirmation_table
from castline.calibration.finalists import choose
from castline.calibration.searches import STEPS
from castline.calibration.study import load_study
from castline.calibration.targets import Key, terms
from castline.figures import calibration as figures
from castline.lammps.forcefield import load_force_field

CAMPAIGN = toy_campaign(slurry={"trials": 30}, kept=5, confirmation={"replicates": 2})
SEARCH = CAMPAIGN.calibration.slurry
MARGIN = 20.0
TERMS = terms(SEARCH.targets, ["AM_1"], ["50"])


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Thirty toy trials; the toy fails above a stiffness of 3 kPa."""

    def steps(*given):
        return toy_steps(*given, fails=lambda hertz: hertz.normal_stiffness_kpa > 3)

    folder = tmp_path_factory.mktemp("study")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(Path(__file__).parents[2])
        patch.setitem(STEPS, "slurry", steps)
        toy_work(CAMPAIGN, folder)
    return load_study(folder)


def best(study):
    return report.complete_trials(study)[0]


@pytest.fixture
def start():
    return load_force_field(START)


@pytest.fixture
def parameters(study, start):
    return report.parameters_table(study, SEARCH, start, MARGIN, best(study))


@pytest.fixture
def residuals(study):
    choice, first = choose(study, SEARCH, []), report.starting_values(study)
    return report.residuals_table(TERMS, choice.values, choice.stderrs, first)


def test_every_trial_is_listed_with_its_state(study):
    table = report.trials_table(study, TERMS, best(study).number, {})
    assert len(table) == 30
    assert set(table["state"]) == {"complete", "stopped early", "failed"}
    failed = table[table["state"] == "failed"]
    assert (failed[STIFFNESS] > 3).all()
    assert (failed["reason"] == "LAMMPS toy: lost atoms").all()
    done = table[table["state"] == "complete"]
    misfit = done["misfit_density"] + done["misfit_viscosity"]
    np.testing.assert_allclose(done["objective"], misfit)


def test_range_of_a_parameter_holds_all_acceptable_trials(study, parameters):
    row = parameters.set_index("parameter").loc[STIFFNESS]
    assert row["acceptable_low"] <= row["value"] <= row["acceptable_high"]
    # the objective holds (ln(k / 1.5) / 0.1)^2
    reach = 0.1 * math.sqrt(best(study).value + MARGIN)
    assert 1.5 * math.exp(-reach) <= row["acceptable_low"]
    assert row["acceptable_high"] <= 1.5 * math.exp(reach)
    assert not row["range_meets_bound"]


def test_range_reaches_to_a_chosen_trial_that_is_not_the_best(study, start):
    chosen = report.complete_trials(study)[3]
    table = report.parameters_table(study, SEARCH, start, 1e-9, chosen)
    assert (table["n_acceptable"] == 4).all()
    row = table.set_index("parameter").loc[STIFFNESS]
    assert row["value"] == chosen.params[STIFFNESS]
    assert row["acceptable_low"] <= row["value"] <= row["acceptable_high"]


def test_range_that_meets_a_bound_says_so(study, start):
    bounds = {STIFFNESS: {"low": 0.1, "high": 9.0}, FRICTION: {"low": 0.0, "high": 0.1}}
    wide = toy_campaign(slurry={"free": bounds}).calibration.slurry
    table = report.parameters_table(study, wide, start, 1e9, best(study)).set_index("parameter")
    assert table.loc[FRICTION, "range_meets_bound"]


def test_importances_are_shares(parameters):
    assert parameters["importance"].sum() == pytest.approx(1.0)
    assert (parameters["importance"] >= 0).all()


def test_residuals_stand_beside_those_of_the_starting_set(residuals, start):
    density = residuals.set_index("target").loc["density"]
    assert density["value_of_starting_set"] == pytest.approx(
        math.log(start.hertz.normal_stiffness_kpa / 1.5)
    )
    assert density["residual"] == pytest.approx(density["value"] / 0.1)
    assert density["met"]


def test_calibrated_set_carries_its_provenance(study, start, parameters, residuals, tmp_path):
    trials = {"complete": 30}
    facts = {"campaign": "toy", "search": "slurry", "seed": 1, "trials": trials}
    facts |= {"finalists": None, "racing": None}
    found = report.calibrated_set(start, SEARCH, best(study), parameters, residuals, facts)
    path = tmp_path / "slurry.yaml"
    path.write_text(yaml.safe_dump(found.model_dump(mode="json"), sort_keys=False))
    again = load_force_field(path)
    assert again.hertz.normal_stiffness_kpa == best(study).params[STIFFNESS]
    assert again.gel == start.gel
    assert again.provenance["seed"] == 1
    assert again.provenance["free_parameters"][STIFFNESS]["bounds"] == [0.4, 4.0]
    assert again.provenance["targets"]["density"]["met"] == "1 of 1"


class FakeTrial:
    """A complete trial with given values."""

    def __init__(self, number: int, values: dict[str, float]):
        self.number, self.value, self.user_attrs = number, float(number), {"values": values}


def trade_offs(monkeypatch, pairs) -> pd.DataFrame:
    names = [term.name for term in TERMS]
    trials = [FakeTrial(k, dict(zip(names, p, strict=True))) for k, p in enumerate(pairs)]
    monkeypatch.setattr(report, "complete_trials", lambda study: trials)
    return report.trade_offs_table(None, TERMS).set_index(["target_a", "target_b"])


def test_targets_that_pull_against_each_other(monkeypatch):
    """Where porosity gets better, viscosity gets worse; each can be met, never both."""
    grid = np.linspace(0, 1, 12)
    table = trade_offs(monkeypatch, [(0.8 * x, 0.2 + 0.15 * (1 - x)) for x in grid])
    row = table.loc[("density", "viscosity")]
    assert row["misfit_rank_correlation"] == pytest.approx(-1.0)
    assert row["n_a_met"] > 0
    assert row["n_b_met"] > 0
    assert row["n_both_met"] == 0
    assert row["best_rms_residual_a"] == 0.0
    assert row["best_rms_residual_a_where_b_met"] > 1.0


def test_targets_that_go_together(monkeypatch):
    grid = np.linspace(0, 1, 12)
    table = trade_offs(monkeypatch, [(0.8 * x, 0.2 + 0.15 * x) for x in grid])
    row = table.loc[("density", "viscosity")]
    assert row["misfit_rank_correlation"] == pytest.approx(1.0)
    assert row["n_both_met"] > 0
    assert row["best_rms_residual_a_where_b_met"] == 0.0


def test_few_trials_have_no_correlation(monkeypatch):
    table = trade_offs(monkeypatch, [(0.1, 0.2), (0.2, 0.3)])
    assert table["misfit_rank_correlation"].isna().all()


def test_without_a_complete_trial_the_last_failure_is_named(tmp_path, monkeypatch):
    def broken(*given):
        return toy_steps(*given, fails=lambda hertz: True)

    monkeypatch.setitem(STEPS, "slurry", broken)
    toy_work(toy_campaign(slurry={"trials": 2}), tmp_path)
    with pytest.raises(SimulationError, match="no trial was completed; the last one: LAMMPS toy"):
        report.complete_trials(load_study(tmp_path))


def test_confirmation_has_intervals_and_refuses_missing_replicates():
    density = Key("porosity", "slurry", "AM_1", "50")
    viscosity = Key("viscosity_pa_s", "slurry", "AM_1", "50", 100.0)
    table = confirmation_table(
        CAMPAIGN, CAMPAIGN.calibration, {density: [0.0, 0.1], viscosity: [0.3, 0.3]}
    )
    row = table.set_index("target").loc["density"]
    assert row["value"] == pytest.approx(0.05)
    assert row["half_width_95"] == pytest.approx(12.706 * 0.05, rel=1e-3)
    assert table["met"].tolist() == [True, False]
    with pytest.raises(InputError, match="density: AM_1 50 % lacks replicates"):
        confirmation_table(CAMPAIGN, CAMPAIGN.calibration, {density: [0.0], viscosity: [0.3, 0.3]})


def labels(figure) -> str:
    figure.draw_without_rendering()
    return " ".join(text.get_text() for text in figure.findobj() if hasattr(text, "get_text"))


def test_figures(study, parameters, monkeypatch):
    trials = report.trials_table(study, TERMS, best(study).number, {})
    shown = labels(figures.convergence_figure(trials))
    for label in ("complete", "stopped early: at least", "failed", "best so far", "starting set"):
        assert label in shown
    assert "at full size" not in shown
    finalists = report.trials_table(study, TERMS, 0, {0: 2.0})
    assert "at full size" in labels(figures.convergence_figure(finalists))
    assert STIFFNESS in labels(figures.importance_figure(parameters))
    shown = labels(figures.profiles_figure(trials, parameters, MARGIN))
    assert STIFFNESS in shown
    assert "set found" in shown
    table = report.trade_offs_table(study, TERMS)
    assert "complete trials" in labels(figures.trade_offs_figure(table))


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (1.0, 100.0, [1, 10, 100]),
        (4.0, 400.0, [10, 100]),
        (0.08, 1.0, [0.1, 1]),
        (300.0, 2000.0, [300, 1000]),
        (2.5e4, 8e4, [3e4, 5e4, 7e4]),
    ],
)
def test_log_axes_have_few_round_ticks(low, high, ticks):
    assert figures._log_ticks(low, high) == pytest.approx(ticks)
