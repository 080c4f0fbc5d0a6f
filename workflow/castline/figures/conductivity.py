"""Figure 8: effective electronic and ionic conductivity of the calendered films."""

import pandas as pd
from matplotlib.figure import Figure

from castline import stated
from castline.figures.common import replicates_text
from castline.figures.density_porosity import distribution_look, draw_against_content
from castline.figures.impedance import draw_measured_means
from castline.figures.style import PAGE_INCH, new_figure, panel_letters, shared_legend, stated_band

COLUMNS = [
    "psd",
    "solid_content_percent",
    "replicate",
    "state",
    "sigma_e_s_per_m",
    "sigma_ion_s_per_m",
]
MS_PER_CM = 10.0  # 1 S/m = 10 mS/cm


def conductivity_figure(table: pd.DataFrame, measured: pd.DataFrame | None = None) -> Figure:
    """Two panels against solid content: sigma_e in S/m (a), sigma_ion in mS/cm (b)."""
    part = table[table["state"] == "calendered"]
    figure = new_figure(PAGE_INCH, 3.1)
    left, right = figure.subplots(1, 2)
    stated_band(left, stated.SIGMA_E, "stated value (about)")
    draw_against_content(left, part, "sigma_e_s_per_m")
    left.set_ylabel("electronic conductivity / S m$^{-1}$")
    stated_band(right, stated.SIGMA_ION)
    draw_against_content(right, part, "sigma_ion_s_per_m", MS_PER_CM)
    right.set_ylabel("ionic conductivity / mS cm$^{-1}$")
    if measured is not None:
        colours = {psd: look[0] for psd, look in distribution_look(table).items()}
        column = ("sigma_e_impedance", "_s_per_m")
        draw_measured_means(left, measured, column, "calendered", colours)
        column = ("sigma_ion", "_s_per_m")
        draw_measured_means(right, measured, column, "calendered", colours, MS_PER_CM)
    for panel in (left, right):
        panel.set_xlabel("solid content / wt.%")
        top = 1.06 * panel.get_ylim()[1]
        panel.set_ylim(-0.04 * top, top)  # a value of 0 is drawn whole
    panel_letters((left, right))
    shared_legend(figure, (left, right), replicates_text(part))
    return figure
