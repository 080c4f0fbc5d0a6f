"""Figure 8: effective electronic and ionic conductivity of the calendered films.

Released, as the study simulates them, and under the pressure of the cells that it measures.
"""

import pandas as pd
from matplotlib.figure import Figure

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

MS_PER_CM = 10.0  # 1 S/m = 10 mS/cm


def draw(given: Given) -> Figure:
    tables = given.tables
    return conductivity_figure(
        tables["transport"],
        given.electrodes,
        tables["measured_electrodes"],
        tables["cbd_refit_sigma_e"],
    )


def conductivity_figure(
    table: pd.DataFrame,
    electrodes: Electrodes,
    measured: pd.DataFrame | None = None,
    refitted: pd.DataFrame | None = None,
) -> Figure:
    """Two panels against solid content: sigma_e in S/m (a), sigma_ion in mS/cm (b).

    Parameters
    ----------
    table, measured : tables of transport and of measured electrodes.
    refitted : sigma_e in the cell with the CBD conductivity refitted to the measured electrodes.
    """
    part, in_cell = (table[table["state"] == state] for state in ("calendered", "assembled"))
    figure = new_figure(PAGE_INCH, 3.2)
    left, right = figure.subplots(1, 2)
    stated_band(left, stated.SIGMA_E, "stated value (about)")
    draw_against_content(left, part, electrodes, "sigma_e_s_per_m")
    draw_against_content(left, in_cell, electrodes, "sigma_e_s_per_m", variant=IN_CELL)
    if refitted is not None:
        column = "sigma_e_refitted_s_per_m"
        variant = f"{IN_CELL}, CBD refitted"
        draw_against_content(left, refitted, electrodes, column, variant=variant, line=":")
    left.set_ylabel("electronic conductivity / S m⁻¹")
    stated_band(right, stated.SIGMA_ION)
    draw_against_content(right, part, electrodes, "sigma_ion_s_per_m", MS_PER_CM)
    draw_against_content(
        right, in_cell, electrodes, "sigma_ion_s_per_m", MS_PER_CM, variant=IN_CELL
    )
    right.set_ylabel("ionic conductivity / mS cm⁻¹")
    if measured is not None:
        column = ("sigma_e_impedance", "_s_per_m")
        draw_measured_means(left, measured, column, "calendered", electrodes)
        column = ("sigma_ion", "_s_per_m")
        draw_measured_means(right, measured, column, "calendered", electrodes, MS_PER_CM)
    for panel in (left, right):
        panel.set_xlabel("solid content / wt.%")
        top = 1.06 * panel.get_ylim()[1]
        panel.set_ylim(-0.04 * top, top)  # a value of 0 is drawn whole
    panel_letters((left, right))
    shared_legend(figure, (left, right), replicates_text(part))
    name_missing(figure, electrodes.missing(part))
    return figure
