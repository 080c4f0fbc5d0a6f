"""Interactive 3-D view of one electrode's states."""

from castline.base.files import write_atomically
from castline.campaign.script import run_script, state_name
from castline.figures.style import PHASE_COLOURS
from castline.packing.state import read_state
from castline.recipe.electrode import Electrode
from castline.report.viewer import microstructure_page


def main(report):
    states = {state_name(path): read_state(path) for path in snakemake.input}
    label = Electrode.of_wildcards(snakemake.wildcards).label
    page = microstructure_page(states, label, PHASE_COLOURS)
    write_atomically(snakemake.output[0], page.encode())
    report("written")


run_script(snakemake, main)
