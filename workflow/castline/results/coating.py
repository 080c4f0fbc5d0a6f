"""Doctor-blade coating: at which shear rate a flow curve is read."""

from pydantic import Field

from castline.base.sections import Name, Positive, Section
from castline.recipe.electrode import split_powder


class CoatingConfig(Section):
    """Doctor-blade coating: the shear rate in the gap is blade speed over gap."""

    blade_speed_m_per_s: Positive = Field(
        description="speed of the blade, m/s; your own, the study does not state it"
    )
    gap_um: dict[Name, Positive] = Field(
        description="gap under the blade by active-material PSD, um (study: AM_1 100, AM_2 300)"
    )

    def shear_rate_per_s(self, psd: str) -> float:
        return self.blade_speed_m_per_s / (self.gap_um[split_powder(psd)[0]] * 1e-6)
