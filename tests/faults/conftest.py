"""A tiny campaign run once without interruption, and fresh copies of its workflow."""

import itertools

import pytest
from fault_campaign import Campaign, write_config


@pytest.fixture(scope="session")
def new_campaign(workflow_copy):
    """Make a campaign in a folder of its own."""
    numbers = itertools.count()

    def make(**settings) -> Campaign:
        folder = workflow_copy(f"it's a $(touch pwned) & campaign {next(numbers)} ")
        write_config(folder)
        return Campaign(folder, **settings)

    return make


@pytest.fixture(scope="session")
def reference(new_campaign) -> Campaign:
    """The campaign that nothing disturbed."""
    campaign = new_campaign()
    status, output = campaign.finish()
    assert status == 0, output
    return campaign
