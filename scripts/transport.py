"""Effective electronic and ionic conductivity of one voxelised film along z."""

from castline.base.files import read_json
from castline.campaign.script import run_script, total_cost, write_sidecar
from castline.images.vtk_files import read_vti
from castline.recipe.recipe import Recipe
from castline.transport.film import (
    EXTRAPOLATED,
    core_conductivities,
    face_resistances,
    film_conductivities,
)
from castline.transport.imaging import read_particles
from castline.transport.settings import TransportConfig


def main(report):
    settings = TransportConfig(**snakemake.params.settings)
    image, spacing_m, _ = read_vti(snakemake.input.image, "phase")
    recipe = Recipe.from_dict(read_json(snakemake.input.recipe))
    result = {"voxel_rule": settings.voxel_rule}
    particles = read_particles(snakemake.input.image, settings)
    result |= film_conductivities(image, spacing_m, recipe, settings, particles)
    result |= core_conductivities(image, spacing_m, recipe, settings, particles)
    result |= face_resistances(result, image, spacing_m, settings.face_margin_um)
    found = [key for key in EXTRAPOLATED if result[key] is not None]
    report(", ".join(f"{key} = {result[key]:.4g}" for key in found))
    if "reason" in result:
        report(result["reason"])
    write_sidecar(
        snakemake, snakemake.output.sidecar, {**result, "cost": total_cost(voxels=image.size)}
    )


run_script(snakemake, main)
