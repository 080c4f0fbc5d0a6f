"""The study's statements tested over the campaign's replicates."""

from castline.base.files import write_table
from castline.campaign.described import TABLES
from castline.campaign.script import run_script
from castline.results.compositions import of_the_study
from castline.results.tables import read_tables
from castline.results.trends import NEEDS, trends_table


def main(report):
    tables = read_tables(snakemake.input, NEEDS, TABLES)
    compositions = snakemake.params.compositions
    table = trends_table(**{name: of_the_study(t, compositions) for name, t in tables.items()})
    write_table(snakemake.output[0], table)
    report(f"{len(table)} tests")


run_script(snakemake, main)
