"""Figure 4 from the viscosity table."""

from castline.figures import measured
from castline.figures.common import Electrodes
from castline.figures.style import save
from castline.figures.viscosity import COLUMNS, viscosity_figure
from castline.script import run_script
from castline.tables import read_measured, read_table


def main(report):
    table = read_table(snakemake.input.table, COLUMNS)
    points = read_measured(snakemake.input, measured.VISCOSITY, measured.VISCOSITY_VALUES)
    electrodes = Electrodes.from_matrix(snakemake.params.matrix)
    save(viscosity_figure(table, electrodes, points), snakemake.output)
    report("drawn")


run_script(snakemake, main)
