"""One electrode of the confirmation: the calibrated sets at full size."""

from pathlib import Path

from castline.base.files import write_table
from castline.calibration.confirmation import confirm_cell
from castline.calibration.line import Cell
from castline.campaign.config import Campaign
from castline.campaign.script import run_script
from castline.lammps.forcefield import load_force_field


def main(report):
    cell = snakemake.wildcards
    table = confirm_cell(
        Campaign(**snakemake.params.campaign),
        load_force_field(snakemake.input.slurry_set),
        load_force_field(snakemake.input.dry_set),
        Cell(cell.psd, cell.sc, int(cell.rep)),
        Path(snakemake.params.work),
        report,
    )
    write_table(snakemake.output[0], table)


run_script(snakemake, main)
