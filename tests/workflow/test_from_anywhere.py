"""The workflow away from its clone: other folders, odd paths, a wheel, a module of another one."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml
from campaign_runs import SNAKEMAKE, snakemake
from faults.mounts import read_only

from castline.base.paths import PROJECT, WORKFLOW

pytestmark = pytest.mark.workflow

TINY = """
campaign: tiny
matrix:
  solid_content_percent: ["50"]
  psds:
    AM_1: {d50_um: 4.0, sigma: 0.355, classes: 2}
recipe: {dry_mass_g: 4.0e-10}
slurry: {energy_tolerance: 0.5, volume_tolerance: 0.1}
viscosity: {shear_rates_per_s: [100]}
"""
CELL = "results/tiny/AM_1/sc50"
PLAN = ("-n", "--quiet", "host")  # with the jobs, which the profile leaves out


def planned(done) -> str:
    """Output of a dry run that went well."""
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def elsewhere(tmp_path) -> Path:
    """A user's folder with a campaign file."""
    folder = tmp_path / "Größe und Maß"
    folder.mkdir()
    (folder / "mine.yaml").write_text(TINY)
    return folder


def test_the_default_campaign_is_planned_in_any_folder(tmp_path):
    text = planned(snakemake(tmp_path, *PLAN, "-s", str(PROJECT / "Snakefile")))
    assert "results/demo/AM_1/sc48/recipe.json" in text
    assert str(PROJECT / "config/forcefields/slurry.yaml") in text
    assert str(PROJECT / "examples/synthetic_measurements/measurements.yaml") in text


def test_the_directory_option_moves_results_and_nothing_else(tmp_path):
    config = str(PROJECT / "config/test.yaml")
    done = snakemake(PROJECT, *PLAN, "--directory", str(tmp_path), "--configfile", config)
    assert "results/test/AM_1/sc50/recipe.json" in planned(done)


def test_a_stage_runs_with_blanks_and_umlauts_in_a_locale_of_c(elsewhere, workflow_copy):
    clone = workflow_copy("clone").rename(elsewhere.parent / "mein Klön")
    target = f"{CELL}/r1/slurry.dump.gz"
    options = ["-s", str(clone / "Snakefile"), "--configfile", "mine.yaml"]
    done = snakemake(elsewhere, target, *options, LC_ALL="C", PYTHONPATH=str(clone / "workflow"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert (elsewhere / target).exists()


def test_a_read_only_clone_is_enough(elsewhere, workflow_copy):
    clone = workflow_copy("read_only")
    with read_only(clone):
        done = snakemake(
            elsewhere,
            f"{CELL}/recipe.json",
            *("-s", str(clone / "Snakefile"), "--configfile", "mine.yaml"),
            PYTHONPATH=str(clone / "workflow"),
        )
    assert done.returncode == 0, done.stdout + done.stderr
    assert (elsewhere / CELL / "recipe.json").exists()


def test_files_of_a_campaign_lie_in_the_users_folder(elsewhere):
    config = yaml.safe_load(TINY)
    config["matrix"]["psds"] = {"own": {"csv": "meine Körner.csv"}}
    path = elsewhere / "mine.yaml"
    path.write_text(yaml.safe_dump(config))
    table = elsewhere / "meine Körner.csv"
    table.write_bytes((PROJECT / "config/psd/example.csv").read_bytes())
    options = [*PLAN, "-s", str(PROJECT / "Snakefile"), "--configfile", "mine.yaml"]
    assert "input: meine Körner.csv" in planned(snakemake(elsewhere, *options))
    config["matrix"]["psds"] = {"own": {"csv": "config/psd/example.csv"}}
    path.write_text(yaml.safe_dump(config))
    refused = snakemake(elsewhere, *options)
    assert refused.returncode != 0
    assert "config/psd/example.csv: not there" in refused.stdout + refused.stderr
    assert "castline ships castline:config/psd/example.csv" in refused.stdout + refused.stderr


def test_campaign_files_that_are_merged_are_named(elsewhere):
    (elsewhere / "more.yaml").write_text("matrix: {psds: {AM_2: {d50_um: 4.2, classes: 2}}}\n")
    options = [*PLAN, "-s", str(PROJECT / "Snakefile"), "--configfile", "mine.yaml", "more.yaml"]
    text = planned(snakemake(elsewhere, *options))
    [line] = [line for line in text.splitlines() if "more.yaml gives" in line]
    assert line.endswith("more.yaml gives matrix.psds.AM_2")
    assert "merged" not in planned(snakemake(elsewhere, *options[:-1]))


MODULE = """
configfile: "electrodes.yaml"

module castline:
    snakefile: "{snakefile}"
    config: config["electrodes"]

use rule * from castline{renamed}

rule own:
    default_target: True
    input: "{cell}/recipe.json"
    output: "copied.json"
    shell: "cp '{{input}}' {{output}}"
"""


@pytest.mark.parametrize("renamed", ["", " as castline_*"])
def test_another_workflow_uses_castline_as_a_module(tmp_path, renamed):
    given = {"snakefile": WORKFLOW / "Snakefile", "cell": CELL, "renamed": renamed}
    (tmp_path / "Snakefile").write_text(MODULE.format(**given))
    # the other workflow's own keys may be what castline refuses in a campaign file
    own = "base: &base {key: 1}\nmerged: {<<: *base}\n"
    electrodes = yaml.safe_dump({"electrodes": yaml.safe_load(TINY)})
    (tmp_path / "electrodes.yaml").write_text(electrodes + own)
    name = "castline_figure_psd" if renamed else "figure_psd"
    done = snakemake(tmp_path, "own", name)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "copied.json").read_bytes() == (tmp_path / CELL / "recipe.json").read_bytes()
    assert (tmp_path / "results/tiny/figures/figureS3_psd.svg").exists()


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """What `pip install` of the wheel puts beside the dependencies."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index"]
    command += ["--no-build-isolation", "--wheel-dir", str(folder), str(PROJECT)]
    subprocess.run(command, check=True)
    [wheel] = folder.glob("castline-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def test_a_folder_made_by_the_wheel_plans_its_campaign(installed, tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    command = [sys.executable, "-m", "castline.cli", "init", "my_campaign"]
    subprocess.run(command, cwd=tmp_path, env=environment, check=True)
    done = subprocess.run(
        [*SNAKEMAKE, *PLAN],
        cwd=tmp_path / "my_campaign",
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    text = planned(done)
    assert f"{installed}/castline/project/config/forcefields/slurry.yaml" in text
    assert "results/my_campaign/AM_2/sc52/recipe.json" in text


def test_the_wheel_carries_every_file_of_the_workflow(installed):
    folders = ("workflow", "scripts", "config", "profiles", "examples")
    project = installed / "castline/project"
    left_out = {"castline", "__pycache__"}
    for folder in folders:
        for path in (PROJECT / folder).rglob("*"):
            name = path.relative_to(PROJECT)
            if path.is_file() and not left_out & set(name.parts):
                assert (project / name).read_bytes() == path.read_bytes(), name
