"""The CBD conductivity that brings simulated to measured electronic conductivities."""

from castline.base.files import read_json, write_table
from castline.campaign.described import TABLES
from castline.campaign.script import run_script
from castline.images.vtk_files import read_vti
from castline.recipe.electrode import Electrode
from castline.recipe.recipe import Recipe
from castline.results.stated import SIGMA_CBD_REFITTED
from castline.results.tables import read_table
from castline.transport.cbd_refit import NEEDS, Film, refit_campaign
from castline.transport.imaging import read_particles
from castline.transport.settings import TransportConfig


def main(report):
    given, out = snakemake.input, snakemake.output
    settings = TransportConfig(**snakemake.params.settings)
    recipes = {Electrode.of_path(path): path for path in given.recipes}
    images = {Electrode.of_path(path): path for path in given.images}

    def films_of(psd, content):
        found = []
        for electrode, path in images.items():
            if (electrode.psd, electrode.percent) == (psd, content):
                recipe = Recipe.from_dict(read_json(recipes[electrode._replace(replicate=None)]))
                image, spacing_m, _ = read_vti(path, "phase")
                particles = read_particles(path, settings)
                found.append(Film(electrode.replicate, image, spacing_m, recipe, particles))
        return found

    table = TABLES["measured_electrodes"]
    measured = read_table(given.measured, table, NEEDS, may_be_empty=True)
    refit, refitted = refit_campaign(films_of, measured, settings, report)
    write_table(out.refit, refit)
    write_table(out.sigma_e, refitted)
    report(f"the study fitted {SIGMA_CBD_REFITTED.low:g} S/m on AM_1")


run_script(snakemake, main)
