"""The `transport` section of a campaign."""

from pydantic import Field, field_validator

from castline.base.sections import NonNegative, Positive
from castline.images.settings import VoxelConfig


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
