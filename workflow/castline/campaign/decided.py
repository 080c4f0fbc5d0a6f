"""The replicates that a campaign has in the end: those of its file, and those that rounds added."""

from pathlib import Path

from castline.base.files import read_json
from castline.campaign.config import Campaign

ROUNDS = "decide"


def round_file(root: str | Path, number: int | str) -> Path:
    """The result of a round of `snakemake decide`, in the folder of the campaign."""
    return Path(root) / f"{ROUNDS}/round_{number}.json"


def rounds_there(campaign: Campaign, root: str | Path) -> list[Path]:
    """The files of all rounds so far, in their order, up to the one that ended them.

    Files beyond it, or beyond a gap, are left from other settings. Rounds count for campaigns with
    a section `decide` alone.
    """
    files: list[Path] = []
    goes_on = campaign.decide is not None
    while goes_on and (path := round_file(root, len(files) + 1)).is_file():
        files.append(path)
        goes_on = read_json(path)["goes_on"]
    return files


def campaign_matrix(campaign: Campaign, root: str | Path | None) -> dict:
    """Section `matrix` of a campaign; with `decided` as the last round in its folder left it."""
    matrix = campaign.model_dump(mode="json")["matrix"]
    rounds = [] if root is None else rounds_there(campaign, root)
    return {**matrix, "decided": read_json(rounds[-1])["replicates"]} if rounds else matrix
