"""Structure metrics and phase profiles of one electrode in all its states."""

from castline.base.files import read_json, write_table
from castline.campaign.script import run_script, state_name
from castline.images.vtk_files import read_vti
from castline.packing.state import read_state
from castline.packing.structure import structure_tables
from castline.recipe.electrode import Electrode
from castline.recipe.recipe import Recipe


def main(report):
    key = Electrode.of_wildcards(snakemake.wildcards).keys
    states = (
        (state_name(particles), read_state(particles), read_vti(image, "phase")[0])
        for particles, image in zip(snakemake.input.states, snakemake.input.images, strict=True)
    )
    recipe = Recipe.from_dict(read_json(snakemake.input.recipe))
    metrics, profiles = structure_tables(key, recipe, states)
    write_table(snakemake.output.metrics, metrics)
    write_table(snakemake.output.profiles, profiles)
    for name, density in zip(metrics["state"], metrics["density_g_per_cm3"], strict=True):
        report(f"{name}: density {density:.3f} g/cm3")


run_script(snakemake, main)
