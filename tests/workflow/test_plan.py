"""`castline plan` as `make plan` calls it: before anything has run, in between, and afterwards."""

import json
import os
import re
import subprocess
import sys

import pytest
from campaign_runs import TEST, snakemake

from castline.base.paths import PROJECT, WORKFLOW

pytestmark = pytest.mark.workflow


def castline(folder, *arguments, package=None):
    package = package or folder / "workflow"
    return subprocess.run(
        [sys.executable, "-m", "castline.cli", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(package)},
        check=False,
    )


def plan(folder, config="config/test.yaml"):
    return castline(folder, "plan", config, "--nodes", "2")


def rows_of(text):
    return {line.split()[0]: line.split() for line in text.splitlines() if line.split()}


def in_table_of_jobs(text):
    """Jobs by rule, as the table of a dry run prints them."""
    _, _, table = text.partition("Job stats:")
    counts = dict(re.findall(r"^(\w+) +(\d+)$", table.split("\n\n")[0], re.M))
    return {rule: int(n) for rule, n in counts.items() if rule != "total"}


def in_list_of_reasons(text):
    """Rules by reason, as a dry run lists them last."""
    _, _, listed = text.rpartition("\nReasons:\n")
    found = re.findall(r"^    ([^\s(].*):\n        (.+)$", listed, re.M)
    return {reason: rules.split(", ") for reason, rules in found}


def asked(folder):
    """Jobs by rule and rules by reason, as `castline plan` takes them from Snakemake."""
    code = (
        "import json; from castline.campaign.dry_run import dry_run; "
        "found = dry_run('config/test.yaml'); print(json.dumps([found.jobs, found.reasons]))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(folder / "workflow")},
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


def assert_planned_as_a_dry_run_does(folder):
    dry = snakemake(folder, "--dry-run", *TEST)
    text = dry.stdout + dry.stderr
    assert dry.returncode == 0, text
    jobs, reasons = asked(folder)
    assert jobs == in_table_of_jobs(text)
    assert reasons == in_list_of_reasons(text)
    return jobs, reasons


def test_plan_of_a_fresh_campaign_counts_every_job_and_runs_none(workflow_copy):
    folder = workflow_copy("planned")
    done = plan(folder)
    assert done.returncode == 0, done.stderr
    rows = rows_of(done.stdout)
    assert rows["slurry"][1:4] == ["2", "0", "2"]
    assert rows["voxels"][1:4] == ["8", "0", "8"]
    assert "on 2 node(s)" in done.stdout
    assert "output files have to be generated" in done.stdout
    assert not (folder / "results").exists()


def test_plan_of_a_begun_campaign_is_that_of_a_dry_run(workflow_copy):
    """Changed code and a job that was cut off count as they do with the profile of a plain run."""
    folder = workflow_copy("begun")
    recipe = "results/test/AM_1/sc50/recipe.json"
    tables = "results/test/tables/measured_cells.csv"
    made = snakemake(folder, recipe, tables, *TEST)
    assert made.returncode == 0, made.stdout + made.stderr
    jobs, _ = assert_planned_as_a_dry_run_does(folder)
    assert "recipe" not in jobs
    assert "measurements" not in jobs

    with (folder / "scripts/recipe.py").open("a") as script:
        script.write("# changed\n")
    # Snakemake marks an output by a file of this name while the job that makes it runs.
    for path in (folder / ".snakemake/metadata").iterdir():
        if json.loads(path.read_text())["rule"] == "measurements":
            (folder / ".snakemake/incomplete" / path.name).write_text("{}")
    jobs, reasons = assert_planned_as_a_dry_run_does(folder)
    assert jobs["recipe"] == jobs["measurements"] == 1
    assert reasons["code has changed since last execution"] == ["recipe"]
    assert reasons["forced"] == ["measurements"]  # by rerun-incomplete of the profile


def test_plan_of_a_finished_campaign_has_nothing_to_run(finished):
    assert asked(finished) == [{}, {}]
    done = plan(finished)
    assert done.returncode == 0, done.stderr
    planned, used = done.stdout.split("Predicted and used by the run that is there:")
    assert rows_of(planned)["slurry"][1:4] == ["2", "2", "0"]
    assert "Nothing to run" in planned
    assert len(rows_of(used)["slurry"]) == 5


def test_plan_of_a_faulty_config_says_what_is_wrong(workflow_copy):
    folder = workflow_copy("faulty")
    (folder / "config/bad.yaml").write_text("campaign: bad\n")
    done = plan(folder, "config/bad.yaml")
    assert done.returncode == 2
    assert "config: matrix" in done.stderr
    assert "Traceback" not in done.stderr


def test_plan_that_snakemake_refuses_says_why(workflow_copy):
    folder = workflow_copy("refused")
    (folder / "workflow/rules/line.smk").unlink()
    done = plan(folder)
    assert done.returncode == 2
    assert "line.smk" in done.stderr
    assert "castline: error: config/test.yaml: Snakemake cannot plan it" in done.stderr


def test_a_folder_without_a_snakefile_plans_with_castlines_own(tmp_path):
    config = PROJECT / "config/test.yaml"
    done = castline(tmp_path, "plan", str(config), package=WORKFLOW)
    assert done.returncode == 0, done.stderr
    assert rows_of(done.stdout)["slurry"][1:4] == ["2", "0", "2"]


def test_no_physics_imports_snakemake():
    code = (
        "import pkgutil, sys, importlib, castline\n"
        "for found in pkgutil.walk_packages(castline.__path__, 'castline.'):\n"
        "    if found.name != 'castline.campaign.dry_run':\n"
        "        importlib.import_module(found.name)\n"
        "print([name for name in sys.modules if name.split('.')[0] == 'snakemake'])"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert answer.stdout.strip() == "[]", answer.stderr
