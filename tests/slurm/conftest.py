"""A running Slurm, and campaigns to send to it."""

import pytest
from toy_campaign import Campaign
from toy_slurm import ToySlurm, missing_programs


@pytest.fixture(scope="session")
def cluster(tmp_path_factory):
    """Slurm with one node of 40 CPUs; its absence is a failure, never a skip."""
    if missing := missing_programs():
        pytest.fail(
            f"no {', '.join(missing)} here; apt-get install --no-install-recommends "
            "slurmctld slurmd slurm-client munge"
        )
    slurm = ToySlurm(tmp_path_factory.mktemp("slurm"))
    try:
        slurm.start()
        yield slurm
    finally:
        slurm.stop()


@pytest.fixture
def campaign(cluster, uninterrupted, workflow_copy, request):
    """A fresh small campaign that has its recipe."""
    made = Campaign(workflow_copy(request.node.name[:40]), cluster)
    made.take_recipe_of(uninterrupted)
    yield made
    made.end()
    cluster.clear()


@pytest.fixture(scope="session")
def uninterrupted(cluster, workflow_copy):
    """The small campaign, sent to Slurm once and left alone until its tables are written."""
    made = Campaign(workflow_copy("uninterrupted"), cluster)
    made.start("results/toy/summary.txt")
    made.finish()
    return made
