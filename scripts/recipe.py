"""Recipe of one slurry: particle counts, diameters, densities with their provenance."""

from castline.base.files import write_json
from castline.campaign.script import run_script
from castline.recipe.electrode import Electrode
from castline.recipe.settings import PsdConfig, RecipeConfig, build_recipe


def main(report):
    settings = RecipeConfig(**snakemake.params.settings)
    psd = PsdConfig(**snakemake.params.psd)
    electrode = Electrode.of_wildcards(snakemake.wildcards)
    recipe = build_recipe(settings, psd, electrode.percent / 100)
    provenance = {
        name: {"density_kg_per_m3": density.value_kg_per_m3, "source": density.provenance}
        for name, density in (
            ("active_material", settings.active_material.density()),
            ("solid_electrolyte", settings.solid_electrolyte.density()),
        )
    }
    write_json(snakemake.output[0], {**recipe.to_dict(), "provenance": provenance})
    for note in psd.size_classes().notes:
        report(f"{psd.csv}: {note}")
    report(f"{recipe.particle_count} particles")


run_script(snakemake, main)
