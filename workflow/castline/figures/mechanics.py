"""Density against pressure, Heckel's line, spring-back and unloading modulus of pressed films.

Beside powders that others measured, each marked with its source.
"""

from pathlib import Path

import numpy as np
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
from castline.results.mechanics import HECKEL_RANGE_MPA, heckel_line
from castline.results.published import DENSITIES, MODULI, read_published
from castline.results.statistics import over_replicates

# Markers and greys of the published powders, which no simulated electrode has.
PUBLISHED = ["h", "D", "P", "p", "<", ">"]
GREYS = ["0.15", "0.5", "0.35", "0.6"]
FULL = 1.0


def draw(given: Given) -> Figure:
    folder = Path(given.files["published_densities"]).parent
    return mechanics_figure(
        given.tables["mechanics"],
        given.tables["densification"],
        given.electrodes,
        read_published(folder, DENSITIES),
        read_published(folder, MODULI),
    )


def mechanics_figure(
    mechanics: pd.DataFrame,
    densification: pd.DataFrame,
    electrodes: Electrodes,
    densities: pd.DataFrame,
    moduli: pd.DataFrame,
) -> Figure:
    """Four panels: density under pressure (a), Heckel plot (b), spring-back (c), modulus (d).

    Parameters
    ----------
    mechanics, densification : the campaign's tables.
    densities, moduli : published ones (castline.results.published).
    """
    figure = new_figure(PAGE_INCH, 6.2)
    axes = figure.subplots(2, 2)
    (density, heckel), (spring, modulus) = axes
    _draw_simulated(density, heckel, mechanics, densification, electrodes)
    _draw_published(density, heckel, densities)
    density.axhline(FULL, color="0.6", lw=0.6, zorder=0)
    density.annotate("no pores left", (1, FULL), (-2, 2), xycoords=("axes fraction", "data"),
                     textcoords="offset points", ha="right", fontsize=7, color="0.4")  # fmt: skip
    density.set_xlabel("pressure / MPa")
    density.set_ylabel("relative density under pressure")
    heckel.set_xlabel("pressure / MPa")
    heckel.set_ylabel("ln 1/(1 − D)")
    heckel.axvspan(*HECKEL_RANGE_MPA, color="0.94", zorder=0)
    for panel in (density, heckel):
        panel.set_xlim(left=0)
    density.set_ylim(top=max(1.06, density.get_ylim()[1]))
    draw_against_content(spring, mechanics, electrodes, "spring_back", 100.0)
    _draw_published_spring_back(spring, densities, electrodes)
    spring.set_ylabel("spring-back / %")
    draw_against_content(modulus, mechanics, electrodes, "unloading_modulus_gpa")
    _draw_published_moduli(modulus, moduli)
    modulus.set_ylabel("unloading modulus / GPa")
    for panel in (spring, modulus):
        panel.set_xlabel(electrodes.axis.label)
        panel.set_ylim(bottom=0)
        panel.margins(y=0.15)
    panel_letters(axes.flat)
    shared_legend(
        figure, axes.flat, f"{replicates_text(mechanics)}; grey: published, with their sources"
    )
    missing = [*electrodes.missing(mechanics), *electrodes.missing(densification)]
    name_missing(figure, sorted(set(missing)))
    return figure


def _draw_simulated(density, heckel, mechanics, densification, electrodes: Electrodes) -> None:
    """One curve an electrode, with the constant of its Heckel line in the legend."""
    axis = electrodes.axis.column
    for psd, content in electrodes.cells:
        part = densification[(densification["psd"] == psd) & (densification[axis] == content)]
        films = mechanics[(mechanics["psd"] == psd) & (mechanics[axis] == content)]
        if part.empty:
            continue
        colour = electrodes.look_of_content(content).colour
        look = electrodes.look_of_psd(psd)
        points = over_replicates(part, "relative_density", ["pressure_mpa"])
        bars = points["half_width"] if points["half_width"].notna().any() else None
        style = {"color": colour, "marker": look.marker, "ls": look.line, "lw": 0.9, "ms": 3}
        label = electrodes.name(psd, content) + _constant_text(films)
        density.errorbar(
            points["pressure_mpa"], points["mean"], yerr=bars, capsize=1.5, label=label, **style
        )
        porous = points[points["mean"] < FULL]
        heckel.plot(porous["pressure_mpa"], -np.log(1 - porous["mean"]), **style)


