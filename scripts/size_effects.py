"""Table and figure of the films of other sizes."""

from castline.base.files import write_table
from castline.campaign.described import TABLES
from castline.campaign.script import run_script
from castline.figures.size_effects import size_effects_figure
from castline.figures.style import save
from castline.results.size_effects import size_ratios
from castline.results.tables import stacked_table


def main(report):
    table = stacked_table(snakemake.input, TABLES["size_effects"])
    ratios = size_ratios(table)
    write_table(snakemake.output.table, table)
    write_table(snakemake.output.ratios, ratios)
    save(size_effects_figure(ratios), snakemake.output.figure)
    report(f"{len(table)} films")


run_script(snakemake, main)
