"""Chains of LAMMPS segments: resume, damage, one writer, clear failures."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from castline.base.errors import InputError, SimulationError
from castline.base.locking import LockedError, hold
from castline.base.seeds import seed_for
from castline.lammps.chain import StageRun


def run(chain, root: Path, segments: int, report=lambda line: None):
    data, pairs, variables = chain
    with StageRun(root, "slurry", data, pairs, report=report) as stage:
        for _ in range(segments):
            stage.segment(variables)
        return stage.folder, stage.series, stage.last_dump.read_bytes(), stage.cost


def test_interrupted_chain_equals_the_uninterrupted_one(chain, tmp_path):
    _, series, dump, _ = run(chain, tmp_path / "whole", 4)
    run(chain, tmp_path / "parts", 1)
    run(chain, tmp_path / "parts", 3)
    _, resumed, resumed_dump, _ = run(chain, tmp_path / "parts", 4)
    pd.testing.assert_frame_equal(resumed, series)
    assert resumed_dump == dump


def test_finished_segments_are_replayed_not_recomputed(chain, tmp_path):
    folder, _, _, cost = run(chain, tmp_path, 3)
    stamps = {p: p.stat().st_mtime_ns for p in folder.glob("segment-*.json")}
    _, _, _, again = run(chain, tmp_path, 3)
    assert {p: p.stat().st_mtime_ns for p in folder.glob("segment-*.json")} == stamps
    assert again == cost


@pytest.mark.parametrize("damage", ["truncated restart", "missing dump", "broken marker"])
def test_damaged_checkpoint_falls_back_one_step_and_says_so(chain, tmp_path, damage):
    folder, series, dump, _ = run(chain, tmp_path, 3)
    if damage == "truncated restart":
        path = folder / "segment-0002.restart"
        path.write_bytes(path.read_bytes()[:-100])
    elif damage == "missing dump":
        (folder / "segment-0002.dump").unlink()
    else:
        (folder / "segment-0002.json").write_text("{")
    lines = []
    _, again, dump_again, _ = run(chain, tmp_path, 3, lines.append)
    pd.testing.assert_frame_equal(again, series)
    assert dump_again == dump
    assert any("damaged" in line for line in lines)


def test_damaged_marker_breaks_the_chain_where_it_stands(chain, tmp_path):
    """Markers behind it are not taken for its successors."""
    folder, series, dump, _ = run(chain, tmp_path, 4)
    (folder / "segment-0001.json").write_text("{")
    _, again, dump_again, _ = run(chain, tmp_path, 4)
    pd.testing.assert_frame_equal(again, series)
    assert dump_again == dump


def test_segments_that_followed_from_other_variables_do_not_come_back(chain, tmp_path):
    """Segment 1 changed, then killed: segment 2 of before has the right variables, wrong origin."""
    data, pairs, variables = chain
    changed = {**variables, "p1": 300.0}

    def run_changed(root, segments):
        with StageRun(root, "slurry", data, pairs) as stage:
            for k in range(segments):
                stage.segment(changed if k == 1 else variables)
            return stage.series

    run(chain, tmp_path / "killed", 3)
    run_changed(tmp_path / "killed", 2)
    pd.testing.assert_frame_equal(
        run_changed(tmp_path / "killed", 3), run_changed(tmp_path / "whole", 3)
    )


@pytest.mark.parametrize("suffix", [".restart", ".dump", ".series", ".final"])
def test_files_cut_short_by_a_full_disk_are_no_segment(chain, tmp_path, monkeypatch, suffix):
    """LAMMPS does not notice that a write failed: its exit status and log look good."""
    status_of = StageRun._status_of

    def cut(stage, *arguments):
        status = status_of(stage, *arguments)
        [path] = stage.folder.glob(f"part-*{suffix}")
        path.write_bytes(path.read_bytes()[:-3])
        return status

    monkeypatch.setattr(StageRun, "_status_of", cut)
    with pytest.raises((SimulationError, InputError), match="cut short|truncated"):
        run(chain, tmp_path, 1)
    assert not list(tmp_path.rglob("segment-*.json"))


def test_changed_variables_start_from_where_they_changed(chain, tmp_path):
    data, pairs, variables = chain
    run(chain, tmp_path, 3)
    with StageRun(tmp_path, "slurry", data, pairs) as stage:
        stage.segment(variables)
        changed = stage.segment({**variables, "steps": 200})
        assert changed.final["step"] == 600
    markers = sorted(p.name for p in stage.folder.glob("segment-*.json"))
    assert json.loads((stage.folder / markers[1]).read_text())["variables"]["steps"] == "200"


def test_shorter_chain_ends_with_its_own_dump(chain, tmp_path):
    """A looser tolerance stops earlier than a run whose older dumps are gone."""
    _, _, dump, _ = run(chain, tmp_path / "short", 2)
    run(chain, tmp_path / "long", 5)
    _, _, again, _ = run(chain, tmp_path / "long", 2)
    assert again == dump


def test_lammps_error_is_reported_in_its_own_words(chain, tmp_path):
    data, _, variables = chain
    with (
        StageRun(tmp_path, "slurry", data, "pair_coeff 1 1 nonsense 1.0\n") as stage,
        pytest.raises(SimulationError, match=r"ERROR.*segment-0000\.log"),
    ):
        stage.segment(variables)
    assert not list(stage.folder.glob("segment-*.json"))


def test_second_writer_is_refused(tmp_path):
    first = hold(tmp_path / "lock")
    with pytest.raises(LockedError, match=f"process {os.getpid()}"):
        hold(tmp_path / "lock")
    first.close()
    hold(tmp_path / "lock").close()


KILLED = """
import pickle, sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from castline.lammps.chain import StageRun
data, pairs, variables = pickle.loads(Path({chain!r}).read_bytes())
with StageRun(Path({root!r}), "slurry", data, pairs) as stage:
    while True:
        stage.segment(variables)
