"""How the campaign's results follow the composition."""

from castline.base.files import write_table
from castline.campaign.described import TABLES
from castline.campaign.script import run_script
from castline.results.compositions import NEEDS, composition_trends
from castline.results.tables import read_tables


def main(report):
    table = composition_trends(**read_tables(snakemake.input, NEEDS, TABLES))
    write_table(snakemake.output[0], table)
    report(f"{len(table)} slopes")


run_script(snakemake, main)
