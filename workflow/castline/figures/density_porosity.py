"""Figure 5: density and porosity, dried and calendered, against solid content."""

import pandas as pd
from matplotlib.figure import Figure

from castline.figures.catalogue import FILMS
from castline.figures.common import (
    IN_CELL,
    Electrodes,
    Given,
    draw_against_content,
    name_missing,
    replicates_text,
)
from castline.figures.measured import draw_measured_means
from castline.figures.style import PAGE_INCH, new_figure, panel_letters, shared_legend, stated_band
from castline.results import stated


def draw(given: Given) -> Figure:
    tables = given.tables
    return density_porosity_figure(
        tables["structure"], given.electrodes, tables["measured_electrodes"]
    )


def density_porosity_figure(
    table: pd.DataFrame, electrodes: Electrodes, measured: pd.DataFrame | None = None
) -> Figure:
    """Four panels: density (top) and porosity (bottom), dried (left) and calendered (right).

    On the right also under the pressure of the assembled cell.
    """
    figure = new_figure(PAGE_INCH, 4.7)
    axes = figure.subplots(2, 2, sharex=True)
    films = electrodes.states(FILMS)
    for column, film in enumerate(films):
        part = table[table["state"] == film]
        density, porosity = axes[:, column]
        if electrodes.route == "slurry":
            _stated(density, porosity, film, electrodes)
        draw_against_content(density, part, electrodes, "density_g_per_cm3")
        density.set_title(film)
        draw_against_content(porosity, part, electrodes, "porosity", 100.0)
        if film == "calendered":
            in_cell = table[table["state"] == "assembled"]
            for panel, name, factor in (
                (density, "density_g_per_cm3", 1),
                (porosity, "porosity", 100),
            ):
                draw_against_content(panel, in_cell, electrodes, name, factor, variant=IN_CELL)
        porosity.set_xlabel(electrodes.axis.label)
        if measured is not None:
            column = ("density", "_g_per_cm3")
            draw_measured_means(density, measured, column, film, electrodes)
            draw_measured_means(porosity, measured, ("porosity", ""), film, electrodes, 100.0)
        for panel in (density, porosity):
            panel.margins(y=0.1)
    axes[0, 0].set_ylabel("density / g cm⁻³")
    axes[1, 0].set_ylabel("porosity / %")
    panel_letters(axes.flat)
    shared_legend(figure, axes.flat, replicates_text(table))
    name_missing(figure, electrodes.missing(table[table["state"].isin(films)]))
    return figure


def _stated(density, porosity, film: str, electrodes: Electrodes) -> None:
    stated_band(density, stated.DENSITY[film])
    if film == "calendered":
        stated_band(porosity, stated.POROSITY_CALENDERED)
    else:
        _stated_dried_porosity(porosity, electrodes)


def _stated_dried_porosity(panel, electrodes: Electrodes) -> None:
    label = "stated, AM_1 (about)"
    for content, value in stated.POROSITY_DRIED_AM_1.items():
        if content in electrodes.contents:
            span = [content - 0.4, content + 0.4]
            panel.plot(span, [value.low] * 2, color="0.55", lw=4, zorder=0, label=label)
            label = None
