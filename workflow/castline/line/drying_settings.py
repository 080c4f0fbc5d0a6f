"""What homogeneous drying and drying at a rate share: the section `drying`, and constants."""

import math
from typing import Annotated

from pydantic import Field, model_validator

from castline.base.errors import InputError
from castline.base.sections import Positive, Section
from castline.base.units import KPA_PER_BAR

SWAP_STEPS = 2000
# Largest displacement per step, um, while the dry forces take over from the slurry's overlaps.
SWAP_LIMIT_UM = 0.005
# Pressure difference, over the outer pressure, at which the barostat saturates: at once dry, and in
# stages. Where the largest strain of one step changes a film's pressure by more than twice this
# difference, the barostat overshoots at every step and then holds any mean pressure.
BAND_AT_ONCE, BAND_IN_STAGES = 1.0, 2.0
AGAINST_JAMS = (
    "let the solvent leave in stages (drying.shrinkage), weaken or shorten the attraction between "
    "CBD in the dry force field, or raise drying.pressure_bar"
)
# Above it the binder of a film gathers in a layer thinner than its CBD.
MOST_PECLET = 100.0


class ShrinkageConfig(Section):
    """Solvent that leaves in equal steps of volume."""

    stages: int = Field(
        default=20,
        ge=1,
        le=1000,
        description="number of steps from slurry to dry CBD. 1: all solvent at once, as the study; "
        "only a dry set with a long reach gathers its CBD then, such as "
        "castline:config/forcefields/dry_at_once.yaml",
    )
    steps_per_stage: int = Field(
        default=500,
        ge=20,
        description="time that the film has to follow in each stage, time steps; slower drying "
        "leaves a denser film",
    )


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


class CapillaryFlowConfig(Section):
    """What leads the solvent to the surface of a film whose pores empty, and what hinders it."""

    viscosity_mpa_s: Positive = Field(
        description="viscosity of the solvent with the binder in it, mPa.s"
    )
    surface_tension_mn_per_m: Positive = Field(description="surface tension of the solvent, mN/m")
    contact_angle_deg: Annotated[float, Field(ge=0, lt=90)] = Field(
        default=0.0, description="contact angle of the solvent on the solids, degrees"
    )

    def least_saturation(
        self, rate_um_per_s: float, height_um: float, porosity: float, diameter_um: float
    ) -> float:
        """Part of the pores that solvent fills where capillaries just lead it to the surface.

        Darcy's flow of the rate over the film's height takes all of the pressure of its menisci:
        mu E H / (k S^3) = 2 gamma cos(theta) / r, with the permeability of packed spheres
        k = d^2 phi^3 / (180 (1 - phi)^2) (Kozeny and Carman), S^3 of it in pores that are filled to
        S (Brooks and Corey, of wide pores), and pores of r = phi d / (3 (1 - phi)), twice their
        volume over their surface.

        Parameters
        ----------
        height_um : of the film.
        porosity : what is not solid of it, solvent included.
        diameter_um : of its solid particles, volume over surface.
        """
        solid = 1 - porosity
        radius_um = porosity * diameter_um / (3 * solid)
        cosine = math.cos(math.radians(self.contact_angle_deg))
        # mN/m over um is kPa, mPa s times um/s over um is 1e-6 kPa
        pull_kpa = 2 * self.surface_tension_mn_per_m * cosine / radius_um
        permeability_um2 = diameter_um**2 * porosity**3 / (180 * solid**2)
        drag_kpa = self.viscosity_mpa_s * rate_um_per_s * height_um / permeability_um2 * 1e-6
        return min(1.0, (drag_kpa / pull_kpa) ** (1 / 3))


