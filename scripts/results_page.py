"""The report's page of results."""

from castline.base.files import write_atomically
from castline.campaign.script import run_script
from castline.figures import overview
from castline.figures.common import Electrodes
from castline.lammps.program import lammps_version
from castline.report.results_page import VOXEL_ERRORS, results_page
from castline.results.tables import KEYS, read_table

COLUMNS = {
    "viscosity": [*KEYS, "shear_rate_per_s", "viscosity_pa_s", "converged"],
    "structure": [*KEYS, "state", "density_g_per_cm3", "porosity", "thickness_um"],
    "transport": [
        *(*KEYS, "state", "sigma_e_s_per_m", "sigma_ion_s_per_m"),
        *("cbd_percolates", "ionic_percolates"),
    ],
    "cost": ["stage", "core_seconds", "peak_memory_mb"],
}


def main(report):
    given = snakemake.input
    tables = {name: read_table(given[name], columns) for name, columns in COLUMNS.items()}
    if given.get("voxel_error"):
        tables["voxel_error"] = read_table(given.voxel_error, KEYS, may_be_nan=VOXEL_ERRORS)
    electrodes = Electrodes.from_matrix(snakemake.params.matrix)
    missing = [
        f"{name}: no row for {absent}."
        for name in ("viscosity", "structure", "transport")
        for absent in electrodes.missing(tables[name])
    ]
    trends = read_table(
        given.trends,
        overview.COLUMNS,
        may_be_nan=[*overview.MAY_BE_NAN, "shear_rate_per_s", "test", "unit"],
        text=overview.TEXT,
    )
    page = results_page(
        snakemake.params.campaign,
        lammps_version(),
        tables,
        trends,
        missing,
    )
    write_atomically(snakemake.output[0], page.encode())
    report("written")


run_script(snakemake, main)
