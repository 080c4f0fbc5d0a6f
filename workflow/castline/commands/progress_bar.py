"""Progress of a solve on a terminal."""

import math


class Bar:
    """Progress on a terminal: how far energy and flux have come, on a logarithmic scale."""

    def __init__(self, title, tolerance):
        from rich.console import Console
        from rich.markup import escape
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        console = Console(stderr=True)
        self.tolerance = tolerance
        self.bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[state]}"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self.task = self.bar.add_task(escape(title), total=1.0, state="setting up")

    def __enter__(self):
        self.bar.start()
        return self

    def __exit__(self, *_):
        self.bar.stop()

    def report(self, iteration, change, imbalance):
        worst = max(change, imbalance, self.tolerance)
        done = math.log(min(worst, 1.0)) / math.log(self.tolerance)
        state = f"iteration {iteration}, energy {change:.0e}, flux {imbalance:.0e}"
        self.bar.update(self.task, completed=done, state=state)
