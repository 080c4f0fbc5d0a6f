"""The replicates that a campaign has in the end: those of its file, and those that rounds added."""

from pathlib import Path

from castline.base.files import read_json
from castline.campaign.config import Campaign


def round_file(root: str | Path, number: int | str) -> Path:
    """The result of a round of `snakemake decide`, in the folder of the campaign."""
    return Path(root) / f"decide/round_{number}.json"


def campaign_matrix(campaign: Campaign, root: str | Path | None) -> dict:
    """Section `matrix` of a campaign; with `decided` as the last round in its folder left it.

    Rounds count for campaigns with a section `decide` alone.
    """
    matrix, last = campaign.model_dump(mode="json")["matrix"], 0
    if campaign.decide is None or root is None:
        return matrix
    while round_file(root, last + 1).is_file():
        last += 1
    if last == 0:
        return matrix
    return {**matrix, "decided": read_json(round_file(root, last))["replicates"]}
