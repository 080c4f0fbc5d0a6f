"""The targets at full size, over replicates."""

from castline.base.files import write_table
from castline.calibration.confirmation import confirmation_table, read_observations
from castline.campaign.config import Campaign
from castline.campaign.script import run_script


def main(report):
    observations = read_observations(snakemake.input)
    table = confirmation_table(Campaign(**snakemake.params.campaign), observations)
    write_table(snakemake.output[0], table)
    report(f"{int(table['met'].sum())} of {len(table)} terms met at full size", show=True)


run_script(snakemake, main)
