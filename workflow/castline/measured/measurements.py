"""The file measurements.yaml: which cells and slurries were measured, and with which files."""

import math
from pathlib import Path
from typing import Literal

import yaml
from pydantic import Field, ValidationError, model_validator
from uncertainties import ufloat

from castline.base.errors import ConfigError, fault_line
from castline.base.sections import FilePath, Label, Name, NonNegative, Positive, Section
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


class ImpedanceFile(Section):
    """Impedance spectrum of a cell."""

    file: FilePath = Field(
        description=".csv, .mpt, .mpr, .DTA or .z, relative to measurements.yaml"
    )
    columns: SpectrumColumns = Field(
        default=SpectrumColumns(), description="headers of the columns, for a .csv"
    )
    impedance_unit: Literal["mohm", "ohm", "kohm"] = Field(
        default="ohm", description="unit of the impedance columns, for a .csv"
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


class DcPolarizationFile(Section):
    """Current after voltage steps."""

    file: FilePath = Field(description="a .csv, relative to measurements.yaml")
    time_column: str = Field(default="time_s", description="header of the time, s")
    voltage_column: str = Field(default="voltage_v", description="header of the voltage, V")
    current_column: str = Field(default="current_a", description="header of the current, A")


class MeasuredElectrode(Section):
    """Names an electrode of the campaign."""

    psd: Name = Field(description="active-material size distribution, as in the campaign")
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


class ViscosityCurve(MeasuredElectrode):
    """Rheometer sweeps of several samples of one slurry."""

    files: list[FilePath] = Field(
        min_length=1, description="one .csv a sample, relative to measurements.yaml"
    )
    shear_rate_column: str = Field(
        default="shear_rate_per_s", description="header of the shear rate, 1/s"
    )
    viscosity_column: str = Field(
        default="viscosity_pa_s", description="header of the viscosity, Pa s"
    )


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
        min_length=1, description="composition of the dry electrode, for the porosity"
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
        total = sum(component.mass_fraction for component in self.components)
        if abs(total - 1.0) > 1e-3:
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
