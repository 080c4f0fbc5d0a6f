"""What is predicted of one film of a published composite."""

from collections.abc import Callable

from castline.base.errors import InputError
from castline.composites.films import measured_state
from castline.composites.recipes import recipe_of
from castline.composites.settings import CompositeSetConfig
from castline.packing.state import ParticleState
from castline.packing.structure import structure_metrics
from castline.transport.film import core_conductivities, film_conductivities
from castline.transport.imaging import imaged
from castline.transport.settings import TransportConfig


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
    structure = structure_metrics(recipe, state, measured_state(given.samples[sample]), image)
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
