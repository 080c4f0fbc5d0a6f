"""One published composite: pressed from powders on the line, and its conductivities."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from castline.base.errors import InputError
from castline.base.seeds import seed_for
from castline.composites.settings import CompositeSetConfig, SampleConfig
from castline.lammps.forcefield import ForceField
from castline.line.calendering import STOPS
from castline.line.order import ROUTES
from castline.line.settings import LineSettings
from castline.line.stage import Bench, Result, Stage
from castline.packing.state import ParticleState
from castline.packing.structure import structure_metrics
from castline.recipe.materials import Density
from castline.recipe.psd import SizeClasses
from castline.recipe.recipe import Composition, Densities, Recipe, make_recipe, sphere_volume
from castline.transport.film import core_conductivities, film_conductivities, imaged
from castline.transport.settings import TransportConfig

MEASURED_STATE = "assembled"


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


def section_of(stage: Stage, line: LineSettings, given: CompositeSetConfig):
    """The section of a stage, with the pressures of the set."""
    section = line.of_stage(stage)
    if stage.name == "calendering":
        stops = {**dict.fromkeys(STOPS), "pressure_mpa": given.press_mpa}
        return section.model_copy(update=stops)
    if stage.name == "assembling":
        return section.model_copy(update={"pressure_mpa": given.cell_mpa})
    return section


def press_film(
    line: LineSettings,
    force_field: ForceField,
    given: CompositeSetConfig,
    names: tuple[str, str, int],
    work: Path,
    report: Callable[[str], None],
) -> Result:
    """Settle, press and load one film; what LAMMPS has finished before is replayed.

    Parameters
    ----------
    names : set, sample, and number of the film; seed and folders follow from them.

    Returns
    -------
    The result of the last stage, with the cost of all in its summary.

    Raises
    ------
    SimulationError, ConfigError
        By the stages and `recipe_of`.
    """
    recipe = recipe_of(given.samples[names[1]], given)
    result, seconds, memory_mb = None, 0.0, 0.0
    for stage in ROUTES["powder"]:
        bench = Bench(
            work=work / "_".join(map(str, names)),
            seed=seed_for(line.seed, "composites", *names, stage.name),
            report=report,
            acceleration=line.acceleration,
        )
        result = stage.run(recipe, force_field, section_of(stage, line, given), result, bench)
        seconds += result.summary["cost"]["core_seconds"]
        memory_mb = max(memory_mb, result.summary["cost"]["peak_memory_mb"])
    cost = {**result.summary["cost"], "core_seconds": seconds, "peak_memory_mb": memory_mb}
    return Result(result.states, result.tables, {**result.summary, "cost": cost})


def film_numbers(
    state: ParticleState,
    given: CompositeSetConfig,
    sample: str,
    settings: TransportConfig,
    report: Callable[[str], None],
) -> dict:
    """Porosity, volume fractions and conductivities of one film.

    The conductivities are those of its core, without `given.face_margin_um` at the faces. Where an
    interface resists, the intrinsic conductivities of `settings` count; without, none does.

    Returns
    -------
    The columns of the table `composite_films` but for its keys.
    """
    recipe = recipe_of(given.samples[sample], given)
    settings = settings.model_copy(update={"face_margin_um": given.face_margin_um})
    image, particles, spacing_m = imaged(state, settings, report)
    structure = structure_metrics(recipe, state, MEASURED_STATE, image)
    whole = film_conductivities(image, spacing_m, recipe, settings, particles)
    core = core_conductivities(image, spacing_m, recipe, settings, particles)
    bulk_s_per_m = settings.sigma_se_bulk_ms_per_cm * 0.1
    for carrier in ("e", "ion"):
        has_film = whole[f"sigma_{carrier}_s_per_m"] is not None
        if has_film and core[f"sigma_{carrier}_core_s_per_m"] is None:
            raise InputError(
                f"composites: face_margin_um {given.face_margin_um:g} leaves less than half of a "
                f"film of {structure['thickness_um']:.3g} um; lower it or raise particles"
            )
    core_ion = core["sigma_ion_core_s_per_m"]
    return {
        "particles": state.count,
        "porosity": structure["porosity"],
        "thickness_um": structure["thickness_um"],
        **{f"voxel_fraction_{p}": structure[f"voxel_fraction_{p}"] for p in ("am", "se", "cbd")},
        "sigma_e_s_per_m": whole["sigma_e_s_per_m"],
        "sigma_e_core_s_per_m": core["sigma_e_core_s_per_m"],
        "diffusivity_ratio": whole["diffusivity_ratio"],
        "diffusivity_ratio_core": None if core_ion is None else core_ion / bulk_s_per_m,
    }
