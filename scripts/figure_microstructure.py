"""One row of figure 6: renders of one electrode, slurry, dried and calendered."""

from castline.figures.microstructure import microstructure_figure
from castline.figures.style import save
from castline.particles import read_state
from castline.script import cell_label, run_script
from castline.structure import STATES


def main(report):
    states = {name: read_state(path) for name, path in zip(STATES, snakemake.input, strict=True)}
    title = f"{cell_label(snakemake.wildcards)}: {states['slurry'].count} particles"
    save(microstructure_figure(states, title), snakemake.output)
    report("drawn")


run_script(snakemake, main)
