"""Figure 8: effective electronic and ionic conductivity of the calendered films."""

import pandas as pd
from matplotlib.figure import Figure

from castline import stated
from castline.figures.density_porosity import draw_against_content
from castline.figures.style import PAGE_INCH, new_figure, stated_band

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
    left.set_ylim(bottom=0)
    stated_band(right, stated.SIGMA_ION)
    draw_against_content(right, part, "sigma_ion_s_per_m", MS_PER_CM)
    right.set_ylabel("ionic conductivity / mS cm$^{-1}$")
    right.set_ylim(bottom=0)
    for panel, letter in ((left, "a"), (right, "b")):
        panel.set_xlabel("solid content / wt.%")
        panel.text(0.02, 0.96, letter, transform=panel.transAxes, weight="bold", va="top")
        panel.legend()
    return figure
