"""Pores inside the carbon-binder domain."""

from castline.base.errors import InputError
from castline.recipe.recipe import Recipe


def cbd_nanoporosity(recipe: Recipe, cbd_fraction: float, volume_m3: float) -> float | None:
    """Pore fraction inside dry CBD: 1 - solids / volume that the CBD fills in the label image.

    None without CBD.

    Calendering presses CBD particles into each other and into their neighbours, so they fill less
    volume while their solids stay: the nanoporosity falls.

    Raises
    ------
    InputError
        There is CBD in the recipe, and none in the image.
    """
    if recipe.cbd is None:
        return None
    if cbd_fraction <= 0:
        raise InputError("structure: the label image holds no CBD voxel")
    solids = recipe.cbd.count * recipe.cbd.solids_mass_kg / recipe.densities.cbd_solids
    return 1.0 - solids / (cbd_fraction * volume_m3)
