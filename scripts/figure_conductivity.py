"""Figure 8 from the transport table."""

from castline.figures.conductivity import COLUMNS, conductivity_figure
from castline.figures.style import save
from castline.script import run_script
from castline.tables import read_table


def main(report):
    save(conductivity_figure(read_table(snakemake.input[0], COLUMNS)), snakemake.output)
    report("drawn")


run_script(snakemake, main)
