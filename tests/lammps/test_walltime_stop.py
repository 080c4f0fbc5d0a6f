"""A stage whose job is about to end stops itself; the next run goes on, with the same result."""

import pandas as pd
import pytest

from castline.base.errors import SimulationError, WalltimeError
from castline.lammps import chain as lammps_run
from castline.lammps.chain import StageRun
from castline.lammps.output import ranks_in

SEGMENTS = 4


def run(chain, root, segments=SEGMENTS, ranks=1):
    data, pairs, variables = chain
    with StageRun(root, "slurry", data, pairs, report=lambda line: None, ranks=ranks) as stage:
        for _ in range(segments):
            stage.segment(variables)
        return stage.series, stage.last_dump.read_bytes(), stage.cost


def left(monkeypatch, seconds):
    """Let the job have these seconds left, one value for each time it is asked."""
    values = iter(seconds)
    monkeypatch.setattr(lammps_run, "seconds_left", lambda: next(values))


def test_stops_between_segments_when_the_next_would_not_fit(chain, tmp_path, monkeypatch):
    left(monkeypatch, [1000.0, 1000.0, 1000.0, 0.0])
    with pytest.raises(WalltimeError, match="stopped before the walltime with 2 segments kept"):
        run(chain, tmp_path / "stopped")
    monkeypatch.setattr(lammps_run, "seconds_left", lambda: None)
    series, dump, _ = run(chain, tmp_path / "stopped")
    whole, whole_dump, _ = run(chain, tmp_path / "whole")
    pd.testing.assert_frame_equal(series, whole)
    assert dump == whole_dump


def test_segment_that_takes_too_long_is_ended_and_started_again(chain, tmp_path, monkeypatch):
    left(monkeypatch, [1000.0, 0.01])
    with pytest.raises(WalltimeError, match="stopped before the walltime inside segment 0"):
        run(chain, tmp_path / "stopped", segments=1)
    assert not list((tmp_path / "stopped").glob("*/segment-*.json"))
    monkeypatch.setattr(lammps_run, "seconds_left", lambda: None)
    _, dump, _ = run(chain, tmp_path / "stopped", segments=1)
    assert dump == run(chain, tmp_path / "whole", segments=1)[1]


def test_two_ranks_agree_with_one_and_may_take_over(chain, tmp_path):
    serial, _, _ = run(chain, tmp_path / "one", segments=2)
    parallel, _, cost = run(chain, tmp_path / "two", segments=2, ranks=2)
    assert cost["ranks"] == 2
    volume = [series["volume_um3"].iloc[-1] for series in (serial, parallel)]
    assert volume[1] == pytest.approx(volume[0], rel=1e-3)
    run(chain, tmp_path / "both", segments=1)
    mixed, _, _ = run(chain, tmp_path / "both", segments=2, ranks=2)
    assert mixed["step"].tolist() == serial["step"].tolist()
    pd.testing.assert_frame_equal(mixed.iloc[: len(mixed) // 2], serial.iloc[: len(serial) // 2])


def test_launcher_that_starts_separate_copies_is_refused(chain, tmp_path, monkeypatch):
    """As an MPI library does that is not the one LAMMPS was built with."""
    launcher = tmp_path / "mpiexec"
    launcher.write_text('#!/bin/sh\nshift 2\nexec "$@"\n')
    launcher.chmod(0o755)
    monkeypatch.setenv("CASTLINE_MPIEXEC", str(launcher))
    with pytest.raises(SimulationError, match="runs on 1 MPI ranks instead of 2"):
        run(chain, tmp_path / "work", segments=1, ranks=2)


@pytest.mark.parametrize(
    ("log", "ranks"),
    [("  2 by 2 by 3 MPI processor grid\n", 12), ("  1 by 1 by 1 MPI processor grid\n", 1)],
)
def test_ranks_are_read_from_the_log(log, ranks):
    assert ranks_in(log) == ranks
