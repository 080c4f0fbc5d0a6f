"""The report's page of results."""

from castline.base.files import write_atomically
from castline.campaign.described import TABLES
from castline.campaign.script import run_script
from castline.figures.common import Electrodes
from castline.lammps.program import lammps_version
from castline.report.pellets_page import pellets_page
from castline.report.results_page import NEEDS, results_page
from castline.results.pellets import NEEDS as PELLETS
from castline.results.tables import read_tables


def main(report):
    given, params = snakemake.input, snakemake.params
    of_powders = given.get("viscosity") is None
    needs = {**PELLETS, "voxel_error": NEEDS["voxel_error"]} if of_powders else NEEDS
    tables = read_tables(given, {name: needs[name] for name in needs if given.get(name)}, TABLES)
    electrodes = Electrodes.from_matrix(params.matrix)
    missing = [
        f"{name}: no row for {absent}."
        for name in ("viscosity", "structure", "transport")
        if name in tables
        for absent in electrodes.missing(tables[name])
    ]
    page = (
        pellets_page(params.campaign, lammps_version(), tables, missing)
        if of_powders
        else results_page(
            params.campaign,
            lammps_version(),
            tables,
            tables["trends"],
            missing,
            params.matrix["compositions"],
        )
    )
    write_atomically(snakemake.output[0], page.encode())
    report("written")


run_script(snakemake, main)
