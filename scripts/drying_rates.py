"""What the drying rate leaves in the campaign's films."""

from castline.base.files import write_table
from castline.campaign.described import TABLES
from castline.campaign.script import run_script
from castline.results.drying_rates import NEEDS, drying_rate_table
from castline.results.tables import read_tables


def main(report):
    tables = read_tables(snakemake.input, NEEDS, TABLES)
    table = drying_rate_table(**tables, rates=snakemake.params.rates)
    write_table(snakemake.output[0], table)
    report(f"{len(table)} films at {table['drying_rate'].nunique()} rates")


run_script(snakemake, main)
