"""The test campaign, run once for all workflow tests."""

from pathlib import Path

import pytest
from campaign_runs import TEST, snakemake


@pytest.fixture(scope="session")
def finished(workflow_copy) -> Path:
    """The test campaign, run once without interruption."""
    folder = workflow_copy("finished")
    done = snakemake(folder, *TEST)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder
