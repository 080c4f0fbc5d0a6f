"""The particles of a published composite, from its section."""

import numpy as np

from castline.composites.settings import CompositeSetConfig, SampleConfig
from castline.recipe.materials import Density
from castline.recipe.psd import SizeClasses
from castline.recipe.recipe import Composition, Densities, Recipe, make_recipe, sphere_volume


def mass_fractions(sample: SampleConfig, given: CompositeSetConfig) -> dict[str, float]:
    """Mass fractions of the solids of a sample, by phase in small letters."""
    densities = {
        "am": given.active_material.density().value_kg_per_m3,
        "se": given.solid_electrolyte.density().value_kg_per_m3,
        "cbd": given.cbd.solids_density_g_per_cm3 * 1e3,
    }
    parts = {
        phase: getattr(sample, phase) * (density if given.percent_by == "volume" else 1.0)
        for phase, density in densities.items()
    }
    return {phase: part / sum(parts.values()) for phase, part in parts.items()}


def particles_per_kg(sample: SampleConfig, given: CompositeSetConfig) -> float:
    """Spheres in a mass of the solids of a sample."""
    cbd = SizeClasses(np.array([given.cbd.dry_diameter_um * 1e-6]), np.ones(1))
    solids_kg_per_m3 = given.cbd.solids_density_g_per_cm3 * 1e3
    powders = {
        "am": (given.active_material_psd.size_classes(), given.active_material.density()),
        "se": (given.solid_electrolyte_psd.size_classes(), given.solid_electrolyte.density()),
        "cbd": (cbd, Density(solids_kg_per_m3 * (1 - given.cbd.nanoporosity), "with nanopores")),
    }
    count = 0.0
    for phase, fraction in mass_fractions(sample, given).items():
        sizes, density = powders[phase]
        per_m3 = float((sizes.volume_fraction / sphere_volume(sizes.diameter_m)).sum())
        count += fraction / density.value_kg_per_m3 * per_m3
    return count


def recipe_of(sample: SampleConfig, given: CompositeSetConfig) -> Recipe:
    """Particles of one sample, `given.particles` of them but for the rounding of counts.

    Raises
    ------
    ConfigError
        A phase of the sample gets no particle; see `castline.recipe.recipe.make_recipe`.
    """
    return make_recipe(
        composition=Composition(**mass_fractions(sample, given)),
        densities=Densities(
            am=given.active_material.density().value_kg_per_m3,
            se=given.solid_electrolyte.density().value_kg_per_m3,
            cbd_solids=given.cbd.solids_density_g_per_cm3 * 1e3,
            solvent=1e3,  # there is none
        ),
        solid_content=1.0,
        dry_mass_kg=(sample.particles or given.particles) / particles_per_kg(sample, given),
        am_sizes=given.active_material_psd.size_classes(),
        se_sizes=given.solid_electrolyte_psd.size_classes(),
        cbd_dry_diameter_m=given.cbd.dry_diameter_um * 1e-6,
        cbd_nanoporosity=given.cbd.nanoporosity,
    )
