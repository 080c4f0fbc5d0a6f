"""``castline status``: how far a campaign is that runs elsewhere."""

import time
from pathlib import Path

from castline.base.locking import owner
from castline.base.text_table import aligned
from castline.campaign.progress import Progress, read_progress

SECONDS_BETWEEN_LOOKS = 2.0


def add(commands):
    """Add the sub-command to the parsers of ``castline``."""
    parser = commands.add_parser(
        "status",
        help="how far a campaign is that runs in another shell or on a cluster",
        description="Print what of a campaign runs, what failed and why, and the time left, from "
        "its plan and its logs; call it where Snakemake was called.",
    )
    parser.add_argument("config", type=Path, help="campaign YAML")
    parser.add_argument(
        "--watch", action="store_true", help="go on until it ends; on a terminal as a live display"
    )
    parser.set_defaults(run=run)


def run(arguments) -> int:
    """Returns 1 if a job failed or the run stopped before its end."""
    from castline.campaign.config import read_campaign
    from castline.campaign.live import Display

    name = read_campaign(arguments.config).campaign
    work = Path("results", name, "work")
    plan, lock = work / "plan.json", work / "campaign.lock"
    progress = read_progress(plan)
    if arguments.watch and owner(lock):
        display = Display(name, plan)
        display.start()
        while owner(lock):
            time.sleep(SECONDS_BETWEEN_LOOKS)
        display.stop()
        progress = read_progress(plan)
    by = owner(lock)
    for line in status_lines(name, progress, by):
        print(line)
    ended_well = len(progress.of_state("done")) == len(progress.jobs)
    return 0 if ended_well or (by and not progress.of_state("failed")) else 1


def status_lines(name: str, progress: Progress, by: str | None) -> list[str]:
    """The run in words.

    Parameters
    ----------
    by : the process that runs it, None where there is none.
    """
    ended = len(progress.of_state("done")) == len(progress.jobs)
    what = f"run by {by}" if by else "finished" if ended else "not running"
    lines = [f"{name}: {what}; {progress.share:.0%}, {progress.summary}"]
    if by and progress.running:
        lines += ["", *aligned(["electrode", "stage", "for", "last line"], progress.running)]
    failures = progress.failures(is_over=by is None)
    return [*lines, *([""] if failures else []), *failures]
