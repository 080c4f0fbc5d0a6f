"""What a slurry search measures: slurries of all electrodes, then their flow curves.

Observations come step by step, the cheap ones of all electrodes first, so that a hopeless candidate
can be given up early. The imports of this module are the physics that identifies a study.
"""

from collections.abc import Generator, Iterable

from castline.calibration.candidate import Candidate, Observed, keyed
from castline.calibration.targets import SLURRY as WANTED
from castline.calibration.targets import VISCOSITY, Key, Term
from castline.images.film import slurry_image
from castline.line.slurry import SLURRY
from castline.line.viscosity import VISCOSITY as SHEAR
from castline.line.viscosity import shear
from castline.packing.structure import structure_metrics
from castline.recipe.electrode import Electrode


def slurry_steps(
    candidate: Candidate, electrodes: list[Electrode], terms: list[Term]
) -> Generator[Observed, None, None]:
    """Slurries of all electrodes, then the viscosities that the terms ask for."""
    line, slurries = candidate.line, {}
    for electrode in electrodes:
        slurries[electrode] = candidate.run(electrode, SLURRY, None)
        yield electrode, _observe(candidate, electrode, slurries[electrode].state)
    for electrode in electrodes:
        rates = _rates(terms, electrode)
        if not rates:
            continue
        curve = shear(
            line.recipe_of(*electrode[:2]),
            candidate.slurry_set,
            line.viscosity.model_copy(update={"shear_rates_per_s": rates}),
            slurries[electrode],
            candidate.bench(electrode, SHEAR),
        )
        for point, _, _ in curve:
            key = Key(VISCOSITY, "slurry", *electrode[:2], point.shear_rate_per_s)
            yield electrode, {key: point.viscosity_pa_s}


def _rates(terms: Iterable[Term], electrode: Electrode) -> list[float]:
    """Shear rates that the terms need of an electrode."""
    keys = {key for term in terms for key in term.keys if key.observable == VISCOSITY}
    return sorted({k.shear_rate_per_s for k in keys if k[2:4] == electrode[:2]})


def _observe(candidate: Candidate, electrode: Electrode, state) -> dict[Key, float]:
    recipe = candidate.line.recipe_of(*electrode[:2])
    image, _ = slurry_image(state, candidate.line.transport)
    values = structure_metrics(recipe, state, "slurry", image)
    return keyed(electrode, "slurry", values, WANTED)
