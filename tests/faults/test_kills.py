"""Kill -9 at random moments of every stage: nothing is lost, nothing is wrong.

CASTLINE_FAULT_KILLS kills (3 unless given) are spread over the stages; `make test-faults` makes
100. Each campaign is killed up to four times in every stage it passes, then finished and compared.
"""

import os
import random
from collections import Counter

import pytest
from fault_campaign import (
    STAGES,
    Campaign,
    Kill,
    differences,
    kill_in,
    litter,
    wait_until_dead,
)

KILLS = int(os.environ.get("CASTLINE_FAULT_KILLS", "3"))
SEED = int(os.environ.get("CASTLINE_FAULT_SEED", "1"))
KILLS_PER_STAGE = 4
# Mostly everything at once, as a power cut does; at times Snakemake or one job alone.
HOW = ["group"] * 4 + ["snakemake", "job"]

pytestmark = pytest.mark.workflow


def finish_and_compare(campaign: Campaign, reference: Campaign) -> None:
    """The campaign ends well, with the reference's results and without litter."""
    status, output = campaign.finish()
    assert status == 0, output
    results = campaign.published()
    assert differences(results, reference.published()) == []
    assert set(results) == set(reference.published())
    assert litter(campaign) == []
    again = campaign.finish("-n")[1]
    assert "Nothing to be done" in again


def test_killed_campaigns_end_with_the_same_results(reference, new_campaign, capsys):
    rng = random.Random(SEED)
    kills: list[Kill] = []
    campaigns, stages = 0, list(STAGES)
    if len(stages) > KILLS:
        stages = sorted(rng.sample(stages, KILLS), key=stages.index)
    while len(kills) < KILLS:
        campaign = new_campaign()
        campaigns += 1
        for stage in stages:
            for _ in range(min(KILLS_PER_STAGE, max(1, KILLS // len(stages)))):
                if not campaign.pending(stage, reference.rule_of_output()):
                    break
                how = rng.choice(HOW)
                kill = kill_in(campaign, stage, how, reference, rng)
                if kill is None:
                    break
                kills.append(kill)
                if how == "group":
                    assert wait_until_dead(campaign) == []
                assert differences(campaign.published(), reference.published()) == [], kill
                with capsys.disabled():
                    print(
                        f"kill {len(kills)}: {how} in {stage}, running {kill.running}", flush=True
                    )
        finish_and_compare(campaign, reference)
    by_stage = Counter(kill.stage for kill in kills)
    with capsys.disabled():
        print(f"\n{len(kills)} kills in {campaigns} campaigns: {dict(by_stage)}")
        print(f"what was killed: {dict(Counter(kill.how for kill in kills))}")
        hits = sum(bool(set(kill.running) & set(STAGES[kill.stage])) for kill in kills)
        print(f"the stage that was aimed at still ran at {hits} of them")
        print("results lost: 0, wrong results: 0, half-written files: 0, locks left: 0")
    assert set(by_stage) == set(stages)
