"""What the half-cell model needs of a film, from the campaign's tables and its recipe."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from castline.base.errors import InputError
from castline.cell.settings import CellConfig
from castline.recipe.phases import Phase
from castline.recipe.recipe import Recipe
from castline.results.schema import KEYS

FARADAY_C_PER_MOL = 96485.33212
STRUCTURE = ["thickness_um", "volume_fraction_am", "voxel_fraction_se", "contact_area_am_se_per_m"]
TRANSPORT = [
    *("sigma_e_s_per_m", "sigma_ion_s_per_m"),
    *("sigma_e_core_s_per_m", "sigma_ion_core_s_per_m"),
]
AVERAGED = (
    *("thickness_m", "am_fraction", "se_fraction", "contact_area_per_m"),
    *("sigma_e_s_per_m", "sigma_ion_s_per_m"),
)
NEEDS = {
    "structure": [*KEYS, "state", *STRUCTURE],
    "transport": [*KEYS, "state", *TRANSPORT],
}


@dataclass(frozen=True)
class Film:
    """One composite cathode.

    Attributes
    ----------
    thickness_m : float
    am_fraction, se_fraction : volume of AM (by mass) and share of SE in the image, per film volume.
    contact_area_per_m : AM-SE contact area per film volume, m2/m3.
    sigma_e_s_per_m, sigma_ion_s_per_m : effective conductivities.
    radii_m : ascending radii of the AM's size classes.
    volume_shares : share of the AM's volume that each class carries; sums to 1.
    am_density_kg_per_m3 : float
    """

    thickness_m: float
    am_fraction: float
    se_fraction: float
    contact_area_per_m: float
    sigma_e_s_per_m: float
    sigma_ion_s_per_m: float
    radii_m: tuple[float, ...]
    volume_shares: tuple[float, ...]
    am_density_kg_per_m3: float

    @property
    def sauter_radius_m(self) -> float:
        """Volume-to-surface mean radius 3 V / S."""
        return 1.0 / float(np.sum(np.divide(self.volume_shares, self.radii_m)))

    @property
    def surface_per_m(self) -> float:
        """Whole surface of the AM spheres per film volume, m2/m3."""
        return 3.0 * self.am_fraction / self.sauter_radius_m

    @property
    def contact_share(self) -> float:
        """Share of the AM's surface that touches SE."""
        return self.contact_area_per_m / self.surface_per_m

    def with_particles(self, factor: float) -> "Film":
        """The same film of larger particles, its contact area unchanged."""
        return replace(self, radii_m=tuple(factor * r for r in self.radii_m))


def no_path(film: Film) -> str:
    """Why a film cannot work in a cell, or nothing."""
    lacks = [
        f"{name} is {value:g}"
        for name, value in (
            ("sigma_e_s_per_m", film.sigma_e_s_per_m),
            ("sigma_ion_s_per_m", film.sigma_ion_s_per_m),
            ("contact_area_am_se_per_m", film.contact_area_per_m),
        )
        if not value > 0
    ]
    return "no path: " + ", ".join(lacks) if lacks else ""


