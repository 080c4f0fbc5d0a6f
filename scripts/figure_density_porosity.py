"""Figure 5 from the structure table."""

from castline.campaign.script import run_script
from castline.figures import measured
from castline.figures.common import Electrodes
from castline.figures.density_porosity import COLUMNS, MEASURED_VALUES, density_porosity_figure
from castline.figures.style import save
from castline.results.tables import read_measured, read_table


def main(report):
    table = read_table(snakemake.input.table, COLUMNS)
    points = read_measured(snakemake.input, measured.ELECTRODES, MEASURED_VALUES)
    electrodes = Electrodes.from_matrix(snakemake.params.matrix)
    save(density_porosity_figure(table, electrodes, points), snakemake.output)
    report("drawn")


run_script(snakemake, main)
