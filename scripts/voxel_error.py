"""Gather the voxel series of all electrodes, and their extrapolations."""

from castline.base.files import write_table
from castline.campaign.described import TABLES
from castline.campaign.script import run_script
from castline.results.tables import gathered, voxel_error_table


def main(report):
    given, out = snakemake.input, snakemake.output
    write_table(out.series, gathered(given.tables, given.sidecars, TABLES["voxel_series"]))
    write_table(out.error, voxel_error_table(given.sidecars))
    report("written")


run_script(snakemake, main)
