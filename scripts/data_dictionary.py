"""What every column of the campaign's tables means."""

from pathlib import Path

from castline.base.files import write_atomically
from castline.campaign.script import run_script
from castline.results.schema import data_dictionary
from castline.results.tables import read_table


def main(report):
    columns = {
        Path(path).stem: list(read_table(path, [], may_be_empty=True).columns)
        for path in snakemake.input
    }
    write_atomically(snakemake.output[0], data_dictionary(columns).encode())
    report(f"{len(columns)} tables described")


run_script(snakemake, main)
