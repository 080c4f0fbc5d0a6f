"""Figure 6: renders of all electrodes, slurry, dried and calendered."""

from castline.campaign.script import read_states, run_script
from castline.figures.common import Electrodes
from castline.figures.microstructure import microstructure_figure
from castline.figures.style import save


def main(report):
    electrodes = Electrodes.from_matrix(snakemake.params.matrix)
    save(microstructure_figure(read_states(snakemake.input), electrodes), snakemake.output)
    report("drawn")


run_script(snakemake, main)