"""


def test_kill_dash_nine_leaves_no_orphan_and_loses_at_most_a_segment(chain, tmp_path):
    import pickle  # private to this test; no castline file is a pickle

    (tmp_path / "chain").write_bytes(pickle.dumps(chain))
    root = tmp_path / "work"
    script = KILLED.format(
        tests=str(Path(__file__).parent), chain=str(tmp_path / "chain"), root=str(root)
    )
    process = subprocess.Popen([sys.executable, "-c", script])
    deadline = time.monotonic() + 60
    while not list(root.glob("*/segment-0001.json")) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    [folder] = root.iterdir()
    finished = len(list(folder.glob("segment-*.json")))
    assert finished >= 2
    hold(folder / "lock").close()  # the lock went with its process
    for _ in range(100):
        running = [p for p in Path("/proc").glob("[0-9]*/cmdline") if is_lammps_in(p, folder)]
        if not running:
            break
        time.sleep(0.05)
    assert not running
    _, series, dump, _ = run(chain, root, finished + 1)
    _, whole, whole_dump, _ = run(chain, tmp_path / "whole", finished + 1)
    pd.testing.assert_frame_equal(series, whole)
    assert dump == whole_dump


def is_lammps_in(cmdline: Path, folder: Path) -> bool:
    try:
        text = cmdline.read_bytes().decode(errors="replace")
        return "lmp" in text and (cmdline.parent / "cwd").resolve() == folder
    except OSError:
        return False


def test_seeds_differ_by_cell_and_repeat():
    seeds = {seed_for(1, "AM_1", sc, rep, "slurry") for sc in ("48", "50") for rep in (1, 2, 3)}
    assert len(seeds) == 6
    assert seed_for(1, "AM_1", "48", 1, "slurry") in seeds
    assert seed_for(2, "AM_1", "48", 1, "slurry") not in seeds
    assert all(0 < s < 900_000_001 for s in seeds)