def size_classes(recipe: Recipe) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Radii (m, ascending) of the AM and the share of its volume in each."""
    am = sorted((c.diameter_dry_m / 2, c.count) for c in recipe.classes if c.phase == Phase.AM.name)
    radii, counts = np.array(am).T
    volume = counts * radii**3
    return tuple(radii.tolist()), tuple((volume / volume.sum()).tolist())


def films(
    structure: pd.DataFrame,
    transport: pd.DataFrame,
    recipes: dict[tuple[str, float], Recipe],
    state: str,
) -> list[tuple[dict, Film, "Faces"]]:
    """Every film of a state: its keys, the film as simulated, and how it grows.

    Parameters
    ----------
    structure, transport : tables with the columns `NEEDS`.
    recipes : by distribution and solid content in percent.

    Raises
    ------
    InputError
        There is no film of that state, or one of the tables or recipes lacks it.
    """
    parts = [table[table["state"] == state] for table in (structure, transport)]
    both = parts[0][NEEDS["structure"]].merge(
        parts[1][NEEDS["transport"]], on=[*KEYS, "state"], how="outer", indicator=True
    )
    if both.empty:
        raise InputError(f"structure table: no {state} film")
    lost = both[both["_merge"] != "both"]
    if len(lost):
        row = lost.iloc[0]
        lacking = "transport" if row["_merge"] == "left_only" else "structure"
        raise InputError(
            f"{lacking} table: no {state} {row['psd']}, {row['solid_content_percent']:g} %, "
            f"replicate {row['replicate']}"
        )
    found = []
    for row in both.to_dict("records"):
        electrode = row["psd"], float(row["solid_content_percent"])
        if electrode not in recipes:
            raise InputError(f"no recipe of {electrode[0]}, {electrode[1]:g} %")
        recipe = recipes[electrode]
        radii, shares = size_classes(recipe)
        film = Film(
            thickness_m=row["thickness_um"] * 1e-6,
            am_fraction=row["volume_fraction_am"],
            se_fraction=row["voxel_fraction_se"],
            contact_area_per_m=row["contact_area_am_se_per_m"],
            sigma_e_s_per_m=row["sigma_e_s_per_m"],
            sigma_ion_s_per_m=row["sigma_ion_s_per_m"],
            radii_m=radii,
            volume_shares=shares,
            am_density_kg_per_m3=recipe.densities.am,
        )
        keys = {name: row[name] for name in [*KEYS, "state"]}
        core = row["sigma_e_core_s_per_m"], row["sigma_ion_core_s_per_m"]
        found.append((keys, film, Faces(*core)))
    return found


@dataclass(frozen=True)
class Faces:
    """How a film's conductivities follow from its thickness: it grows by more of its core.

    The simulated film is a series of core and faces; a thicker one has the same two faces and more
    core, ``1 / sigma(T) = (L / sigma + (T - L) / sigma_core) / T``. Where there is no core value,
    the film's is kept.

    Attributes
    ----------
    sigma_e_core_s_per_m, sigma_ion_core_s_per_m : of the film without its faces; NaN for none.
    """

    sigma_e_core_s_per_m: float
    sigma_ion_core_s_per_m: float

    def grown(self, film: Film, thickness_m: float) -> Film:
        """The same film at another thickness.

        Raises
        ------
        InputError
            It would be thinner than its faces.
        """
        ratio = film.thickness_m / thickness_m

        def sigma(whole: float, core: float) -> float:
            if not whole > 0 or not core > 0:
                return whole
            resistivity = ratio / whole + (1.0 - ratio) / core
            if not resistivity > 0:
                raise InputError(
                    f"a film of {thickness_m * 1e6:.3g} um would be thinner than the faces of the "
                    f"simulated one, {film.thickness_m * 1e6:.3g} um"
                )
            return 1.0 / resistivity

        return replace(
            film,
            thickness_m=thickness_m,
            sigma_e_s_per_m=sigma(film.sigma_e_s_per_m, self.sigma_e_core_s_per_m),
            sigma_ion_s_per_m=sigma(film.sigma_ion_s_per_m, self.sigma_ion_core_s_per_m),
        )


def maximum_concentration(film: Film, config: CellConfig) -> float:
    """Lithium sites per volume of AM, mol/m3."""
    given = config.maximum_concentration_mol_per_m3
    return given or film.am_density_kg_per_m3 / (config.am_molar_mass_g_per_mol * 1e-3)


def capacity_per_gram(film: Film, config: CellConfig, stoichiometry_start: float) -> float:
    """Nominal capacity, mAh per g of AM, from where discharge begins to `stoichiometry_full`."""
    charge = FARADAY_C_PER_MOL * maximum_concentration(film, config)
    window = config.stoichiometry_full - stoichiometry_start
    return charge * window / 3.6 / film.am_density_kg_per_m3 / 1e3


def capacity_per_area(film: Film, config: CellConfig, stoichiometry_start: float) -> float:
    """Nominal capacity, mAh per cm2 of film."""
    grams_per_cm2 = film.am_density_kg_per_m3 * film.am_fraction * film.thickness_m * 0.1
    return capacity_per_gram(film, config, stoichiometry_start) * grams_per_cm2


def thicknesses_m(film: Film, config: CellConfig, stoichiometry_start: float) -> list[float]:
    """Thicknesses that the campaign asks for, of this film."""
    if config.thickness_um:
        return [t * 1e-6 for t in config.thickness_um]
    if config.loading_mah_per_cm2:
        per_metre = capacity_per_area(film, config, stoichiometry_start) / film.thickness_m
        return [loading / per_metre for loading in config.loading_mah_per_cm2]
    return [film.thickness_m]


def mean_film(films: list[Film]) -> Film:
    """Mean of replicates of one electrode, whose size classes are the same."""
    own = {name: float(np.mean([getattr(f, name) for f in films])) for name in AVERAGED}
    return replace(films[0], **own)
