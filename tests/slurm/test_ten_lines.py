"""The lines of profiles/README.md, followed to the letter: from a clone to results on a cluster."""

import re
import subprocess
from pathlib import Path

import pytest
from toy_campaign import PATIENCE

pytestmark = [pytest.mark.slurm, pytest.mark.timeout(3600)]

REPOSITORY = Path(__file__).resolve().parents[2]
# What no script can follow: the cluster's own module system, an editor, a terminal that stays. The
# toy's Snakemake is the installed one, which looks at its jobs every second.
STANDINS = f"""
set -euo pipefail
module() {{ test "$1" = load; }}
nano() {{ test -f "$1"; grep -q "slurm_partition" "$1"; }}
tmux() {{ test "$*" = "new -s castline"; }}
snakemake() {{ python {Path(__file__).with_name("toy_snakemake.py")} "$@"; }}
"""


def lines_to_follow() -> str:
    """The first block of the page, with the address and the campaign of this test filled in."""
    page = (REPOSITORY / "profiles/README.md").read_text()
    block = re.search(r"^```\n(.*?)^```", page, re.MULTILINE | re.DOTALL)[1]
    assert block.count("<address>") == 1
    assert block.count("config/paper.yaml") == 2
    return block.replace("<address>", str(REPOSITORY)).replace("paper.yaml", "test.yaml")


def test_a_newcomer_gets_from_the_clone_to_the_tables(cluster, tmp_path):
    """Clones what is committed, installs the lock, plans, and runs the test campaign."""
    environment = {
        name: value
        for name, value in cluster.environment.items()
        if name not in ("PYTHONPATH", "VIRTUAL_ENV")
    }
    done = subprocess.run(
        ["bash", "-c", STANDINS + lines_to_follow()],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, f"{cluster.logs()}\n{done.stdout[-6000:]}"
    assert re.search(r"^slurry +2 +0 +2 ", done.stdout, re.MULTILINE)  # the plan: none is there yet
    clone = tmp_path / "castline"
    assert (clone / "results/test/summary.txt").exists()
    assert (clone / "results/test/tables/transport.csv").exists()
    rules = list(cluster.jobs_of(clone).values())
    assert rules.count("slurry") == 2
    assert rules.count("calendering") == 2
