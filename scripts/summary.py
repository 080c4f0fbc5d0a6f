"""The printed summary of the campaign."""

from castline.base.files import write_atomically
from castline.campaign.described import TABLES
from castline.campaign.script import run_script
from castline.results.pellets import NEEDS as PELLETS
from castline.results.pellets import pellet_summary
from castline.results.summary import NEEDS, summary_text
from castline.results.tables import read_table, read_tables


def main(report):
    params = snakemake.params
    of_powders = snakemake.input.get("viscosity") is None
    needs, summary = (PELLETS, pellet_summary) if of_powders else (NEEDS, summary_text)
    tables = read_tables(snakemake.input, needs, TABLES)
    compared = {} if of_powders else {"compositions": params.compositions}
    path = snakemake.input.get("cell_sensitivity")
    if path:
        table = TABLES["cell_sensitivity"]
        compared["cell_sensitivity"] = read_table(path, table, may_be_empty=True)
    text = summary(params.campaign, **tables, figures=params.figures, **compared)
    write_atomically(snakemake.output[0], text.encode())
    report("written")


run_script(snakemake, main)
