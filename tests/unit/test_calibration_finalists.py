"""The best trials once more at full size: which become finalists, and which of them is the set."""

import math

import pytest
from toy_line import START, STIFFNESS, toy_campaign, toy_steps, toy_work

from castline.base.errors import SimulationError
from castline.calibration.finalists import (
    Finalist,
    choose,
    finalist_trials,
    objectives,
    run_finalist,
)
from castline.calibration.report import complete_trials, starting_trial
from castline.calibration.searches import STEPS
from castline.calibration.study import load_study
from castline.calibration.targets import Key
from castline.lammps.forcefield import load_force_field
from castline.line.slurry import SLURRY
from castline.recipe.electrode import Electrode

FINALISTS = {"trials": 3, "dry_mass_g": 8e-10, "replicates": 2}
CAMPAIGN = toy_campaign(slurry={"trials": 8, "finalists": FINALISTS})
SEARCH = CAMPAIGN.calibration.slurry


@pytest.fixture
def searched(tmp_path, monkeypatch):
    """Eight toy trials; function that runs the finalist of a place with given steps."""
    monkeypatch.setitem(STEPS, "slurry", toy_steps)
    toy_work(CAMPAIGN, tmp_path)
    start = load_force_field(START)

    def run(place: int, steps=toy_steps, campaign=CAMPAIGN) -> Finalist:
        monkeypatch.setitem(STEPS, "slurry", steps)
        return run_finalist(
            *(campaign, campaign.calibration, "slurry", place),
            *(start, start, tmp_path, lambda line: None),
        )

    return load_study(tmp_path), run


def shifted_steps(bench, cells, terms):
    """A larger box wants a stiffness 30 % lower than the toy's 1.5 kPa."""
    for cell in cells:
        porosity = math.log(bench.slurry_set.hertz.normal_stiffness_kpa / 1.05)
        yield cell, {Key("porosity", "slurry", *cell[:2]): porosity}
        yield cell, {Key("viscosity_pa_s", "slurry", *cell[:2], 100.0): 0.2}


def test_best_trial_is_the_set_where_there_are_no_finalists(searched):
    study, _ = searched
    best = complete_trials(study)[0]
    assert choose(study, SEARCH, []).trial.number == best.number
    assert choose(study, SEARCH, []).values == best.user_attrs["values"]


def test_finalists_are_the_best_trials_with_their_own_size_and_seeds(searched):
    study, run = searched
    benches, seen = [], []

    def steps(bench, cells, terms):
        benches.append(bench)
        seen.extend(cells)
        return toy_steps(bench, cells, terms)

    found = [run(place, steps) for place in (1, 2, 3)]
    assert [f.trial for f in found] == [t.number for t in finalist_trials(study, SEARCH, 3)]
    assert {bench.line.recipe.dry_mass_g for bench in benches} == {8e-10}
    assert {cell.replicate for cell in seen} == {1, 2}
    cell = Electrode("AM_1", "50", 1)
    trial = benches[0]._replace(purpose="calibration")
    assert benches[0].bench(cell, SLURRY).seed != trial.bench(cell, SLURRY).seed
    # the toy knows no size: at full size it finds what the trials found
    assert found[0].outcome.objective == pytest.approx(complete_trials(study)[0].value)


def test_starting_set_takes_part_in_any_case(searched):
    study, _ = searched
    ranking = [trial.number for trial in complete_trials(study)]
    start = starting_trial(study).number
    place = ranking.index(start)
    assert place > 1
    few = [trial.number for trial in finalist_trials(study, SEARCH, 2)]
    assert few == [ranking[0], start]
    enough = [trial.number for trial in finalist_trials(study, SEARCH, place + 1)]
    assert enough == ranking[: place + 1]


def test_lowest_objective_at_full_size_is_chosen(searched):
    study, run = searched
    found = [run(place, shifted_steps) for place in (1, 2, 3)]
    numbers = objectives(found)
    choice = choose(study, SEARCH, found)
    assert choice.trial.number == min(numbers, key=numbers.get)
    stiffness = choice.trial.params[STIFFNESS]
    assert choice.values["density: AM_1 50 %"] == pytest.approx(math.log(stiffness / 1.05))
    assert choice.stderrs["density: AM_1 50 %"] == 0.0
    # not simply the best of the small trials
    assert choice.trial.number != complete_trials(study)[0].number


def test_failed_finalists_are_not_chosen(searched):
    study, run = searched

    def broken(*given):
        return toy_steps(*given, fails=lambda hertz: True)

    failed = [run(1, broken), run(2, broken)]
    assert objectives(failed) == {}
    with pytest.raises(SimulationError, match="no finalist was completed; .*: LAMMPS toy"):
        choose(study, SEARCH, failed)
    chosen = choose(study, SEARCH, [failed[0], run(2)]).trial
    assert chosen.number == complete_trials(study)[1].number


def test_more_finalists_than_complete_trials(searched):
    study, run = searched
    count = len(complete_trials(study))
    many = toy_campaign(slurry={"trials": 8, "finalists": {**FINALISTS, "trials": 20}})
    assert run(count, campaign=many).trial == complete_trials(study)[-1].number
    missing = run(count + 1, campaign=many)
    assert missing.trial is None
    assert choose(study, SEARCH, [run(1), missing]).trial.number == complete_trials(study)[0].number
