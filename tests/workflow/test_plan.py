"""`make plan` as a user calls it, before anything has run."""

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.workflow


def plan(folder, config):
    return subprocess.run(
        [sys.executable, "scripts/plan.py", config, "--nodes", "2"],
        cwd=folder,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(folder / "workflow")},
        check=False,
    )


def test_plan_of_a_fresh_campaign_counts_every_job_and_runs_none(workflow_copy):
    folder = workflow_copy("planned")
    done = plan(folder, "config/test.yaml")
    assert done.returncode == 0, done.stderr
    rows = {line.split()[0]: line.split() for line in done.stdout.splitlines() if line.split()}
    assert rows["slurry"][1:4] == ["2", "0", "2"]
    assert rows["voxels"][1:4] == ["6", "0", "6"]
    assert "on 2 node(s)" in done.stdout
    assert "output files have to be generated" in done.stdout
    assert not (folder / "results").exists()


def test_plan_of_a_faulty_config_says_what_is_wrong(workflow_copy):
    folder = workflow_copy("faulty")
    (folder / "config/bad.yaml").write_text("campaign: bad\n")
    done = plan(folder, "config/bad.yaml")
    assert done.returncode != 0
    assert "config: matrix" in done.stderr
    assert "Traceback" not in done.stderr
