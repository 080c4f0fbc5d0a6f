"""Whether the carbon and binder of a recipe can carry its solvent: what is known before anything
runs.

The solvent has no particles; it swells the CBD, and the forces of the slurry are those of their
gel, (c / c_ref)^k of its solids fraction c. With little carbon and binder the spheres become as
large as the box, and the forces vanish.
"""

from dataclasses import replace

import numpy as np

from castline.lammps.forcefield import ForceField
from castline.packing.state import ParticleState, initial_arrays
from castline.recipe.recipe import Recipe


def one_of_each(recipe: Recipe) -> ParticleState:
    """One slurry particle of each class, in no particular place: all that forces depend on."""
    single = replace(recipe, classes=tuple(replace(c, count=1) for c in recipe.classes))
    arrays = initial_arrays(single, dry=False)
    nowhere = np.zeros((len(arrays["ids"]), 3))
    return ParticleState(np.zeros(3), np.ones(3), (True, True, True), position_m=nowhere, **arrays)


def what_would_carry(recipe: Recipe, factor: float, force_field: ForceField) -> str:
    """The CBD fraction, and the solid content, at which the forces are `factor` times as strong.

    About, as sizes and masses of the CBD change a little, too.
    """
    share = recipe.cbd_solids_fraction * factor ** (1 / force_field.gel.exponent)
    if not share < 1:
        return "an electrode without solvent"
    densities = recipe.densities
    solids = recipe.cbd.count * recipe.cbd.solids_mass_kg / recipe.dry_mass_kg
    # c / (1 - c) is the volume of solids over that of solvent
    ratio = share / (1 - share)
    solvent = recipe.solvent_mass_kg / recipe.dry_mass_kg
    cbd = ratio * solvent / densities.solvent * densities.cbd_solids
    enough = solids / densities.cbd_solids / ratio * densities.solvent
    content = 1 / (1 + enough)
    more = f"cbd of about {100 * cbd:.2g} %, or " if cbd < 1 else ""
    return f"{more}a solid content of about {100 * content:.0f} %"
