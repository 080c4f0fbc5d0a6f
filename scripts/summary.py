"""The printed summary of the campaign."""

from castline.base.files import write_atomically
from castline.campaign.script import run_script
from castline.figures import conductivity, density_porosity, overview, viscosity
from castline.results.summary import summary_text
from castline.results.tables import COST, read_table


def main(report):
    text = summary_text(
        snakemake.params.campaign,
        read_table(snakemake.input.viscosity, viscosity.COLUMNS),
        read_table(snakemake.input.structure, density_porosity.COLUMNS),
        read_table(snakemake.input.transport, conductivity.COLUMNS),
        read_table(
            snakemake.input.trends,
            overview.COLUMNS,
            may_be_nan=overview.MAY_BE_NAN,
            text=overview.TEXT,
        ),
        read_table(snakemake.input.cost, [COST[0], *COST[-2:]]),
        snakemake.params.figures,
    )
    write_atomically(snakemake.output[0], text.encode())
    report("written")


run_script(snakemake, main)
