"""The short table that `make` prints: results beside what the study states."""

from collections.abc import Mapping

import pandas as pd

from castline.base.errors import InputError
from castline.base.text_table import aligned
from castline.results import findings, stated
from castline.results.compositions import composition_rows, of_the_study
from castline.results.findings import span
from castline.results.limits import sentences
from castline.results.schema import KEYS
from castline.results.stated import CASTING_RATES_PER_S, Stated
from castline.results.statistics import over_replicates

NEEDS = {
    "viscosity": [*KEYS, "shear_rate_per_s", "viscosity_pa_s"],
    "structure": [*KEYS, "state", "density_g_per_cm3", "porosity"],
    "transport": [*KEYS, "state", "sigma_e_s_per_m", "sigma_ion_s_per_m"],
    "trends": findings.COLUMNS,
    "cost": ["core_seconds"],
}


def _value(points: pd.DataFrame, factor: float = 1.0) -> str:
    """Range of the group means, with the largest 95 % half width when there are replicates."""
    means = points["mean"] * factor
    text = f"{means.min():.3g}" if len(points) == 1 else f"{means.min():.3g} .. {means.max():.3g}"
    width = points["half_width"].max() * factor
    return text if pd.isna(width) else f"{text} (+- {width:.2g})"


def _verdict(points: pd.DataFrame, wanted: Stated, factor: float = 1.0) -> str:
    """How many of the electrodes' means lie in the stated range, or as near as `about` reaches."""
    low, high = wanted.band()
    inside = ((points["mean"] * factor >= low) & (points["mean"] * factor <= high)).sum()
    return f"{inside} of {len(points)} in range"


def summary_rows(
    viscosity: pd.DataFrame, structure: pd.DataFrame, transport: pd.DataFrame
) -> list[tuple[str, str, str, str]]:
    """Rows (observable with unit, simulated range, stated, verdict) over all electrodes."""
    by = ["psd", "solid_content_percent"]
    rows = []

    def add(name: str, points: pd.DataFrame, wanted: Stated, factor: float = 1.0) -> None:
        points = points[points["count"] > 0]  # empty where no phase carries it
        if len(points):
            shown = f"{name} / {wanted.unit}"
            verdict = _verdict(points, wanted, factor)
            rows.append((shown, _value(points, factor), wanted.text(), verdict))

    casting = viscosity[
        (viscosity["solid_content_percent"] == 50)
        & viscosity["shear_rate_per_s"].between(*CASTING_RATES_PER_S)
    ]
    points = over_replicates(casting, "viscosity_pa_s", [*by, "shear_rate_per_s"])
    add("viscosity, 50 %, 100-1000 1/s", points, stated.VISCOSITY)
    for film in ("dried", "calendered"):
        part = structure[structure["state"] == film]
        points = over_replicates(part, "density_g_per_cm3", by)
        add(f"density, {film}", points, stated.DENSITY[film])
    dried = structure[(structure["state"] == "dried") & (structure["psd"] == "AM_1")]
    for content, wanted in stated.POROSITY_DRIED_AM_1.items():
        part = dried[dried["solid_content_percent"] == content]
        add(
            f"porosity, dried, AM_1 {content:g} %",
            over_replicates(part, "porosity", by),
            wanted,
            100,
        )
    film = structure[structure["state"] == "calendered"]
    add(
        "porosity, calendered",
        over_replicates(film, "porosity", by),
        stated.POROSITY_CALENDERED,
        100,
    )
    for name, wanted, factor in (
        ("sigma_e", stated.SIGMA_E, 1),
        ("sigma_ion", stated.SIGMA_ION, 10),
    ):
        for state in ("calendered", "assembled"):
            film = transport[transport["state"] == state]
            points = over_replicates(film, f"{name}_s_per_m", by)
            add(f"{name}, {state}", points, wanted, factor)
    return rows


def sample_sizes(viscosity: pd.DataFrame, structure: pd.DataFrame) -> str:
    """Such as '6 electrodes, 3 replicates each' or '..., 3 slurries and 6 to 9 films each'."""
    by = ["psd", "solid_content_percent"]
    slurries, films = (table.groupby(by)["replicate"].nunique() for table in (viscosity, structure))
    text = f"{len(films)} electrode{'s' * (len(films) > 1)}, "
    if slurries.equals(films):
        one = films.max() == 1
        return text + f"{span(films)} replicate{'' if one else 's'} each"
    return text + f"{span(slurries)} sheared slurries and {span(films)} films each"


def _require_same_electrodes(**tables: pd.DataFrame) -> None:
    """Raise InputError if one of the tables has an electrode that another one lacks."""
    electrode = ["psd", "solid_content_percent"]
    there = {name: set(map(tuple, table[electrode].to_numpy())) for name, table in tables.items()}
    for name, electrodes in there.items():
        if lacking := set.union(*there.values()) - electrodes:
            psd, content = min(lacking)
            raise InputError(f"table {name}: no row for {psd} {content:g} %, as in other tables")


def summary_text(
    campaign: str,
    viscosity: pd.DataFrame,
    structure: pd.DataFrame,
    transport: pd.DataFrame,
    trends: pd.DataFrame,
    cost: pd.DataFrame,
    figures: str,
    compositions: Mapping[str, Mapping[str, float]] | None = None,
    cell_sensitivity: pd.DataFrame | None = None,
) -> str:
    """The printed summary of a campaign: levels, then what it found on every statement.

    With several compositions first what each electrode came to; only those of the study's
    composition are held against the study.

    Parameters
    ----------
    viscosity, structure, transport, trends, cost : tables with the columns `NEEDS`.
    figures : folder of the figures.
    compositions : of the campaign's matrix.
    cell_sensitivity : the table of that name, where films were discharged.
    """
    _require_same_electrodes(viscosity=viscosity, structure=structure, transport=transport)
    header = ("observable", "simulated", "stated", "electrodes")
    compared = [of_the_study(table, compositions) for table in (viscosity, structure, transport)]
    levels = aligned(header, summary_rows(*compared))
    if compositions:
        each = aligned(*composition_rows(structure, transport))
        if all(map(len, compared)):
            levels = [*each, "", *levels]
        else:
            levels = [*each, "", "no electrode is of the study's composition"]
    found = [
        f"  {it.sentence}: {it.answer}" + (f" ({it.numbers})" if it.numbers else "")
        for it in findings.findings(trends)
    ]
    hours = cost["core_seconds"].sum() / 3600
    head = f"Campaign {campaign}: {sample_sizes(viscosity, structure)}, {hours:.2f} core-hours"
    tail = [
        "stated: the study's text, doi 10.1002/batt.202400709; 'about' counts within "
        f"{100 * stated.ABOUT:.0f} %",
        "open: the 95 % interval over the n replicates decides neither way; how many would is an "
        "estimate",
        "from these (tables/trends.csv); one replicate tests nothing",
        f"tables:  results/{campaign}/tables/",
        f"figures: {figures}",
    ]
    told = ["What the study states, and what this campaign found:", *found]
    told.append(f"  {findings.together(trends)}")
    if cell_sensitivity is not None:
        told += ["", "In the cell, by the input whose change matters most:"]
        told += [f"  {line}" for line in sentences(cell_sensitivity)]
    return "\n".join([head, "", *levels, "", *told, "", *tail]) + "\n"
