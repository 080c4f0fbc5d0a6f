"""One electrode of the confirmation: the calibrated sets at full size."""

from pathlib import Path

from castline.base.files import write_table
from castline.calibration.confirmation import confirm
from castline.calibration.settings import CalibrationConfig
from castline.campaign.script import run_script
from castline.lammps.forcefield import load_force_field
from castline.line.settings import LineSettings
from castline.recipe.electrode import Electrode


def main(report):
    table = confirm(
        LineSettings(**snakemake.params.line),
        CalibrationConfig(**snakemake.params.settings),
        load_force_field(snakemake.input.slurry_set),
        load_force_field(snakemake.input.dry_set),
        Electrode.of_wildcards(snakemake.wildcards),
        Path(snakemake.params.work),
        report,
    )
    write_table(snakemake.output[0], table)


run_script(snakemake, main)
