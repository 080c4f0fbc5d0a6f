"""The report's results page: the campaign's numbers as one HTML file."""

from dataclasses import dataclass

import pandas as pd

from castline import __version__
from castline.figures.common import electrode_name
from castline.report.templates import render_template
from castline.results.findings import findings, together
from castline.results.schema import KEYS, TABLES
from castline.results.statistics import over_replicates
from castline.results.summary import sample_sizes, summary_rows

ELECTRODE = ["psd", "solid_content_percent"]
VOXEL_ERRORS = ["sigma_e_voxel_error_percent", "sigma_ion_voxel_error_percent"]
NEEDS = {
    "viscosity": [*KEYS, "shear_rate_per_s", "viscosity_pa_s", "converged"],
    "structure": [*KEYS, "state", "density_g_per_cm3", "porosity", "thickness_um"],
    "transport": [
        *(*KEYS, "state", "sigma_e_s_per_m", "sigma_ion_s_per_m"),
        *("cbd_percolates", "ionic_percolates"),
    ],
    "trends": list(TABLES["trends"].columns),
    "cost": ["stage", "core_seconds", "peak_memory_mb"],
    "voxel_error": [*KEYS, *VOXEL_ERRORS],
}
LAMMPS_NAME = "Large-scale Atomic/Molecular Massively Parallel Simulator - "
COUNTS = ("n_replicates", "n_needed")
NAMES = {"psd": "AM distribution", "solid_content_percent": "solid content / wt.%"}


@dataclass(frozen=True)
class Shown:
    """A table as text: column names and rows of cells."""

    columns: list[str]
    rows: list[list[str]]


def results_page(
    campaign: str,
    lammps: str,
    tables: dict[str, pd.DataFrame],
    trends: pd.DataFrame,
    missing: list[str],
) -> str:
    """HTML of the results page.

    Parameters
    ----------
    campaign, lammps : name of the campaign, LAMMPS version.
    tables : the campaign's viscosity, structure, transport and cost tables.
        `voxel_error` may be there, too.
    trends : the study's statements tested (castline.results.trends).
    missing : electrodes of the campaign that a table lacks, named.
    """
    structure, transport = tables["structure"], tables["transport"]
    viscosity, cost = tables["viscosity"], tables["cost"]
    replicates = int(structure.groupby(ELECTRODE)["replicate"].nunique().max())
    one = replicates == 1
    return render_template(
        "results.html.jinja",
        campaign=campaign,
        version=__version__,
        lammps=f"LAMMPS {lammps.removeprefix(LAMMPS_NAME)}",
        head=(
            f"{sample_sizes(viscosity, structure)}, "
            f"{cost['core_seconds'].sum() / 3600:.2f} core-hours"
        ),
        interval_note=" (one replicate: no interval)" if one else " (± largest 95 % half width)",
        half_note=" of one replicate, no interval" if one else " ± 95 % half width over replicates",
        summary=Shown(
            ["observable", "simulated", "stated", "electrodes"],
            [list(row) for row in summary_rows(viscosity, structure, transport)],
        ),
        findings=Shown(
            ["stated", "found", "numbers"],
            [[it.sentence, it.answer, it.numbers] for it in findings(trends)],
        ),
        together=together(trends),
        tests=trend_tests(trends),
        electrodes=shown_electrodes(structure, transport),
        viscosity=shown_viscosities(viscosity),
        caveats=[
            *missing,
            *caveats(viscosity, transport, replicates),
            voxel_caveat(tables.get("voxel_error")),
        ],
        cost=shown_cost(cost),
    )


def trend_tests(trends: pd.DataFrame) -> Shown:
    """Every test with its effect, 95 % interval and verdict."""
    rows = []
    for test in trends.to_dict("records"):
        effect = "" if pd.isna(test["effect"]) else f"{test['effect']:.3g}"
        if not pd.isna(test["effect_low_95"]):
            effect += f" ({test['effect_low_95']:.3g} to {test['effect_high_95']:.3g})"
        place = [test[name] for name in ("psd", "solid_content_percent", "shear_rate_per_s")]
        rows.append(
            [
                test["sentence"],
                "" if pd.isna(test["test"]) else test["test"],
                *("" if pd.isna(x) else f"{x:g}" if isinstance(x, float) else x for x in place),
                effect,
                "" if pd.isna(test["unit"]) else test["unit"],
                *("" if pd.isna(test[n]) else f"{test[n]:.0f}" for n in COUNTS),
                test["verdict"],
                test["verdict_holm"],
            ]
        )
    return Shown(
        [
            *("stated", "test", "AM", "solid content / wt.%", "shear rate / 1/s"),
            *("effect (95 % interval)", "unit", "n", "n needed", "verdict", "of all together"),
        ],
        rows,
    )


