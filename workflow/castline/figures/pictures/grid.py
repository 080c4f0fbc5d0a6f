"""Grids of pictures at one scale: a row per state, a column per electrode.

Those of a single electrode stand side by side.
"""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from castline.figures.common import Electrodes
from castline.figures.pictures.render import Picture
from castline.figures.style import PAGE_INCH, PHASE_COLOURS

PANEL_PIXELS = 420
PHASE_NAMES = {
    "AM": "active material (AM)",
    "SE": "solid electrolyte (SE)",
    "CBD": "carbon-binder domain (CBD)",
}
LEFT_INCH, TOP_INCH, BOTTOM_INCH, GAP_INCH = 0.25, 0.42, 0.42, 0.06
BOX_EDGES = [(a, a | bit) for a in range(8) for bit in (1, 2, 4) if not a & bit]
SCALE_BARS_UM = (1, 2, 5, 10, 20, 50, 100, 200, 500)


def phase_patches(names=("AM", "SE", "CBD")) -> list[Patch]:
    """Legend handles of the phases."""
    return [Patch(color=PHASE_COLOURS[name], label=PHASE_NAMES[name]) for name in names]


def scale_bar_um(width_um: float) -> float:
    """The longest round length that is at most a third of a width."""
    return max((bar for bar in SCALE_BARS_UM if bar <= width_um / 3), default=SCALE_BARS_UM[0])


def picture_grid(
    pictures: dict[tuple[str, str, float], Picture],
    rows: list[str],
    electrodes: Electrodes,
    handles: list[Patch],
    boxes: dict[tuple[str, str, float], np.ndarray] | None = None,
) -> Figure:
    """A page-wide grid of pictures by (row, psd, solid content), all at one scale.

    Each row is as high as its highest picture; pictures stand on the bottom of their row. With one
    electrode there is one row, and a column for each of `rows`. A picture that is not there is
    named in its place. `boxes` holds `render.box_corners_m` of the pictures that show the edges of
    their box.
    """
    size_um = {key: np.array(p.rgba.shape[1::-1]) * p.pixel_m * 1e6 for key, p in pictures.items()}
    width_um = max(size[0] for size in size_um.values())
    unit = electrodes.axis.unit
    lines = {row: [(row, *cell) for cell in electrodes.cells] for row in rows}
    titles = [f"{content:g} {unit}" for _, content in electrodes.cells]
    groups = list(electrodes.psds)
    if len(electrodes.cells) == 1:
        [(psd, content)] = electrodes.cells
        lines = {"": [(row, psd, content) for row in rows]}
        titles, groups = rows, [f"{psd}, {content:g} {unit}"]
    heights_um = [
        max((size_um[key][1] for key in line if key in size_um), default=width_um / 3)
        for line in lines.values()
    ]
    cell_inch = (PAGE_INCH - LEFT_INCH) / max(len(titles), 2)
    inch_per_um = (cell_inch - GAP_INCH) / width_um
    heights_inch = [height * inch_per_um for height in heights_um]
    total = TOP_INCH + sum(heights_inch) + GAP_INCH * len(lines) + BOTTOM_INCH
    figure = Figure(figsize=(PAGE_INCH, total))

    def place(x, y, width, height):
        axes = figure.add_axes((x / PAGE_INCH, y / total, width / PAGE_INCH, height / total))
        axes.axis("off")
        return axes

    bottom = total - TOP_INCH
    for (row, line), height in zip(lines.items(), heights_inch, strict=True):
        bottom -= height + GAP_INCH
        # A letter is about 0.6 of its size wide; names of low rows must not meet.
        fits = 72 * (height + GAP_INCH) / (0.6 * max(len(row), 1))
        figure.text(
            0.11 / PAGE_INCH, (bottom + height / 2) / total, row,
            rotation=90, ha="center", va="center", fontsize=min(8, fits),
        )  # fmt: skip
        for k, key in enumerate(line):
            x = LEFT_INCH + k * cell_inch
            if key not in pictures:
                axes = place(x, bottom, cell_inch - GAP_INCH, height)
                axes.text(0.5, 0.5, "not in\nthe results", ha="center", va="center", color="0.4")
                continue
            width, tall = size_um[key] * inch_per_um
            axes = place(x + (cell_inch - GAP_INCH - width) / 2, bottom, width, tall)
            show(axes, pictures[key], (boxes or {}).get(key))
    _column_titles(figure, titles, groups, cell_inch, total)
    bar_um = scale_bar_um(width_um)
    bar = place(LEFT_INCH, 0.0, bar_um * inch_per_um, BOTTOM_INCH)
    bar.set_xlim(0, 1)
    bar.set_ylim(0, 1)
    bar.plot([0, 1], [0.72, 0.72], color="black", lw=2, solid_capstyle="butt", clip_on=False)
    bar.text(0.5, 0.60, f"{bar_um:g} µm", ha="center", va="top", fontsize=8)
    figure.legend(
        handles=handles,
        loc="center",
        bbox_to_anchor=(0.55, 0.55 * BOTTOM_INCH / total),
        ncols=len(handles),
    )
    return figure


def show(axes, picture: Picture, corners_m: np.ndarray | None = None) -> None:
    """Draw a picture with axes in um and the edges of its box.

    The three edges at the farthest corner are hidden by the picture; the other nine lie over it.
    """
    rows, columns = picture.rgba.shape[:2]
    left, top, pixel = picture.left_m * 1e6, picture.top_m * 1e6, picture.pixel_m * 1e6
    extent = (left, left + columns * pixel, top - rows * pixel, top)
    if corners_m is not None:
        corners = corners_m * 1e6
        far = int(np.argmin(corners[:, 2]))
        for a, b in BOX_EDGES:
            order = 0 if far in (a, b) else 3
            line = {"color": "0.45", "lw": 0.5, "clip_on": False, "zorder": order}
            axes.plot(corners[[a, b], 0], corners[[a, b], 1], **line)
    axes.imshow(picture.rgba, extent=extent, interpolation="antialiased", aspect="auto", zorder=1)
    axes.set_xlim(extent[:2])
    axes.set_ylim(extent[2:])


def _column_titles(figure, titles, groups, cell_inch, total):
    """A title above each column, and one above each of the groups, which are equally wide."""
    n = len(titles) // len(groups)
    for k, title in enumerate(titles):
        x = LEFT_INCH + (k + 0.5) * cell_inch - GAP_INCH / 2
        figure.text(
            x / PAGE_INCH, 1 - 0.36 / total, title, ha="center", va="center", fontsize=8
        )  # fmt: skip
    for k, group in enumerate(groups):
        start = LEFT_INCH + k * n * cell_inch
        middle = start + n * cell_inch / 2 - GAP_INCH / 2
        figure.text(
            middle / PAGE_INCH, 1 - 0.12 / total, group,
            ha="center", va="center", fontsize=8, weight="bold",
        )  # fmt: skip
        ends = [start / PAGE_INCH, (start + n * cell_inch - 2 * GAP_INCH) / PAGE_INCH]
        figure.add_artist(Line2D(ends, [1 - 0.23 / total] * 2, color="0.4", lw=0.7))


def pixels_per_um(widest_m: float) -> float:
    """Scale at which the widest picture of a grid has the pixels of its panel in print."""
    return PANEL_PIXELS / (widest_m * 1e6)
