"""The printed summary of the campaign."""

from castline.base.files import write_atomically
from castline.campaign.described import TABLES
from castline.campaign.script import run_script
from castline.results.summary import NEEDS, summary_text
from castline.results.tables import read_table, read_tables


def main(report):
    params = snakemake.params
    tables = read_tables(snakemake.input, NEEDS, TABLES)
    path = snakemake.input.cell_sensitivity
    cells = read_table(path, TABLES["cell_sensitivity"], may_be_empty=True) if path else None
    text = summary_text(params.campaign, **tables, figures=params.figures, cell_sensitivity=cells)
    write_atomically(snakemake.output[0], text.encode())
    report("written")


run_script(snakemake, main)
