"""Figure S3: size distributions asked for, from the config, and placed, from the states."""

from castline.campaign.script import read_states, run_script
from castline.figures.common import Electrodes
from castline.figures.psd import psd_figure
from castline.figures.style import save
from castline.recipe.settings import PsdConfig


def main(report):
    matrix = snakemake.params.matrix
    wanted = {psd: PsdConfig(**given).fine_classes() for psd, given in matrix["psds"].items()}
    states = {psd: state for (_, psd, _), state in read_states(snakemake.input.states).items()}
    save(psd_figure(wanted, states, Electrodes.from_matrix(matrix)), snakemake.output)
    report("drawn")


run_script(snakemake, main)
