"""Figure 7 from the tables of predicted and, where there are any, measured spectra."""

import pandas as pd

from castline.figures.impedance import PREDICTED_COLUMNS, impedance_figure
from castline.figures.style import save
from castline.script import run_script
from castline.tables import read_table


def main(report):
    predicted = read_table(snakemake.input.predicted, PREDICTED_COLUMNS)
    files = snakemake.input.get("measured")
    measured = pd.read_csv(files) if files else None
    save(impedance_figure(predicted, measured), snakemake.output)
    report("drawn")


run_script(snakemake, main)
