"""The same electrodes in boxes of other areas and thicknesses: what of a film is its size."""

import itertools
from collections.abc import Mapping
from typing import TYPE_CHECKING

from pydantic import Field, field_validator

from castline.base.sections import Positive, Section
from castline.recipe.replicates import electrode_key

if TYPE_CHECKING:
    from castline.line.settings import LineSettings

# Area and thickness over those of the campaign.
Size = tuple[float, float]


class SizeEffectsConfig(Section):
    """Films of other sizes, `snakemake size_effects`, one direction at a time."""

    area: list[Positive] = Field(
        default=[1, 2, 4], min_length=1, description="areas over that of the campaign"
    )
    thickness: list[Positive] = Field(
        default=[1, 2, 4], min_length=1, description="thicknesses over that of the campaign"
    )
    electrodes: list[str] = Field(
        default=[], description="such as AM_1/50, of the matrix; none for all"
    )
    replicates: int = Field(default=3, ge=1, le=99, description="films of each electrode and size")

    @field_validator("area", "thickness")
    @classmethod
    def each_once(cls, values: list[float]) -> list[float]:
        if len(set(values)) < len(values):
            raise ValueError(f"{values} names a size twice")
        return values

    @property
    def sizes(self) -> list[Size]:
        """Each size once; the campaign's own is always among them."""
        sizes = [(1.0, 1.0), *((a, 1.0) for a in self.area), *((1.0, t) for t in self.thickness)]
        return sorted(set(sizes))

    def electrodes_of(self, psds: Mapping, contents: list[str]) -> list[tuple[str, str]]:
        """(distribution, solid content) of each electrode."""
        every = itertools.product(psds, contents)
        return [e for e in every if not self.electrodes or electrode_key(*e) in self.electrodes]

    def faults(self, psds: Mapping, contents: list[str]) -> list[str]:
        """One line for each electrode that the matrix does not have."""
        known = [electrode_key(*e) for e in itertools.product(psds, contents)]
        return [
            f"electrodes: {name!r} is not in the matrix; allowed: {', '.join(known)}"
            for name in self.electrodes
            if name not in known
        ]


def sized_line(line: "LineSettings", size: Size) -> "LineSettings":
    """The line with films of another area and thickness: more particles, in a box of that shape.

    Thicker films are pressed at the speed of the plane on the campaign's, not at its strain rate:
    what inertia adds to the plane's pressure grows with the square of that speed.
    """
    area, thickness = size
    x, y, z = line.slurry.box.lengths_um or line.slurry.box.aspect
    aspect = (x * area**0.5, y * area**0.5, z * thickness)
    sized = line.at_size(line.recipe.dry_mass_g * area * thickness, aspect)
    slower = {}
    for name, section in (("calendering", line.calendering), ("assembling", line.assembling)):
        rate = section.strain_per_step / max(thickness, 1.0)
        slower[name] = section.model_copy(update={"strain_per_step": rate})
    return sized.model_copy(update=slower)
