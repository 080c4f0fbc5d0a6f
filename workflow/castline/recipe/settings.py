"""Config sections of what goes into an electrode: recipe, size distributions, and the matrix."""

import re
from typing import Annotated

from pydantic import Field, field_validator, model_validator

from castline.base.paths import located
from castline.base.sections import FilePath, Fraction, Name, Positive, Section
from castline.recipe import psd as psds
from castline.recipe.electrode import (
    PRESS,
    SOLID_CONTENT,
    Axis,
    contents_of,
    powders_of,
    split_powder,
)
from castline.recipe.materials import CRYSTALS, Density, crystal_density
from castline.recipe.psd_files import OWN_COLUMNS, PsdReading, from_csv
from castline.recipe.recipe import Composition, Densities, Kind, Recipe, make_recipe
from castline.recipe.replicates import Replicates

# The solid content of a powder, wt.%.
ALL_SOLIDS = "100"
# Beside the folders of the size distributions in results/<campaign>.
RESULT_FOLDERS = {"calibration", "exchange", "figures", "report", "tables", "work"}


class MaterialConfig(Section):
    """Density of a solid: from its crystal structure, or given."""

    crystal: str | None = Field(
        default=None, description=f"crystal structure: {', '.join(sorted(CRYSTALS))}; or none"
    )
    density_g_per_cm3: Positive | None = Field(
        default=None, description="in place of the crystal's density, g/cm3; needed without one"
    )

    @field_validator("crystal")
    @classmethod
    def known(cls, value: str | None) -> str | None:
        if value is not None and value not in CRYSTALS:
            raise ValueError(f"not a known crystal; allowed: {', '.join(sorted(CRYSTALS))}")
        return value

    @model_validator(mode="after")
    def some_density(self) -> "MaterialConfig":
        if self.crystal is None and self.density_g_per_cm3 is None:
            raise ValueError("needs a crystal, or density_g_per_cm3")
        return self

    def density(self) -> Density:
        if self.density_g_per_cm3 is None:
            return crystal_density(self.crystal)
        value = self.density_g_per_cm3 * 1e3
        if self.crystal is None:
            return Density(value, "given in the config")
        return Density(
            value,
            f"config override; crystal: {crystal_density(self.crystal).value_kg_per_m3:.0f} "
            f"kg/m3, {crystal_density(self.crystal).provenance}",
        )


class SizesConfig(Section):
    """A particle size distribution: either a CSV, or a log-normal by volumetric D50 and sigma."""

    csv: FilePath | None = Field(
        default=None,
        description="text file with columns diameter_um, volume_fraction, or an instrument's own",
    )
    reading: PsdReading | None = Field(
        default=None, description="what the header of that file does not say"
    )
    d50_um: Positive | None = Field(default=None, description="volumetric median diameter, um")
    sigma: Annotated[float, Field(ge=0, le=2)] = Field(
        default=0.0, description="standard deviation of ln(diameter); 0 is monodisperse"
    )
    classes: int = Field(default=6, ge=1, le=20, description="number of size classes")

    @classmethod
    def choices(cls) -> tuple[str, ...]:
        """The keys of which one says what the sizes are."""
        return ("csv", "d50_um")

    @model_validator(mode="after")
    def one_source(self) -> "SizesConfig":
        given = [key for key in self.choices() if getattr(self, key) is not None]
        if len(given) != 1:
            raise ValueError(f"needs exactly one of {' and '.join(self.choices())}")
        if self.reading is not None and self.csv is None:
            raise ValueError("reading is about a csv, and there is none")
        return self

    def size_classes(self) -> psds.SizeClasses:
        if self.csv is not None:
            return from_csv(located(self.csv), self.reading or OWN_COLUMNS)
        return psds.log_normal(self.d50_um * 1e-6, self.sigma, self.classes)

    def fine_classes(self) -> psds.SizeClasses:
        """The distribution cut finely enough to be drawn; a CSV as it is."""
        if self.csv is not None:
            return self.size_classes()
        return psds.log_normal(self.d50_um * 1e-6, self.sigma, 400)


class KindConfig(SizesConfig):
    """One of several active materials that make one powder."""

    mass_fraction: Annotated[float, Field(gt=0, lt=1)] = Field(
        description="part of the active material's mass; those of all kinds sum to 1"
    )
    active_material: MaterialConfig | None = Field(
        default=None, description="its material; recipe.active_material where no kind gives one"
    )


class PsdConfig(SizesConfig):
    """Sizes of the active material: a CSV, a log-normal, or several kinds with their own."""

    kinds: dict[Name, KindConfig] | None = Field(
        default=None,
        description="active materials by name, such as the coarse and the fine powder of a bimodal "
        "cathode, in place of one csv or d50_um",
    )

    @classmethod
    def choices(cls) -> tuple[str, ...]:
        return (*super().choices(), "kinds")

    @model_validator(mode="after")
    def kinds_close(self) -> "PsdConfig":
        if self.kinds is None:
            return self
        own = PsdConfig.model_fields
        for key in ("sigma", "classes"):
            if getattr(self, key) != own[key].default:
                raise ValueError(f"{key} belongs to each of the kinds")
        total = sum(kind.mass_fraction for kind in self.kinds.values())
        if abs(total - 1.0) > 1e-9:
            raise ValueError(f"mass fractions of the kinds sum to {total:.10g}; must be 1")
        if len({kind.active_material is None for kind in self.kinds.values()}) > 1:
            raise ValueError("either all kinds give their active_material, or none")
        return self

    def sources(self) -> dict[str, SizesConfig]:
        """The sizes by the name of their kind, which is empty where there is one."""
        return {"": self} if self.kinds is None else dict(self.kinds)

    def csv_files(self) -> list[str]:
        """The files that it reads."""
        return [sizes.csv for sizes in self.sources().values() if sizes.csv is not None]

    def size_classes(self) -> psds.SizeClasses:
        """The classes of all kinds."""
        if self.kinds is None:
            return super().size_classes()
        return self._mixed([kind.size_classes() for kind in self.kinds.values()])

    def fine_classes(self) -> psds.SizeClasses:
        if self.kinds is None:
            return super().fine_classes()
        return self._mixed([kind.fine_classes() for kind in self.kinds.values()])

    def _mixed(self, sizes: list[psds.SizeClasses]) -> psds.SizeClasses:
        """The kinds' distributions as one, by volume."""
        volumes = [
            kind.mass_fraction
            / (kind.active_material.density().value_kg_per_m3 if kind.active_material else 1.0)
            for kind in self.kinds.values()
        ]
        return psds.mixed(sizes, volumes)

    def of_kinds(self, default: MaterialConfig) -> psds.SizeClasses | list[Kind]:
        """What `make_recipe` takes: one distribution, or several kinds."""
        if self.kinds is None:
            return self.size_classes()
        return [
            Kind(
                name,
                kind.mass_fraction,
                kind.size_classes(),
                (kind.active_material or default).density().value_kg_per_m3,
            )
            for name, kind in self.kinds.items()
        ]

    def materials(self, default: MaterialConfig) -> dict[str, MaterialConfig]:
        """The materials by the name of their kind, which is empty where there is one."""
        if self.kinds is None:
            return {"": default}
        return {name: kind.active_material or default for name, kind in self.kinds.items()}


MassFraction = Annotated[float, Field(ge=0, le=1)]


class CompositionConfig(Section):
    """Dry composition by weight; the fractions sum to 1, and those left out beside others are 0."""

    am: MassFraction = Field(default=0.64, description="active material, mass fraction")
    se: MassFraction = Field(default=0.30, description="solid electrolyte, mass fraction")
    cbd: MassFraction = Field(default=0.06, description="carbon and binder, mass fraction")

    @model_validator(mode="before")
    @classmethod
    def absent_beside_others(cls, data):
        """The defaults are one composition; half of it beside other numbers means nothing."""
        if not isinstance(data, dict) or not data:
            return data
        return {**dict.fromkeys(cls.model_fields, 0.0), **data}

    @model_validator(mode="after")
    def sums_to_one(self) -> "CompositionConfig":
        total = self.am + self.se + self.cbd
        if abs(total - 1.0) > 1e-9:
            raise ValueError(f"am + se + cbd = {total:.10g}; must be 1")
        return self


class CbdConfig(Section):
    """Carbon-binder domain."""

    dry_diameter_um: Positive = Field(default=2.6, description="diameter when dry, um")
    nanoporosity: Fraction = Field(default=0.5, description="pore fraction inside dry CBD")
    solids_density_g_per_cm3: Positive = Field(
        default=1.86,
        description="density of carbon and binder without nanopores, g/cm3; an effective value: "
        "1.86 (0.93 with 50 % nanopores) gives the study's particle count",
    )


class RecipeConfig(Section):
    """What goes into the slurry."""

    dry_mass_g: Positive = Field(default=0.139e-7, description="simulated dry mass, g")
    composition: CompositionConfig = Field(default=CompositionConfig(), description="dry, by mass")
    active_material: MaterialConfig = Field(
        default=MaterialConfig(crystal="NMC811"), description="active material"
    )
    solid_electrolyte: MaterialConfig = Field(
        default=MaterialConfig(crystal="Li6PS5Cl", density_g_per_cm3=1.64),
        description="solid electrolyte; the study's particle count needs 1.64 g/cm3",
    )
    solid_electrolyte_psd: SizesConfig = Field(
        default=SizesConfig(d50_um=1.0), description="size of the solid electrolyte (mean 1 um)"
    )
    cbd: CbdConfig = Field(default=CbdConfig(), description="carbon-binder domain")
    solvent_density_g_per_cm3: Positive = Field(
        default=0.88, description="density of the solvent (butyl acetate), g/cm3"
    )


class MatrixConfig(Section):
    """The electrodes of the campaign, in replicates: every solid content, or press pressure, with
    every PSD, and with every composition or drying rate where there are several.
    """

    solid_content_percent: list[str] = Field(
        default=[],
        description="solid contents of the slurry, wt.%; quoted, they name folders; required with "
        "`route: slurry`, a powder is all solids",
    )
    press_pressure_mpa: list[str] = Field(
        default=[],
        description="pressures of the press, MPa; quoted, they name folders; with `route: powder` "
        "instead of `calendering.pressure_mpa`, one pellet for each",
    )
    psds: dict[Name, PsdConfig] = Field(min_length=1, description="active-material PSDs by name")
    compositions: dict[Name, CompositionConfig] | None = Field(
        default=None,
        min_length=1,
        description="dry compositions by name, each with every PSD and solid content, in place of "
        "recipe.composition; AM_1 with one named am80 is the electrode AM_1-am80",
    )
    drying_rates: dict[Name, Positive] | None = Field(
        default=None,
        min_length=1,
        description="rates of drying in um/s by name, each with every PSD and solid content, in "
        "place of drying.rate_um_per_s; AM_1 with one named fast is the electrode AM_1-fast",
    )
    replicates: Replicates = Field(
        default=1,
        description="realisations of each electrode: a number, or one for `films` and one for "
        "sheared slurries, `viscosity`",
    )

    @field_validator("psds")
    @classmethod
    def folders_of_their_own(cls, psds: dict) -> dict:
        taken = sorted(set(map(str.lower, psds)) & RESULT_FOLDERS)
        if taken:
            raise ValueError(f"{taken[0]} is a folder of the results; choose another name")
        return psds

    @field_validator("solid_content_percent")
    @classmethod
    def percentages(cls, values: list[str]) -> list[str]:
        for value in values:
            number = re.fullmatch(r"[0-9]{1,2}(\.[0-9]{1,4})?", value)
            if value != ALL_SOLIDS and not (number and 1 <= float(value) <= 99):
                raise ValueError(f"{value!r} is not a percentage between 1 and 99, such as '50'")
        if len(set(map(float, values))) < len(values):
            raise ValueError(f"{values} names a solid content twice")
        return values

    @field_validator("press_pressure_mpa")
    @classmethod
    def pressures(cls, values: list[str]) -> list[str]:
        for value in values:
            if not re.fullmatch(r"[0-9]{1,5}(\.[0-9]{1,4})?", value) or not float(value) > 0:
                raise ValueError(f"{value!r} is not a pressure in MPa above 0, such as '50'")
        if len(set(map(float, values))) < len(values):
            raise ValueError(f"{values} names a pressure twice")
        return values

    @model_validator(mode="after")
    def one_more_axis(self) -> "MatrixConfig":
        if self.compositions is not None and self.drying_rates is not None:
            raise ValueError("gives compositions and drying_rates; only one may be")
        rates = list((self.drying_rates or {}).values())
        if len(set(rates)) < len(rates):
            raise ValueError(f"drying_rates names a rate twice: {rates}")
        return self

    @property
    def contents(self) -> list[str]:
        """Solid contents as folders name them, with the press pressure where that is an axis."""
        return contents_of(dict(self))

    @property
    def axis(self) -> Axis:
        """The axis beside the distributions."""
        return PRESS if self.press_pressure_mpa else SOLID_CONTENT

    @property
    def powders(self) -> list[str]:
        """What a solid content is combined with: the PSDs, each with each of the compositions, or
        of the drying rates.
        """
        return powders_of(dict(self))

    def drying_rate_of(self, powder: str) -> float | None:
        """Drying rate of one of the `powders`, um/s, where rates are an axis."""
        return self.drying_rates[split_powder(powder)[1]] if self.drying_rates else None

    def of_powder(self, powder: str, recipe: RecipeConfig) -> tuple[PsdConfig, RecipeConfig]:
        """Sizes and recipe of one of the `powders`."""
        psd, composition = split_powder(powder)
        if self.compositions is None:
            return self.psds[psd], recipe
        update = {"composition": self.compositions[composition]}
        return self.psds[psd], recipe.model_copy(update=update)


def build_recipe(recipe: RecipeConfig, am_psd: PsdConfig, solid_content: float) -> Recipe:
    """Recipe of one slurry from its config section, AM distribution and solid content."""
    kinds = am_psd.of_kinds(recipe.active_material)
    am_density = (
        recipe.active_material.density().value_kg_per_m3
        if am_psd.kinds is None
        else 1.0 / sum(kind.mass_fraction / kind.density_kg_per_m3 for kind in kinds)
    )
    return make_recipe(
        composition=Composition(**recipe.composition.model_dump()),
        densities=Densities(
            am=am_density,
            se=recipe.solid_electrolyte.density().value_kg_per_m3,
            cbd_solids=recipe.cbd.solids_density_g_per_cm3 * 1e3,
            solvent=recipe.solvent_density_g_per_cm3 * 1e3,
        ),
        solid_content=solid_content,
        dry_mass_kg=recipe.dry_mass_g * 1e-3,
        am_sizes=kinds,
        se_sizes=recipe.solid_electrolyte_psd.size_classes(),
        cbd_dry_diameter_m=recipe.cbd.dry_diameter_um * 1e-6,
        cbd_nanoporosity=recipe.cbd.nanoporosity,
    )
