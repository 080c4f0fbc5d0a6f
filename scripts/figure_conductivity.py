"""Figure 8 from the transport table."""

from castline.figures import measured
from castline.figures.common import Electrodes
from castline.figures.conductivity import COLUMNS, MEASURED_VALUES, conductivity_figure
from castline.figures.style import save
from castline.script import run_script
from castline.tables import read_measured, read_table


def main(report):
    table = read_table(snakemake.input.table, COLUMNS)
    points = read_measured(snakemake.input, measured.ELECTRODES, MEASURED_VALUES)
    electrodes = Electrodes.from_matrix(snakemake.params.matrix)
    save(conductivity_figure(table, electrodes, points), snakemake.output)
    report("drawn")


run_script(snakemake, main)
