"""Figure 7 from the tables of predicted and, where there are any, measured spectra."""

from castline.figures.impedance import PREDICTED_COLUMNS, impedance_figure
from castline.figures.style import save
from castline.script import run_script
from castline.tables import read_measured, read_table


def main(report):
    predicted = read_table(snakemake.input.predicted, PREDICTED_COLUMNS, may_be_empty=True)
    save(impedance_figure(predicted, read_measured(snakemake.input)), snakemake.output)
    report("drawn")


run_script(snakemake, main)
