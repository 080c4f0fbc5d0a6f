"""The coating whose shear rate the fits of the flow curves are evaluated at."""

from pydantic import Field

from castline.base.sections import Name, Positive, Section


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
