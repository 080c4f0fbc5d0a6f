"""Figure 8 from the transport table."""

from castline.figures.conductivity import COLUMNS, conductivity_figure
from castline.figures.style import save
from castline.script import run_script
from castline.tables import read_measured, read_table


def main(report):
    table = read_table(snakemake.input.table, COLUMNS)
    save(conductivity_figure(table, read_measured(snakemake.input)), snakemake.output)
    report("drawn")


run_script(snakemake, main)
