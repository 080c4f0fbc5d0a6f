"""Figure 5 from the structure table."""

from castline.figures.density_porosity import COLUMNS, density_porosity_figure
from castline.figures.style import save
from castline.script import run_script
from castline.tables import read_table


def main(report):
    save(density_porosity_figure(read_table(snakemake.input[0], COLUMNS)), snakemake.output)
    report("drawn")


run_script(snakemake, main)