def _constant_text(films: pd.DataFrame) -> str:
    """Such as ', K = 10.2 ± 0.8 /GPa'; empty where no line was fitted."""
    known = films.dropna(subset=["heckel_constant_per_gpa"])
    if known.empty:
        return ""
    [point] = over_replicates(
        known.assign(all_films=0), "heckel_constant_per_gpa", ["all_films"]
    ).to_dict("records")
    width = "" if np.isnan(point["half_width"]) else f" ± {point['half_width']:.3g}"
    return f", K = {point['mean']:.3g}{width} /GPa"


def _draw_published(density, heckel, table: pd.DataFrame) -> None:
    """Each powder's densities; filled under load, hollow when released from it."""
    for k, ((source, powder), part) in enumerate(table.groupby(["source", "powder"], sort=True)):
        grey, marker = GREYS[k % len(GREYS)], PUBLISHED[k % len(PUBLISHED)]
        for state, points in part.groupby("state", sort=False):
            points = points.sort_values("pressure_low_mpa")
            middle = (points["pressure_low_mpa"] + points["pressure_high_mpa"]) / 2
            under_load = state == "under load"
            relative = 1 - points["porosity"]
            line = heckel_line(middle, relative) if under_load else None
            constant = "" if line is None else f", K = {1e3 * line.slope:.2g} /GPa"
            density.errorbar(
                middle,
                relative,
                xerr=(points["pressure_high_mpa"] - points["pressure_low_mpa"]) / 2,
                yerr=points["porosity_uncertainty"],
                color=grey,
                marker=marker,
                mfc=grey if under_load else "white",
                ls="",
                ms=4,
                elinewidth=0.6,
                label=f"{powder}, {state} ({source}){constant}",
                zorder=3,
            )
            if under_load:
                heckel.plot(middle, -np.log(1 - relative), marker, color=grey, ms=4, zorder=3)


def _draw_published_spring_back(panel, table: pd.DataFrame, electrodes: Electrodes) -> None:
    """From densities under load and released from it: a point a pressure, or a line at the lowest
    where the axis is none of pressures.
    """
    for k, ((_, powder), part) in enumerate(table.groupby(["source", "powder"], sort=True)):
        by_pressure = (
            part.pivot_table(index="pressure_low_mpa", columns="state", values="porosity")
            .reindex(columns=["under load", "released"])
            .dropna()
        )
        if by_pressure.empty:
            continue
        grey, marker = GREYS[k % len(GREYS)], PUBLISHED[k % len(PUBLISHED)]
        percent = 100 * ((1 - by_pressure["under load"]) / (1 - by_pressure["released"]) - 1)
        if electrodes.axis.unit == "MPa":
            low, high = panel.get_xlim()
            seen = percent[(percent.index >= low) & (percent.index <= high)]
            panel.plot(seen.index, seen, marker, color=grey, ms=4, zorder=3)
        else:
            panel.axhline(percent.iloc[0], color=grey, lw=0.8, ls=":", zorder=0)
            panel.annotate(
                f"{powder}, {percent.index[0]:g} MPa", (1, percent.iloc[0]), (-2, 1),
                xycoords=("axes fraction", "data"), textcoords="offset points", ha="right",
                fontsize=6, color=grey,
            )  # fmt: skip


def _draw_published_moduli(panel, table: pd.DataFrame) -> None:
    """Young's moduli of porous bodies as bands; those of dense ones are another material."""
    for row in table[table["porosity"] > 0].itertuples():
        low, high = row.value_gpa - row.uncertainty_gpa, row.value_gpa + row.uncertainty_gpa
        panel.axhspan(
            low, high, fc="0.8", ec="none", alpha=0.6, zorder=0,
            label=f"{row.quantity} of {row.material}, {row.method} ({row.source})",
        )  # fmt: skip
