"""The progress of a campaign on a terminal: a line for each running electrode, and a bar."""

import atexit
import logging
import os
import sys
from pathlib import Path

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from castline.base.errors import InputError
from castline.campaign.progress import LIVE, Progress, read_progress

REFRESHES_PER_SECOND = 0.5
# Lines of the terminal that are left to what others print.
FREE_LINES = 6
BAR_WIDTH = 30
SNAKEMAKE_LOG = "snakemake.logging"


def picture(name: str, progress: Progress, height: int) -> Group:
    """What a terminal of `height` lines shows of a run."""
    rows = progress.running
    table = Table.grid(padding=(0, 2), expand=True)
    for style in ("bold", "cyan"):
        table.add_column(style=style, no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(ratio=1, no_wrap=True, overflow="ellipsis", style="dim")
    shown = rows[: max(height - FREE_LINES, 1)]
    for row in shown:
        table.add_row(*map(Text, row))
    if len(rows) > len(shown):
        table.add_row(Text(f"and {len(rows) - len(shown)} more"))
    bar = Table.grid(padding=(0, 2))
    bar.add_row(
        Text(name, style="bold"),
        ProgressBar(total=1.0, completed=progress.share, width=BAR_WIDTH),
        Text(f"{progress.share:.0%}"),
        Text(progress.summary),
    )
    return Group(table, bar)


class Display:
    """Shows the run of a plan until it is stopped; does nothing where there is no terminal."""

    def __init__(self, name: str, plan: Path):
        self.name, self.plan = name, plan
        self.console = Console(stderr=True)
        self._live: Live | None = None

    def start(self) -> None:
        """Begin; jobs started from now on leave the terminal to this display."""
        if not self.console.is_terminal or self.console.is_dumb_terminal:
            return
        self._live = Live(
            console=self.console,
            get_renderable=self._picture,
            refresh_per_second=REFRESHES_PER_SECOND,
            transient=True,
            redirect_stdout=False,
        )
        own = sys.stderr
        self._live.start()
        # Snakemake's warnings and errors go above the display, not through it; what else it says of
        # its jobs is in it.
        self._handlers = [
            handler
            for handler in logging.getLogger(SNAKEMAKE_LOG).handlers
            if getattr(handler, "stream", None) is own
        ]
        for handler in self._handlers:
            handler.setStream(sys.stderr)
            handler.addFilter(_is_grave)
        os.environ[LIVE] = "1"
        atexit.register(self.stop)

    def _picture(self) -> Group | str:
        try:
            return picture(self.name, read_progress(self.plan), self.console.height)
        except InputError as error:  # somebody has deleted the plan; the run does not need it
            return str(error)

    def stop(self) -> None:
        """Leave the terminal as it was."""
        if self._live is None:
            return
        live, self._live = self._live, None
        live.stop()
        for handler in self._handlers:
            handler.setStream(sys.stderr)
            handler.removeFilter(_is_grave)
        os.environ.pop(LIVE, None)


def _is_grave(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING
