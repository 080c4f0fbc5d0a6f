"""Results against the composition: one line for each distribution and solid content."""

import pandas as pd
from matplotlib.figure import Figure

from castline.figures.common import (
    IN_CELL,
    Electrodes,
    Given,
    draw_electrode,
    missing_text,
    replicates_text,
)
from castline.figures.style import (
    PAGE_INCH,
    footnote,
    new_figure,
    panel_letters,
    shared_legend,
)
from castline.recipe.electrode import split_powder
from castline.results.compositions import SHARE

MS_PER_CM = 10.0  # 1 S/m = 10 mS/cm
PANELS = (
    ("structure", "density_g_per_cm3", 1.0, "density / g cm⁻³"),
    ("structure", "porosity", 100.0, "porosity / %"),
    ("transport", "sigma_e_s_per_m", 1.0, "electronic conductivity / S m⁻¹"),
    ("transport", "sigma_ion_s_per_m", MS_PER_CM, "ionic conductivity / mS cm⁻¹"),
)


def draw(given: Given) -> Figure:
    return composition_figure(given.tables, given.electrodes)


def composition_figure(tables: dict[str, pd.DataFrame], electrodes: Electrodes) -> Figure:
    """Density, porosity and both conductivities against AM in the dry mass, calendered films.

    Paler: under the pressure of the assembled cell. What no phase of a composition carries is left
    out, and breaks no line.
    """
    tables = {name: tables[name] for name in ("structure", "transport")}
    figure = new_figure(PAGE_INCH, 4.9)
    axes = figure.subplots(2, 2, sharex=True)
    psds = sorted({split_powder(powder)[0] for powder in electrodes.psds})
    plain = Electrodes(tuple(psds), electrodes.contents, axis=electrodes.axis)
    for panel, (name, column, factor, label) in zip(axes.flat, PANELS, strict=True):
        table = tables[name]
        for state, variant in (("calendered", ""), ("assembled", IN_CELL)):
            films = table[(table["state"] == state) & table[column].notna()]
            for cell in plain.cells:
                draw_electrode(panel, films, plain, cell, SHARE, column, factor, variant)
        panel.set_ylabel(label)
        panel.margins(y=0.1)
        panel.set_ylim(bottom=max(0.0, panel.get_ylim()[0]))  # intervals may reach below
    for panel in axes[1]:
        panel.set_xlabel("active material in the dry mass / wt.%")
    panel_letters(axes.flat)
    shared_legend(figure, axes.flat, f"calendered films; {replicates_text(tables['structure'])}")
    pressed, films = (table[table["state"] == "calendered"] for table in tables.values())
    missing = dict.fromkeys([*electrodes.missing(pressed), *electrodes.missing(films)])
    notes = [missing_text([*missing])] if missing else []
    for carried, column in (("electrons", "sigma_e_s_per_m"), ("ions", "sigma_ion_s_per_m")):
        by_powder = films.groupby("psd")[column].count()
        if names := sorted(by_powder[by_powder == 0].index):
            notes.append(f"no phase carries {carried} in {', '.join(names)}")
    if notes:
        footnote(figure, "; ".join(notes))
    return figure
