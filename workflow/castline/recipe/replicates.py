"""How many realisations of every electrode there are: sheared slurries and films."""

from collections.abc import Mapping
from typing import Annotated, NamedTuple

from pydantic import Discriminator, Field, Tag

from castline.base.sections import Section


class ReplicatesConfig(Section):
    """Realisations of each electrode by what is made of them; each starts from its own slurry."""

    films: int = Field(ge=1, le=999, description="films: dried, calendered, assembled")
    viscosity: int = Field(ge=1, le=999, description="slurries that are sheared")


Replicates = Annotated[
    Annotated[int, Field(ge=1, le=999), Tag("number")]
    | Annotated[ReplicatesConfig, Tag("by_stage")],
    Discriminator(lambda value: "by_stage" if isinstance(value, dict | Section) else "number"),
]


class Counts(NamedTuple):
    """Realisations of one electrode; slurry 1 is sheared and becomes film 1, and so on."""

    films: int
    viscosity: int

    @property
    def slurries(self) -> int:
        """As many as what needs most of them."""
        return max(self)

    def of_stage(self, stage: str) -> int:
        """Runs of a stage of the line, of voxels or of transport."""
        return {"slurry": self.slurries, "viscosity": self.viscosity}.get(stage, self.films)


Electrodes = dict[tuple[str, str], Counts]


def counts(matrix: Mapping) -> Electrodes:
    """Counts by (distribution, solid content as the campaign writes it).

    Parameters
    ----------
    matrix : section of a campaign; what `castline.campaign.decide` has added to it, under the
        key `decided`, counts where it is more.
    """
    given = matrix["replicates"]
    each = Counts(given, given) if isinstance(given, int) else Counts(**given)
    decided = matrix.get("decided", {})
    return {
        (psd, content): Counts(
            *map(max, each, Counts(**decided.get(electrode_key(psd, content), each._asdict())))
        )
        for psd in matrix["psds"]
        for content in matrix["solid_content_percent"]
    }


def electrode_key(psd: str, content: str) -> str:
    """Name of an electrode in files, such as AM_1/50."""
    return f"{psd}/{content}"
