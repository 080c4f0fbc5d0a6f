"""Figure 5: density and porosity, dried and calendered, against solid content."""

import pandas as pd
from matplotlib.figure import Figure

from castline import stated
from castline.figures.common import over_replicates, replicates_text
from castline.figures.impedance import draw_measured_means
from castline.figures.style import (
    COLOURS,
    LINES,
    MARKERS,
    PAGE_INCH,
    new_figure,
    panel_letters,
    shared_legend,
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


def distribution_look(table: pd.DataFrame) -> dict[str, tuple[str, str]]:
    """Colour and marker of each distribution, the same in all figures."""
    names = sorted(table["psd"].unique())
    return {p: (COLOURS[k % len(COLOURS)], MARKERS[k % len(MARKERS)]) for k, p in enumerate(names)}


def draw_against_content(panel, table: pd.DataFrame, column: str, factor: float = 1.0) -> None:
    """One line per distribution against solid content; bars: 95 % interval over replicates."""
    look = distribution_look(table)
    for k, (psd, part) in enumerate(table.groupby("psd", sort=True)):
        colour, marker = look[psd]
        points = over_replicates(part, column, ["solid_content_percent"])
        panel.errorbar(
            points["solid_content_percent"] + (k - 0.5) * 0.06,
            points["mean"] * factor,
            yerr=points["half_width"] * factor if points["half_width"].notna().any() else None,
            color=colour,
            marker=marker,
            ls=LINES[k % len(LINES)],
            capsize=2,
            label=psd,
        )
    panel.set_xticks(sorted(table["solid_content_percent"].unique()))
    panel.margins(x=0.12)


def density_porosity_figure(table: pd.DataFrame, measured: pd.DataFrame | None = None) -> Figure:
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
            _stated_dried_porosity(porosity, set(part["solid_content_percent"]))
        draw_against_content(porosity, part, "porosity", 100.0)
        porosity.set_xlabel("solid content / wt.%")
        if measured is not None:
            colours = {psd: look[0] for psd, look in distribution_look(table).items()}
            draw_measured_means(density, measured, ("density", "_g_per_cm3"), film, colours)
            draw_measured_means(porosity, measured, ("porosity", ""), film, colours, 100.0)
    axes[0, 0].set_ylabel("density / g cm$^{-3}$")
    axes[1, 0].set_ylabel("porosity / %")
    panel_letters(axes.flat)
    shared_legend(figure, axes.flat, replicates_text(table))
    return figure


def _stated_dried_porosity(panel, contents: set[float]) -> None:
    label = "stated, AM_1 (about)"
    for content, value in stated.POROSITY_DRIED_AM_1.items():
        if content in contents:
            span = [content - 0.4, content + 0.4]
            panel.plot(span, [value.low] * 2, color="0.55", lw=4, zorder=0, label=label)
            label = None
