"""Force-gap curves from the calendering table."""

from castline.campaign.script import run_script
from castline.figures.calendering import COLUMNS, calendering_figure
from castline.figures.common import Electrodes
from castline.figures.style import save
from castline.results.tables import read_table


def main(report):
    table = read_table(snakemake.input.table, COLUMNS)
    save(
        calendering_figure(table, Electrodes.from_matrix(snakemake.params.matrix)),
        snakemake.output,
    )
    report("drawn")


run_script(snakemake, main)
