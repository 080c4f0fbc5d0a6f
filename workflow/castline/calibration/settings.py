"""The `calibration` section of a campaign: what is free, what is wanted, how many trials."""

import math
from typing import Annotated, Literal

from pydantic import Field, model_validator

from castline.base.sections import FilePath, Positive, Section
from castline.line.order import ROUTES

STATES = ROUTES["slurry"].states
Number = Annotated[float, Field(allow_inf_nan=False)]
TargetName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]


class FreeParameter(Section):
    """A force-field value that the search may change, between two bounds."""

    low: Number = Field(description="lower bound, in the unit of the key")
    high: Number = Field(description="upper bound, in the unit of the key")
    scale: Literal["linear", "log"] = Field(
        default="linear", description="scale on which the search steps"
    )
    tied: list[str] = Field(
        default=[], description="other keys of the same force field that take the same value"
    )

    @model_validator(mode="after")
    def ordered(self) -> "FreeParameter":
        if not self.low < self.high:
            raise ValueError(f"low {self.low:g} is not below high {self.high:g}")
        if self.scale == "log" and self.low <= 0:
            raise ValueError(f"low {self.low:g} must be above 0 on a log scale")
        return self


class Reference(Section):
    """The other end of a ratio: what differs from the observable above it."""

    psd: str | None = Field(default=None, description="distribution, if another")
    solid_content_percent: str | None = Field(default=None, description="solid content, if another")
    shear_rate_per_s: Positive | None = Field(default=None, description="shear rate, if another")
    state: Literal[STATES] | None = Field(default=None, description="state, if another")


class Target(Section):
    """A wanted value or band of an observable, in its unit, for every electrode and shear rate
    selected; or of a ratio of two of its values. Its residual is the distance in tolerances.
    """

    observable: str = Field(description="column of a table, such as porosity or sigma_e_s_per_m")
    state: Literal[STATES] = Field(default="slurry", description="state of the electrode")
    psds: list[str] = Field(default=[], description="distributions; all of the campaign if empty")
    solid_content_percent: list[str] = Field(
        default=[], description="solid contents; all of the campaign if empty"
    )
    shear_rates_per_s: list[Positive] = Field(
        default=[], description="shear rates, 1/s; for the viscosity only"
    )
    over: Reference | None = Field(
        default=None, description="divide by the same observable elsewhere: the target is a ratio"
    )
    value: Number | None = Field(default=None, description="wanted value; met within a tolerance")
    band: tuple[Number | None, Number | None] | None = Field(
        default=None, description="wanted band [low, high]; null leaves an end open"
    )
    tolerance: Positive | None = Field(
        default=None, description="one tolerance, in the unit of the observable"
    )
    relative_tolerance: Positive | None = Field(
        default=None,
        description="one tolerance over the wanted value or band end; without any tolerance half "
        "the width of the band",
    )
    scale: Literal["linear", "log"] = Field(
        default="linear",
        description="log: distances are logarithms, one tolerance is ln(1 + relative_tolerance)",
    )
    weight: Positive = Field(default=1.0, description="weight of the target in the objective")

    @property
    def ends(self) -> tuple[float, float]:
        """Lower and upper end of what is wanted; equal for a value, infinite where open."""
        if self.band is None:
            return self.value, self.value
        low, high = self.band
        return -math.inf if low is None else low, math.inf if high is None else high

    @model_validator(mode="after")
    def consistent(self) -> "Target":
        if (self.value is None) == (self.band is None):
            raise ValueError("needs exactly one of value and band")
        if self.tolerance is not None and self.relative_tolerance is not None:
            raise ValueError("needs at most one of tolerance and relative_tolerance")
        low, high = self.ends
        if self.band is not None and not low < high:
            raise ValueError(f"band {list(self.band)}: the low end is not below the high end")
        finite = [end for end in (low, high) if math.isfinite(end)]
        if not finite:
            raise ValueError("band: both ends are open, so everything is wanted")
        if self.tolerance is None and self.relative_tolerance is None and len(set(finite)) < 2:
            raise ValueError("needs tolerance or relative_tolerance")
        if self.relative_tolerance is not None and 0.0 in finite:
            raise ValueError("relative_tolerance of 0 has no size; give tolerance instead")
        if self.scale == "log" and (min(finite) <= 0 or self.tolerance is not None):
            raise ValueError("scale log needs ends above 0 and relative_tolerance, not tolerance")
        return self


class Finalists(Section):
    """The best trials of a search once more, at full size with other seeds; the best one wins."""

    trials: int = Field(default=4, ge=2, le=99, description="how many of the best trials")
    dry_mass_g: Positive = Field(default=0.139e-7, description="simulated dry mass, g")
    replicates: int = Field(default=1, ge=1, le=99, description="realisations of each electrode")


