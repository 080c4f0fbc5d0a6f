"""The file measurements.yaml: which cells and slurries were measured, and with which files."""

import math
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import Field, ValidationError, field_validator, model_validator
from uncertainties import ufloat

from castline.base.errors import ConfigError, InputError, fault_line
from castline.base.quantities import (
    CURRENT,
    FREQUENCY,
    IMPEDANCE,
    PHASE,
    SHEAR_RATE,
    STRESS,
    TIME,
    VISCOSITY,
    VOLTAGE,
    key_factor,
)
from castline.base.sections import FilePath, Label, NonNegative, Positive, Powder, Section
from castline.base.text_files import DelimitedText
from castline.base.yaml_files import read_yaml
from castline.impedance.kramers_kronig import KRAMERS_KRONIG_TOLERANCE
from castline.impedance.spectra import SpectrumColumns


class Quantity(Section):
    """A measured value with its standard uncertainty, both in the unit of the key."""

    value: Positive = Field(description="value, in the unit of the key")
    uncertainty: Positive = Field(description="standard uncertainty, in the same unit")

    def ufloat(self, factor=1.0):
        """As a number with uncertainty, converted by ``factor``."""
        return ufloat(self.value * factor, self.uncertainty * factor)


class SeriesResistance(Section):
    """Resistance of the leads, measured on a shorted cell; zero is a valid value."""

    value: NonNegative = Field(description="resistance, ohm")
    uncertainty: NonNegative = Field(description="standard uncertainty, ohm")


UNIT_KEYS = {
    "frequency_unit": FREQUENCY,
    "impedance_unit": IMPEDANCE,
    "phase_unit": PHASE,
    "time_unit": TIME,
    "voltage_unit": VOLTAGE,
    "current_unit": CURRENT,
    "shear_rate_unit": SHEAR_RATE,
    "viscosity_unit": VISCOSITY,
    "stress_unit": STRESS,
}


def _known_unit(value, info):
    """A unit of what its key is about."""
    if value is not None:
        try:
            key_factor(value, UNIT_KEYS[info.field_name], info.field_name)
        except InputError as error:
            raise ValueError(str(error)) from None
    return value


class ImpedanceFile(DelimitedText):
    """Impedance spectrum of a cell."""

    file: FilePath = Field(
        description=".mpt, .mpr, .DTA, .z, or text (.csv, .txt, ...), relative to measurements.yaml"
    )
    columns: SpectrumColumns = Field(
        default=SpectrumColumns(), description="headers of the columns of a text file"
    )
    frequency_unit: str | None = Field(
        default=None, description="unit of the frequency in a text file that states none, as Hz"
    )
    impedance_unit: str | None = Field(
        default=None, description="unit of the impedance in a text file that states none, as ohm"
    )
    phase_unit: str | None = Field(
        default=None, description="unit of the phase in a text file that states none, as deg"
    )
    loop: int | None = Field(
        default=None,
        ge=1,
        description="which spectrum of a file with several: by cycle number, by table of a .DTA, "
        "else where the sweep begins again",
    )
    drift_corrected: bool = Field(
        default=False, description="take the columns that Gamry corrected for drift"
    )

    weighting: Literal["modulus", "component", "unit"] = Field(
        default="modulus", description="standard deviations of the points; no unit"
    )
    electronic_interface: Literal["auto"] | bool = Field(
        default="auto", description="whether the electronic rail has resistive AM-CBD interfaces"
    )
    series_inductance_h: Literal["fit"] | NonNegative = Field(
        default=0.0, description="inductance of the leads, H, or fit"
    )
    frequency_window_hz: tuple[Positive, Positive] | None = Field(
        default=None, description="lowest and highest frequency to fit, Hz; null takes all"
    )
    leave_out_hz: list[Positive] = Field(
        default=[], description="frequencies of points to leave out, Hz, each within 1 % of a point"
    )
    drop_outliers: bool = Field(
        default=True,
        description="whether to leave out single points, at most a tenth, that miss the "
        "Kramers-Kronig relations by more than kramers_kronig_tolerance while all others keep them",
    )

    @model_validator(mode="after")
    def window_ordered(self):
        if self.frequency_window_hz and self.frequency_window_hz[0] >= self.frequency_window_hz[1]:
            low, high = self.frequency_window_hz
            raise ValueError(f"frequency_window_hz: {low:g} is not below {high:g}: give low, high")
        return self

    _known = field_validator("frequency_unit", "impedance_unit", "phase_unit")(_known_unit)


