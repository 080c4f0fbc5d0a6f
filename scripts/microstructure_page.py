"""Interactive 3-D view of one electrode's states."""

from castline.base.files import write_atomically
from castline.campaign.script import run_script
from castline.figures.style import PHASE_COLOURS
from castline.line.order import STATES
from castline.packing.state import read_state
from castline.recipe.electrode import Electrode
from castline.report.viewer import microstructure_page


def main(report):
    states = {name: read_state(path) for name, path in zip(STATES, snakemake.input, strict=True)}
    label = Electrode.of_wildcards(snakemake.wildcards).label
    page = microstructure_page(states, label, PHASE_COLOURS)
    write_atomically(snakemake.output[0], page.encode())
    report("written")


run_script(snakemake, main)
