"""Figure 5 from the structure table."""

from castline.figures.density_porosity import COLUMNS, density_porosity_figure
from castline.figures.style import save
from castline.script import run_script
from castline.tables import read_measured, read_table


def main(report):
    table = read_table(snakemake.input.table, COLUMNS)
    save(density_porosity_figure(table, read_measured(snakemake.input)), snakemake.output)
    report("drawn")


run_script(snakemake, main)
