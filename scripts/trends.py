"""The study's statements tested over the campaign's replicates."""

from castline.base.files import write_table
from castline.campaign.described import TABLES
from castline.campaign.script import run_script
from castline.results.intervals import LEVEL
from castline.results.sequential import FINAL_LEVEL
from castline.results.tables import read_tables
from castline.results.trends import NEEDS, trends_table


def main(report):
    level = FINAL_LEVEL if snakemake.params.in_rounds else LEVEL
    table = trends_table(**read_tables(snakemake.input, NEEDS, TABLES), level=level)
    write_table(snakemake.output[0], table)
    report(f"{len(table)} tests")


run_script(snakemake, main)
