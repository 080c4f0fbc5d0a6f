"""How far a run is: from its plan and logs, for a line, a status and a live display."""

import io
import logging
import os
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from rich.console import Console
from snakemake.iocontainers import Wildcards

from castline.base.errors import InputError
from castline.base.files import write_json
from castline.base.locking import hold, owner
from castline.campaign import live
from castline.campaign.progress import LIVE, duration, read_progress, time_left
from castline.campaign.run_plan import run_plan
from castline.campaign.script import Reporter
from castline.cli import main

RULES = ("recipe", "slurry", "viscosity", "drying", "summary")
SECONDS = {"slurry": 100.0, "viscosity": 300.0, "drying": 200.0}


def planned(folder, electrodes=("50", "51"), rules=RULES, cores=2):
    """A plan of jobs in a folder, written as the workflow does; returns its path."""
    jobs = []
    for sc in electrodes:
        for rule in rules:
            wildcards = {} if rule == "summary" else {"psd": "AM_1", "sc": sc, "rep": "1"}
            jobs.append(
                SimpleNamespace(
                    rule=SimpleNamespace(name=rule),
                    wildcards=Wildcards(fromdict=wildcards),
                    log=[str(folder / f"logs/{rule}_{sc}.log")],
                )
            )
    jobs.append(SimpleNamespace(rule=SimpleNamespace(name="all"), wildcards={}, log=[]))

    def predict(rule, wildcards):
        return SimpleNamespace(wall_seconds=SECONDS[rule], ranks=1)

    plan = folder / "work/plan.json"
    write_json(plan, run_plan(jobs, cores, predict))
    return plan


def say(folder, name, *lines, ago=0.0):
    """A job's log that began some seconds ago."""
    log = folder / f"logs/{name}.log"
    log.parent.mkdir(exist_ok=True)
    log.write_text("\n".join([f"started {time.time() - ago:.0f} on node7", *lines]) + "\n")


def test_every_state_is_read_from_the_logs(tmp_path):
    plan = planned(tmp_path)
    say(tmp_path, "slurry_50", "window 3", "done, 1 of 6 simulations done")
    say(tmp_path, "drying_50", "stage 2 of 4: thickness 60 um")
    say(tmp_path, "slurry_51", "ERROR slurry: atoms lost (log: x.log)", "Traceback", "  line")
    progress = read_progress(plan)
    states = {f"{job.rule} {job.electrode}": job.state for job in progress.jobs}
    assert states["slurry AM_1 50 % r1"] == "done"
    assert states["drying AM_1 50 % r1"] == "running"
    assert states["slurry AM_1 51 % r1"] == "failed"
    assert states["viscosity AM_1 50 % r1"] == "waiting"
    assert progress.summary.startswith("1 of 6 simulations done, 1 of 10 jobs, 1 failed, about ")
    assert progress.failures(is_over=False) == [
        "failed: AM_1 51 % r1, slurry: slurry: atoms lost (log: x.log)"
    ]


def test_a_job_that_ended_without_a_word_is_named_once_the_run_is_over(tmp_path):
    plan = planned(tmp_path)
    say(tmp_path, "drying_50", "stage 2 of 4")
    assert read_progress(plan).failures(is_over=False) == []
    [line] = read_progress(plan).failures(is_over=True)
    assert line.startswith("failed: AM_1 50 % r1, drying: ended without a word")
    assert "drying_50.log" in line


def test_logs_of_an_earlier_run_say_nothing(tmp_path):
    say(tmp_path, "slurry_50", "done")
    plan = planned(tmp_path)
    os.utime(tmp_path / "logs/slurry_50.log", (1e9, 1e9))
    assert {job.state for job in read_progress(plan).jobs} == {"waiting"}


