"""Figure 8: effective electronic and ionic conductivity of the calendered films."""

import pandas as pd
from matplotlib.figure import Figure

from castline import stated
from castline.figures.common import replicates_text
from castline.figures.density_porosity import draw_against_content
from castline.figures.style import PAGE_INCH, new_figure, panel_letters, stated_band

COLUMNS = [
    "psd",
    "solid_content_percent",
    "replicate",
    "state",
    "sigma_e_s_per_m",
    "sigma_ion_s_per_m",
]
MS_PER_CM = 10.0  # 1 S/m = 10 mS/cm


def conductivity_figure(table: pd.DataFrame) -> Figure:
    """Two panels against solid content: sigma_e in S/m (a), sigma_ion in mS/cm (b)."""
    part = table[table["state"] == "calendered"]
    figure = new_figure(PAGE_INCH, 2.7)
    left, right = figure.subplots(1, 2)
    stated_band(left, stated.SIGMA_E, "stated (about)")
    draw_against_content(left, part, "sigma_e_s_per_m")
    left.set_ylabel("electronic conductivity / S m$^{-1}$")
    stated_band(right, stated.SIGMA_ION)
    draw_against_content(right, part, "sigma_ion_s_per_m", MS_PER_CM)
    right.set_ylabel("ionic conductivity / mS cm$^{-1}$")
    for panel in (left, right):
        panel.set_xlabel("solid content / wt.%")
        top = 1.06 * panel.get_ylim()[1]
        panel.set_ylim(-0.04 * top, top)  # a value of 0 is drawn whole
    panel_letters((left, right))
    left.legend(title=replicates_text(part))
    right.legend()
    return figure
