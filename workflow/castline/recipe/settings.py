"""Config sections of what goes into an electrode: recipe, size distributions, and the matrix."""

import re
from typing import Annotated

from pydantic import Field, field_validator, model_validator

from castline.base.paths import located
from castline.base.sections import FilePath, Fraction, Name, Positive, Section
from castline.recipe import psd as psds
from castline.recipe.materials import CRYSTALS, Density, crystal_density
from castline.recipe.psd_files import OWN_COLUMNS, PsdReading, from_csv
from castline.recipe.recipe import Composition, Densities, Recipe, make_recipe
from castline.recipe.replicates import Replicates

# Beside the folders of the size distributions in results/<campaign>.
RESULT_FOLDERS = {"calibration", "exchange", "figures", "report", "tables", "work"}


class PsdConfig(Section):
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

    @model_validator(mode="after")
    def one_source(self) -> "PsdConfig":
        if (self.csv is None) == (self.d50_um is None):
            raise ValueError("needs exactly one of csv and d50_um")
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


class MaterialConfig(Section):
    """Density of a crystalline phase: from its crystal structure unless overridden."""

    crystal: str = Field(description=f"crystal structure: {', '.join(sorted(CRYSTALS))}")
    density_g_per_cm3: Positive | None = Field(
        default=None, description="overrides the crystal density, g/cm3"
    )

    @field_validator("crystal")
    @classmethod
    def known(cls, value: str) -> str:
        if value not in CRYSTALS:
            raise ValueError(f"not a known crystal; allowed: {', '.join(sorted(CRYSTALS))}")
        return value

    def density(self) -> Density:
        if self.density_g_per_cm3 is not None:
            return Density(
                self.density_g_per_cm3 * 1e3,
                f"config override; crystal: {crystal_density(self.crystal).value_kg_per_m3:.0f} "
                f"kg/m3, {crystal_density(self.crystal).provenance}",
            )
        return crystal_density(self.crystal)


class CompositionConfig(Section):
    """Dry composition by weight; the fractions sum to 1."""

    am: Positive = Field(default=0.64, description="active material, mass fraction")
    se: Positive = Field(default=0.30, description="solid electrolyte, mass fraction")
    cbd: Positive = Field(default=0.06, description="carbon and binder, mass fraction")

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
    solid_electrolyte_psd: PsdConfig = Field(
        default=PsdConfig(d50_um=1.0), description="size of the solid electrolyte (mean 1 um)"
    )
    cbd: CbdConfig = Field(default=CbdConfig(), description="carbon-binder domain")
    solvent_density_g_per_cm3: Positive = Field(
        default=0.88, description="density of the solvent (butyl acetate), g/cm3"
    )


class MatrixConfig(Section):
    """The electrodes of the campaign: every solid content with every PSD, in replicates."""

    solid_content_percent: list[str] = Field(
        min_length=1, description="solid contents of the slurry, wt.%; quoted, they name folders"
    )
    psds: dict[Name, PsdConfig] = Field(min_length=1, description="active-material PSDs by name")
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
            if not re.fullmatch(r"[0-9]{1,2}(\.[0-9]{1,4})?", value) or not 1 <= float(value) <= 99:
                raise ValueError(f"{value!r} is not a percentage between 1 and 99, such as '50'")
        if len(set(map(float, values))) < len(values):
            raise ValueError(f"{values} names a solid content twice")
        return values


def build_recipe(recipe: RecipeConfig, am_psd: PsdConfig, solid_content: float) -> Recipe:
    """Recipe of one slurry from its config section, AM distribution and solid content."""
    return make_recipe(
        composition=Composition(**recipe.composition.model_dump()),
        densities=Densities(
            am=recipe.active_material.density().value_kg_per_m3,
            se=recipe.solid_electrolyte.density().value_kg_per_m3,
            cbd_solids=recipe.cbd.solids_density_g_per_cm3 * 1e3,
            solvent=recipe.solvent_density_g_per_cm3 * 1e3,
        ),
        solid_content=solid_content,
        dry_mass_kg=recipe.dry_mass_g * 1e-3,
        am_sizes=am_psd.size_classes(),
        se_sizes=recipe.solid_electrolyte_psd.size_classes(),
        cbd_dry_diameter_m=recipe.cbd.dry_diameter_um * 1e-6,
        cbd_nanoporosity=recipe.cbd.nanoporosity,
    )
