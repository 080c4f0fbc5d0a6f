"""The films of published composites, as Snakemake plans them."""

import re

import pytest
from campaign_runs import snakemake

pytestmark = pytest.mark.workflow


def test_every_film_is_a_job_of_its_own(workflow_copy):
    folder = workflow_copy("composites")
    config = ["--configfile", "config/composites.yaml"]
    only = ["--config", "composites={only: [ketter_2025_fine], replicates: 2}"]
    planned = snakemake(folder, "validate_composites", "-n", *config, *only)
    assert planned.returncode == 0, planned.stdout + planned.stderr
    jobs = dict(re.findall(r"^(composite\w*) +(\d+)$", planned.stdout + planned.stderr, re.M))
    # one composite of the set, and the six samples of the set that has its pure powders
    assert jobs == {"composite_film": "14", "composite_transport": "14", "composites": "1"}
    refused = snakemake(folder, "validate_composites", "-n")
    assert refused.returncode != 0
    assert "campaign demo has no composites section" in refused.stdout + refused.stderr
