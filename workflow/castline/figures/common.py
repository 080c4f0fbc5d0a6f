"""What several figures share: what they are given, the electrodes they show and their looks."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from castline.figures.catalogue import states_in
from castline.figures.style import (
    COLOURS,
    CONTENT_COLOURS,
    CONTENT_MARKERS,
    LINES,
    MARKERS,
    footnote,
)
from castline.packing.state import ParticleState
from castline.recipe.electrode import (
    PRESS,
    SOLID_CONTENT,
    Axis,
    Electrode,
    powders_of,
    split_powder,
)
from castline.recipe.replicates import Counts, counts
from castline.recipe.route import Route
from castline.recipe.settings import ALL_SOLIDS
from castline.results.findings import span
from castline.results.schema import KEYS, on_axis
from castline.results.statistics import over_replicates

# The films under the pressure of the assembled cell, as a variant of the calendered ones.
IN_CELL = "in the cell"
PALER = {"ms": 3.5, "lw": 0.7, "alpha": 0.7}  # a variant of the simulation


@dataclass(frozen=True)
class Given:
    """What every figure is drawn from, as `castline.figures.catalogue` says of it.

    Attributes
    ----------
    electrodes : those of the campaign.
    tables : by name; None where the campaign has none.
    states : particle states by (state name, psd, solid content in percent).
    settings : of the campaign, by the figure's name for them.
    files : other paths by name.
    stages : names of the line's stages.
    """

    electrodes: "Electrodes"
    tables: dict[str, pd.DataFrame | None] = field(default_factory=dict)
    states: dict[tuple[str, str, float], ParticleState] = field(default_factory=dict)
    settings: dict = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    stages: tuple[str, ...] = ()


@dataclass(frozen=True)
class Look:
    """Colour, marker and line of one distribution or solid content, the same in all figures."""

    colour: str
    marker: str
    line: str


@dataclass(frozen=True)
class Electrodes:
    """The electrodes of a campaign, which every figure shows or names as missing."""

    psds: tuple[str, ...]
    contents: tuple[float, ...]
    replicates: int | Mapping[tuple[str, float], Counts] = 1
    axis: Axis = SOLID_CONTENT
    route: Route = "slurry"

    @staticmethod
    def from_matrix(matrix: dict) -> "Electrodes":
        """From the `matrix` section of a campaign. `contents` are what its axis has."""
        pressures = matrix.get("press_pressure_mpa")
        contents = sorted(float(text) for text in pressures or matrix["solid_content_percent"])
        numbers = {
            (psd, Electrode(psd, text).level): n for (psd, text), n in counts(matrix).items()
        }
        dry = matrix["solid_content_percent"] == [ALL_SOLIDS]
        return Electrodes(
            tuple(sorted(powders_of(matrix))),
            tuple(contents),
            numbers,
            PRESS if pressures else SOLID_CONTENT,
            "powder" if dry else "slurry",
        )

    def states(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Those of the states that the campaign's route has, by its own names for them."""
        return states_in(self.route, names)

    def name(self, psd: str, content: float) -> str:
        """Such as 'AM_1 50 %'."""
        return electrode_name(psd, content, self.axis)

    @property
    def cells(self) -> list[tuple[str, float]]:
        """(psd, solid content) of each electrode."""
        return [(psd, content) for psd in self.psds for content in self.contents]

    def look_of_psd(self, psd: str) -> Look:
        return _look(self.psds.index(psd), COLOURS, MARKERS)

    def look_of_content(self, content: float) -> Look:
        return _look(self.contents.index(content), CONTENT_COLOURS, CONTENT_MARKERS)

    def dodge(self, psd: str) -> float:
        """Shift along the solid content, wt.%, that keeps the bars of distributions apart."""
        step = 0.04 * (np.ptp(self.contents) or 1.0)
        return step * (self.psds.index(psd) - (len(self.psds) - 1) / 2)

    def _number(self, cell: tuple[str, float], stage: str) -> int:
        if isinstance(self.replicates, int):
            return self.replicates
        return self.replicates[cell].of_stage(stage)

    def missing(self, table: pd.DataFrame) -> list[str]:
        """Electrodes and replicates without a row.

        Such as 'AM_1 52 %', 'AM_1 52 % r3', or 'all of replicate 3' where all others lack it.
        """
        there = set(
            table[on_axis(KEYS, self.axis)].drop_duplicates().itertuples(index=False, name=None)
        )
        stage = "viscosity" if "shear_rate_per_s" in table else "drying"
        wanted = {cell: set(range(1, self._number(cell, stage) + 1)) for cell in self.cells}
        absent = {cell: {r for r in wanted[cell] if (*cell, r) not in there} for cell in wanted}
        some = {cell: lacks for cell, lacks in absent.items() if lacks != wanted[cell]}
        by_all = set.intersection(*some.values()) if len(some) > 1 else set()
        names = [self.name(*cell) for cell in absent if cell not in some]
        names += [f"all of replicate {r}" for r in sorted(by_all)]
        for cell, lacks in some.items():
            names += [f"{self.name(*cell)} r{r}" for r in sorted(lacks - by_all)]
        return names


