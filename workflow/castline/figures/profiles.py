"""Figure S5: volume fractions of the phases along the thickness."""

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from castline.figures.catalogue import STATES
from castline.figures.common import Electrodes, Given, name_missing
from castline.figures.pictures.grid import PHASE_NAMES
from castline.figures.style import PAGE_INCH, PHASE_LINES, new_figure


def draw(given: Given) -> Figure:
    return profiles_figure(given.tables["profiles"], given.electrodes)


def profiles_figure(table: pd.DataFrame, electrodes: Electrodes) -> Figure:
    """Height against volume fraction: a row per state, a column per electrode."""
    cells, states = electrodes.cells, electrodes.states(STATES)
    figure = new_figure(PAGE_INCH, 5.2)
    axes = figure.subplots(len(states), len(cells), sharex=True, sharey="row", squeeze=False)
    for row, state in zip(axes, states, strict=True):
        for panel, (psd, content) in zip(row, cells, strict=True):
            part = table[
                (table["state"] == state)
                & (table["psd"] == psd)
                & (table[electrodes.axis.column] == content)
            ]
            for _, film in part.groupby("replicate", sort=True):
                for phase, (colour, line) in PHASE_LINES.items():
                    panel.plot(film[phase.lower()], film["z_um"], line, color=colour, lw=0.9)
            panel.set_xlim(0, 1)
            panel.set_xticks([0, 0.5, 1], ["0", "0.5", "1"])
        row[0].set_ylim(0, 1.04 * table.loc[table["state"] == state, "z_um"].max())
        row[0].set_ylabel(f"{state}\nheight / µm")
    for panel, (psd, content) in zip(axes[0], cells, strict=True):
        panel.set_title(f"{psd}\n{content:g} {electrodes.axis.unit}")
    for panel in axes[-1]:
        panel.set_xlabel("volume\nfraction")
    figure.legend(
        handles=[
            Line2D([], [], color=colour, ls=line, label=PHASE_NAMES[phase])
            for phase, (colour, line) in PHASE_LINES.items()
        ],
        loc="outside upper center",
        ncols=3,
        title="nominal sphere volumes, overlaps counted twice; a line for each replicate",
    )
    name_missing(figure, electrodes.missing(table))
    return figure
