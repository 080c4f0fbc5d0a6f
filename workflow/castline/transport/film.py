"""Electronic and ionic conductivity of a film, as the study defines them.

Electronic: Poisson equation over AM and CBD, 1 V between the z faces, sides periodic. Ionic: Fick's
first law in the SE alone between the z faces, D/D_bulk times the bulk conductivity of the SE.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from castline.base.errors import InputError
from castline.packing.nanoporosity import cbd_nanoporosity
from castline.packing.state import ParticleState
from castline.recipe.phases import Phase
from castline.recipe.recipe import Recipe
from castline.transport.carriers import CARRIERS, missing_carriers
from castline.transport.imaging import imaged
from castline.transport.interfaces import interface_resistances
from castline.transport.percolation import percolating_voxels
from castline.transport.settings import TransportConfig
from castline.transport.solve import effective_conductivity
from castline.transport.subvoxel import cbd_conductivity_s_per_m
from castline.transport.voxel_series import extrapolate_voxel_series

EXTRAPOLATED = ("sigma_e_s_per_m", "sigma_ion_s_per_m")
CORE = ("sigma_e_core_s_per_m", "sigma_ion_core_s_per_m")


def film_cbd_conductivity(
    image: np.ndarray, spacing_m, recipe: Recipe, settings: TransportConfig
) -> float:
    """Conductivity of the film's CBD voxels, S/m, from its nanoporosity where that is asked for."""
    if settings.cbd_nanoporosity_exponent == 0 or recipe.cbd is None:
        return settings.sigma_cbd_s_per_m
    volume_m3 = float(np.prod(spacing_m)) * image.size
    fraction = float((image == Phase.CBD).mean())
    return cbd_conductivity_s_per_m(
        cbd_nanoporosity(recipe, fraction, volume_m3),
        reference_s_per_m=settings.sigma_cbd_s_per_m,
        reference_nanoporosity=recipe.cbd_nanoporosity,
        exponent=settings.cbd_nanoporosity_exponent,
    )


def phase_conductivities(
    image: np.ndarray, spacing_m, recipe: Recipe, settings: TransportConfig
) -> tuple[np.ndarray, np.ndarray]:
    """By label of the image: electronic conductivity in S/m, and ionic over that of the SE."""
    electronic = np.zeros(len(Phase))
    electronic[Phase.AM] = settings.sigma_am_s_per_m
    electronic[Phase.CBD] = film_cbd_conductivity(image, spacing_m, recipe, settings)
    ionic = np.zeros(len(Phase))
    ionic[Phase.SE] = 1.0
    return electronic, ionic


