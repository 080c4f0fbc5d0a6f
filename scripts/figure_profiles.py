"""Figure S5 from the table of profiles."""

from castline.campaign.script import run_script
from castline.figures.common import Electrodes
from castline.figures.profiles import COLUMNS, profiles_figure
from castline.figures.style import save
from castline.results.tables import read_table


def main(report):
    table = read_table(snakemake.input.table, COLUMNS)
    save(profiles_figure(table, Electrodes.from_matrix(snakemake.params.matrix)), snakemake.output)
    report("drawn")


run_script(snakemake, main)