class BinderConfig(Section):
    """How binder and carbon diffuse in a film that dries at a rate: one of two forms."""

    peclet: Annotated[float, Field(gt=0, le=MOST_PECLET)] | None = Field(
        default=None,
        description="rate times the height of the wet film over the diffusivity of binder and "
        "carbon in it",
    )
    diffusivity_um2_per_s: Positive | None = Field(
        default=None, description="diffusivity of binder and carbon in the wet film, um2/s"
    )
    wet_thickness_um: Positive | None = Field(
        default=None,
        description="height of the wet film of the coating that the simulated one stands for, um; "
        "with diffusivity_um2_per_s, and the simulated height where it is left out",
    )
    capillary_flow: CapillaryFlowConfig | None = Field(
        default=None,
        description="until when capillaries lead the solvent, and binder and carbon with it, to "
        "the surface; left out: until it fills 0.3 of the pores",
    )

    @model_validator(mode="after")
    def one_form(self) -> "BinderConfig":
        if (self.peclet is None) == (self.diffusivity_um2_per_s is None):
            raise ValueError("needs either peclet or diffusivity_um2_per_s")
        if self.peclet is not None and self.wet_thickness_um is not None:
            raise ValueError("wet_thickness_um goes with diffusivity_um2_per_s, not with peclet")
        return self


class DryingConfig(Section):
    """Drying: CBD shrink, dry force field, relaxation."""

    pressure_bar: Positive = Field(default=1.0, description="outer pressure, bar")
    shrinkage: ShrinkageConfig = Field(
        default=ShrinkageConfig(), description="how the solvent leaves"
    )
    capillary: CapillaryConfig | None = Field(
        default=None,
        description="pressure added to the outer one during the stages of `shrinkage`, or none",
    )
    rate_um_per_s: Positive | None = Field(
        default=None,
        description="rate at which the wet film loses height, um/s: the solvent leaves through a "
        "surface that falls on the collector (docs/drying.md); none: it leaves everywhere alike",
    )
    binder: BinderConfig | None = Field(
        default=None,
        description="how binder and carbon move with the solvent; needed with a rate",
    )
    temperature_k: Positive = Field(default=300.0, description="temperature, K")
    thickness_tolerance: Positive = Field(
        default=0.02, description="relative change of thickness between windows when stationary"
    )
    max_windows: int = Field(default=40, ge=3, description="windows of 4000 steps at most")

    @model_validator(mode="after")
    def solvent_for_the_menisci(self) -> "DryingConfig":
        if self.capillary is not None and self.shrinkage.stages == 1:
            raise ValueError(
                "capillary needs shrinkage.stages above 1: at once dry, a film holds no solvent"
            )
        return self

    @model_validator(mode="after")
    def whole_rate(self) -> "DryingConfig":
        if self.rate_um_per_s is not None and self.binder is None:
            raise ValueError("rate_um_per_s needs binder: how binder and carbon diffuse")
        if self.binder is not None and self.shrinkage.stages == 1:
            raise ValueError("binder needs shrinkage.stages above 1: it moves with the solvent")
        return self

    @property
    def outer_kpa(self) -> float:
        """The outer pressure, kPa."""
        return self.pressure_bar * KPA_PER_BAR

    @property
    def capillary_kpa(self) -> float:
        """The pressure of the menisci, kPa."""
        return 0.0 if self.capillary is None else self.capillary.kpa

    def coating_um(self, wet_um: float) -> float:
        """Height of the wet film of the coating that a simulated one stands for."""
        return self.binder.wet_thickness_um or wet_um

    def peclet(self, wet_um: float) -> float:
        """Peclet number of a film that dries at a rate; E H / D, H of the coating.

        Parameters
        ----------
        wet_um : height of the simulated wet film.

        Raises
        ------
        InputError
            It is larger than what the CBD resolve.
        """
        if self.binder.peclet is not None:
            return self.binder.peclet
        height_um = self.coating_um(wet_um)
        peclet = self.rate_um_per_s * height_um / self.binder.diffusivity_um2_per_s
        if peclet > MOST_PECLET:
            raise InputError(
                f"drying: rate_um_per_s {self.rate_um_per_s:g}, a wet height of {height_um:.3g} um "
                f"and binder.diffusivity_um2_per_s {self.binder.diffusivity_um2_per_s:g} make a "
                f"Peclet number of {peclet:.3g}; at most {MOST_PECLET:g} is allowed"
            )
        return peclet
