"""The targets at full size, over replicates."""

from castline.base.files import write_table
from castline.calibration.confirmation import confirmation_table, read_observations
from castline.calibration.settings import CalibrationConfig
from castline.campaign.script import run_script
from castline.line.settings import LineSettings


def main(report):
    observations = read_observations(snakemake.input)
    table = confirmation_table(
        LineSettings(**snakemake.params.line),
        CalibrationConfig(**snakemake.params.settings),
        observations,
    )
    write_table(snakemake.output[0], table)
    report(f"{int(table['met'].sum())} of {len(table)} terms met at full size", show=True)


run_script(snakemake, main)
