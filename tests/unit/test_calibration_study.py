"""The shared, resumable study, with a toy in place of the particle stages."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import toy_line
from optuna.trial import TrialState
from toy_line import FRICTION, START, STIFFNESS, toy_campaign, toy_space, toy_steps, toy_work

from castline.base.errors import CastlineError, ConfigError, InputError, WalltimeError
from castline.calibration.candidates import own_trials
from castline.calibration.searches import STEPS
from castline.calibration.study import check_study, load_study, trial_folder
from castline.calibration.targets import Key
from castline.lammps.forcefield import load_force_field


@pytest.fixture(autouse=True)
def toy(monkeypatch):
    monkeypatch.setitem(STEPS, "slurry", toy_steps)


def params(folder: Path) -> list[dict]:
    return [trial.params for trial in own_trials(load_study(folder))]


def test_first_trial_is_the_starting_set_and_the_search_improves_on_it(tmp_path):
    done = toy_work(toy_campaign(slurry={"trials": 40}), tmp_path)
    assert sum(done["trials"].values()) == 40
    study = load_study(tmp_path)
    first = own_trials(study)[0]
    hertz = load_force_field(START).hertz
    assert first.params == {STIFFNESS: hertz.normal_stiffness_kpa, FRICTION: hertz.friction}
    assert study.best_value < 0.1 * first.value
    assert study.best_params[STIFFNESS] == pytest.approx(1.5, rel=0.1)


def test_study_goes_on_where_it_was_and_stops_at_its_number_of_trials(tmp_path):
    toy_work(toy_campaign(slurry={"trials": 5}), tmp_path)
    before = params(tmp_path)
    again = toy_work(toy_campaign(slurry={"trials": 5}), tmp_path)
    assert sum(again["trials"].values()) == 0
    more = toy_work(toy_campaign(slurry={"trials": 7}), tmp_path)
    assert sum(more["trials"].values()) == 2
    assert params(tmp_path)[:5] == before


def test_failed_trials_are_recorded_and_do_not_end_the_study(tmp_path, monkeypatch):
    def fails(hertz):
        return hertz.normal_stiffness_kpa > 1.0

    monkeypatch.setitem(STEPS, "slurry", lambda *given: toy_steps(*given, fails=fails))
    done = toy_work(toy_campaign(), tmp_path)
    assert done["trials"]["failed"] > 0
    assert done["trials"]["complete"] > 0
    assert sum(done["trials"].values()) == 12
    failed = [t for t in own_trials(load_study(tmp_path)) if t.state == TrialState.FAIL]
    assert {t.user_attrs["reason"] for t in failed} == {"LAMMPS toy: lost atoms"}


def test_a_value_that_is_not_a_number_fails_the_trial(tmp_path, monkeypatch):
    def broken(bench, cells, terms):
        for cell, numbers in toy_steps(bench, cells, terms):
            yield cell, dict.fromkeys(numbers, float("nan"))

    monkeypatch.setitem(STEPS, "slurry", broken)
    done = toy_work(toy_campaign(slurry={"trials": 2}), tmp_path)
    assert done["trials"]["failed"] == 2


def test_a_number_that_no_target_asks_for_may_be_missing(tmp_path, monkeypatch):
    """As the conductivity without the faces is in a film too thin to go without."""

    def thin(bench, cells, terms):
        for cell, numbers in toy_steps(bench, cells, terms):
            yield cell, {**numbers, Key("sigma_e_core_s_per_m", "dried", *cell[:2]): float("nan")}

    monkeypatch.setitem(STEPS, "slurry", thin)
    done = toy_work(toy_campaign(slurry={"trials": 2}), tmp_path)
    assert done["trials"]["failed"] == 0


def test_hopeless_trials_stop_early_and_good_ones_do_not(tmp_path):
    done = toy_work(toy_campaign(slurry={"trials": 40}, kept=3), tmp_path)
    assert done["trials"]["stopped early"] > 5
    study = load_study(tmp_path)
    finished = sorted(t.value for t in study.get_trials(states=(TrialState.COMPLETE,)))
    for trial in study.get_trials(states=(TrialState.PRUNED,)):
        assert trial.intermediate_values[0] > finished[0] + 1.0  # not acceptable, whatever follows
        assert len(trial.intermediate_values) == 1


def test_trials_are_of_the_size_that_the_search_asks_for(tmp_path, monkeypatch):
    def measured(bench, cells, terms):
        assert bench.line.recipe.dry_mass_g == 8e-10
        assert bench.line.slurry.box.aspect == (1, 1, 3)
        yield from toy_steps(bench, cells, terms)

    monkeypatch.setitem(STEPS, "slurry", measured)
    size = {"dry_mass_g": 8e-10, "aspect": [1, 1, 3]}
    done = toy_work(toy_campaign(slurry={"trials": 1, **size}), tmp_path)
    assert done["trials"]["complete"] == 1
    with pytest.raises(InputError, match="recipe.dry_mass_g: 8e-10 there, 4e-10 here"):
        check_study(tmp_path, toy_space(toy_campaign()))


@pytest.mark.parametrize("part", ["slurry", "confirmation"])
def test_a_mass_of_less_than_a_particle_is_refused_by_its_key(part):
    key = rf"calibration\.{part}\.dry_mass_g: too small for a single AM"
    with pytest.raises(ConfigError, match=key):
        toy_campaign(**{part: {"dry_mass_g": 1e-13}})


def test_worker_that_ends_in_a_trial_leaves_it_to_the_next(tmp_path, monkeypatch):
    """The same proposals follow as without interruption."""
    whole = tmp_path / "whole"
    toy_work(toy_campaign(), whole)

    def ends(bench, cells, terms):
        if len(calls) == 6:
            raise WalltimeError("slurry: stopped before the walltime")
        calls.append(bench.work)
        yield from toy_steps(bench, cells, terms)

    calls: list[Path] = []
    monkeypatch.setitem(STEPS, "slurry", ends)
    folder = tmp_path / "interrupted"
    with pytest.raises(WalltimeError):
        toy_work(toy_campaign(), folder)
    assert [t.state for t in own_trials(load_study(folder))].count(TrialState.RUNNING) == 1
    monkeypatch.setitem(STEPS, "slurry", toy_steps)
    toy_work(toy_campaign(), folder)
    assert sorted(map(str, params(folder))) == sorted(map(str, params(whole)))
    states = {t.state for t in own_trials(load_study(folder))}
    assert TrialState.RUNNING not in states
    assert TrialState.FAIL not in states


def worker(folder: Path, pause: float) -> subprocess.Popen:
    """A worker process that has imported everything and waits for a line."""
    program = [sys.executable, toy_line.__file__, str(folder), str(pause)]
    pipe = subprocess.PIPE
    process = subprocess.Popen(program, stdin=pipe, stdout=pipe, text=True)
    assert process.stdout.readline() == "ready\n"
    return process


def test_killed_worker_is_replaced_and_its_trial_taken_up_in_its_folder(tmp_path):
    first = worker(tmp_path, 0.3)
    print("go", file=first.stdin, flush=True)
    for line in first.stdout:
        if line.startswith("trial 3") and "step 1" in line:
            break
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    running = [t for t in own_trials(load_study(tmp_path)) if t.state == TrialState.RUNNING]
    assert len(running) == 1
    interrupted = running[0]
    done = toy_work(toy_campaign(), tmp_path)
    study = load_study(tmp_path)
    [resumed] = [t for t in study.trials if t.user_attrs.get("resumes") == interrupted.number]
    assert resumed.params == interrupted.params
    assert trial_folder(tmp_path, resumed) == trial_folder(tmp_path, interrupted)
    assert sum(done["trials"].values()) == 12 - 3
    assert len(own_trials(study)) == 12


def test_two_workers_share_a_study_and_outlive_each_other(tmp_path):
    one, two = worker(tmp_path, 0.3), worker(tmp_path, 0.3)
    for process in (one, two):
        print("go", file=process.stdin, flush=True)
    lines = [process.communicate(timeout=300)[0] for process in (one, two)]
    assert (one.returncode, two.returncode) == (0, 0)
    numbers = [t.number for t in own_trials(load_study(tmp_path))]
    assert numbers == list(range(12))
    shares = [text.count("complete, objective") + text.count("stopped early") for text in lines]
    assert sum(shares) == 12
    assert min(shares) > 0
    assert len({str(p) for p in params(tmp_path)}) == 12


def test_torn_last_line_of_the_journal_is_dropped(tmp_path):
    toy_work(toy_campaign(slurry={"trials": 3}), tmp_path)
    with (tmp_path / "study.journal").open("a") as journal:
        journal.write('{"op_code": 5, "wor')
    toy_work(toy_campaign(slurry={"trials": 4}), tmp_path)
    assert len(own_trials(load_study(tmp_path))) == 4


EXPONENT = load_force_field(START).gel.exponent
OTHER = [
    ({"free": {STIFFNESS: {"low": 0.3, "high": 4.0, "scale": "log"}}}, "free.hertz"),
    ({"fixed": {"gel.exponent": 3.0}}, f"fixed.gel.exponent: {EXPONENT} there, 3.0 here"),
]


@pytest.mark.parametrize(("change", "named"), OTHER)
def test_study_of_another_space_is_refused(tmp_path, change, named):
    toy_work(toy_campaign(slurry={"trials": 1}), tmp_path)
    other = toy_campaign(slurry={"trials": 1, **change})
    with pytest.raises(InputError, match=r"study\.journal: made for another space") as caught:
        toy_work(other, tmp_path)
    assert named in str(caught.value)
    with pytest.raises(InputError, match="another space"):
        check_study(tmp_path, toy_space(other))


def test_number_of_trials_workers_and_margin_do_not_make_another_space(tmp_path):
    toy_work(toy_campaign(slurry={"trials": 1}), tmp_path)
    same = toy_campaign(slurry={"trials": 9}, workers=4, margin=2.0)
    check_study(tmp_path, toy_space(same))


def test_study_file_that_is_not_a_study(tmp_path):
    (tmp_path / "study.journal").write_text("no journal\n")
    with pytest.raises(CastlineError, match=r"study\.journal: not a castline study"):
        toy_work(toy_campaign(), tmp_path)


def test_work_folders_of_finished_trials_are_removed(tmp_path):
    toy_work(toy_campaign(slurry={"trials": 3}), tmp_path)
    assert not list((tmp_path / "trials").glob("*"))