def phase_interfaces(
    image: np.ndarray, particles: np.ndarray | None, spacing_m, settings: TransportConfig
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Resistances between particles, as `effective_conductivity` takes them; None without any.

    Parameters
    ----------
    particles : (nx, ny, nz) numbers of particles, as `castline.images.film.film_particles` gives
        them; not needed where no contact resists.

    Returns
    -------
    To electrons in ohm m2, and to ions relative to the SE as their conductivity is, in m.

    Raises
    ------
    InputError
        If contacts resist and the particles are not known.
    """
    if settings.interface_resistance_ohm_m2.any and particles is None:
        raise InputError(
            "transport.interface_resistance_ohm_m2 needs to know which particle owns each voxel, "
            "and this image has no field `particle`"
        )
    found = []
    for carrier, unit in zip(CARRIERS, (1.0, settings.sigma_se_bulk_ms_per_cm * 0.1), strict=True):
        pairs = settings.interface_resistance_ohm_m2.ohm_m2(carrier)
        scaled = {pair: unit * value for pair, value in pairs.items()}
        found.append(interface_resistances(image, particles, spacing_m, scaled) if pairs else None)
    return found[0], found[1]


def film_conductivities(
    image: np.ndarray,
    spacing_m,
    recipe: Recipe,
    settings: TransportConfig,
    particles: np.ndarray | None = None,
) -> dict:
    """Conductivities along z of a label image (nx, ny, nz), spacing in m.

    Parameters
    ----------
    particles : as of `phase_interfaces`.

    Returns
    -------
    sigma_e_s_per_m, sigma_ion_s_per_m, diffusivity_ratio (D/D_bulk), the CBD conductivity used,
    whether each path percolates, the fraction of the conducting voxels that do, residual flux
    imbalances, iterations. What no phase of the recipe carries (`missing_carriers`) is None, and
    `reason` says why.
    """
    electronic, ionic = phase_conductivities(image, spacing_m, recipe, settings)
    missing = missing_carriers(recipe, settings)
    e, ion = (
        None
        if carrier in missing
        else effective_conductivity(phases[image], spacing_m, face_resistance_ohm_m2=faces)
        for carrier, phases, faces in zip(
            CARRIERS,
            (electronic, ionic),
            phase_interfaces(image, particles, spacing_m, settings),
            strict=True,
        )
    )
    bulk_s_per_m = settings.sigma_se_bulk_ms_per_cm * 0.1
    return {
        "sigma_e_s_per_m": e and e.value_s_per_m,
        "sigma_ion_s_per_m": ion and bulk_s_per_m * ion.value_s_per_m,
        "diffusivity_ratio": ion and ion.value_s_per_m,
        "cbd_conductivity_s_per_m": recipe.cbd and float(electronic[Phase.CBD]),
        "electronic_percolates": e and e.percolates,
        "ionic_percolates": ion and ion.percolates,
        "cbd_percolates": recipe.cbd and _percolates(image == Phase.CBD),
        "electronic_percolating_fraction": e and e.percolating_fraction,
        "ionic_percolating_fraction": ion and ion.percolating_fraction,
        "electronic_flux_imbalance": e and e.flux_imbalance,
        "ionic_flux_imbalance": ion and ion.flux_imbalance,
        "electronic_iterations": e and e.iterations,
        "ionic_iterations": ion and ion.iterations,
        **({"reason": "; ".join(missing.values())} if missing else {}),
    }


def _percolates(there: np.ndarray) -> bool:
    """Whether voxels connect the two z faces."""
    path, _, _ = percolating_voxels(there.astype(float), periodic=True)
    return bool(path.any())


def core_conductivities(
    image: np.ndarray,
    spacing_m,
    recipe: Recipe,
    settings: TransportConfig,
    particles: np.ndarray | None = None,
) -> dict[str, float | None]:
    """Conductivities along z of a film without `settings.face_margin_um` at each z face.

    A sphere touches a plane in a point, so that a film conducts less than what lies between its
    faces; the difference is what the faces cost.

    Parameters
    ----------
    particles : as of `phase_interfaces`.

    Returns
    -------
    sigma_e_core_s_per_m, sigma_ion_core_s_per_m; None if the margins leave less than half the film,
    or no phase of the recipe carries it.
    """
    margin = round(settings.face_margin_um * 1e-6 / spacing_m[2])
    inside = np.s_[:, :, margin : image.shape[2] - margin]
    core = image[inside]
    if core.shape[2] < image.shape[2] / 2:
        return dict.fromkeys(CORE)
    owners = None if particles is None else particles[inside]
    missing = missing_carriers(recipe, settings)
    return {
        name: (
            None
            if carrier in missing
            else unit
            * effective_conductivity(
                phases[core], spacing_m, face_resistance_ohm_m2=faces
            ).value_s_per_m
        )
        for name, carrier, unit, phases, faces in zip(
            CORE,
            CARRIERS,
            (1.0, settings.sigma_se_bulk_ms_per_cm * 0.1),
            phase_conductivities(image, spacing_m, recipe, settings),
            phase_interfaces(core, owners, spacing_m, settings),
            strict=True,
        )
    }


def face_resistances(
    conductivities: Mapping[str, float | None], image: np.ndarray, spacing_m, face_margin_um: float
) -> dict[str, float | None]:
    """Resistance times area of one face of a film against a plane current collector, ohm m2.

    What the film's resistance L / sigma has above that of its core, in the margins of both faces,
    halved. It holds the bulk of the margin too, which a film without faces would have.

    Parameters
    ----------
    conductivities : of film and core, as `film_conductivities` and `core_conductivities` give them.

    Returns
    -------
    face_resistance_e_ohm_m2, face_resistance_ion_ohm_m2; None where film or core do not conduct.
    """
    margin, layers = round(face_margin_um * 1e-6 / spacing_m[2]), image.shape[2]
    found: dict[str, float | None] = {}
    for carrier in ("e", "ion"):
        film = conductivities[f"sigma_{carrier}_s_per_m"]
        core = conductivities[f"sigma_{carrier}_core_s_per_m"]
        both = (
            spacing_m[2] * (layers / film - (layers - 2 * margin) / core) if film and core else None
        )
        found[f"face_resistance_{carrier}_ohm_m2"] = None if both is None else both / 2
    return found


def voxel_series(
    state: ParticleState, recipe: Recipe, settings: TransportConfig
) -> tuple[pd.DataFrame, dict]:
    """Conductivities of one film at every voxel size of the series, and their extrapolation.

    Returns
    -------
    Table with voxel_um, sigma_e_s_per_m, sigma_ion_s_per_m, coarse to fine; and for each quantity
    its extrapolated value, the half width of its interval, whether the series settles, and the
    error at `settings.voxel_um` in percent (None where the extrapolated value is zero or the
    series leaves that size out). What no phase of the recipe carries is None.
    """
    sizes_um = sorted(settings.voxel_series_um, reverse=True)
    rows = []
    for size_um in sizes_um:
        image, particles, spacing_m = imaged(
            state, settings.model_copy(update={"voxel_um": size_um})
        )
        result = film_conductivities(image, spacing_m, recipe, settings, particles)
        rows.append({"voxel_um": size_um, **{name: result[name] for name in EXTRAPOLATED}})
    table = pd.DataFrame(rows)
    summary = {}
    for name in EXTRAPOLATED:
        quantity = name.removesuffix("_s_per_m")
        if table[name].isna().all():
            summary |= {
                f"{quantity}_extrapolated_s_per_m": None,
                f"{quantity}_extrapolated_half_width_s_per_m": None,
                f"{quantity}_series_settles": None,
                f"{quantity}_voxel_error_percent": None,
            }
            continue
        limit = extrapolate_voxel_series(np.array(sizes_um) * 1e-6, table[name])
        errors = dict(zip(sizes_um, limit.relative_error, strict=True))
        error = errors.get(settings.voxel_um, np.nan)
        summary |= {
            f"{quantity}_extrapolated_s_per_m": limit.value,
            f"{quantity}_extrapolated_half_width_s_per_m": limit.uncertainty,
            f"{quantity}_series_settles": limit.settles,
            f"{quantity}_voxel_error_percent": None if np.isnan(error) else 100 * error,
        }
    return table, summary
