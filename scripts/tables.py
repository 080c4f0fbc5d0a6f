"""Gather the campaign's tables from all electrodes."""

from castline.base.files import write_table
from castline.campaign.script import run_script
from castline.results.schema import TABLES
from castline.results.tables import (
    calendering_table,
    cost_table,
    stacked_table,
    transport_table,
    viscosity_table,
)


def main(report):
    given, out = snakemake.input, snakemake.output
    write_table(out.viscosity, viscosity_table(given.viscosity, given.viscosity_sidecars))
    write_table(out.structure, stacked_table(given.structure, TABLES["structure"]))
    write_table(out.profiles, stacked_table(given.profiles, TABLES["profiles"]))
    write_table(out.transport, transport_table(given.transport))
    write_table(out.calendering, calendering_table(given.curves, given.calendering_sidecars))
    write_table(out.cost, cost_table(given.costed))
    report("tables written")


run_script(snakemake, main)