class DcPolarizationFile(DelimitedText):
    """Current after voltage steps."""

    file: FilePath = Field(
        description=".mpt, .mpr, .DTA, or text (.csv, .txt, ...), relative to measurements.yaml"
    )
    time_column: str | None = Field(
        default=None, description="header of the time; usual names are known"
    )
    voltage_column: str | None = Field(
        default=None, description="header of the voltage; usual names are known"
    )
    current_column: str | None = Field(
        default=None, description="header of the current; usual names are known"
    )
    time_unit: str | None = Field(
        default=None, description="unit of the time in a text file that states none, as s"
    )
    voltage_unit: str | None = Field(
        default=None, description="unit of the voltage in a text file that states none, as V"
    )
    current_unit: str | None = Field(
        default=None, description="unit of the current in a text file that states none, as mA"
    )

    _known = field_validator("time_unit", "voltage_unit", "current_unit")(_known_unit)


class MeasuredElectrode(Section):
    """Names an electrode of the campaign."""

    psd: Powder = Field(
        description="active-material size distribution, as in the campaign; with its composition, "
        "as AM_1-am80, where that has several"
    )
    solid_content_percent: Positive = Field(description="solid content of the slurry, wt.%")


class Cell(MeasuredElectrode):
    """One punched electrode and what was measured on it."""

    name: Label = Field(description="name of the cell, unique")
    state: Literal["dried", "calendered"] = Field(
        default="calendered", description="state of the electrode"
    )
    thickness_um: Quantity = Field(description="thickness without current collector, um")
    diameter_mm: Quantity = Field(description="punch diameter, mm")
    mass_mg: Quantity = Field(description="mass without current collector, mg")
    series_resistance_ohm: Literal["fit"] | SeriesResistance = Field(
        default=SeriesResistance(value=0.0, uncertainty=0.0),
        description="resistance of the leads, ohm, or fit (impedance only)",
    )
    impedance: ImpedanceFile | None = Field(default=None, description="impedance spectrum")
    dc_polarization: DcPolarizationFile | None = Field(default=None, description="DC polarization")

    @property
    def area_m2(self) -> float:
        """Area of the punched disc."""
        return math.pi / 4.0 * (self.diameter_mm.value * 1e-3) ** 2


class ViscosityCurve(MeasuredElectrode, DelimitedText):
    """Rheometer sweeps of several samples of one slurry."""

    files: list[FilePath] = Field(
        min_length=1,
        description="one text file a sample, also as RheoCompass and TRIOS export it, relative to "
        "measurements.yaml",
    )
    shear_rate_column: str | None = Field(
        default=None, description="header of the shear rate; usual names are known"
    )
    viscosity_column: str | None = Field(
        default=None, description="header of the viscosity; usual names are known"
    )
    stress_column: str | None = Field(
        default=None, description="header of the shear stress, where there is no viscosity"
    )
    shear_rate_unit: str | None = Field(
        default=None, description="unit of the shear rate in files that state none, as 1/s"
    )
    viscosity_unit: str | None = Field(
        default=None, description="unit of the viscosity in files that state none, as mPa s"
    )
    stress_unit: str | None = Field(
        default=None, description="unit of the shear stress in files that state none, as Pa"
    )
    branch: Annotated[str, Field(pattern=r"^(all|(up|down)( [2-9])?)$")] = Field(
        default="all",
        description="branch of sweeps that go up and down: all, up, down, or up 2 for the second",
    )

    _known = field_validator("shear_rate_unit", "viscosity_unit", "stress_unit")(_known_unit)


