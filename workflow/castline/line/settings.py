"""What the line needs of a campaign file: electrodes, recipe, and the section of every stage."""

from typing import Self

from pydantic import Field, ValidationError, create_model, model_validator
from pydantic.fields import FieldInfo

from castline.base.sections import FilePath, Name, Section
from castline.lammps.timestep import Acceleration
from castline.line.order import STAGES
from castline.line.stage import Stage
from castline.recipe.electrode import Electrode
from castline.recipe.recipe import Recipe
from castline.recipe.route import Route
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
    route: Route = Field(
        default="slurry",
        description="from recipe to film: `slurry`, mixed, cast and dried, or `powder`, placed "
        "dry, settled and pressed (docs/powder.md)",
    )
    seed: int = Field(default=1, ge=0, description="seed from which all random numbers derive")
    matrix: MatrixConfig = Field(description="electrodes")
    recipe: RecipeConfig = Field(default=RecipeConfig(), description="slurry recipe")
    force_fields: ForceFieldPaths = Field(default=ForceFieldPaths(), description="force fields")

    @model_validator(mode="after")
    def one_place_for_compositions(self) -> Self:
        default = RecipeConfig.model_fields["composition"].default
        if self.matrix.compositions is not None and self.recipe.composition != default:
            raise ValueError("gives recipe.composition and matrix.compositions; only one may be")
        return self

    def recipe_of(self, psd: str, solid_content_percent: str) -> Recipe:
        """Particles of one electrode; `psd` as in `MatrixConfig.powders`."""
        sizes, recipe = self.matrix.of_powder(psd, self.recipe)
        percent = Electrode(psd, solid_content_percent).percent
        return build_recipe(recipe, sizes, percent / 100)

    def of_stage(self, stage: Stage) -> Section:
        """The section of a stage."""
        return getattr(self, stage.name)

    def settings_of(self, stage: Stage, powder: str) -> dict:
        """The section of a stage for one powder, with the drying rate where that is an axis."""
        settings = self.of_stage(stage).model_dump(mode="json")
        rate = self.matrix.drying_rate_of(powder)
        return {**settings, stage.rate_key: rate} if stage.rate_key and rate else settings

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


def _field(stage: Stage) -> tuple[type, FieldInfo]:
    """The section of a stage in the campaign, to be left out where all its keys may.

    Which sections a campaign has, and must have, its route decides (castline.campaign.routes).
    """
    try:
        return stage.section, Field(default=stage.section(), description=stage.title)
    except ValidationError:
        needed = f"{stage.title}; required where the route has this stage"
        return stage.section | None, Field(default=None, description=needed)


LineSettings = create_model(
    "LineSettings",
    __base__=_Electrodes,
    __doc__="The part of a campaign that the line and its films' conductivities depend on.",
    **{stage.name: _field(stage) for stage in STAGES},
    transport=(TransportConfig, Field(default=TransportConfig(), description="conductivities")),
)
