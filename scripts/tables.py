"""Gather the campaign's tables from all electrodes."""

from castline.base.files import write_table
from castline.campaign.described import TABLES
from castline.campaign.script import run_script
from castline.line.order import STAGES
from castline.results.tables import (
    cost_table,
    gathered,
    stacked_table,
    transport_table,
)


def main(report):
    given, out = snakemake.input, snakemake.output
    for stage in STAGES:
        for made in stage.tables:
            if made.table is not None and made.file in given.keys():  # noqa: SIM118
                sidecars = given[f"{stage.name}_sidecars"]
                table = gathered(given[made.file], sidecars, TABLES[made.table.name], made.columns)
                write_table(out[made.table.name], table)
    write_table(out.structure, stacked_table(given.structure, TABLES["structure"]))
    write_table(out.profiles, stacked_table(given.profiles, TABLES["profiles"]))
    write_table(out.transport, transport_table(given.transport))
    write_table(out.cost, cost_table(given.costed))
    report("tables written")


run_script(snakemake, main)
