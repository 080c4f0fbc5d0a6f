"""LAMMPS data files of one electrode's states."""

from castline.base.files import write_atomically
from castline.campaign.script import run_script
from castline.exchange.structures import data_file_text
from castline.packing.state import read_state


def main(report):
    for source, path in zip(snakemake.input, snakemake.output, strict=True):
        write_atomically(path, data_file_text(read_state(source)).encode())
    report("written")


run_script(snakemake, main)
