"""The test campaign as an archive."""

import json

import pytest
import yaml
from campaign_runs import TEST, snakemake

from castline.campaign.given import simulated_files
from castline.exchange.archive import unpack
from castline.line.order import LINE

pytestmark = pytest.mark.workflow


def test_an_archive_holds_the_campaign_and_what_it_was_given(finished, tmp_path):
    done = snakemake(finished, "archive", *TEST)
    assert done.returncode == 0, done.stdout + done.stderr
    root = finished / "results/test"
    names = set(unpack(root / "castline-test.zip", tmp_path))
    tables = {f"tables/{path.name}" for path in (root / "tables").iterdir()}
    figures = {f"figures/{path.name}" for path in (root / "figures").iterdir()}
    simulated = {f"AM_1/sc50/r{k}/{file}" for k in (1, 2) for file in simulated_files(LINE)}
    assert tables | figures | simulated <= names
    assert {"campaign.json", "summary.txt", "CITATION.cff", ".zenodo.json"} <= names
    assert "inputs/castline/config/forcefields/slurry.yaml" in names
    for name in tables | figures | simulated:
        assert (tmp_path / name).read_bytes() == (root / name).read_bytes(), name
    crate = json.loads((tmp_path / "ro-crate-metadata.json").read_text())
    [root_entity] = [entity for entity in crate["@graph"] if entity["@id"] == "./"]
    assert root_entity["license"] == {"@id": "https://spdx.org/licenses/BSD-3-Clause"}
    assert yaml.safe_load((tmp_path / "CITATION.cff").read_text())["type"] == "dataset"


def test_a_campaign_that_is_nobodys_is_not_archived(workflow_copy):
    refused = snakemake(
        workflow_copy("nobodys"), "archive", "-n", "--configfile", "config/demo.yaml"
    )
    assert refused.returncode != 0
    assert "campaign demo has no publication section" in refused.stdout + refused.stderr
