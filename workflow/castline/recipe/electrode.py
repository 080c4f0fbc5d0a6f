"""Which electrode: one key, read from wildcards or from the path of a file."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from castline.base.errors import InputError
from castline.base.sections import POWDER

FOLDER = re.compile(
    rf"(?:^|/)({POWDER})/sc(\d+(?:\.\d+)?(?:_\d+(?:\.\d+)?MPa)?)(?:/r(\d+))?/[^/]+$"
)
# What stands after sc in a folder: the solid content, and of a pressed powder the press pressure.
CONTENT = r"\d+(\.\d+)?(_\d+(\.\d+)?MPa)?"


class Axis(NamedTuple):
    """The axis of a campaign's matrix beside the distributions.

    Attributes
    ----------
    name : in words.
    column : of tables.
    unit : after a value in names.
    label : of a figure's axis.
    """

    name: str
    column: str
    unit: str
    label: str


SOLID_CONTENT = Axis("solid content", "solid_content_percent", "%", "solid content / wt.%")
PRESS = Axis("press pressure", "press_pressure_mpa", "MPa", "press pressure / MPa")


def axis_of(columns) -> Axis:
    """The axis that the columns of a table have: the press pressure, or else the solid content."""
    return PRESS if PRESS.column in columns else SOLID_CONTENT


def pressed_at(solid_content_percent: str, press_pressure_mpa: str) -> str:
    """How a folder names a powder pressed at a pressure, as in `Electrode`."""
    return f"{solid_content_percent}_{press_pressure_mpa}MPa"


def powder_name(psd: str, variant: str | None) -> str:
    """Name of a distribution with a composition or a drying rate, as in folders and tables."""
    return psd if variant is None else f"{psd}-{variant}"


def powders_of(matrix: Mapping) -> list[str]:
    """The distributions of a `matrix` section, each with each composition, or drying rate."""
    variants = matrix.get("compositions") or matrix.get("drying_rates") or [None]
    return [powder_name(psd, variant) for psd in matrix["psds"] for variant in variants]


def contents_of(matrix: Mapping) -> list[str]:
    """Its solid contents as folders name them, with the press pressure where that is an axis."""
    pressures = matrix.get("press_pressure_mpa") or []
    return [
        name
        for content in matrix["solid_content_percent"]
        for name in ([pressed_at(content, pressure) for pressure in pressures] or [content])
    ]


def split_powder(powder: str) -> tuple[str, str | None]:
    """Distribution, and composition or drying rate of a powder; None where neither is an axis."""
    psd, _, variant = powder.partition("-")
    return psd, variant or None


class Electrode(NamedTuple):
    """An electrode of the matrix: distribution (with what `powder_name` adds to it), solid
    content as the campaign writes it (it names a folder), and which realisation (None: what its
    replicates share, such as the recipe).

    Where a campaign presses powders at several pressures, the pressure follows the solid content,
    as in 100_50MPa.
    """

    psd: str
    solid_content_percent: str
    replicate: int | None = None

    @property
    def label(self) -> str:
        """Readable name, such as 'AM_1 50 % r1'."""
        name = f"{self.psd} {self.level:g} {self.axis.unit}"
        return name if self.replicate is None else f"{name} r{self.replicate}"

    @property
    def percent(self) -> float:
        """The solid content as a number, wt.%."""
        return float(self.solid_content_percent.partition("_")[0])

    @property
    def press_pressure_mpa(self) -> float | None:
        """Pressure of the press, MPa, where it is an axis of the campaign."""
        pressure = self.solid_content_percent.partition("_")[2]
        return float(pressure.removesuffix("MPa")) if pressure else None

    @property
    def axis(self) -> Axis:
        """The axis of the matrix that `level` is on."""
        return SOLID_CONTENT if self.press_pressure_mpa is None else PRESS

    @property
    def level(self) -> float:
        """Solid content in wt.%, or the press pressure in MPa where that is the axis."""
        pressure = self.press_pressure_mpa
        return self.percent if pressure is None else pressure

    @property
    def keys(self) -> dict[str, object]:
        """The key columns of the campaign's tables."""
        keys = {"psd": self.psd, self.axis.column: self.level}
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
