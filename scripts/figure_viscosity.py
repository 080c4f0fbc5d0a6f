"""Figure 4 from the viscosity table."""

from castline.figures.style import save
from castline.figures.viscosity import COLUMNS, viscosity_figure
from castline.script import run_script
from castline.tables import read_measured, read_table


def main(report):
    table = read_table(snakemake.input.table, COLUMNS)
    save(viscosity_figure(table, read_measured(snakemake.input)), snakemake.output)
    report("drawn")


run_script(snakemake, main)
