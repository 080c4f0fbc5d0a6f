"""Two hundred damaged configs: one clear error each, or a campaign that means what they say."""

import math
import os
import random
import signal
from collections import Counter
from pathlib import Path

import pytest
import yaml
from fault_campaign import Campaign
from mutations import DELETED, Mutation, mutations

from castline.base.errors import ConfigError
from castline.campaign.config import Campaign as CampaignModel
from castline.campaign.config import load_campaign, read_campaign

COUNT = 200
SEED = int(os.environ.get("CASTLINE_FAULT_SEED", "1"))
PLANS = int(os.environ.get("CASTLINE_FAULT_PLANS", "2"))
# Far above the second that the largest takes, so that a slow machine does not fail it.
SECONDS = 60
LONGEST_LINE = 600


def load(mutation: Mutation, folder: Path) -> CampaignModel:
    """The campaign that a damaged file makes or belongs to."""
    path = folder / "damaged.yaml"
    path.write_bytes(mutation.content)
    if mutation.kind == "campaign":
        return read_campaign(path)
    campaign = yaml.safe_load(Path("config/test.yaml").read_text())
    if mutation.kind == "measurements":
        return load_campaign({**campaign, "measurements": str(path)})
    return load_campaign({**campaign, "force_fields": {Path(mutation.base).stem: str(path)}})


def check_message(mutation: Mutation, message: str) -> None:
    """One printable line a fault, which names the key, or its section."""
    lines = message.splitlines()
    assert lines, mutation.what
    for line in lines:
        assert line.isprintable(), (mutation.what, line)
        assert len(line) <= LONGEST_LINE, (mutation.what, line)
    names = [str(key) for key in mutation.path if isinstance(key, str)]
    if names:
        assert any(name in message for name in names), (mutation.what, message)


def check_meaning(mutation: Mutation, campaign: CampaignModel) -> None:
    """An accepted campaign holds the value that the file gives, not another reading of it."""
    if mutation.kind != "campaign" or not mutation.path or mutation.value is DELETED:
        return
    value = campaign.model_dump(mode="json")
    for key in mutation.path:
        if key not in value and isinstance(value, dict):
            return  # a renamed section of free names, such as a distribution
        value = value[key]
    assert not isinstance(mutation.value, bool), mutation.what
    if isinstance(value, int | float):
        assert math.isclose(value, float(mutation.value)), mutation.what


def on_alarm(*_):
    raise TimeoutError


def test_damaged_configs_are_refused_in_words_or_understood(tmp_path, capsys):
    counts = Counter()
    signal.signal(signal.SIGALRM, on_alarm)
    for mutation in mutations(COUNT, SEED):
        signal.alarm(SECONDS)
        try:
            campaign = load(mutation, tmp_path)
        except ConfigError as error:
            check_message(mutation, str(error))
            counts[f"{mutation.kind}, refused"] += 1
        else:
            check_meaning(mutation, campaign)
            counts[f"{mutation.kind}, accepted"] += 1
        finally:
            signal.alarm(0)
    with capsys.disabled():
        print(f"\n{COUNT} damaged configs: {dict(sorted(counts.items()))}")
    assert sum(counts.values()) == COUNT
    assert not Path("pwned").exists()


@pytest.mark.workflow
def test_snakemake_plans_or_refuses_damaged_campaigns(workflow_copy, tmp_path, capsys):
    """The same files through the command line: exit status and message agree with the loader.

    Files that Snakemake's own reader, which comes first, ends with its traceback are not among
    them: no plain YAML (`castline check`, which `make` runs before, refuses those).
    """
    folder = workflow_copy("plans")
    damaged = [m for m in mutations(5 * COUNT, SEED + 1) if m.kind == "campaign" and m.path]
    random.Random(SEED).shuffle(damaged)
    counts = Counter()
    for mutation in damaged[:PLANS]:
        try:
            load(mutation, tmp_path)
            expected = 0
        except ConfigError as error:
            expected, message = 1, str(error).splitlines()[0]
        (folder / "config/faults.yaml").write_bytes(mutation.content)
        status, output = Campaign(folder, targets=["all"]).finish("-n")
        assert (status != 0) == expected, (mutation.what, output)
        assert "Traceback" not in output, mutation.what
        if expected:
            # a file that the loader refuses is named there by its own path
            assert message.split(": ", 1)[-1] in output, (mutation.what, output)
        counts["refused" if expected else "planned"] += 1
    with capsys.disabled():
        print(f"\nthrough snakemake -n: {dict(counts)}")
    assert sum(counts.values()) == PLANS
