"""Contact areas and percolation from the structure and transport tables."""

from castline.campaign.script import run_script
from castline.figures.common import Electrodes
from castline.figures.contacts_percolation import (
    STRUCTURE_COLUMNS,
    TRANSPORT_COLUMNS,
    contacts_percolation_figure,
)
from castline.figures.style import save
from castline.results.tables import read_table


def main(report):
    structure = read_table(snakemake.input.structure, STRUCTURE_COLUMNS)
    transport = read_table(snakemake.input.transport, TRANSPORT_COLUMNS)
    electrodes = Electrodes.from_matrix(snakemake.params.matrix)
    save(contacts_percolation_figure(structure, transport, electrodes), snakemake.output)
    report("drawn")


run_script(snakemake, main)
