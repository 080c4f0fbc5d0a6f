"""Section `impedance` of a campaign."""

import numpy as np
from pydantic import Field, model_validator

from castline.base.sections import Positive, Section
from castline.impedance.model import InterfaceProperties


class ImpedanceConfig(Section):
    """Predicted impedance of the pressed electrodes."""

    interface: InterfaceProperties = Field(
        default=InterfaceProperties(), description="interface quantities per contact area"
    )
    frequency_min_hz: Positive = Field(default=1e-2, description="lowest frequency, Hz")
    frequency_max_hz: Positive = Field(default=1e6, description="highest frequency, Hz")
    points_per_decade: int = Field(default=10, ge=3, le=100, description="points per decade")
    thickness_um: Positive | None = Field(
        default=None, description="thickness of the predicted cell, um; null takes the simulated"
    )

    @model_validator(mode="after")
    def ordered(self) -> "ImpedanceConfig":
        if not self.frequency_min_hz < self.frequency_max_hz:
            raise ValueError(
                f"frequency_min_hz {self.frequency_min_hz:g} is not below frequency_max_hz "
                f"{self.frequency_max_hz:g}"
            )
        return self

    def frequency_hz(self) -> np.ndarray:
        """Logarithmic sweep from high to low frequency."""
        decades = np.log10(self.frequency_max_hz / self.frequency_min_hz)
        n = round(decades * self.points_per_decade) + 1
        return np.geomspace(self.frequency_max_hz, self.frequency_min_hz, n)
