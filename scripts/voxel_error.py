"""Gather the voxel series of all electrodes, and their extrapolations."""

from castline.base.files import write_table
from castline.campaign.script import run_script
from castline.results.tables import voxel_error_table, voxel_series_table


def main(report):
    given, out = snakemake.input, snakemake.output
    write_table(out.series, voxel_series_table(given.tables, given.sidecars))
    write_table(out.error, voxel_error_table(given.sidecars))
    report("written")


run_script(snakemake, main)
