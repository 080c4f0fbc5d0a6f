"""The box in which the particles are placed at random."""

from typing import Annotated

from pydantic import Field

from castline.base.sections import Positive, Section
from castline.packing.placement import box_lengths, place
from castline.packing.state import ParticleState
from castline.recipe.recipe import Recipe


class BoxConfig(Section):
    """Box of the random placement."""

    packing_fraction: Annotated[float, Field(gt=0, le=0.35)] = Field(
        default=0.3, description="sphere volume over box volume of a compact box"
    )
    aspect: tuple[Positive, Positive, Positive] = Field(
        default=(0.716, 0.716, 1.0), description="relative edge lengths of a compact box"
    )
    lengths_um: tuple[Positive, Positive, Positive] | None = Field(
        default=None,
        description="edge lengths in um instead of a compact box (study: 716 716 1000)",
    )


def initial_state(recipe: Recipe, box: BoxConfig, seed: int, dry: bool = False) -> ParticleState:
    """Random non-overlapping placement in the configured box, as in the slurry or dry."""
    lengths = (
        [x * 1e-6 for x in box.lengths_um]
        if box.lengths_um is not None
        else box_lengths(recipe, box.packing_fraction, box.aspect, dry)
    )
    return place(recipe, lengths, seed, dry)