def test_time_left_of_what_is_predicted(tmp_path):
    """600 s an electrode on a core each, but viscosity (300) and drying (200) go side by side."""
    light = ("slurry", "viscosity", "drying")
    assert read_progress(planned(tmp_path, rules=light, cores=2)).seconds_left == 600.0
    assert read_progress(planned(tmp_path, rules=light, cores=1)).seconds_left == 1200.0
    # with cores to spare, the way of one electrode through the line counts
    assert read_progress(planned(tmp_path, rules=light, cores=40)).seconds_left == 400.0


def test_time_left_learns_from_finished_jobs(tmp_path):
    plan = planned(tmp_path, rules=("slurry",), cores=1)
    say(tmp_path, "slurry_50", "done", ago=50.0)
    progress = read_progress(plan)
    assert progress.seconds_left == pytest.approx(50.0, abs=2.0)
    assert progress.share == pytest.approx(0.5, abs=0.01)


def test_running_jobs_count_by_the_time_they_have_taken(tmp_path):
    plan = planned(tmp_path, electrodes=("50",), rules=("slurry",), cores=1)
    say(tmp_path, "slurry_50", ago=25.0)
    assert read_progress(plan).share == pytest.approx(0.25, abs=0.02)
    say(tmp_path, "slurry_50", ago=5000.0)
    assert read_progress(plan).share == pytest.approx(0.9)


def test_what_waits_for_a_failed_job_takes_no_time_and_is_not_done(tmp_path):
    rules = ("slurry", "drying", "summary")
    plan = planned(tmp_path, rules=rules, cores=1)
    say(tmp_path, "slurry_50", "ERROR slurry: atoms lost (log: x.log)")
    progress = read_progress(plan)
    assert progress.seconds_left == 300.0  # the other electrode, without the summaries
    assert progress.share == 0.0


def test_no_time_is_given_for_what_no_model_covers(tmp_path):
    progress = read_progress(planned(tmp_path, rules=("slurry", "calibration_worker")))
    assert progress.summary.endswith("time left unknown (calibration_worker)")


def test_a_job_that_ends_counts_itself_and_needs_no_plan(tmp_path):
    plan = planned(tmp_path)
    say(tmp_path, "slurry_50", "window 3")
    text = time_left(plan, str(tmp_path / "logs/slurry_50.log"))
    assert text.startswith(", 1 of 6 simulations done, 1 of 10 jobs, about ")
    assert time_left(tmp_path / "none.json", "x") == ""
    write_json(plan, {"root": "results/test", "stages": [], "cells": 2, "cores": 2})
    assert time_left(plan, "x") == ""
    with pytest.raises(InputError, match="not a plan of this version"):
        read_progress(plan)


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.2, "0 s"), (61, "61 s"), (400, "7 min"), (9000, "2.5 h")]
)
def test_duration(seconds, text):
    assert duration(seconds) == text


def shown(plan, height=24):
    console = Console(file=io.StringIO(), width=110, height=height)
    console.print(live.picture("demo", read_progress(plan), height))
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


def test_display_has_a_line_for_each_running_electrode_and_a_bar(tmp_path):
    plan = planned(tmp_path)
    say(tmp_path, "drying_50", "stage 2 of 4: [red]thickness[/red] 60 um", ago=65)
    say(tmp_path, "viscosity_50", "shear rate 10 1/s: strain 0.5", ago=130)
    os.utime(tmp_path / "logs/viscosity_50.log")
    say(tmp_path, "slurry_51", "x" * 200)
    first, second, bar = shown(plan)
    assert first.split("  ")[0] == "AM_1 50 % r1"
    assert "viscosity, drying" in first
    assert "2 min" in first
    assert second.startswith("AM_1 51 % r1")
    assert second.endswith("…")
    assert bar.startswith("demo")
    assert "0 of 6 simulations done, 0 of 10 jobs, about" in bar


def test_display_leaves_room_on_a_small_terminal(tmp_path):
    plan = planned(tmp_path, electrodes=[str(40 + k) for k in range(12)])
    for k in range(12):
        say(tmp_path, f"slurry_{40 + k}", "window 1")
    lines = shown(plan, height=10)
    assert len(lines) == 4 + 2
    assert lines[4] == "and 8 more"


