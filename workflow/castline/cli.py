"""The ``castline`` command. Each sub-command is a pair: its arguments and what it runs."""

import argparse
import os
import sys
from pathlib import Path

from castline import __version__
from castline.base.errors import CastlineError
from castline.commands import conductivity, init, measured, status, verify, voxelise
from castline.commands.parsing import count


class _Parser(argparse.ArgumentParser):
    """Reports a wrong command line in one line."""

    def error(self, message):
        self.exit(2, f"{self.prog}: error: {message} (see {self.prog} --help)\n")


def main(argv=None):
    """Run a sub-command; returns the exit code, 2 for anything wrong with the input."""
    parser = _Parser(prog="castline", description="Solid-state battery cathodes in silico.")
    parser.add_argument("--version", action="version", version=f"castline {__version__}")
    commands = parser.add_subparsers(metavar="command", required=True)
    init.add(commands)
    _add_check(commands)
    _add_plan(commands)
    status.add(commands)
    verify.add(commands)
    conductivity.add(commands)
    voxelise.add(commands)
    measured.add(commands)
    arguments = parser.parse_args(argv)
    try:
        return arguments.run(arguments) or 0
    except CastlineError as error:
        print(f"castline: error: {error}", file=sys.stderr)
        return 2
    except MemoryError as error:
        print(f"castline: error: not enough memory: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader of a pipe has seen enough; nothing is left to be flushed
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _add_check(commands):
    parser = commands.add_parser(
        "check",
        help="check a campaign file and all that it names",
        description="Check a campaign file and all that it names, and print the campaign's name. "
        "Check a file from somebody else before Snakemake sees it: Snakemake's own reader runs "
        "Python expressions in a file that asks for it.",
    )
    parser.add_argument("config", type=Path, help="campaign YAML")
    parser.set_defaults(run=_check)


def _check(arguments):
    from castline.campaign.config import read_campaign

    print(read_campaign(arguments.config).campaign)


def _add_plan(commands):
    parser = commands.add_parser(
        "plan",
        help="what a campaign would run and cost",
        description="Print what a campaign would run, why, and what that would cost, before it "
        "runs. Call it in the folder where Snakemake is called, which has the results.",
    )
    parser.add_argument("config", type=Path, help="campaign YAML")
    parser.add_argument(
        "--nodes", type=count, default=1, help="nodes of 40 cores that are free; default: 1"
    )
    parser.set_defaults(run=_plan)


def _plan(arguments):
    from castline.campaign.config import read_campaign
    from castline.campaign.cost_model import read_runs
    from castline.campaign.plan import plan_text, used_text
    from castline.campaign.prediction import Planner

    campaign = read_campaign(arguments.config)
    # Snakemake takes a second to import; a faulty campaign file is reported without it.
    from castline.campaign.dry_run import dry_run

    found = dry_run(arguments.config)
    results = Path("results")
    planner = Planner(campaign, results)
    print(plan_text(planner, found.jobs, found.reasons, arguments.nodes))
    cost = results / campaign.campaign / "tables/cost.csv"
    if cost.exists():
        print("Predicted and used by the run that is there:")
        print(used_text(Planner(campaign, results, without=campaign.campaign), read_runs(cost)))


if __name__ == "__main__":
    sys.exit(main())
