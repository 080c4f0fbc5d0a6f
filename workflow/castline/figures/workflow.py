"""Figure 2: the scheme of the workflow, drawn from its rules."""

from collections.abc import Collection
from itertools import pairwise

from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Patch
from matplotlib.path import Path

from castline.figures.common import Given
from castline.figures.rule_graph import Edges, layers, merged, reduced, rule_graph
from castline.figures.style import PAGE_INCH

PARTICLES = "particles (LAMMPS)"
FIELDS = {
    "recipe": {"recipe"},
    "voxels and fields": {"voxels", "structure", "transport", "voxel_series"},
    "measurements": {"measurements"},
    "figures": {"figures"},
}
OTHERS = "tables, analysis, exchange"
COLOURS = {
    "recipe": "#E8E8E8",
    PARTICLES: "#F6C9A8",
    "voxels and fields": "#BFD9EE",
    "measurements": "#E3C8DC",
    OTHERS: "#FFFFFF",
    "figures": "#BFE3D3",
}
BOX_INCH, STEP_INCH, GAP_INCH, WAY_INCH = (0.98, 0.30), 0.56, 0.12, 0.16
SWEEPS = 24


def draw(given: Given) -> Figure:
    rules, edges = rule_graph(given.files["snakefile"], given.settings["campaign"])
    return workflow_figure(rules, edges, given.stages)


def workflow_figure(rules: list[str], edges: Edges, stages: Collection[str]) -> Figure:
    """Rules from the recipe (top) to the results, arrows from what is needed to what needs it.

    All figures are one box; arrows that others imply are left out.

    Parameters
    ----------
    stages : rules that are stages of the line.
    """
    count = sum(rule.startswith("figure_") for rule in rules)
    rules, edges = merged(rules, edges, "figure_", "figures")
    edges = reduced(edges)
    layer = layers(rules, edges)
    rows, chains = _rows_with_ways(rules, edges, layer)
    place = _places(rows, chains)
    height = STEP_INCH * len(rows) + 0.35
    figure = Figure(figsize=(PAGE_INCH, height))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, PAGE_INCH)
    axes.set_ylim(-height, 0)
    axes.axis("off")
    top = 0.55
    for chain in chains:
        points = [(place[node], -top - STEP_INCH * row) for row, node in chain]
        _arrow(axes, points)
    for rule in rules:
        label = f"{count} figures" if rule == "figures" else rule.replace("_", "\n", 1)
        _box(axes, place[rule], -top - STEP_INCH * layer[rule], label, _field(rule, stages))
    handles = [Patch(fc=COLOURS[f], ec="0.4", lw=0.7, label=f) for f in COLOURS]
    figure.legend(handles=handles, loc="upper center", ncols=len(handles), columnspacing=1.2)
    return figure


def _field(rule: str, stages: Collection[str]) -> str:
    if rule in stages:
        return PARTICLES
    return next((field for field, members in FIELDS.items() if rule in members), OTHERS)


def _rows_with_ways(rules, edges, layer):
    """Nodes by row, with a way point for an arrow in every row that it passes; and the arrows.

    Each arrow is a list of (row, node); nodes are rule names, or numbers for way points.
    """
    rows = [[] for _ in range(max(layer.values()) + 1)]
    for rule in rules:
        rows[layer[rule]].append(rule)
    chains, way = [], 0
    for a, b in sorted(edges):
        chain = [(layer[a], a)]
        for row in range(layer[a] + 1, layer[b]):
            rows[row].append(way)
            chain.append((row, way))
            way += 1
        chains.append([*chain, (layer[b], b)])
    return rows, chains


def _places(rows, chains) -> dict:
    """x in inch of every node: rows sorted by the mean place of their neighbours, then packed."""
    near: dict = {node: [] for row in rows for node in row}
    for chain in chains:
        for (_, a), (_, b) in pairwise(chain):
            near[a].append(b)
            near[b].append(a)
    place = {node: PAGE_INCH / 2 + 0.3 * k for row in rows for k, node in enumerate(row)}
    for sweep in range(SWEEPS):
        for row in rows if sweep % 2 == 0 else rows[::-1]:
            wanted = {n: sum(place[m] for m in near[n]) / len(near[n]) for n in row if near[n]}
            row.sort(key=lambda node: wanted.get(node, place[node]))
            _pack(row, wanted, place)
    shift = PAGE_INCH / 2 - (min(place.values()) + max(place.values())) / 2
    return {node: x + shift for node, x in place.items()}


def _pack(row, wanted, place) -> None:
    """Put a row's nodes as near to where they are wanted as their widths and the page allow."""
    widths = [BOX_INCH[0] + GAP_INCH if isinstance(node, str) else WAY_INCH for node in row]
    x = [wanted.get(node, place[node]) for node in row]
    for _ in range(100):
        for k in range(len(row) - 1):
            overlap = (widths[k] + widths[k + 1]) / 2 - (x[k + 1] - x[k])
            if overlap > 0:
                x[k] -= overlap / 2
                x[k + 1] += overlap / 2
        x = [
            min(max(value, width / 2), PAGE_INCH - width / 2)
            for value, width in zip(x, widths, strict=True)
        ]
    place.update(zip(row, x, strict=True))


def _box(axes, x: float, y: float, label: str, field: str) -> None:
    width, height = BOX_INCH
    axes.add_patch(
        FancyBboxPatch(
            (x - width / 2, y - height / 2), width, height,
            boxstyle="round,pad=0,rounding_size=0.06", fc=COLOURS[field], ec="0.3", lw=0.7,
            zorder=2,
        )
    )  # fmt: skip
    axes.text(x, y, label, ha="center", va="center", fontsize=7, linespacing=0.95, zorder=3)


def _arrow(axes, points) -> None:
    """A smooth line from box to box, straight down where it passes a row."""
    half = BOX_INCH[1] / 2
    vertices, codes = [(points[0][0], points[0][1] - half)], [Path.MOVETO]
    for x, y in points[1:]:
        from_x, from_y = vertices[-1]
        middle = (from_y + y + half) / 2
        vertices += [(from_x, middle), (x, middle), (x, y + half)]
        codes += [Path.CURVE4] * 3
        if (x, y) != points[-1]:
            vertices.append((x, y - half))
            codes.append(Path.LINETO)
    axes.add_patch(
        FancyArrowPatch(
            path=Path(vertices, codes), arrowstyle="-|>", mutation_scale=7, color="0.35", lw=0.8,
            zorder=1,
        )
    )  # fmt: skip
