"""One label image and what was found of it: middle slices, phase fractions, tortuosity factors."""

import math

import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure

from castline.figures.style import COLOURS, PAGE_INCH, new_figure

# Label 0, the pores, is white; more labels than colours repeat them, named beside the bars.
PORE = "#FFFFFF"
PLANES = (("x", "y", 2), ("x", "z", 1), ("y", "z", 0))


def label_image_figure(
    name: str,
    image: np.ndarray,
    spacing_m,
    conductivity: dict[int, float],
    fraction: dict[int, float],
    tortuosity: dict[str, float],
) -> Figure:
    """Three middle slices on one scale; phase fractions and tortuosity factors as bars.

    Parameters
    ----------
    name : of the image.
    image : array (nx, ny, nz) of labels, or of conductivities where there is no `fraction`.
    spacing_m : voxel edge lengths along x, y, z.
    conductivity : S/m by label.
    fraction : share of the volume by label.
    tortuosity : tortuosity factor by axis; infinite where nothing percolates.
    """
    figure = new_figure(PAGE_INCH, 4.6)
    figure.suptitle(name, fontsize=9)
    grid = figure.add_gridspec(2, 6)
    colours = {label: PORE for label in fraction if label == 0}
    rest = [label for label in fraction if label != 0]
    colours |= {label: COLOURS[k % len(COLOURS)] for k, label in enumerate(rest)}
    for k, (across, up, normal) in enumerate(PLANES):
        axes = figure.add_subplot(grid[0, 2 * k : 2 * k + 2])
        _draw_slice(axes, image, spacing_m, across, up, normal, colours)
    if fraction:
        _draw_fractions(figure.add_subplot(grid[1, :4]), conductivity, fraction, colours)
    _draw_tortuosity(figure.add_subplot(grid[1, 4:] if fraction else grid[1, :]), tortuosity)
    return figure


def _draw_slice(axes, image, spacing_m, across, up, normal, colours):
    plane = np.take(image, image.shape[normal] // 2, axis=normal)
    a, b = "xyz".index(across), "xyz".index(up)
    size = [1e6 * image.shape[k] * spacing_m[k] for k in (a, b)]
    options = {"origin": "lower", "extent": (0, size[0], 0, size[1]), "interpolation": "nearest"}
    if colours:
        table = np.zeros(256, dtype=int)
        table[list(colours)] = range(len(colours))
        palette = ListedColormap(list(colours.values()))
        axes.imshow(table[plane].T, cmap=palette, vmin=0, vmax=len(colours) - 1 or 1, **options)
    else:
        axes.imshow(plane.T, cmap="viridis", **options)
    axes.set_xlabel(f"{across} (µm)")
    axes.set_ylabel(f"{up} (µm)")
    axes.set_title(f"middle slice along {'xyz'[normal]}")


def _draw_fractions(axes, conductivity, fraction, colours):
    labels = list(fraction)
    shares = [100 * fraction[label] for label in labels]
    drawn = [colours[label] for label in labels]
    bars = axes.barh(range(len(labels)), shares, color=drawn, edgecolor="0.3", linewidth=0.6)
    axes.bar_label(bars, [f"{share:.3g} %" for share in shares], padding=3, fontsize=7)
    axes.set_yticks(range(len(labels)), [_text(label, conductivity[label]) for label in labels])
    axes.set_xlim(0, 1.18 * max(shares))
    axes.set_xlabel("share of the volume (%)")
    axes.invert_yaxis()


def _text(label, s_per_m):
    return f"label {label}, " + (f"{s_per_m:g} S/m" if s_per_m else "insulating")


def _draw_tortuosity(axes, tortuosity):
    names = list(tortuosity)
    values = [value if math.isfinite(value) else 0.0 for value in tortuosity.values()]
    bars = axes.bar(names, values, width=0.6, color="0.6", edgecolor="0.3", linewidth=0.6)
    found = [f"{v:.4g}" if math.isfinite(v) else "no path" for v in tortuosity.values()]
    axes.bar_label(bars, found, padding=2, fontsize=7)
    axes.set_ylim(0, 1.2 * max([*values, 1.0]))
    axes.set_xlim(-0.6, len(names) - 0.4)
    axes.set_xlabel("along")
    axes.set_ylabel("tortuosity factor")