def test_display_shows_grave_messages_above_itself_and_ends(tmp_path, monkeypatch):
    """On a terminal; what Snakemake says of every job is in the display itself."""
    screen = io.StringIO()
    monkeypatch.setattr(sys, "stderr", screen)
    logger = logging.getLogger(live.SNAKEMAKE_LOG)
    handler = logging.StreamHandler(screen)
    logger.addHandler(handler)
    display = live.Display("demo", planned(tmp_path))
    display.console = Console(file=screen, force_terminal=True, width=100, height=24)
    try:
        display.start()
        assert os.environ[LIVE] == "1"
        logger.warning("Finished jobid: 3")
        logger.error("Error in rule slurry")
        display.stop()
        logger.error("later")
    finally:
        display.stop()
        logger.removeHandler(handler)
    assert LIVE not in os.environ
    assert sys.stderr is screen
    text = screen.getvalue()
    assert "simulations done" in text
    assert "Error in rule slurry" in text
    assert text.rstrip().endswith("later")


def test_no_display_without_a_terminal(tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    display = live.Display("demo", planned(tmp_path))
    display.start()
    display.stop()
    assert LIVE not in os.environ
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(("is_terminal", "lines"), [(True, 0), (False, 1)])
def test_jobs_leave_the_terminal_to_a_display(tmp_path, monkeypatch, is_terminal, lines):
    screen = io.StringIO()
    screen.isatty = lambda: is_terminal
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv(LIVE, "1")
    report = Reporter("AM_1 50 % r1, slurry", tmp_path / "slurry.log")
    report("done", show=True)
    assert len(screen.getvalue().splitlines()) == lines
    assert (tmp_path / "slurry.log").read_text() == "done\n"


ROOT = Path(__file__).parents[2]


@pytest.fixture
def campaign(tmp_path, monkeypatch):
    """Results of the test campaign, which was started here."""
    for name in ("config", "examples"):
        (tmp_path / name).symlink_to(ROOT / name)
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "results/test"
    planned(folder)
    return folder


def status(capsys):
    code = main(["status", "config/test.yaml"])
    answer = capsys.readouterr()
    return code, answer.out + answer.err


def test_status_of_a_campaign_that_runs_elsewhere(campaign, capsys):
    say(campaign, "drying_50", "stage 2 of 4", ago=70)
    say(campaign, "slurry_51", "ERROR slurry: atoms lost (log: x.log)")
    with hold(campaign / "work/campaign.lock"):
        code, text = status(capsys)
    assert code == 1  # a job failed
    assert f"test: run by process {os.getpid()} on " in text
    assert "AM_1 50 % r1  drying" in text
    assert text.splitlines()[-1].startswith("failed: AM_1 51 % r1, slurry: slurry: atoms lost")


def test_status_of_a_run_that_ended(campaign, capsys):
    say(campaign, "drying_50", "stage 2 of 4")
    code, text = status(capsys)
    assert code == 1
    assert text.startswith("test: not running; ")
    for sc in ("50", "51"):
        for rule in RULES:
            say(campaign, f"{rule}_{sc}", "done")
    code, text = status(capsys)
    assert (code, text) == (0, "test: finished; 100%, 6 of 6 simulations done, 10 of 10 jobs\n")


def test_status_without_a_run(campaign, capsys):
    (campaign / "work/plan.json").unlink()
    code, text = status(capsys)
    assert code == 2
    assert "results/test/work/plan.json: not there; no run of this campaign" in text


def test_owner_of_a_lock(tmp_path):
    lock = tmp_path / "lock"
    assert owner(lock) is None
    with hold(lock):
        assert owner(lock).startswith(f"process {os.getpid()} on ")
    assert owner(lock) is None
