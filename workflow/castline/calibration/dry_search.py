"""What a dry search measures: the films of all electrodes, stage by stage.

Observations come step by step, the cheap ones of all electrodes first, so that a hopeless candidate
can be given up early. The imports of this module are the physics that identifies a study.
"""

import math
from collections.abc import Generator

from castline.calibration.candidate import Candidate, Observed, keyed
from castline.calibration.targets import FILM, Key, Term
from castline.line.order import ROUTES
from castline.line.slurry import SLURRY
from castline.line.stage import Result
from castline.packing.structure import structure_metrics
from castline.recipe.electrode import Electrode
from castline.transport.film import core_conductivities, film_conductivities
from castline.transport.imaging import imaged


def dry_steps(
    candidate: Candidate, electrodes: list[Electrode], terms: list[Term]
) -> Generator[Observed, None, None]:
    """Films of all electrodes, state after state, as far as the terms ask for."""
    made: dict[tuple[str, Electrode], Result] = {}
    line = ROUTES["slurry"]
    for place, state in enumerate(line.films):
        later = line.films[place:]
        wanted = {k[2:4] for term in terms for k in term.keys if k.state in later}
        stage = line.maker_of(state)
        earlier = line.before(stage)
        for electrode in electrodes:
            if electrode[:2] not in wanted:
                continue
            start = (
                candidate.run(electrode, SLURRY, None)
                if earlier is SLURRY
                else made[earlier.name, electrode]
            )
            made[stage.name, electrode] = candidate.run(electrode, stage, start)
            yield electrode, _observe(candidate, electrode, state, made[stage.name, electrode])


def _observe(
    candidate: Candidate, electrode: Electrode, name: str, film: Result
) -> dict[Key, float]:
    recipe = candidate.line.recipe_of(*electrode[:2])
    settings = candidate.line.transport
    image, particles, spacing_m = imaged(film.state, settings)
    values = structure_metrics(recipe, film.state, name, image)
    values |= film_conductivities(image, spacing_m, recipe, settings, particles)
    core = core_conductivities(image, spacing_m, recipe, settings, particles)
    values |= {column: math.nan if value is None else value for column, value in core.items()}
    return keyed(electrode, name, values, FILM)
