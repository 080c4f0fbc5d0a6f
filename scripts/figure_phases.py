"""Figure 9a: CBD and pores of the calendered films."""

from castline.campaign.script import read_states, run_script
from castline.figures.common import Electrodes
from castline.figures.phases import phases_figure
from castline.figures.style import save
from castline.images.film import film_image


def main(report):
    voxel_m = snakemake.params.voxel_um * 1e-6
    states = read_states(snakemake.input)
    images = {cell[1:]: film_image(state, voxel_m) for cell, state in states.items()}
    electrodes = Electrodes.from_matrix(snakemake.params.matrix)
    save(phases_figure(images, electrodes), snakemake.output)
    report("drawn")


run_script(snakemake, main)
