"""What limits each electrode in the cell: elasticities of its mean overpotential and capacity."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from castline.figures.common import Electrodes, Given, electrode_name, missing_text
from castline.figures.discharge import nothing_discharged
from castline.figures.style import PAGE_INCH, footnote, new_figure, panel_letters
from castline.results.limits import INPUTS, USED_UP, limits

SHADES = "RdBu_r"


def draw(given: Given) -> Figure:
    return sensitivity_figure(given.tables["cell_sensitivity"], given.electrodes)


def sensitivity_figure(table: pd.DataFrame, electrodes: Electrodes) -> Figure:
    """One panel a C rate: electrodes down, inputs across, the elasticity in each field.

    Parameters
    ----------
    table : table `cell_sensitivity`.
    """
    if table.empty:
        return nothing_discharged()
    rates = sorted(table["c_rate"].unique())
    figure = new_figure(PAGE_INCH, 1.6 + 0.24 * len(electrodes.cells))
    panels = np.atleast_1d(figure.subplots(1, max(1, len(rates)), sharey=True))
    shade = None
    for panel, rate in zip(panels, rates, strict=False):
        part = table[table["c_rate"] == rate]
        values = np.full((len(electrodes.cells), len(INPUTS)), np.nan)
        chosen = {(it.psd, it.solid_content_percent): it for it in limits(part)}
        for row, cell in enumerate(electrodes.cells):
            if cell not in chosen:
                continue
            it = chosen[cell]
            values[row] = [it.elasticities.get(name, np.nan) for name in INPUTS]
            for column, name in enumerate(INPUTS):
                value = it.elasticities.get(name)
                if value is None:
                    continue
                panel.text(
                    column,
                    row,
                    f"{value:.2f}",
                    ha="center",
                    va="center",
                    fontsize=6 if len(rates) <= 3 else 5,
                    weight="bold" if name == it.input else "normal",
                    color="white" if abs(value) > 0.7 else "black",
                )
        shade = panel.imshow(values, cmap=SHADES, vmin=-1, vmax=1, aspect="auto")
        panel.set_xticks(range(len(INPUTS)), list(INPUTS.values()), rotation=90)
        panel.set_yticks(
            range(len(electrodes.cells)), [electrode_name(*cell) for cell in electrodes.cells]
        )
        kinds = {"capacity" if it.by_capacity else "overpotential" for it in chosen.values()}
        kind = " or ".join(sorted(kinds))
        if len(rates) <= 3:
            panel.set_title(f"{rate:g} C, {kind}")
        else:
            panel.set_title(f"{rate:g} C\n{kind}", loc="right", fontsize=6.5)
        panel.tick_params(length=0)
    if shade is not None:
        figure.colorbar(shade, ax=panels, label="elasticity", shrink=0.8)
        panel_letters(panels)
    there = set(zip(table["psd"], table["solid_content_percent"], strict=True))
    lacks = [electrode_name(*cell) for cell in electrodes.cells if cell not in there]
    footnote(
        figure,
        f"Bold: the input that limits. Of the capacity where less than {100 * USED_UP:g} % of the "
        "nominal one is drawn, else of the mean overpotential. Thickness at the same C rate; "
        "contact area stands for exchange current, too, AM size⁻² for its diffusivity."
        + (f" {missing_text(lacks)}" if lacks else ""),
    )
    return figure
