"""Snakemake looks at its open jobs when one ends, not once a second for each that has ended."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SNAKEFILE = f"""
include: "{ROOT}/workflow/Snakefile"

onsuccess:
    print("limiter:", type(workflow.scheduler.job_rate_limiter).__name__)
"""

pytestmark = pytest.mark.workflow


@pytest.mark.parametrize(
    ("given", "limiter"),
    [([], "NoneType"), (["--max-jobs-per-timespan", "5/1s"], "JobRateLimiter")],
)
def test_only_a_limit_that_was_asked_for_holds_jobs_back(tmp_path, given, limiter):
    (tmp_path / "Snakefile").write_text(SNAKEFILE)
    config = ["--configfile", str(ROOT / "config/test.yaml"), "--cores", "1"]
    recipe = "results/test/AM_1/sc50/recipe.json"
    command = [sys.executable, "-m", "snakemake", *config, *given, "--", recipe]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert f"limiter: {limiter}" in run.stdout + run.stderr
    assert (tmp_path / recipe).is_file()
