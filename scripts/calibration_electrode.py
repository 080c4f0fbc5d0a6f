"""One electrode of the confirmation: the calibrated sets at full size."""

from pathlib import Path

from castline.calibration.confirmation import confirm_cell
from castline.calibration.line import Cell
from castline.config import Campaign
from castline.files import write_table
from castline.forcefield import load_force_field
from castline.script import run_script


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
