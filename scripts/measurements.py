"""Analyse the measured cells and slurries that a measurements.yaml lists."""

from pathlib import Path

from castline.base.files import write_table
from castline.campaign.script import run_script
from castline.measured.cells import analyse_measurements
from castline.measured.measurements import load_measurements


def main(report):
    path = Path(snakemake.input.measurements)
    tables = analyse_measurements(load_measurements(path), path.parent, report)
    out = snakemake.output
    write_table(out.cells, tables.cells)
    write_table(out.electrodes, tables.electrodes)
    write_table(out.tlm_fits, tables.tlm_fits)
    write_table(out.spectra, tables.spectra)
    write_table(out.viscosity, tables.viscosity)
    failed = tables.cells[tables.cells["status"] == "failed"]
    report(f"{len(tables.cells) - len(failed)} cells analysed, {len(failed)} failed")


run_script(snakemake, main)
