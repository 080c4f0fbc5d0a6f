"""Figure 4 from the tables of viscosities and of their flow-curve fits."""

from castline.campaign.script import run_script
from castline.figures import measured
from castline.figures.common import Electrodes
from castline.figures.style import save
from castline.figures.viscosity import COLUMNS, FIT_COLUMNS, FIT_TEXT, viscosity_figure
from castline.results.flow_curve import PARAMETERS
from castline.results.tables import read_measured, read_table


def main(report):
    table = read_table(snakemake.input.table, COLUMNS)
    fits = read_table(
        snakemake.input.fits,
        FIT_COLUMNS,
        may_be_nan=PARAMETERS.values(),
        text=FIT_TEXT,
    )
    points = read_measured(snakemake.input, measured.VISCOSITY, measured.VISCOSITY_VALUES)
    electrodes = Electrodes.from_matrix(snakemake.params.matrix)
    save(viscosity_figure(table, fits, electrodes, points), snakemake.output)
    report("drawn")


run_script(snakemake, main)
