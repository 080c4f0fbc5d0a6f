"""Time left of a Slurm job."""

import subprocess
import time

import pytest

from castline.lammps import walltime


@pytest.fixture(autouse=True)
def asked_anew():
    walltime._end.cache_clear()
    yield
    walltime._end.cache_clear()


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0:55", 55),
        ("12:34", 754),
        ("1:02:03", 3723),
        ("2-01:02:03\n", 176523),
        ("UNLIMITED", None),
        ("NOT_SET", None),
        ("", None),
    ],
)
def test_what_squeue_prints_is_read(text, seconds):
    assert walltime.parse_time_left(text) == seconds


def test_no_limit_outside_slurm(monkeypatch):
    monkeypatch.delenv("SLURM_JOB_ID", raising=False)
    assert walltime.seconds_left() is None


def test_slurm_is_asked_once_and_a_margin_kept(monkeypatch):
    asked = []

    def squeue(command, **_):
        asked.append(command)
        return subprocess.CompletedProcess(command, 0, stdout="10:00\n")

    monkeypatch.setenv("SLURM_JOB_ID", "17")
    monkeypatch.setattr(subprocess, "run", squeue)
    first = walltime.seconds_left()
    assert first == pytest.approx(600 - walltime.MARGIN_SECONDS, abs=1.0)
    later = time.monotonic() + 100
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert walltime.seconds_left() == pytest.approx(first - 100, abs=1.0)
    assert len(asked) == 1
    assert "17" in asked[0]


def test_without_squeue_there_is_no_limit(monkeypatch):
    monkeypatch.setenv("SLURM_JOB_ID", "17")
    monkeypatch.setenv("PATH", "")
    assert walltime.seconds_left() is None
