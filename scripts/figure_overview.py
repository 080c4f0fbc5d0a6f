"""The statements of the study, tested on the campaign, in one figure."""

from castline.campaign.script import run_script
from castline.figures.common import Electrodes
from castline.figures.overview import COLUMNS, MAY_BE_NAN, TEXT, overview_figure
from castline.figures.style import save
from castline.results.tables import read_table


def main(report):
    trends = read_table(snakemake.input.trends, COLUMNS, may_be_nan=MAY_BE_NAN, text=TEXT)
    electrodes = Electrodes.from_matrix(snakemake.params.matrix)
    save(overview_figure(trends, electrodes), snakemake.output)
    report("drawn")


run_script(snakemake, main)
