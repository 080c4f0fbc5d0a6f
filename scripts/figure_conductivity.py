"""Figure 8 from the transport table, with the refitted CBD where electrodes were measured."""

from castline.campaign.script import run_script
from castline.figures import measured
from castline.figures.common import Electrodes
from castline.figures.conductivity import (
    COLUMNS,
    MEASURED_VALUES,
    REFITTED_COLUMNS,
    conductivity_figure,
)
from castline.figures.style import save
from castline.results.tables import read_measured, read_table


def main(report):
    table = read_table(snakemake.input.table, COLUMNS)
    points = read_measured(snakemake.input, measured.ELECTRODES, MEASURED_VALUES)
    refit = snakemake.input.get("refitted")
    refitted = read_table(refit, REFITTED_COLUMNS, may_be_empty=True) if refit else None
    electrodes = Electrodes.from_matrix(snakemake.params.matrix)
    save(conductivity_figure(table, electrodes, points, refitted), snakemake.output)
    report("drawn")


run_script(snakemake, main)
