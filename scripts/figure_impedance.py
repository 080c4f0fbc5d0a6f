"""Figure 7 from the tables of predicted and, where there are any, measured spectra."""

from castline.campaign.script import run_script
from castline.figures.common import Electrodes
from castline.figures.impedance import (
    MEASURED_COLUMNS,
    PREDICTED_COLUMNS,
    PREDICTED_SPREAD,
    impedance_figure,
)
from castline.figures.style import save
from castline.results.tables import read_measured, read_table


def main(report):
    predicted = read_table(
        snakemake.input.predicted,
        PREDICTED_COLUMNS,
        may_be_empty=True,
        may_be_nan=PREDICTED_SPREAD,
    )
    spectra = read_measured(snakemake.input, MEASURED_COLUMNS)
    electrodes = Electrodes.from_matrix(snakemake.params.matrix)
    save(impedance_figure(predicted, electrodes, spectra), snakemake.output)
    report("drawn")


run_script(snakemake, main)
