"""What the line needs of a campaign file: electrodes, recipe, and the section of every stage."""

from typing import Self

from pydantic import Field, ValidationError, create_model
from pydantic.fields import FieldInfo

from castline.base.sections import FilePath, Name, Section
from castline.lammps.timestep import Acceleration
from castline.line.order import LINE
from castline.line.stage import Stage
from castline.recipe.recipe import Recipe
from castline.recipe.settings import MatrixConfig, RecipeConfig, build_recipe
from castline.transport.settings import TransportConfig


class ForceFieldPaths(Section):
    """Force-field files."""

    slurry: FilePath = Field(
        default="castline:config/forcefields/slurry.yaml", description="slurry set"
    )
    dry: FilePath = Field(default="castline:config/forcefields/dry.yaml", description="dry set")


class _Electrodes(Section):
    """Which electrodes, of what, with which seed."""

    campaign: Name = Field(description="name of the campaign and of its results folder")
    acceleration: Acceleration = Field(
        default="automatic",
        description="`automatic` time step and mass scale, or `none`: real masses and the study's "
        "0.001 us (less where contacts need it), thousands of times slower",
    )
    seed: int = Field(default=1, ge=0, description="seed from which all random numbers derive")
    matrix: MatrixConfig = Field(description="electrodes")
    recipe: RecipeConfig = Field(default=RecipeConfig(), description="slurry recipe")
    force_fields: ForceFieldPaths = Field(default=ForceFieldPaths(), description="force fields")

    def recipe_of(self, psd: str, solid_content_percent: str) -> Recipe:
        """Particles of one electrode."""
        return build_recipe(self.recipe, self.matrix.psds[psd], float(solid_content_percent) / 100)

    def of_stage(self, stage: Stage) -> Section:
        """The section of a stage."""
        return getattr(self, stage.name)

    def at_size(
        self, dry_mass_g: float | None, aspect: tuple[float, float, float] | None = None
    ) -> Self:
        """The same with boxes of another dry mass or shape; None keeps its own."""
        changes = {}
        if dry_mass_g is not None:
            changes["recipe"] = self.recipe.model_copy(update={"dry_mass_g": dry_mass_g})
        if aspect is not None:
            box = self.slurry.box.model_copy(update={"aspect": aspect, "lengths_um": None})
            changes["slurry"] = self.slurry.model_copy(update={"box": box})
        return self.model_copy(update=changes)


def _field(stage: Stage) -> FieldInfo:
    """The section of a stage in the campaign, to be left out where all its keys may."""
    try:
        return Field(default=stage.section(), description=stage.title)
    except ValidationError:
        return Field(description=stage.title)


LineSettings = create_model(
    "LineSettings",
    __base__=_Electrodes,
    __doc__="The part of a campaign that the line and its films' conductivities depend on.",
    **{stage.name: (stage.section, _field(stage)) for stage in LINE},
    transport=(TransportConfig, Field(default=TransportConfig(), description="conductivities")),
)
