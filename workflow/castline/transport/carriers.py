"""Which conductivities the films of a recipe have; the solver, slow to import, is not needed."""

from castline.recipe.phases import Phase
from castline.recipe.recipe import Recipe
from castline.transport.settings import TransportConfig

CARRIERS = ("electronic", "ionic")


def missing_carriers(recipe: Recipe, settings: TransportConfig) -> dict[str, str]:
    """Why the films of a recipe have no electronic or no ionic conductivity; nothing if they have.

    Returns
    -------
    The reason by `electronic` and `ionic`, for what no phase of the recipe carries.
    """
    reasons = {}
    electronic = {Phase.AM: settings.sigma_am_s_per_m, Phase.CBD: settings.sigma_cbd_s_per_m}
    there = [phase for phase in electronic if recipe.holds(phase)]
    if not any(electronic[phase] for phase in there):
        reasons["electronic"] = (
            f"no electronic conductivity: {' and '.join(p.name for p in there)} given 0 S/m"
            if there
            else "no electronic conductivity: the composition holds no AM and no CBD"
        )
    if not recipe.holds(Phase.SE):
        reasons["ionic"] = "no ionic conductivity: the composition holds no SE"
    return reasons
