"""One look for all figures: print sizes, colour-blind-safe colours, redundant markers."""

import io
import textwrap
from pathlib import Path
from string import ascii_lowercase

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from castline import __version__
from castline.base.files import write_atomically
from castline.results.stated import Stated

COLUMN_INCH, PAGE_INCH = 3.5, 7.2
# Okabe-Ito colours, which stay apart for colour-blind readers and in grey.
COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"]
MARKERS = ["o", "s", "^", "D", "v", "P"]
LINES = ["-", "--", ":", "-."]
# Solid contents are a scale: dark to light, with markers that the distributions do not use.
CONTENT_COLOURS = ["#3B0F70", "#C23B75", "#F0894A", "#4C9A6A", "#7A7A7A", "#9C6B30"]
CONTENT_MARKERS = ["v", "D", "^", "P", "X", "h"]
STATED_COLOUR = "#B8B8B8"
LEGEND_SHARE = 0.97  # of the width of a figure, so that no end is cut
FOOTNOTE_LETTERS_PER_INCH = 17  # of the small type
PHASE_COLOURS = {"AM": (0.16, 0.16, 0.18), "SE": (0.95, 0.77, 0.18), "CBD": (0.80, 0.18, 0.16)}
# Lines of the phases: the yellow is darker than in pictures, to be seen on white.
PHASE_LINES = {"AM": ("#29292E", "-"), "SE": ("#C79A00", "--"), "CBD": ("#CC2E29", "-.")}

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


def footnote(figure: Figure, text: str) -> None:
    """Small text below all panels, in lines that fit the figure."""
    letters = int(FOOTNOTE_LETTERS_PER_INCH * figure.get_figwidth())
    figure.supxlabel(textwrap.fill(text, letters), fontsize=7, color="0.25")


class _Readable(LogLocator):
    """Ticks at the decades, over less than two decades also at 2 and 5."""

    def tick_values(self, vmin, vmax):
        self.set_params(subs=(1.0, 2.0, 5.0) if vmax < 100 * vmin else (1.0,))
        return super().tick_values(vmin, vmax)


def plain_logarithmic(*axes) -> None:
    """Logarithmic axes whose ticks read 0.1, 1, 10, 10⁴, in one size of type."""
    for axis in axes:
        getattr(axis.axes, f"set_{axis.axis_name}scale")("log")
        axis.set_major_locator(_Readable())
        axis.set_major_formatter(FuncFormatter(lambda value, _: _decade(value)))
        axis.set_minor_formatter(NullFormatter())


def _decade(value: float) -> str:
    power = round(np.log10(value))
    if abs(power) < 4 or not np.isclose(value, 10.0**power):
        return f"{value:g}"
    return "10" + str(power).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


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
    legend_above(figure, list(handles.values()), title, list(handles))


def legend_above(figure: Figure, handles: list, title: str, labels: list[str] | None = None):
    """A legend above all panels, read along its rows, which are as few as its width allows."""
    labels = labels or [handle.get_label() for handle in handles]
    renderer = FigureCanvasAgg(figure).get_renderer()
    for rows in range(1, len(handles) + 1):
        ncols = -(-len(handles) // rows)
        by_column = [k for column in range(ncols) for k in range(column, len(handles), ncols)]
        legend = figure.legend(
            [handles[k] for k in by_column],
            [labels[k] for k in by_column],
            loc="outside upper center",
            ncols=ncols,
            title=title,
        )
        width = legend.get_window_extent(renderer).width
        if ncols == 1 or width <= LEGEND_SHARE * figure.bbox.width:
            return
        legend.remove()


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
