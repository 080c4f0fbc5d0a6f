"""The campaign configuration: one pydantic model per section, checked before any job is planned.

Defaults are the study's stated values (doi 10.1002/batt.202400709) where it states one; a
description that says "assumption" marks what the study does not publish.
"""

import math
import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError, field_validator, model_validator

from castline import psd as psds
from castline.calibration.check import calibration_faults
from castline.calibration.settings import CalibrationConfig
from castline.errors import CastlineError, ConfigError, first_lines
from castline.forcefield import load_force_field
from castline.impedance_prediction import ImpedanceConfig
from castline.materials import CRYSTALS, Density, crystal_density
from castline.recipe import Composition, Densities, Recipe, make_recipe
from castline.sections import FilePath, Fraction, Name, NonNegative, Positive, Section
from castline.yaml_files import read_yaml

KPA_PER_BAR = 100.0
Acceleration = Literal["automatic", "none"]
MAX_VOXELS = 1e10
# Beside the folders of the size distributions in results/<campaign>.
RESULT_FOLDERS = {"calibration", "exchange", "figures", "report", "tables", "work"}


class PsdConfig(Section):
    """A particle size distribution: either a CSV, or a log-normal by volumetric D50 and sigma."""

    csv: FilePath | None = Field(
        default=None, description="CSV with columns diameter_um, volume_fraction (sums to 1)"
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
        return self

    def size_classes(self) -> psds.SizeClasses:
        if self.csv is not None:
            return psds.from_csv(self.csv)
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
    replicates: int = Field(default=1, ge=1, le=999, description="realisations of each electrode")

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


class BoxConfig(Section):
    """Box of the random placement before equilibration."""

    packing_fraction: Annotated[float, Field(gt=0, le=0.35)] = Field(
        default=0.3, description="sphere volume over box volume of a compact box"
    )
    aspect: tuple[Positive, Positive, Positive] = Field(
        default=(0.716, 0.716, 1.0), description="relative edge lengths of a compact box"
    )
    lengths_um: tuple[Positive, Positive, Positive] | None = Field(
        default=None,
        description="edge lengths in um instead of a compact box (study: 716 716 1000)",
    )


class SlurryConfig(Section):
    """Equilibration of the slurry."""

    box: BoxConfig = Field(default=BoxConfig(), description="initial box")
    pressure_bar: Positive = Field(default=1.0, description="final outer pressure, bar")
    temperature_k: Positive = Field(default=300.0, description="temperature, K")
    volume_tolerance: Positive = Field(
        default=1e-3, description="relative change of volume between windows when stationary"
    )
    energy_tolerance: Positive = Field(
        default=0.02, description="relative change of potential energy between windows"
    )
    max_windows: int = Field(default=60, ge=3, description="windows of 4000 steps at most")


class CoatingConfig(Section):
    """Doctor-blade coating: the shear rate in the gap is blade speed over gap."""

    blade_speed_m_per_s: Positive = Field(
        description="speed of the blade, m/s; your own, the study does not state it"
    )
    gap_um: dict[Name, Positive] = Field(
        description="gap under the blade by active-material PSD, um (study: AM_1 100, AM_2 300)"
    )

    def shear_rate_per_s(self, psd: str) -> float:
        return self.blade_speed_m_per_s / (self.gap_um[psd] * 1e-6)


class ViscosityConfig(Section):
    """Non-equilibrium shear."""

    shear_rates_per_s: list[Annotated[float, Field(ge=1e-3, le=1e6)]] = Field(
        min_length=1, description="shear rates, 1/s"
    )
    relative_stderr: Annotated[float, Field(gt=0, lt=1)] = Field(
        default=0.05, description="a run ends when the standard error over the mean is this small"
    )
    min_strain: Positive = Field(
        default=1.0,
        description="strain from rest before a run may end; half of it after a change of rate",
    )
    max_strain: Positive = Field(
        default=4.0, description="strain at which a run ends anyway, at each shear rate"
    )
    inertial_number: Annotated[float, Field(gt=0, le=0.1)] = Field(
        default=0.05, description="bound on the inertial number, for the mass scale"
    )
    contact_stokes_number: Annotated[float, Field(gt=0, le=0.1)] = Field(
        default=0.0003,
        description="bound on shear rate times the relaxation time of contacts, for the mass scale",
    )
    coating: CoatingConfig | None = Field(
        default=None, description="blade speed and gaps at which the fits give a viscosity, or none"
    )

    @field_validator("shear_rates_per_s")
    @classmethod
    def distinct(cls, values: list[float]) -> list[float]:
        if len(set(values)) < len(values):
            raise ValueError("names a shear rate twice")
        return values

    @model_validator(mode="after")
    def ordered(self) -> "ViscosityConfig":
        if self.max_strain < self.min_strain:
            raise ValueError(f"max_strain {self.max_strain} is below min_strain {self.min_strain}")
        return self


class ShrinkageConfig(Section):
    """Solvent that leaves in equal steps of volume."""

    stages: int = Field(ge=2, le=1000, description="number of steps from slurry to dry CBD")


YOUNG_LAPLACE = ("surface_tension_mn_per_m", "contact_angle_deg", "pore_radius_um")


class CapillaryConfig(Section):
    """Capillary pressure of the solvent: given as such, or by the three of Young and Laplace."""

    pressure_kpa: Positive | None = Field(default=None, description="the pressure itself, kPa")
    surface_tension_mn_per_m: Positive | None = Field(
        default=None, description="surface tension of the solvent, mN/m"
    )
    contact_angle_deg: Annotated[float, Field(ge=0, lt=90)] | None = Field(
        default=None, description="contact angle of the solvent on the solids, degrees"
    )
    pore_radius_um: Positive | None = Field(
        default=None, description="radius of the pores whose menisci pull, um"
    )

    @model_validator(mode="after")
    def one_form(self) -> "CapillaryConfig":
        given = [key for key in YOUNG_LAPLACE if getattr(self, key) is not None]
        if (self.pressure_kpa is None) != (len(given) == 3) or (self.pressure_kpa and given):
            raise ValueError(f"needs either pressure_kpa, or all of {', '.join(YOUNG_LAPLACE)}")
        return self

    @property
    def kpa(self) -> float:
        """The pressure, or 2 gamma cos(theta) / r of a meniscus; mN/m over um is kPa."""
        if self.pressure_kpa is not None:
            return self.pressure_kpa
        cosine = math.cos(math.radians(self.contact_angle_deg))
        return 2 * self.surface_tension_mn_per_m * cosine / self.pore_radius_um


class DryingConfig(Section):
    """Drying: CBD shrink, dry force field, relaxation."""

    pressure_bar: Positive = Field(default=1.0, description="outer pressure, bar")
    shrinkage: ShrinkageConfig | None = Field(
        default=None,
        description="let the solvent leave in stages, or none: all at once, as the study",
    )
    capillary: CapillaryConfig | None = Field(
        default=None,
        description="pressure added to the outer one during the stages of `shrinkage`, or none",
    )
    temperature_k: Positive = Field(default=300.0, description="temperature, K")
    thickness_tolerance: Positive = Field(
        default=0.02, description="relative change of thickness between windows when stationary"
    )
    max_windows: int = Field(default=40, ge=3, description="windows of 4000 steps at most")

    @model_validator(mode="after")
    def solvent_for_the_menisci(self) -> "DryingConfig":
        if self.capillary is not None and self.shrinkage is None:
            raise ValueError("capillary needs shrinkage: at once dry, a film holds no solvent")
        return self


PRESS_PRESSURE_MPA = 102.0
STOPS = ("pressure_mpa", "porosity", "thickness_um")


class CalenderingConfig(Section):
    """Calendering by a moving plane; at most one of pressure_mpa, porosity and thickness_um."""

    pressure_mpa: Positive | None = Field(
        default=None,
        description="stop at this plane pressure, MPa; 102 (1.6 t on a 14 mm punch, as the study) "
        "when no stop is given",
    )
    porosity: Annotated[float, Field(gt=0, lt=1)] | None = Field(
        default=None, description="stop at this porosity under the plane"
    )
    thickness_um: Positive | None = Field(default=None, description="stop at this gap, um")
    strain_per_step: Positive = Field(
        default=4e-5, le=1e-3, description="closing speed: film strain per time step"
    )
    rest_pressure_mpa: Positive = Field(
        default=20.0,
        description="plane pressure left on the released film, MPa; assumption, the stack pressure "
        "of a cell under test (the study fastens its cells at about 125 MPa)",
    )
    max_windows: int = Field(default=40, ge=1, description="windows of 4000 steps after release")

    @model_validator(mode="before")
    @classmethod
    def one_stop(cls, data):
        if not isinstance(data, dict):
            return data
        given = [key for key in STOPS if data.get(key) is not None]
        if len(given) > 1:
            raise ValueError(f"gives {' and '.join(given)}; at most one stop is allowed")
        return data if given else {**data, "pressure_mpa": PRESS_PRESSURE_MPA}


class TransportConfig(Section):
    """Voxels and intrinsic conductivities."""

    voxel_um: Positive = Field(default=0.2, description="voxel edge length, um")
    sigma_am_s_per_m: NonNegative = Field(default=0.005, description="electronic, AM, S/m")
    sigma_cbd_s_per_m: NonNegative = Field(default=15.93, description="electronic, CBD, S/m")
    cbd_nanoporosity_exponent: NonNegative = Field(
        default=0.0,
        description="b in sigma_CBD ((1 - n) / (1 - n_dry))^b, n the nanoporosity of the CBD in "
        "the film; 0 keeps the stated value as the study does, 1.5 is Bruggeman's law",
    )
    sigma_se_bulk_ms_per_cm: Positive = Field(default=1.25, description="ionic, bulk SE, mS/cm")
    face_margin_um: NonNegative = Field(
        default=1.0,
        description="depth left out at each face for the conductivities of the film's core, um",
    )
    voxel_series_um: list[Positive] = Field(
        default=[],
        description="voxel sizes, um, at which the calendered films are solved again to estimate "
        "the voxel error; at least three, or none",
    )

    @field_validator("voxel_series_um")
    @classmethod
    def three_sizes(cls, values: list[float]) -> list[float]:
        if values and len(set(values)) < 3:
            raise ValueError("needs at least three different sizes, or none")
        return values


class ForceFieldPaths(Section):
    """Force-field files."""

    slurry: FilePath = Field(default="config/forcefields/slurry.yaml", description="slurry set")
    dry: FilePath = Field(default="config/forcefields/dry.yaml", description="dry set")


class Campaign(Section):
    """A whole campaign file."""

    campaign: Name = Field(description="name of the campaign and of its results folder")
    acceleration: Acceleration = Field(
        default="automatic",
        description="`automatic` time step and mass scale, or `none`: real masses and the study's "
        "0.001 us (less where contacts need it), thousands of times slower",
    )
    seed: int = Field(default=1, ge=0, description="seed from which all random numbers derive")
    matrix: MatrixConfig = Field(description="electrodes")
    recipe: RecipeConfig = Field(default=RecipeConfig(), description="slurry recipe")
    force_fields: ForceFieldPaths = Field(default=ForceFieldPaths(), description="force fields")
    slurry: SlurryConfig = Field(default=SlurryConfig(), description="equilibration")
    viscosity: ViscosityConfig = Field(description="shear viscosity")
    drying: DryingConfig = Field(default=DryingConfig(), description="drying")
    calendering: CalenderingConfig = Field(default=CalenderingConfig(), description="calendering")
    transport: TransportConfig = Field(default=TransportConfig(), description="conductivities")
    impedance: ImpedanceConfig = Field(
        default=ImpedanceConfig(), description="predicted impedance of the calendered electrodes"
    )
    calibration: CalibrationConfig | None = Field(
        default=None, description="search for force-field values (docs/calibration.md), or none"
    )
    measurements: FilePath | None = Field(
        default=None, description="your own measurements.yaml (docs/impedance.md), or none"
    )

    def recipe_of(self, psd: str, solid_content_percent: str) -> Recipe:
        """Particles of one electrode."""
        return build_recipe(self.recipe, self.matrix.psds[psd], float(solid_content_percent) / 100)

    def at_size(
        self, dry_mass_g: float | None, aspect: tuple[float, float, float] | None = None
    ) -> "Campaign":
        """The campaign with boxes of another dry mass or shape; None keeps its own."""
        changes = {}
        if dry_mass_g is not None:
            changes["recipe"] = self.recipe.model_copy(update={"dry_mass_g": dry_mass_g})
        if aspect is not None:
            box = self.slurry.box.model_copy(update={"aspect": aspect, "lengths_um": None})
            changes["slurry"] = self.slurry.model_copy(update={"box": box})
        return self.model_copy(update=changes)

    def sizes(self) -> dict[str, "Campaign"]:
        """The campaign in every size that it uses, by the config section that gives it."""
        found = {"recipe": self}
        if (settings := self.calibration) is not None:
            for name in settings.stages:
                found[f"calibration.{name}"] = self.of_trials(name)
                if (finalists := settings.stage(name).finalists) is not None:
                    found[f"calibration.{name}.finalists"] = self.at_size(finalists.dry_mass_g)
            if settings.confirmation is not None:
                found["calibration.confirmation"] = self.at_size(settings.confirmation.dry_mass_g)
        return found

    def of_trials(self, search: str) -> "Campaign":
        """The campaign in the size of a search's trials."""
        stage = self.calibration.stage(search)
        return self.at_size(stage.dry_mass_g, stage.aspect)

    def check_voxels(self, recipe: Recipe) -> None:
        """Refuse an image that no memory would hold, or that would not show a particle.

        Raises
        ------
        ConfigError
            The slurry alone has more than `MAX_VOXELS` voxels of the smallest size, or the largest
            voxel is larger than every dry particle.
        """
        edges_um = [self.transport.voxel_um, *self.transport.voxel_series_um]
        edge_um, particle_um = min(edges_um), max(c.diameter_dry_m * 1e6 for c in recipe.classes)
        if max(edges_um) > particle_um:
            raise ConfigError(
                f"transport: a voxel of {max(edges_um):g} um is larger than the largest particle "
                f"({particle_um:.3g} um)"
            )
        voxels = recipe.slurry_volume_m3 * 1e18 / edge_um / edge_um / edge_um
        if voxels > MAX_VOXELS:
            raise ConfigError(
                f"transport: voxels of {edge_um:g} um are {voxels:.1g} in the slurry; at most "
                f"{MAX_VOXELS:.0g}"
            )


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


def load_campaign(config: dict) -> Campaign:
    """Validate a campaign and everything it names.

    Raises
    ------
    ConfigError
        One line per fault: the key, what is wrong, the value given.
    """
    try:
        campaign = Campaign.model_validate(config)
    except ValidationError as error:
        raise ConfigError(first_lines(error, "config: ", Campaign)) from None
    faults = []
    for key in ("slurry", "dry"):
        path = getattr(campaign.force_fields, key)
        try:
            force_field = load_force_field(path)
        except CastlineError as error:
            faults += [f"config: force_fields.{key}: {line}" for line in str(error).splitlines()]
            continue
        if key == "slurry" and force_field.gel is None:
            faults.append(f"config: force_fields.slurry: {path} has no gel section")
        if key == "dry" and force_field.wall is None:
            faults.append(f"config: force_fields.dry: {path} has no wall section")
        if campaign.calibration is not None and key in campaign.calibration.stages:
            faults += [
                f"config: {line}"
                for line in calibration_faults(
                    key,
                    campaign.calibration.stage(key),
                    force_field,
                    path,
                    list(campaign.matrix.psds),
                    campaign.matrix.solid_content_percent,
                )
            ]
    coating = campaign.viscosity.coating
    faults += [
        f"config: viscosity.coating.gap_um: has no gap for {psd}"
        for psd in campaign.matrix.psds
        if coating is not None and psd not in coating.gap_um
    ]
    faults += [
        f"config: matrix.psds.{psd}: {fault}"
        for psd in campaign.matrix.psds
        if (fault := _size_fault(campaign, psd)) is not None
    ]
    if campaign.measurements is not None:
        from castline.measurements import load_measurements  # slow to import, rarely needed

        try:
            load_measurements(campaign.measurements)
        except CastlineError as error:
            faults += [f"config: measurements: {line}" for line in str(error).splitlines()]
    if faults:
        raise ConfigError("\n".join(faults))
    return campaign


def _size_fault(campaign: Campaign, psd: str) -> str | None:
    """What makes electrodes of this distribution too large or too small, if anything does."""
    for key, sized in campaign.sizes().items():
        for percent in campaign.matrix.solid_content_percent:
            try:
                sized.check_voxels(sized.recipe_of(psd, percent))
            except CastlineError as error:
                return str(error).replace("recipe.dry_mass_g", f"{key}.dry_mass_g")
    return None


def read_campaign(path: str | Path) -> Campaign:
    """Read and validate a campaign YAML (see `load_campaign`)."""
    data, _ = read_yaml(path)
    if not isinstance(data, dict):
        raise ConfigError(f"config {path}: must be a mapping of sections")
    return load_campaign(data)
