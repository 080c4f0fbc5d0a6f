"""Figure 4 from the viscosity table."""

from castline.figures.style import save
from castline.figures.viscosity import COLUMNS, viscosity_figure
from castline.script import run_script
from castline.tables import read_table


def main(report):
    save(viscosity_figure(read_table(snakemake.input[0], COLUMNS)), snakemake.output)
    report("drawn")


run_script(snakemake, main)
