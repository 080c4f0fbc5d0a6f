"""Clock jumps, and two Snakemakes on one campaign."""

import os
import random
import shutil
import time

import pytest
from fault_campaign import LONG, Campaign, differences, wait_until_dead

HOUR = 3600.0

pytestmark = [
    pytest.mark.workflow,
    pytest.mark.skipif(not LONG, reason="minutes; in `make test-faults`"),
]


def marker_contents(campaign: Campaign) -> dict[str, bytes]:
    """What the LAMMPS stages have computed so far."""
    return {str(p): p.read_bytes() for p in campaign.results.rglob("work/*/segment-*.json")}


def copy_of(reference: Campaign, folder) -> Campaign:
    """The finished campaign again, where the same files have the same times."""
    shutil.copytree(reference.folder, folder, symlinks=True)
    return Campaign(folder)


@pytest.mark.parametrize("jump_hours", ["each file another", -7.0, 5.0])
def test_clock_jump_loses_nothing(reference, tmp_path, capsys, jump_hours):
    """Results dated hours back or ahead: equal results, and no LAMMPS segment computed again."""
    campaign, rng = copy_of(reference, tmp_path / "jumped"), random.Random(1)
    files = [
        p for p in sorted(campaign.results.rglob("*")) if p.is_file() and "work" not in p.parts
    ]
    for path in files:
        hours = rng.uniform(-9, 9) if isinstance(jump_hours, str) else jump_hours
        moved = path.stat().st_mtime + hours * HOUR
        os.utime(path, (moved, moved))
    before = marker_contents(campaign)
    (campaign.results / "tables/transport.csv").unlink()  # something is left to do
    status, output = campaign.finish()
    assert status == 0, output
    assert marker_contents(campaign) == before
    results = campaign.published()
    assert differences(results, reference.published()) == []
    assert set(results) == set(reference.published())
    jobs = output.count("Finished jobid")
    with capsys.disabled():
        print(f"\nclock jump {jump_hours}: {jobs} jobs ran, results equal, no segment again")


def test_second_snakemake_is_refused_and_harms_nothing(reference, new_campaign):
    first = new_campaign()
    second = Campaign(first.folder, label="second")
    process = first.start()
    deadline = time.monotonic() + 600
    refusals = 0
    while process.poll() is None:
        assert time.monotonic() < deadline, first.output()
        if not list(first.results.rglob("work/*/segment-0000.json")):
            time.sleep(0.1)
            continue
        status, output = second.finish()
        if process.poll() is not None:
            break
        assert status != 0
        assert "Traceback" not in output
        lines = [line for line in output.splitlines() if "in use by process" in line]
        assert len(set(lines)) == 1, output
        refusals += 1
    assert process.returncode == 0, first.output()
    assert refusals >= 1
    assert differences(first.published(), reference.published()) == []
    assert set(first.published()) == set(reference.published())
    assert wait_until_dead(first) == []
