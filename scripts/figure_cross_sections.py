"""Figure 9b: cross-sections of the films, dried and calendered."""

from castline.campaign.script import read_states, run_script
from castline.figures.common import Electrodes
from castline.figures.cross_sections import cross_sections_figure
from castline.figures.style import save
from castline.images.film import film_image


def main(report):
    voxel_m = snakemake.params.voxel_um * 1e-6
    states = read_states(snakemake.input)
    images = {cell: film_image(state, voxel_m) for cell, state in states.items()}
    electrodes = Electrodes.from_matrix(snakemake.params.matrix)
    save(cross_sections_figure(images, electrodes), snakemake.output)
    report("drawn")


run_script(snakemake, main)
