"""One look for all figures: print sizes, colour-blind-safe colours, redundant markers."""

import io
from pathlib import Path
from string import ascii_lowercase

import matplotlib
from matplotlib.figure import Figure

from castline import __version__
from castline.files import write_atomically
from castline.stated import Stated

COLUMN_INCH, PAGE_INCH = 3.5, 7.2
# Okabe-Ito colours, which stay apart for colour-blind readers and in grey.
COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"]
MARKERS = ["o", "s", "^", "D", "v", "P"]
LINES = ["-", "--", ":", "-."]
STATED_COLOUR = "#B8B8B8"
PHASE_COLOURS = {"AM": (0.16, 0.16, 0.18), "SE": (0.95, 0.77, 0.18), "CBD": (0.80, 0.18, 0.16)}

matplotlib.rcParams.update(
    {
        "font.size": 8,
        "axes.labelsize": 8,
        "axes.titlesize": 8,
        "legend.fontsize": 7,
        "legend.frameon": False,
        "xtick.labelsize": 7,
        "ytick.labelsize": 7,
        "axes.linewidth": 0.7,
        "lines.linewidth": 1.1,
        "lines.markersize": 4.5,
        "xtick.direction": "in",
        "ytick.direction": "in",
        "savefig.dpi": 300,
        "svg.hashsalt": "castline",
        "svg.fonttype": "none",
        "pdf.fonttype": 42,
    }
)


def new_figure(width_inch: float, height_inch: float) -> Figure:
    """An empty figure with constrained layout."""
    return Figure(figsize=(width_inch, height_inch), layout="constrained")


def stated_band(axes, stated: Stated, label: str = "stated range") -> None:
    """Draw a stated range as a horizontal band, or a stated single value as a line."""
    if stated.low == stated.high:
        axes.axhline(stated.low, color=STATED_COLOUR, lw=2.5, zorder=0, label=label)
    else:
        axes.axhspan(
            stated.low, stated.high, fc=STATED_COLOUR, alpha=0.5, ec="0.4", lw=0.5, zorder=0,
            label=label,
        )  # fmt: skip


def panel_letters(axes) -> None:
    """Bold a, b, c, ... above the upper left corner of each panel."""
    for panel, letter in zip(axes, ascii_lowercase, strict=False):
        panel.set_title(letter, loc="left", weight="bold")


def shared_legend(figure: Figure, axes, title: str) -> None:
    """One legend above all panels, each label once."""
    handles = {
        label: handle
        for panel in axes
        for handle, label in zip(*panel.get_legend_handles_labels(), strict=True)
    }
    figure.legend(
        handles.values(),
        handles.keys(),
        loc="outside upper center",
        ncols=min(len(handles), 4),
        title=title,
    )


def save(figure: Figure, paths: list[str]) -> None:
    """Write the figure to each path by its ending (svg, pdf, png), atomically, without dates."""
    dates = {"svg": {"Date": None}, "pdf": {"CreationDate": None}, "png": {}}
    for path in paths:
        kind = Path(path).suffix[1:]
        metadata = {
            **dates[kind],
            "Creator" if kind != "png" else "Software": f"castline {__version__}",
        }
        buffer = io.BytesIO()
        figure.savefig(buffer, format=kind, metadata=metadata)
        write_atomically(path, buffer.getvalue())
