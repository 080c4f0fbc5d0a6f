"""The report's page of results."""

from castline.base.files import write_atomically
from castline.campaign.described import TABLES
from castline.campaign.script import run_script
from castline.figures.common import Electrodes
from castline.lammps.program import lammps_version
from castline.report.results_page import NEEDS, results_page
from castline.results.tables import read_tables


def main(report):
    given, params = snakemake.input, snakemake.params
    tables = read_tables(given, {name: NEEDS[name] for name in NEEDS if given.get(name)}, TABLES)
    electrodes = Electrodes.from_matrix(params.matrix)
    missing = [
        f"{name}: no row for {absent}."
        for name in ("viscosity", "structure", "transport")
        for absent in electrodes.missing(tables[name])
    ]
    page = results_page(params.campaign, lammps_version(), tables, tables["trends"], missing)
    write_atomically(snakemake.output[0], page.encode())
    report("written")


run_script(snakemake, main)
