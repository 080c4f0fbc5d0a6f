"""Print what a campaign would run and cost: `make plan CONFIG=config/mine.yaml NODES=4`."""

import argparse
import subprocess
import sys
from pathlib import Path

from castline.base.errors import CastlineError
from castline.campaign.config import read_campaign
from castline.campaign.cost_model import read_runs
from castline.campaign.plan import jobs_to_run, plan_text, reasons, used_text
from castline.campaign.prediction import Planner


def dry_run(config: str) -> str:
    """What `snakemake -n` prints; ends the program with its message if it refuses."""
    command = [str(Path(sys.executable).parent / "snakemake"), "--dry-run"]
    answer = subprocess.run(
        [*command, "--cores", "1", "--configfile", config],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if answer.returncode != 0:
        sys.exit(answer.stdout)
    return answer.stdout


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config", help="campaign YAML")
    parser.add_argument("--nodes", type=int, default=1, help="nodes of 40 cores (default: 1)")
    arguments = parser.parse_args()
    text = dry_run(arguments.config)
    try:
        campaign = read_campaign(arguments.config)
        planner = Planner(campaign, Path("results"))
        print(plan_text(planner, jobs_to_run(text), reasons(text), arguments.nodes))
        cost = Path("results") / campaign.campaign / "tables/cost.csv"
        if cost.exists():
            print("Predicted and used by the run that is there:")
            print(
                used_text(
                    Planner(campaign, Path("results"), without=campaign.campaign), read_runs(cost)
                )
            )
    except CastlineError as error:
        sys.exit(str(error))


main()