def shown_electrodes(structure: pd.DataFrame, transport: pd.DataFrame) -> Shown:
    """Means of the pressed films with 95 % half widths; in the cell where the campaign has it."""
    quantities = [
        ("density / g/cm³", structure, "density_g_per_cm3", 1.0, "calendered"),
        ("porosity / %", structure, "porosity", 100.0, "calendered"),
        ("thickness / µm", structure, "thickness_um", 1.0, "calendered"),
        ("σ_e / S/m", transport, "sigma_e_s_per_m", 1.0, "calendered"),
        ("σ_ion / mS/cm", transport, "sigma_ion_s_per_m", 10.0, "calendered"),
    ]
    if (transport["state"] == "assembled").any():
        quantities += [
            ("porosity in the cell / %", structure, "porosity", 100.0, "assembled"),
            ("σ_e in the cell / S/m", transport, "sigma_e_s_per_m", 1.0, "assembled"),
            ("σ_ion in the cell / mS/cm", transport, "sigma_ion_s_per_m", 10.0, "assembled"),
        ]
    cells: dict[tuple, list[str]] = {}
    for _, table, column, factor, state in quantities:
        film = table[table["state"] == state]
        for point in over_replicates(film, column, ELECTRODE).to_dict("records"):
            key = (point["psd"], point["solid_content_percent"])
            cells.setdefault(key, []).append(_estimate(point, factor))
    film = transport[transport["state"] == "calendered"]
    for key, group in film.groupby(ELECTRODE):
        paths = [int(group[f"{what}_percolates"].sum()) for what in ("cbd", "ionic")]
        cells[key].append(f"{paths[0]}, {paths[1]} of {len(group)}")
    return Shown(
        [*NAMES.values(), *(name for name, *_ in quantities), "CBD, SE percolate"],
        [[psd, f"{content:g}", *values] for (psd, content), values in cells.items()],
    )


def shown_viscosities(viscosity: pd.DataFrame) -> Shown:
    """Mean viscosity: a row per shear rate, a column per slurry."""
    by = [*ELECTRODE, "shear_rate_per_s"]
    points = over_replicates(viscosity, "viscosity_pa_s", by).set_index(by)
    settled = viscosity.groupby(by)["converged"].all()
    slurries = [key for key, _ in viscosity.groupby(ELECTRODE)]
    rows = []
    for rate in sorted(viscosity["shear_rate_per_s"].unique()):
        row = [f"{rate:.4g}"]
        for slurry in slurries:
            at = (*slurry, rate)
            there = at in points.index
            row.append(
                _estimate(points.loc[at], 1.0) + ("" if settled[at] else " *") if there else ""
            )
        rows.append(row)
    return Shown(["shear rate / 1/s", *(electrode_name(*slurry) for slurry in slurries)], rows)


def shown_cost(cost: pd.DataFrame) -> Shown:
    """Core-hours and peak memory by stage."""
    groups = cost.groupby("stage")
    return Shown(
        ["stage", "runs", "core-hours", "peak memory / MB"],
        [
            [
                stage,
                str(len(group)),
                f"{group['core_seconds'].sum() / 3600:.3g}",
                f"{group['peak_memory_mb'].max():.4g}",
            ]
            for stage, group in groups
        ],
    )


def caveats(viscosity: pd.DataFrame, transport: pd.DataFrame, replicates: int) -> list[str]:
    """What a reader must know before trusting the numbers."""
    lines = []
    if replicates == 1:
        lines.append("One replicate: no number here has an interval over realisations.")
    late = viscosity[~viscosity["converged"]]
    if len(late):
        lines.append(
            f"{len(late)} of {len(viscosity)} viscosities did not reach the wanted standard error: "
            + ", ".join(
                f"{row.psd} {row.solid_content_percent:g} % r{row.replicate} at "
                f"{row.shear_rate_per_s:g} 1/s"
                for row in late.itertuples()
            )
            + "."
        )
    film = transport[transport["state"] == "calendered"]
    apart = film[~film["cbd_percolates"]]
    if len(apart):
        lines.append(
            "CBD does not connect the two faces of the calendered film, so σ_e passes through AM: "
            + ", ".join(
                f"{row.psd} {row.solid_content_percent:g} % r{row.replicate}"
                for row in apart.itertuples()
            )
            + "."
        )
    return lines


def voxel_caveat(error: pd.DataFrame | None) -> str:
    """How far the conductivities lie from those at vanishing voxel size."""
    if error is None:
        return "The error of the voxel size is not known: no transport.voxel_series_um."
    ranges = []
    for column in VOXEL_ERRORS:
        name, percent = column.removesuffix("_voxel_error_percent"), error[column].dropna()
        shown = f"{percent.min():+.0f} to {percent.max():+.0f} %" if len(percent) else "not known"
        ranges.append(f"{name.replace('sigma', 'σ')} {shown}")
    return "Error of the campaign's voxel size, from a voxel series: " + ", ".join(ranges) + "."


def _estimate(point, factor: float) -> str:
    mean, half_width = point["mean"] * factor, point["half_width"] * factor
    return (
        _digits(mean, 3)
        if pd.isna(half_width)
        else f"{_digits(mean, 3)} ± {_digits(half_width, 2)}"
    )


def _digits(value: float, count: int) -> str:
    """So many significant digits, zeros at the end included."""
    return f"{value:#.{count}g}".removesuffix(".")
