"""`snakemake calibrate` on the test campaign: killed, resumed, refused."""

import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pandas as pd
import pytest
import yaml
from campaign_runs import SNAKEMAKE, TEST, snakemake

from castline.calibration.candidates import own_trials, resumed_numbers
from castline.calibration.study import load_study
from castline.lammps.forcefield import load_force_field

pytestmark = pytest.mark.workflow


def search(folder: Path, name: str) -> Path:
    return folder / f"results/test/work/calibration/{name}"


@pytest.fixture(scope="module")
def calibrated(workflow_copy) -> Path:
    """The test campaign's calibration, killed in the middle of the slurry search, then finished."""
    folder = workflow_copy("calibrated")
    output = folder / "killed.log"
    with output.open("w") as log:
        process = subprocess.Popen(
            [*SNAKEMAKE, "calibrate", *TEST],
            cwd=folder,
            start_new_session=True,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    deadline = time.monotonic() + 600
    while not list(search(folder, "slurry").glob("trials/*/slurry-*/segment-0001.json")):
        assert process.poll() is None, output.read_text()
        assert time.monotonic() < deadline
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    done = snakemake(folder, "calibrate", *TEST)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_interrupted_trials_were_taken_up_and_none_is_missing(calibrated):
    study = load_study(search(calibrated, "slurry"))
    assert resumed_numbers(study)
    for name in ("slurry", "dry"):
        trials = own_trials(load_study(search(calibrated, name)))
        assert len(trials) == 3
        assert {t.state.name for t in trials} <= {"COMPLETE", "PRUNED"}


def test_sets_are_within_bounds_and_tell_where_they_come_from(calibrated):
    key = "hertz.normal_stiffness_kpa"
    for name in ("slurry", "dry"):
        found = load_force_field(calibrated / f"results/test/calibration/{name}.yaml")
        low, high = found.provenance["free_parameters"][key]["bounds"]
        assert low <= found.hertz.normal_stiffness_kpa <= high
        assert found.provenance["seed"] == 7
        assert found.provenance["physics"]["LAMMPS"].startswith("Large-scale")
    assert found.hertz.friction == 1.0  # fixed


def test_dry_search_used_the_calibrated_slurries(calibrated):
    found = load_force_field(calibrated / "results/test/calibration/slurry.yaml")
    space = load_study(search(calibrated, "dry")).user_attrs["space"]
    stiffness = space["slurry_set"]["hertz.normal_stiffness_kpa"]
    assert stiffness == found.hertz.normal_stiffness_kpa


def test_best_finalist_is_the_dry_set(calibrated):
    folder = calibrated / "results/test/calibration"
    table = pd.read_csv(folder / "dry_trials.csv").dropna(subset="objective_at_full_size")
    assert 1 <= len(table) <= 2
    best = table.loc[table["objective_at_full_size"].idxmin()]
    assert best["chosen"]
    found = load_force_field(folder / "dry.yaml")
    assert found.provenance["candidate"] == best["candidate"]
    # the starting set was repeated, a new set could not be
    assert table["n_replicates"].tolist() == [2] * len(table)
    assert found.hertz.normal_stiffness_kpa == pytest.approx(best["hertz.normal_stiffness_kpa"])
    assert pd.read_csv(folder / "slurry_trials.csv")["objective_at_full_size"].isna().all()


def test_tables_and_figures_are_there(calibrated):
    folder = calibrated / "results/test/calibration"
    for name in ("slurry", "dry"):
        for figure in ("convergence", "importance", "profiles", "trade_offs"):
            assert (folder / f"{name}_{figure}.svg").stat().st_size > 0
        assert len(pd.read_csv(folder / f"{name}_trials.csv")) == 3
        assert len(pd.read_csv(folder / f"{name}_residuals.csv")) == 2
    confirmed = pd.read_csv(folder / "confirmation.csv")
    assert len(confirmed) == 4
    assert (confirmed["n_replicates"] == 2).all()
    assert confirmed["half_width_95"].notna().all()


def test_finished_calibration_is_not_run_again(calibrated):
    again = snakemake(calibrated, "calibrate", "-n", *TEST)
    assert "Nothing to be done" in again.stdout + again.stderr


def test_more_dry_trials_leave_the_slurry_search_alone(calibrated):
    config = yaml.safe_load((calibrated / "config/test.yaml").read_text())
    config["calibration"]["dry"]["trials"] = 4
    (calibrated / "config/more.yaml").write_text(yaml.safe_dump(config))
    plan = snakemake(calibrated, "calibrate", "-n", "--configfile", "config/more.yaml")
    assert plan.returncode == 0, plan.stdout + plan.stderr
    jobs = dict(re.findall(r"^(\w+) +(\d+)$", plan.stdout + plan.stderr, re.MULTILINE))
    # two workers and two finalists of the dry search; the slurry search has two workers as well
    assert jobs["calibration_worker"] == "2"
    assert jobs["calibration_finalist"] == "2"
    assert jobs["calibration"] == "1"


def test_study_of_another_space_is_refused_at_planning(calibrated):
    config = yaml.safe_load((calibrated / "config/test.yaml").read_text())
    bounds = config["calibration"]["slurry"]["free"]["hertz.normal_stiffness_kpa"]
    bounds["high"] = 3.0
    (calibrated / "config/other.yaml").write_text(yaml.safe_dump(config))
    refused = snakemake(calibrated, "calibrate", "--configfile", "config/other.yaml")
    output = refused.stdout + refused.stderr
    assert refused.returncode != 0
    assert "study.journal: made for another space (free.hertz.normal_stiffness_kpa.high" in output
    assert "2.0 there, 3.0 here" in output


def test_campaign_without_calibration_says_so(workflow_copy):
    folder = workflow_copy("uncalibrated")
    refused = snakemake(folder, "calibrate", "--configfile", "config/demo.yaml")
    assert refused.returncode != 0
    assert "campaign demo has no calibration section" in refused.stdout + refused.stderr
