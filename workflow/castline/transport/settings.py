"""The `transport` section of a campaign."""

from pydantic import Field, field_validator, model_validator

from castline.base.sections import NonNegative, Positive, Section
from castline.images.settings import VoxelConfig
from castline.recipe.phases import Phase


class InterfaceResistanceConfig(Section):
    """Resistance times area of the contacts between particles, ohm m2; 0 is perfect contact."""

    am_am: NonNegative = Field(default=0.0, description="to electrons, AM to AM, ohm m2")
    am_cbd: NonNegative = Field(default=0.0, description="to electrons, AM to CBD, ohm m2")
    cbd_cbd: NonNegative = Field(default=0.0, description="to electrons, CBD to CBD, ohm m2")
    se_se: NonNegative = Field(
        default=0.0, description="to ions, SE to SE (grain boundaries included), ohm m2"
    )

    @model_validator(mode="before")
    @classmethod
    def between_what_one_carrier_crosses(cls, given):
        for pair in ("am_se", "se_am", "se_cbd", "cbd_se"):
            if isinstance(given, dict) and pair in given:
                raise ValueError(
                    f"{pair}: no current of this model crosses such a contact, electrons stay in "
                    f"AM and CBD, ions in SE; allowed are {', '.join(cls.model_fields)}"
                )
        return given

    def ohm_m2(self, carrier: str) -> dict[tuple[int, int], float]:
        """By pair of labels, those that resist the carrier, `electronic` or `ionic`."""
        pairs = {
            "electronic": {
                (Phase.AM, Phase.AM): self.am_am,
                (Phase.AM, Phase.CBD): self.am_cbd,
                (Phase.CBD, Phase.CBD): self.cbd_cbd,
            },
            "ionic": {(Phase.SE, Phase.SE): self.se_se},
        }[carrier]
        return {pair: value for pair, value in pairs.items() if value > 0}

    @property
    def any(self) -> bool:
        """Whether a contact resists."""
        return bool(self.ohm_m2("electronic") or self.ohm_m2("ionic"))


class TransportConfig(VoxelConfig):
    """Voxels and intrinsic conductivities."""

    sigma_am_s_per_m: NonNegative = Field(default=0.005, description="electronic, AM, S/m")
    sigma_cbd_s_per_m: NonNegative = Field(default=15.93, description="electronic, CBD, S/m")
    cbd_nanoporosity_exponent: NonNegative = Field(
        default=0.0,
        description="b in sigma_CBD ((1 - n) / (1 - n_dry))^b, n the nanoporosity of the CBD in "
        "the film; 0 keeps the stated value as the study does, 1.5 is Bruggeman's law",
    )
    sigma_se_bulk_ms_per_cm: Positive = Field(default=1.25, description="ionic, bulk SE, mS/cm")
    interface_resistance_ohm_m2: InterfaceResistanceConfig = Field(
        default=InterfaceResistanceConfig(),
        description="resistance times area of the contacts between particles, which falls with "
        "their area; none as in the study (docs/transport.md)",
    )
    face_margin_um: NonNegative = Field(
        default=1.0,
        description="depth left out at each face for the conductivities of the film's core, um",
    )
    voxel_series_um: list[Positive] = Field(
        default=[],
        description="voxel sizes, um, at which the calendered films of matrix.replicates are "
        "solved again to estimate the voxel error; at least three, or none",
    )

    @field_validator("voxel_series_um")
    @classmethod
    def three_sizes(cls, values: list[float]) -> list[float]:
        if values and len(set(values)) < 3:
            raise ValueError("needs at least three different sizes, or none")
        return values