class Component(Section):
    """A component of the dry electrode."""

    name: Label = Field(description="name of the component")
    mass_fraction: float = Field(gt=0, le=1, description="share of the dry mass")
    density_g_per_cm3: Positive = Field(description="density without voids, g/cm3")


class Measurements(Section):
    """The whole file."""

    data_origin: Literal["measured", "synthetic"] = Field(
        description="measured on real cells, or synthetic; synthetic data are named so in figures"
    )
    source: str = Field(description="where the data come from: laboratory, publication, script")
    components: list[Component] = Field(
        default=[], description="composition of the dry electrode; cells need it for the porosity"
    )
    instrument_accuracy: Positive = Field(
        default=0.01,
        description="relative standard uncertainty of a resistance from the instrument's gain; "
        "the default is an assumption",
    )
    kramers_kronig_tolerance: Positive = Field(
        default=KRAMERS_KRONIG_TOLERANCE,
        description="largest relative rms deviation of a spectrum from Kramers-Kronig",
    )
    cells: list[Cell] = Field(default=[], description="measured cells")
    viscosity: list[ViscosityCurve] = Field(default=[], description="measured slurries")

    @model_validator(mode="after")
    def consistent(self):
        if self.cells and not self.components:
            raise ValueError("components: cells need them for the porosity")
        total = sum(component.mass_fraction for component in self.components)
        if self.components and abs(total - 1.0) > 1e-3:
            raise ValueError(f"components: mass fractions add up to {total:.4f}, must be 1")
        names = [cell.name for cell in self.cells]
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            raise ValueError(f"cells: the name {repeated[0]} appears twice")
        return self

    @property
    def theoretical_density_kg_per_m3(self) -> float:
        """Density of the dry electrode without voids, from its components."""
        volume = sum(c.mass_fraction / (c.density_g_per_cm3 * 1e3) for c in self.components)
        return sum(c.mass_fraction for c in self.components) / volume


def load_measurements(path) -> Measurements:
    """Read and check a measurements.yaml; the data files themselves are read later.

    Raises
    ------
    ConfigError
        Missing file, broken YAML or faulty keys, one line each with file and line.
    """
    path = Path(path)
    content, tree = read_yaml(path)
    try:
        return Measurements.model_validate(content)
    except ValidationError as error:
        raise ConfigError(
            "\n".join(
                f"{path}:{_line_of(tree, fault['loc'])}: {fault_line(fault, Measurements)}"
                for fault in error.errors()
            )
        ) from None


def measurement_files(path) -> list[str]:
    """Existing files that a measurements.yaml names, as inputs of its rule; none without a path.

    Missing files are left out: the analysis lists their cells as failed instead of stopping the
    campaign.
    """
    if path is None:
        return []
    measurements = load_measurements(path)
    names = [curve_file for curve in measurements.viscosity for curve_file in curve.files]
    for cell in measurements.cells:
        names += [part.file for part in (cell.impedance, cell.dc_polarization) if part]
    return [str(file) for file in (Path(path).parent / name for name in names) if file.is_file()]


def _line_of(node, location) -> int:
    """Line, counted from 1, of the deepest YAML node on the way to a pydantic location."""
    line = node.start_mark.line if node else 0
    for part in location:
        if isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            node = node.value[part]
        elif isinstance(node, yaml.MappingNode):
            pairs = {key.value: (key, value) for key, value in node.value}
            if part not in pairs:
                continue  # a missing key, or the name of a union member
            key, node = pairs[part]
            line = key.start_mark.line
            continue
        else:
            break
        line = node.start_mark.line
    return line + 1
