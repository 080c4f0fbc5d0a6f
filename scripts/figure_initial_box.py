"""Figure S4: the initial box of the first electrode."""

from castline.campaign.script import read_states, run_script
from castline.figures.common import electrode_name
from castline.figures.initial_box import initial_box_figure
from castline.figures.style import save


def main(report):
    (_, psd, content), state = min(read_states(snakemake.input).items())
    save(initial_box_figure(state, electrode_name(psd, content)), snakemake.output)
    report("drawn")


run_script(snakemake, main)
