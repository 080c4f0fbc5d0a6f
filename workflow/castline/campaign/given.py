"""The files that an archive keeps and nobody can make again from the others: given or simulated."""

import os
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from castline.base.errors import InputError
from castline.base.paths import SHIPPED, located
from castline.campaign.config import Campaign
from castline.line.stage import Stage
from castline.measured.measurements import measurement_files

INPUTS = "inputs"
# Those that castline ships; a later version may ship others under the same name.
OURS = f"{INPUTS}/castline"


def simulated_files(line: Iterable[Stage]) -> list[str]:
    """Files that the stages of a line write for an electrode; all else follows from them."""
    files = []
    for stage in line:
        files += [f"{state}.dump.gz" for state in stage.makes]
        files += [f"{table.file}.csv" for table in stage.tables]
        files.append(f"{stage.name}.json")
    return files


def given_files(campaign: Campaign) -> dict[str, Path]:
    """Force fields, size distributions and measurements by name in an archive.

    Raises
    ------
    InputError
        One lies outside of the folder that the campaign runs in: an archive could not name it.
    """
    files = {}
    for key, path in campaign.named_files().items():
        name = _name(key, path)
        files[name] = Path(located(path))
        if key == "measurements":
            for data in map(Path, measurement_files(located(path))):
                beside = os.path.relpath(data, files[name].parent)
                within = os.path.normpath(PurePosixPath(name).parent / beside)
                if not within.startswith(f"{INPUTS}/"):
                    raise InputError(
                        f"archive: {key}: {data} lies outside of the campaign's folder"
                    )
                files[within] = data
    return files


def _name(key: str, path: str) -> str:
    if path.startswith(SHIPPED):
        return f"{OURS}/{path.removeprefix(SHIPPED)}"
    plain = os.path.normpath(path)
    if Path(plain).is_absolute() or plain.startswith(".."):
        raise InputError(f"archive: {key}: {path} lies outside of the campaign's folder")
    return f"{INPUTS}/{plain}"
