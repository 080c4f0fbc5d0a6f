"""A campaign of pressed powders, planned by Snakemake: its jobs, and what it refuses."""

import re

import pytest
import yaml
from campaign_runs import snakemake

pytestmark = pytest.mark.workflow


@pytest.fixture(scope="module")
def folder(workflow_copy):
    return workflow_copy("powder")


def test_pellets_are_planned_without_anything_of_a_slurry(folder):
    plan = snakemake(folder, "-n", "--configfile", "config/pellet.yaml")
    text = plan.stdout + plan.stderr
    assert plan.returncode == 0, text
    jobs = dict(re.findall(r"^(\w+) +(\d+)$", text, re.MULTILINE))
    assert {jobs[stage] for stage in ("settling", "calendering", "assembling")} == {"12"}
    assert jobs["voxels"] == jobs["transport"] == "36"
    assert jobs["mechanics"] == jobs["figure_mechanics"] == jobs["summary"] == "1"
    slurries = {"slurry", "viscosity", "drying", "flow_curves", "trends", "impedance_prediction"}
    assert not slurries & set(jobs)


def test_a_section_of_slurries_ends_with_its_line(folder):
    config = yaml.safe_load((folder / "config/pellet.yaml").read_text())
    config["viscosity"] = {"shear_rates_per_s": [100]}
    (folder / "config/wet.yaml").write_text(yaml.safe_dump(config))
    plan = snakemake(folder, "-n", "--configfile", "config/wet.yaml")
    assert plan.returncode != 0
    assert "config: viscosity: no section of route: powder" in plan.stdout + plan.stderr
