"""Mechanics of the pressed films, from their force-gap curves."""

from castline.base.files import write_table
from castline.campaign.described import TABLES
from castline.campaign.script import run_script
from castline.results.mechanics import NEEDS, mechanics_tables
from castline.results.tables import read_tables


def main(report):
    mechanics, densification = mechanics_tables(**read_tables(snakemake.input, NEEDS, TABLES))
    write_table(snakemake.output.mechanics, mechanics)
    write_table(snakemake.output.densification, densification)
    report(f"{len(mechanics)} films")


run_script(snakemake, main)
