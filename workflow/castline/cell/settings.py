"""The `cell` section of a campaign."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from castline.base.sections import FilePath, NonNegative, Positive, Section

Rate = Annotated[float, Field(ge=1e-3, le=50)]
ThicknessUm = Annotated[float, Field(ge=2, le=500)]
Loading = Annotated[float, Field(ge=0.05, le=20)]
Voltage = Annotated[float, Field(ge=2.0, le=5.0)]
SetName = Literal["Chen2020", "ORegan2022"]


class CellConfig(Section):
    """Li metal | SE | simulated film: discharge at constant current (docs/cell.md)."""

    state: Literal["assembled", "calendered"] = Field(
        default="assembled", description="films that the cells are made of"
    )
    c_rates: list[Rate] = Field(
        default=[0.1, 1.0, 3.0],
        min_length=1,
        max_length=20,
        description="C rates, 0.001 to 50; 1 discharges the nominal capacity in an hour",
    )
    thickness_um: list[ThicknessUm] = Field(
        default=[],
        max_length=10,
        description="thicknesses of the films, um, 2 to 500; none and no loading: as simulated",
    )
    loading_mah_per_cm2: list[Loading] = Field(
        default=[],
        max_length=10,
        description="instead of thicknesses: nominal capacities per area, mAh/cm2, 0.05 to 20",
    )
    voltage_min_v: Voltage = Field(default=2.8, description="end of discharge, V against Li")
    voltage_max_v: Voltage = Field(
        default=4.25, description="open-circuit potential at which discharge begins, V against Li"
    )
    stoichiometry_full: Annotated[float, Field(gt=0.5, lt=1)] = Field(
        default=0.9,
        description="mean lithium content at which discharge ends at the latest; assumption: "
        "about where the shipped potential was measured to",
    )
    material: SetName = Field(
        default="Chen2020",
        description="set shipped with PyBaMM from which open-circuit potential, diffusivity and "
        "exchange current of NMC811 come; both were measured with liquid electrolyte",
    )
    open_circuit_potential_csv: FilePath | None = Field(
        default=None,
        description="your own potential: CSV with columns stoichiometry, potential_v; none: the "
        "set's",
    )
    diffusivity_m2_per_s: Positive | None = Field(
        default=None, description="constant diffusivity of lithium in the AM, m2/s; none: the set's"
    )
    exchange_current_a_per_m2: Positive | None = Field(
        default=None,
        description="exchange current per contact area at half filling, A/m2; none: the set's",
    )
    maximum_concentration_mol_per_m3: Positive | None = Field(
        default=None,
        description="lithium sites per volume of AM, mol/m3; none: density of the campaign's AM "
        "over its molar mass",
    )
    am_molar_mass_g_per_mol: Positive = Field(
        default=97.28, description="of the AM with all lithium, LiNi0.8Mn0.1Co0.1O2, g/mol"
    )
    am_se_resistance_ohm_cm2: NonNegative = Field(
        default=0.0, description="of the AM-SE contacts, in series to the reaction, ohm cm2"
    )
    collector_resistance_ohm_cm2: NonNegative = Field(
        default=0.0, description="between film and current collector, ohm cm2"
    )
    separator_thickness_um: Positive = Field(default=30.0, description="of the SE separator, um")
    separator_conductivity_ms_per_cm: Positive | None = Field(
        default=None, description="mS/cm; none: transport.sigma_se_bulk_ms_per_cm"
    )
    lithium_exchange_current_a_per_m2: Positive | None = Field(
        default=None,
        description="of the Li metal, A/m2; none: of Xu2019 in PyBaMM at 1 mol/l, which was "
        "measured with liquid electrolyte",
    )
    sensitivity_percent: Annotated[float, Field(ge=1, le=50)] = Field(
        default=10.0, description="change of an input for its elasticity, %"
    )

    @model_validator(mode="after")
    def consistent(self) -> "CellConfig":
        if self.thickness_um and self.loading_mah_per_cm2:
            raise ValueError("needs thickness_um or loading_mah_per_cm2, not both")
        if not self.voltage_min_v < self.voltage_max_v:
            raise ValueError(
                f"voltage_min_v {self.voltage_min_v:g} is not below voltage_max_v "
                f"{self.voltage_max_v:g}"
            )
        for name in ("c_rates", "thickness_um", "loading_mah_per_cm2"):
            values = getattr(self, name)
            if len(set(values)) < len(values):
                raise ValueError(f"{name} {values} names a value twice")
        return self
