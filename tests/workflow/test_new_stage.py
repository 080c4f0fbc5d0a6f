"""A stage declared once is known everywhere: a module, a LAMMPS input, its place in the order."""

import json
import os
import shutil
import subprocess
import sys

import frictionless
import pandas as pd
import pytest
import toy_stage
from campaign_runs import TEST, snakemake

pytestmark = pytest.mark.workflow


def python(folder, *arguments):
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(folder / "workflow")},
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def grown(finished, tmp_path_factory):
    """The finished test campaign with the stage added: its plan, then its run."""
    folder = tmp_path_factory.mktemp("grown") / "campaign"
    shutil.copytree(finished, folder, symlinks=True)
    toy_stage.add_to(folder)
    plan = python(folder, "-m", "castline.cli", "plan", "config/test.yaml")
    done = snakemake(folder, *TEST, PYTHONPATH=str(folder / "workflow"))
    assert done.returncode == 0, done.stdout + done.stderr
    return folder, plan, done.stdout + done.stderr


def test_it_is_planned_with_a_cost(grown):
    _, plan, _ = grown
    [row] = [line.split() for line in plan.splitlines() if line.startswith("resting ")]
    assert row[1:4] == ["2", "0", "2"]
    assert 0 < float(row[4]) < 0.1  # core-hours each
    assert row[6].startswith("x/")


def test_only_it_and_what_stands_on_it_runs(grown, finished):
    folder, _, _ = grown
    for name in ("slurry", "viscosity", "drying", "calendering", "assembling"):
        sidecar = f"results/test/AM_1/sc50/r1/{name}.json"
        assert (folder / sidecar).stat().st_mtime_ns == (finished / sidecar).stat().st_mtime_ns
    again = snakemake(folder, *TEST, "-n", PYTHONPATH=str(folder / "workflow"))
    assert "Nothing to be done" in again.stdout + again.stderr


def test_progress_counts_it(grown):
    folder, _, output = grown
    assert "2 of 2 simulations done" in output  # of this run: all others are there already
    plan = json.loads((folder / "results/test/work/plan.json").read_text())
    assert "resting" in plan["simulations"]
    assert sum(job["rule"] == "resting" for job in plan["jobs"]) == 2


def test_its_files_are_there(grown):
    folder, _, _ = grown
    cell = folder / "results/test/AM_1/sc50/r2"
    sidecar = json.loads((cell / "resting.json").read_text())
    assert sidecar["parameters"] == {"steps": 400}
    assert sidecar["cost"]["core_seconds"] > 0
    for name in ("rested.dump.gz", "rested.data", "rested.vti", "resting.csv"):
        assert (cell / name).stat().st_size > 0, name
    assert (folder / "logs/test/resting/AM_1_sc50_r2.tsv").exists()
    assert (folder / "logs/test/resting/AM_1_sc50_r2.log").exists()


def test_its_numbers_are_in_the_tables_and_described(grown):
    folder, _, _ = grown
    tables = folder / "results/test/tables"
    resting = pd.read_csv(tables / "resting.csv")
    assert list(resting) == [*("psd", "solid_content_percent", "replicate"), "step", "kinetic_fj"]
    assert resting["replicate"].unique().tolist() == [1, 2]
    assert "kinetic energy of the resting film" in (tables / "README.md").read_text()
    package = json.loads((tables / "datapackage.json").read_text())
    assert "resting" in {resource["name"] for resource in package["resources"]}
    assert frictionless.validate(str(tables / "datapackage.json")).valid
    assert set(pd.read_csv(tables / "cost.csv")["stage"]) >= {"resting", "calendering"}
    for name in ("structure", "transport", "profiles"):
        assert "rested" in set(pd.read_csv(tables / f"{name}.csv")["state"]), name


def test_it_is_in_the_scheme_of_the_workflow(grown):
    folder, _, _ = grown
    scheme = (folder / "results/test/figures/figure2_workflow.svg").read_text()
    assert "resting" in scheme


def test_a_dry_search_is_known_by_it_and_its_section_is_in_the_reference(grown):
    folder, _, _ = grown
    code = (
        "import json; from castline.calibration.space import physics; "
        "print(json.dumps([sorted(physics(search)) for search in ('slurry', 'dry')]))"
    )
    slurry, dry = json.loads(python(folder, "-c", code))
    assert {"castline.line.resting", "resting.lmp"} <= set(dry)
    assert not {"castline.line.resting", "resting.lmp"} & set(slurry)
    reference = "from castline.campaign.config_docs import reference; print(reference())"
    assert "steps of the rest" in python(folder, "-c", reference)
