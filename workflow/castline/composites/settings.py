"""The `composites` section of a campaign: published composites to predict, never to fit."""

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from castline.base.sections import FilePath, Label, Name, NonNegative, Positive, Section
from castline.recipe.settings import CbdConfig, MaterialConfig, SizesConfig

Percent = Annotated[float, Field(ge=0, le=100)]


class SampleConfig(Section):
    """One composite: percentages of its solids, which sum to 100; those left out are 0."""

    am: Percent = Field(default=0.0, description="active material, or what stands for it, %")
    se: Percent = Field(default=0.0, description="solid electrolyte, %")
    cbd: Percent = Field(default=0.0, description="carbon and binder, %")
    published: Name | None = Field(
        default=None, description="its name in the table of published values; none: its own name"
    )
    porosity: Annotated[float, Field(gt=0, lt=1)] | None = Field(
        default=None,
        description="pressed to this porosity, such as the measured one, and held there; none: by "
        "the pressures of the set",
    )
    particles: int | None = Field(
        default=None, ge=10, le=1_000_000, description="of a film, nearly; none: as of the set"
    )

    @model_validator(mode="after")
    def sums_to_a_hundred(self) -> "SampleConfig":
        total = self.am + self.se + self.cbd
        if abs(total - 100) > 1e-6:
            raise ValueError(f"am + se + cbd = {total:.10g} %; must be 100")
        return self


class CompositeSetConfig(Section):
    """Composites of one publication, of the same powders, pressed and measured alike."""

    published: Name = Field(description="the set in the table of published values")
    label: Label = Field(description="as figures and tables name it")
    percent_by: Literal["volume", "mass"] = Field(description="what the percentages are of")
    press_mpa: Positive = Field(description="pressure of the press, MPa")
    cell_mpa: Positive = Field(description="pressure while the conductivities are measured, MPa")
    active_material: MaterialConfig = Field(description="density of the active material")
    active_material_psd: SizesConfig = Field(description="size of the active material")
    solid_electrolyte: MaterialConfig = Field(description="density of the solid electrolyte")
    solid_electrolyte_psd: SizesConfig = Field(description="size of the solid electrolyte")
    cbd: CbdConfig = Field(default=CbdConfig(), description="carbon and binder")
    particles: int = Field(
        ge=10, le=1_000_000, description="particles of a film, nearly; sets its mass"
    )
    face_margin_um: NonNegative = Field(
        description="depth left out at each face: pellets are hundreds of particles thick, um"
    )
    samples: dict[Name, SampleConfig] = Field(
        min_length=1,
        description="composites by name, with `pure_se` and `pure_am` for the pure powders pressed "
        "alike, over whose conductivities predictions are given",
    )
    pure_from: Name | None = Field(
        default=None, description="the set that has the pure powders; none: this one"
    )

    @model_validator(mode="after")
    def pure_powders_are_pure(self) -> "CompositeSetConfig":
        for name, phase in (("pure_se", "se"), ("pure_am", "am")):
            sample = self.samples.get(name)
            if sample is not None and getattr(sample, phase) != 100:
                raise ValueError(f"samples.{name}: {phase} must be 100")
        return self

    def published_name(self, sample: str) -> str:
        """The name of a sample in the table of published values."""
        return self.samples[sample].published or sample


class CompositesConfig(Section):
    """Composites that others pressed and measured, predicted with the campaign's dry set and voxels
    (docs/composites.md).
    """

    table: FilePath = Field(
        default="castline:config/published/composites.csv", description="published values"
    )
    replicates: int = Field(
        default=3, ge=1, le=99, description="films of each composite; 3 for an interval"
    )
    sets: dict[Name, CompositeSetConfig] = Field(
        min_length=1, description="publications, or variants of an assumption about one"
    )
    only: list[Name] = Field(
        default=[], description="sets to look at; all of them where the list is empty"
    )

    def named_files(self) -> list[tuple[str, str | None]]:
        """Files that the section names, each after its key."""
        named = [("table", self.table)]
        for name, given in self.sets.items():
            for key in ("active_material_psd", "solid_electrolyte_psd"):
                named.append((f"sets.{name}.{key}.csv", getattr(given, key).csv))
        return named

    @property
    def chosen(self) -> dict[str, CompositeSetConfig]:
        """The sets to look at, and those that have their pure powders."""
        wanted = self.only or list(self.sets)
        also = [self.sets[name].pure_from for name in wanted]
        return {name: self.sets[name] for name in dict.fromkeys([*wanted, *also]) if name}

    def pure_set(self, name: str) -> str:
        """The set whose pure powders those of a set are compared with."""
        return self.sets[name].pure_from or name

    @field_validator("only")
    @classmethod
    def each_once(cls, names: list[str]) -> list[str]:
        if len(set(names)) < len(names):
            raise ValueError(f"{names} names a set twice")
        return names

    @model_validator(mode="after")
    def only_of_sets(self) -> "CompositesConfig":
        for name in self.only:
            if name not in self.sets:
                raise ValueError(f"only: {name} is not one of {', '.join(self.sets)}")
        for name, given in self.sets.items():
            if given.pure_from is not None and given.pure_from not in self.sets:
                raise ValueError(
                    f"sets.{name}.pure_from: {given.pure_from} is not one of {', '.join(self.sets)}"
                )
        return self
