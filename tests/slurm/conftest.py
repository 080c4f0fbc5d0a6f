"""A running Slurm, and campaigns to send to it."""

import pytest
from toy_campaign import Campaign
from toy_slurm import SlurmError, ToySlurm, missing_programs


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
def campaign(cluster, workflow_copy, request):
    """A fresh small campaign."""
    made = Campaign(workflow_copy(request.node.name[:40]), cluster)
    yield made
    made.end()
    try:
        cluster.cancel_all()
    except SlurmError:
        # the next test starts on a fresh node rather than failing for this one
        cluster.kill_node()
        cluster.start_node()
        cluster.cancel_all()


@pytest.fixture(scope="session")
def uninterrupted(cluster, workflow_copy):
    """The small campaign, sent to Slurm once and left alone until its tables are written."""
    made = Campaign(workflow_copy("uninterrupted"), cluster)
    made.start("results/toy/summary.txt")
    made.finish()
    return made
