"""What several figures share: what they are given, the electrodes they show and their looks."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from castline.figures.style import (
    COLOURS,
    CONTENT_COLOURS,
    CONTENT_MARKERS,
    LINES,
    MARKERS,
    footnote,
)
from castline.packing.state import ParticleState
from castline.recipe.replicates import Counts, counts
from castline.results.findings import span
from castline.results.schema import KEYS
from castline.results.statistics import over_replicates

# The films under the pressure of the assembled cell, as a variant of the calendered ones.
IN_CELL = "in the cell"


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

    @staticmethod
    def from_matrix(matrix: dict) -> "Electrodes":
        """From the `matrix` section of a campaign."""
        contents = sorted(float(text) for text in matrix["solid_content_percent"])
        numbers = {(psd, float(text)): n for (psd, text), n in counts(matrix).items()}
        return Electrodes(tuple(sorted(matrix["psds"])), tuple(contents), numbers)

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
        there = set(table[KEYS].drop_duplicates().itertuples(index=False, name=None))
        stage = "viscosity" if "shear_rate_per_s" in table else "drying"
        wanted = {cell: set(range(1, self._number(cell, stage) + 1)) for cell in self.cells}
        absent = {cell: {r for r in wanted[cell] if (*cell, r) not in there} for cell in wanted}
        some = {cell: lacks for cell, lacks in absent.items() if lacks != wanted[cell]}
        by_all = set.intersection(*some.values()) if len(some) > 1 else set()
        names = [electrode_name(*cell) for cell in absent if cell not in some]
        names += [f"all of replicate {r}" for r in sorted(by_all)]
        for cell, lacks in some.items():
            names += [f"{electrode_name(*cell)} r{r}" for r in sorted(lacks - by_all)]
        return names


def _look(k: int, colours: list[str], markers: list[str]) -> Look:
    return Look(colours[k % len(colours)], markers[k % len(markers)], LINES[k % len(LINES)])


def electrode_name(psd: str, content: float) -> str:
    return f"{psd} {content:g} %"


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
        points = over_replicates(part, column, ["solid_content_percent"])
        points = points.set_index("solid_content_percent").reindex(electrodes.contents)
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
            **({"ms": 3.5, "lw": 0.7, "alpha": 0.7} if variant else {}),
        )
    panel.set_xticks(electrodes.contents, [f"{content:g}" for content in electrodes.contents])
    margin = 0.15 * (np.ptp(electrodes.contents) or 1.0)
    panel.set_xlim(electrodes.contents[0] - margin, electrodes.contents[-1] + margin)


def name_missing(figure: Figure, missing: list[str]) -> None:
    """Say below the figure which electrodes of the campaign it lacks."""
    if missing:
        footnote(figure, missing_text(missing))


def missing_text(missing: list[str]) -> str:
    return f"not in the results: {', '.join(missing)}"
