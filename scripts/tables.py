"""Gather the campaign's tables from all electrodes."""

from castline.base.files import write_table
from castline.campaign.described import TABLES
from castline.campaign.script import run_script
from castline.line.order import STAGES
from castline.results.compositions import with_compositions
from castline.results.tables import (
    cost_table,
    gathered,
    stacked_table,
    transport_table,
)


def main(report):
    given, out = snakemake.input, snakemake.output
    compositions = snakemake.params.compositions
    for stage in STAGES:
        for made in stage.tables:
            if made.table is not None and made.file in given.keys():  # noqa: SIM118
                sidecars = given[f"{stage.name}_sidecars"]
                table = gathered(given[made.file], sidecars, TABLES[made.table.name], made.columns)
                if "composition" in TABLES[made.table.name].columns:
                    table = with_compositions(table, compositions)
                write_table(out[made.table.name], table)
    structure = stacked_table(given.structure, TABLES["structure"])
    write_table(out.structure, with_compositions(structure, compositions))
    write_table(out.profiles, stacked_table(given.profiles, TABLES["profiles"]))
    write_table(out.transport, with_compositions(transport_table(given.transport), compositions))
    write_table(out.cost, cost_table(given.costed))
    report("tables written")


run_script(snakemake, main)
