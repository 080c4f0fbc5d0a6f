"""Section `decide` of a campaign: how far replicates in rounds may go."""

from pydantic import Field

from castline.base.sections import Positive, Section

# Replicates of a test that has no interval yet.
FEWEST = 2


class DecideConfig(Section):
    """Replicates in rounds, `snakemake decide`, until every statement is decided."""

    films: int = Field(ge=FEWEST, le=999, description="films of an electrode at most")
    viscosity: int = Field(
        ge=FEWEST, le=999, description="sheared slurries of an electrode at most"
    )
    core_hours: Positive = Field(
        description="core-hours of all replicates beyond `matrix.replicates` at most"
    )
    step: int = Field(
        default=3, ge=1, le=99, description="replicates that a round adds to an electrode at most"
    )
    per_round: int = Field(
        default=6,
        ge=1,
        le=9999,
        description="replicates that a round adds in all at least, as many as run at once",
    )
