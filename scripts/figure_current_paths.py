"""Current paths of one film of each distribution, solved again from its particle state."""

import numpy as np

from castline.campaign.script import read_states, run_script
from castline.figures.current_paths import CARRIERS, CurrentPaths, current_paths_figure
from castline.figures.style import save
from castline.images.film import film_image
from castline.recipe.settings import PsdConfig, RecipeConfig, build_recipe
from castline.transport import effective_conductivity
from castline.transport.film import phase_conductivities
from castline.transport.settings import TransportConfig
from castline.transport.streamlines import face_fluxes, streamlines

PATHS = 120
POINTS_M = 0.05e-6


def film_paths(film, psd, content, params) -> dict[str, CurrentPaths]:
    """Paths of the currents that percolate through one film."""
    settings = TransportConfig(**params.transport)
    recipe = build_recipe(
        RecipeConfig(**params.recipe), PsdConfig(**params.matrix["psds"][psd]), content / 100
    )
    image, spacing_m = film_image(film, settings.voxel_um * 1e-6)
    found = {}
    for current, by_label in zip(
        CARRIERS, phase_conductivities(image, spacing_m, recipe, settings), strict=True
    ):
        sigma = by_label[image]
        solved = effective_conductivity(sigma, spacing_m, with_fields=True)
        if solved.percolates:
            fluxes = face_fluxes(sigma, solved.potential_v, spacing_m)
            paths, densities = streamlines(fluxes, spacing_m, PATHS, POINTS_M)
            mean = fluxes[2][:, :, 0].mean()
            found[current] = CurrentPaths(paths, [np.asarray(d) / mean for d in densities])
    return found


def main(report):
    params = snakemake.params
    states = read_states(snakemake.input)
    contents = sorted({content for _, _, content in states})
    middle = contents[len(contents) // 2]
    films = {(psd, sc): states[name, psd, sc] for name, psd, sc in sorted(states) if sc == middle}
    paths = {
        (current, *cell): found
        for cell, film in films.items()
        for current, found in film_paths(film, *cell, params).items()
    }
    save(current_paths_figure(films, paths, PATHS), snakemake.output)
    report("drawn")


run_script(snakemake, main)