def _look(k: int, colours: list[str], markers: list[str]) -> Look:
    return Look(colours[k % len(colours)], markers[k % len(markers)], LINES[k % len(LINES)])


def electrode_name(psd: str, content: float, axis: Axis = SOLID_CONTENT) -> str:
    return f"{psd} {content:g} {axis.unit}"


def replicates_text(table: pd.DataFrame) -> str:
    """Text for legends: how many replicates, and what the bars are."""
    numbers = table.groupby(KEYS[:2])["replicate"].nunique()
    if numbers.max() == 1:
        return "simulated: one replicate, no interval"
    return f"simulated: mean of {span(numbers)} replicates, bars: 95 % interval"


def draw_against_content(
    panel,
    table: pd.DataFrame,
    electrodes: Electrodes,
    column: str,
    factor: float = 1.0,
    variant: str = "",
    bars: bool = True,
    line: str = "",
) -> None:
    """One line per distribution against solid content; bars: 95 % interval over replicates.

    The line is broken where an electrode is missing. A `variant` of the simulation, named in the
    legend, is drawn smaller and paler, and with another `line` where there are two. A share of
    films takes no `bars`: the interval of a mean is not that of a share.
    """
    for psd in electrodes.psds:
        part = table[table["psd"] == psd]
        if part.empty:
            continue
        look = electrodes.look_of_psd(psd)
        points = over_replicates(part, column, [electrodes.axis.column])
        points = points.set_index(electrodes.axis.column).reindex(electrodes.contents)
        panel.errorbar(
            points.index + electrodes.dodge(psd),
            points["mean"] * factor,
            yerr=points["half_width"] * factor
            if bars and points["half_width"].notna().any()
            else None,
            color=look.colour,
            marker=look.marker,
            ls=line or look.line,
            capsize=2,
            label=psd + (f", {variant}" if variant else ""),
            **(PALER if variant else {}),
        )
    if not panel.texts and table[column].isna().all():
        panel.text(
            *(0.5, 0.5, "no phase of these\ncompositions has it"),
            ha="center", va="center", color="0.4", transform=panel.transAxes,
        )  # fmt: skip
    panel.set_xticks(electrodes.contents, [f"{content:g}" for content in electrodes.contents])
    margin = 0.15 * (np.ptp(electrodes.contents) or 1.0)
    panel.set_xlim(electrodes.contents[0] - margin, electrodes.contents[-1] + margin)


def draw_electrode(
    panel,
    films: pd.DataFrame,
    electrodes: Electrodes,
    cell: tuple[str, float],
    x: str,
    column: str,
    factor: float = 1.0,
    variant: str = "",
    line: str = "",
) -> None:
    """One electrode's means over replicates against column `x`; bars: 95 % interval.

    `cell` names a distribution without its composition or drying rate: films of all of them are
    its line. Variants as in `draw_against_content`.
    """
    psd, content = cell
    of_psd = films["psd"].map(lambda powder: split_powder(powder)[0]) == psd
    part = films[of_psd & (films[electrodes.axis.column] == content)]
    if part.empty:
        return
    points = over_replicates(part, column, [x])
    look, scale = electrodes.look_of_psd(psd), electrodes.look_of_content(content)
    bars = points["half_width"] * factor
    _, caps, lines = panel.errorbar(
        points[x],
        points["mean"] * factor,
        yerr=bars if bars.notna().any() else None,
        color=look.colour,
        marker=scale.marker,
        ls=line or scale.line,
        clip_on=False,
        capsize=2,
        label=electrodes.name(psd, content) + (f", {variant}" if variant else ""),
        **(PALER if variant else {}),
    )
    for part_of_bar in (*caps, *lines):
        part_of_bar.set_clip_on(True)  # only markers on the frame are shown whole


def name_missing(figure: Figure, missing: list[str]) -> None:
    """Say below the figure which electrodes of the campaign it lacks."""
    if missing:
        footnote(figure, missing_text(missing))


def missing_text(missing: list[str]) -> str:
    return f"not in the results: {', '.join(missing)}"
