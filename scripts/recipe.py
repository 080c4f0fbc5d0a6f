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
    materials = {
        **{
            f"active_material {kind}".strip(): material
            for kind, material in psd.materials(settings.active_material).items()
        },
        "solid_electrolyte": settings.solid_electrolyte,
    }
    densities = {name: material.density() for name, material in materials.items()}
    provenance = {
        name: {"density_kg_per_m3": density.value_kg_per_m3, "source": density.provenance}
        for name, density in densities.items()
    }
    write_json(snakemake.output[0], {**recipe.to_dict(), "provenance": provenance})
    for sizes in psd.sources().values():
        for note in sizes.size_classes().notes:
            report(f"{sizes.csv}: {note}")
    report(f"{recipe.particle_count} particles")


run_script(snakemake, main)
