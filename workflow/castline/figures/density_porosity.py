"""Figure 5: density and porosity, dried and calendered, against solid content."""

import pandas as pd
from matplotlib.figure import Figure

from castline import stated
from castline.figures.common import over_replicates
from castline.figures.style import (
    COLOURS,
    LINES,
    MARKERS,
    PAGE_INCH,
    STATED_COLOUR,
    new_figure,
    stated_band,
)

COLUMNS = [
    "psd",
    "solid_content_percent",
    "replicate",
    "state",
    "density_g_per_cm3",
    "porosity",
]
FILMS = ("dried", "calendered")


def draw_against_content(panel, table: pd.DataFrame, column: str, factor: float = 1.0) -> None:
    """One line per distribution against solid content; bars: 95 % interval over replicates."""
    for k, (psd, part) in enumerate(table.groupby("psd", sort=True)):
        points = over_replicates(part, column, ["solid_content_percent"])
        panel.errorbar(
            points["solid_content_percent"] + (k - 0.5) * 0.06,
            points["mean"] * factor,
            yerr=points["half_width"] * factor,
            color=COLOURS[k % len(COLOURS)],
            marker=MARKERS[k % len(MARKERS)],
            ls=LINES[k % len(LINES)],
            capsize=2,
            label=psd,
        )
    panel.set_xticks(sorted(table["solid_content_percent"].unique()))
    panel.margins(x=0.12)


def density_porosity_figure(table: pd.DataFrame) -> Figure:
    """Four panels: density (top) and porosity (bottom), dried (left) and calendered (right)."""
    figure = new_figure(PAGE_INCH, 4.6)
    axes = figure.subplots(2, 2, sharex=True)
    for column, film in enumerate(FILMS):
        part = table[table["state"] == film]
        density, porosity = axes[:, column]
        stated_band(density, stated.DENSITY[film])
        draw_against_content(density, part, "density_g_per_cm3")
        density.set_title(film)
        if film == "calendered":
            stated_band(porosity, stated.POROSITY_CALENDERED)
        else:
            values = stated.POROSITY_DRIED_AM_1
            for k, (content, value) in enumerate(values.items()):
                if content in set(part["solid_content_percent"]):
                    porosity.plot(
                        [content - 0.4, content + 0.4],
                        [value.low] * 2,
                        color=STATED_COLOUR,
                        lw=4,
                        zorder=0,
                        label="stated, AM_1 (about)" if k == 0 else None,
                    )
        draw_against_content(porosity, part, "porosity", 100.0)
        porosity.set_xlabel("solid content / wt.%")
        density.legend()
        porosity.legend()
    axes[0, 0].set_ylabel("density / g cm$^{-3}$")
    axes[1, 0].set_ylabel("porosity / %")
    for panel, letter in zip(axes.flat, "abcd", strict=True):
        panel.text(0.02, 0.96, letter, transform=panel.transAxes, weight="bold", va="top")
    return figure
