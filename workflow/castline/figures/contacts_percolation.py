"""Contact areas between the phases and what percolates, calendered films."""

import pandas as pd
from matplotlib.figure import Figure

from castline.figures.common import (
    Electrodes,
    Given,
    draw_against_content,
    name_missing,
    replicates_text,
)
from castline.figures.style import PAGE_INCH, new_figure, panel_letters, shared_legend

PAIRS = ("am_se", "se_se", "am_cbd", "cbd_cbd", "se_cbd")
PER_UM = 1e-6  # m2/m3 to um2/um3


def draw(given: Given) -> Figure:
    tables = given.tables
    return contacts_percolation_figure(tables["structure"], tables["transport"], given.electrodes)


def contacts_percolation_figure(
    structure: pd.DataFrame, transport: pd.DataFrame, electrodes: Electrodes
) -> Figure:
    """Five contact areas per volume (a-e), share of each network that spans the film (f-h)."""
    structure = structure[structure["state"] == "calendered"]
    transport = transport[transport["state"] == "calendered"]
    transport = transport.assign(cbd_percolates=transport["cbd_percolates"].astype(float))
    figure = new_figure(PAGE_INCH, 4.2)
    axes = figure.subplots(2, 4, sharex=True)
    for panel, pair in zip(axes.flat, PAIRS, strict=False):
        draw_against_content(panel, structure, electrodes, f"contact_area_{pair}_per_m", PER_UM)
        panel.set_title(pair.upper().replace("_", "–"))
        panel.set_ylim(0, 1.15 * panel.get_ylim()[1])
    for panel, (column, title) in zip(
        axes.flat[len(PAIRS) :],
        {
            "electronic_percolating_fraction": "AM + CBD",
            "ionic_percolating_fraction": "SE",
            "cbd_percolates": "CBD alone",
        }.items(),
        strict=True,
    ):
        bars = column != "cbd_percolates"
        draw_against_content(panel, transport, electrodes, column, 100.0, bars=bars)
        panel.set_title(title)
        panel.set_ylim(-6, 106)
    axes[0, 0].set_ylabel("contact area / µm² µm⁻³")
    axes[1, 0].set_ylabel("contact area / µm² µm⁻³")
    for panel in axes.flat[5:7]:
        panel.set_ylabel("voxels that percolate / %")
    axes.flat[7].set_ylabel("films that it spans / %")
    for panel in axes[-1]:
        panel.set_xlabel(electrodes.axis.label)
    panel_letters(axes.flat)
    shared_legend(figure, axes.flat, f"calendered films; {replicates_text(transport)}")
    missing = [*electrodes.missing(structure), *electrodes.missing(transport)]
    name_missing(figure, sorted(set(missing)))
    return figure