class Racing(Section):
    """A race: a candidate is measured on one replicate, a promising one on more before a new one is
    tried. A trial of the search is then one candidate on one replicate.
    """

    replicates: int = Field(
        default=3, ge=2, le=99, description="replicates of a candidate at most; each its own slurry"
    )
    fewest: int = Field(
        default=2,
        ge=2,
        le=99,
        description="replicates without which no candidate is the set found; the starting set has "
        "them first",
    )
    chance: Annotated[float, Field(ge=0.01, le=0.5)] = Field(
        default=0.4,
        description="a candidate is promising while the chance that it is better than the best one "
        "known is at least this",
    )

    @model_validator(mode="after")
    def reachable(self) -> "Racing":
        if self.fewest > self.replicates:
            raise ValueError(f"fewest {self.fewest} is above replicates {self.replicates}")
        return self


class CalibrationStage(Section):
    """One search: the free parameters of one force field and the targets that judge them."""

    free: dict[str, FreeParameter] = Field(
        min_length=1, description="free parameters by dotted key, such as hertz.friction"
    )
    fixed: dict[str, Number] = Field(
        default={}, description="values by dotted key that replace those of the starting file"
    )
    targets: dict[TargetName, Target] = Field(min_length=1, description="targets by name")
    dry_mass_g: Positive | None = Field(
        default=None, description="dry mass of an electrode in a trial, g; the recipe's if left out"
    )
    aspect: tuple[Positive, Positive, Positive] | None = Field(
        default=None,
        description="relative edge lengths of a trial's initial box; those of slurry.box if left "
        "out",
    )
    electrodes: list[str] = Field(
        default=[],
        description="electrodes of a trial, such as AM_1/50; all that targets name if left out. "
        "Targets on others are left to the confirmation",
    )
    slurries: FilePath | None = Field(
        default=None,
        description="dry search: folder of results whose stored slurries trials start from, such "
        "as results/paper; left out, they are made once, with the slurry set",
    )
    trials: int = Field(default=60, ge=1, description="trials, those cut short or failed included")
    random_trials: int = Field(
        default=10, ge=1, description="trials at random after the starting set, before the model"
    )
    racing: Racing | None = Field(
        default=None,
        description="repeat promising candidates on other replicates; without it all trials run on "
        "the same",
    )
    finalists: Finalists | None = Field(
        default=None,
        description="choose the set among the best trials, run again at full size; without it the "
        "best trial is the set",
    )

    @model_validator(mode="after")
    def consistent(self) -> "CalibrationStage":
        if self.racing is not None and self.trials < self.racing.fewest:
            raise ValueError(
                f"trials {self.trials} is below racing.fewest {self.racing.fewest}: no candidate "
                "could be the set found"
            )
        if self.slurries is not None and self.aspect is not None:
            raise ValueError("needs at most one of slurries, which have their box, and aspect")
        return self

    def sized(self, line):
        """The line's settings in the size of the search's trials."""
        return line.at_size(self.dry_mass_g, self.aspect)

    def replicates_of(self, place: int, each: int) -> range:
        """Replicates of the electrodes in a trial on the replicate `place`, from 1, of a candidate.

        Parameters
        ----------
        each : realisations of each electrode in a trial.
        """
        return range((place - 1) * each + 1, place * each + 1)


class Confirmation(Section):
    """The calibrated sets once more, at another size and with other seeds."""

    dry_mass_g: Positive = Field(default=0.139e-7, description="simulated dry mass, g")
    replicates: int = Field(default=3, ge=1, le=999, description="realisations of each electrode")


class CalibrationConfig(Section):
    """Search for force-field values that meet targets: the slurry set first, then the dry set."""

    slurry: CalibrationStage | None = Field(
        default=None, description="search of the slurry set; without it the starting file is used"
    )
    dry: CalibrationStage | None = Field(
        default=None, description="search of the dry set, on slurries of the set found before"
    )
    replicates: int = Field(
        default=1, ge=1, le=99, description="realisations of each electrode in a trial"
    )
    workers: int = Field(default=1, ge=1, le=999, description="jobs that share a search")
    margin: Positive = Field(
        default=1.0,
        description="trials whose objective is at most this much above the best count as "
        "acceptable; 1 is one tolerance in all electrodes of one target of weight 1",
    )
    kept: int = Field(
        default=10,
        ge=1,
        description="a trial stops as soon as it is worse than this many finished ones (and not "
        "acceptable)",
    )
    confirmation: Confirmation | None = Field(
        default=None, description="check of the sets found, at full size; none if left out"
    )

    @model_validator(mode="after")
    def something(self) -> "CalibrationConfig":
        if self.slurry is None and self.dry is None:
            raise ValueError("needs a slurry or a dry search")
        return self

    @property
    def stages(self) -> list[str]:
        """Searches in their order."""
        return [name for name in ("slurry", "dry") if getattr(self, name) is not None]

    def stage(self, name: str) -> CalibrationStage:
        return getattr(self, name)
