"""Which electrode: one key, read from wildcards or from the path of a file."""

import re
from pathlib import Path
from typing import NamedTuple

from castline.base.errors import InputError
from castline.base.sections import POWDER

FOLDER = re.compile(rf"(?:^|/)({POWDER})/sc(\d+(?:\.\d+)?)(?:/r(\d+))?/[^/]+$")


def powder_name(psd: str, composition: str | None) -> str:
    """Name of a distribution with a composition, as in folders and tables."""
    return psd if composition is None else f"{psd}-{composition}"


def split_powder(powder: str) -> tuple[str, str | None]:
    """Distribution and composition of a powder; None where the campaign has one composition."""
    psd, _, composition = powder.partition("-")
    return psd, composition or None


class Electrode(NamedTuple):
    """An electrode of the matrix: distribution (with its composition, see `powder_name`), solid
    content as the campaign writes it (it names a folder), and which realisation (None: what its
    replicates share, such as the recipe).
    """

    psd: str
    solid_content_percent: str
    replicate: int | None = None

    @property
    def label(self) -> str:
        """Readable name, such as 'AM_1 50 % r1'."""
        name = f"{self.psd} {self.solid_content_percent} %"
        return name if self.replicate is None else f"{name} r{self.replicate}"

    @property
    def percent(self) -> float:
        """The solid content as a number, wt.%."""
        return float(self.solid_content_percent)

    @property
    def keys(self) -> dict[str, object]:
        """The key columns of the campaign's tables."""
        keys = {"psd": self.psd, "solid_content_percent": self.percent}
        return keys if self.replicate is None else {**keys, "replicate": self.replicate}

    @classmethod
    def of_wildcards(cls, wildcards) -> "Electrode":
        """The electrode of a job, from its wildcards psd, sc and, for a realisation, rep."""
        rep = wildcards.get("rep")
        return cls(wildcards.psd, wildcards.sc, None if rep is None else int(rep))

    @classmethod
    def of_path(cls, path: str | Path) -> "Electrode":
        """The electrode whose folder holds a file.

        Raises
        ------
        InputError
            The file is in no electrode's folder.
        """
        found = FOLDER.search(Path(path).as_posix())
        if found is None:
            raise InputError(f"{path}: not in the folder of an electrode, <psd>/sc<content>/r<n>")
        psd, content, replicate = found.groups()
        return cls(psd, content, None if replicate is None else int(replicate))
