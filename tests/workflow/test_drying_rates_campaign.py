"""A campaign with several drying rates, planned by Snakemake."""

import re

import pytest
from campaign_runs import snakemake

pytestmark = pytest.mark.workflow


def test_every_rate_is_an_electrode_with_its_table_and_figure(workflow_copy):
    folder = workflow_copy("rates")
    plan = snakemake(folder, "-n", "--configfile", "config/drying_rates.yaml")
    text = plan.stdout + plan.stderr
    assert plan.returncode == 0, text
    jobs = dict(re.findall(r"^(\w+) +(\d+)$", text, re.MULTILINE))
    assert {jobs[stage] for stage in ("slurry", "drying", "calendering", "assembling")} == {"12"}
    assert jobs["viscosity"] == "4"
    assert jobs["drying_rates"] == jobs["figure_drying_rates"] == "1"
