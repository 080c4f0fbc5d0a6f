"""Particle size distributions from files: castline's own, and what instruments export.

A class is given by one diameter, by both of its edges, by its lower or its upper edge, or by the
part below (or above) its edge. Instruments name the same column "size" for three of these, so what
the header does not say is asked for.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import Field

from castline.base.delimited import Asked, find_table, has_table
from castline.base.errors import InputError, printable
from castline.base.quantities import DIAMETER, FRACTION
from castline.base.text_files import DelimitedText, read_lines
from castline.recipe.psd import SizeClasses

# A sum off by less is rounding of the instrument's export, and made 1 with a note.
ROUNDING = 0.01
EXACT = 1e-6
# Nothing that is made into a slurry is finer or coarser.
PLAUSIBLE_M = (1e-9, 1e-2)
OWN = "diameter_um"
SIZE_NAMES = (
    *(OWN, "diameter", "particle diameter", "size", "particle size", "size classes", "d"),
    *("channel diameter", "partikelgr\u00f6\u00dfe", "korngr\u00f6\u00dfe"),
)
LOWER_NAMES = ("lower_um", "lower", "size low", "from", "channel diameter (lower)", "lower edge")
UPPER_NAMES = ("upper_um", "upper", "size high", "to", "channel diameter (upper)", "upper edge")
VOLUME_NAMES = (
    *("volume_fraction", "volume", "volume in", "volume density", "volume percent", "diff. volume"),
)
NUMBER_NAMES = (
    *("number_fraction", "number", "number in", "number density", "number percent", "count"),
    *("counts", "diff. number"),
)
UNDERSIZE_NAMES = (
    *("undersize", "volume undersize", "volume under", "cumulative volume", "cumulative undersize"),
    *("passing", "cum. < volume"),
)
OVERSIZE_NAMES = ("oversize", "volume oversize", "volume over", "cumulative oversize", "retained")


class PsdReading(DelimitedText):
    """How to read a file of particle sizes that is not in castline's own columns."""

    diameter_column: str | None = Field(
        default=None, description="header of the size; usual names are known"
    )
    fraction_column: str | None = Field(
        default=None, description="header of the amount; usual names are known"
    )
    diameter_unit: str | None = Field(
        default=None, description="unit of sizes in a file that states none, as um"
    )
    diameter: Literal["mean", "lower", "upper"] | None = Field(
        default=None, description="what one size a class is: its mean, or one of its edges"
    )
    amount: Literal["fraction", "undersize", "oversize"] | None = Field(
        default=None, description="part in the class, or all below or above the size"
    )
    basis: Literal["volume", "number"] | None = Field(
        default=None, description="whether amounts are volumes or numbers of particles"
    )


OWN_COLUMNS = PsdReading()


@dataclass(frozen=True)
class _Layout:
    """Columns of sizes (one, or lower and upper edge) and of amounts, and what their names say."""

    sizes: tuple[Asked, ...]
    amount: Asked
    kind: str = "fraction"
    basis: str | None = None


def from_csv(path: str | Path, reading: PsdReading = OWN_COLUMNS) -> SizeClasses:
    """Read size classes from a file.

    Amounts are fractions or percent, as their sum tells; classes without particles are left out. A
    class between two edges gets their geometric mean. Numbers of particles become volumes by the
    cube of the diameter.

    Parameters
    ----------
    path : delimited text with a header.
    reading : what the header does not say.

    Raises
    ------
    InputError
        Missing file or column, no row, an amount below zero, a size that is not positive or out of
        `PLAUSIBLE_M`, repeated sizes, amounts that do not sum to 1 or 100 % within 1 %, or a header
        that leaves open what was measured; with file and line.
    """
    lines = read_lines(path, reading.encoding)
    layout = _layout(path, lines, reading)
    table = find_table(path, lines, [*layout.sizes, layout.amount], reading)
    sizes, amounts = table.values(*layout.sizes), table.numbers(layout.amount)[0]
    _check(table, layout, sizes, amounts)
    where = f"{path}:{table.header + 1}"
    basis = _basis(where, table, layout, reading)
    kind = reading.amount or layout.kind
    notes = []
    if kind != "fraction":
        share, over = _shares(where, table, layout, amounts.max(), basis, notes), kind == "oversize"
        diameter, fraction = _by_cumulative(where, sizes[0], amounts * share, over, notes)
    else:
        fraction = amounts * _shares(where, table, layout, amounts.sum(), basis, notes)
        if len(sizes) == 2:
            diameter = _between(table, *sizes)
        else:
            meaning = _meaning(where, table, layout, reading)
            diameter, fraction = _by_one_size(where, sizes[0], fraction, meaning)
    present = fraction > 0
    if not present.all():
        notes.append(f"{np.count_nonzero(~present)} classes without particles left out")
    diameter, fraction = diameter[present], fraction[present]
    if basis == "number":
        fraction = fraction * diameter**3
        notes.append("numbers of particles made volumes by the cube of the diameter")
    order = np.argsort(diameter)
    return SizeClasses(diameter[order], fraction[order] / fraction.sum(), tuple(notes))


def _layout(path, lines, reading) -> _Layout:
    """The first of the known sets of columns that the file has."""
    unit = {"unit": reading.diameter_unit, "unit_key": "diameter_unit"}
    size = Asked(DIAMETER, SIZE_NAMES, reading.diameter_column, **unit)
    edges = (Asked(DIAMETER, LOWER_NAMES, **unit), Asked(DIAMETER, UPPER_NAMES, **unit))
    if reading.fraction_column:
        amounts = [(Asked(FRACTION, given=reading.fraction_column), "fraction", None)]
    else:
        amounts = [
            (Asked(FRACTION, names), kind, basis)
            for names, kind, basis in (
                (VOLUME_NAMES, "fraction", "volume"),
                (NUMBER_NAMES, "fraction", "number"),
                (UNDERSIZE_NAMES, "undersize", None),
                (OVERSIZE_NAMES, "oversize", None),
            )
            if reading.basis is None or basis in (reading.basis, None)
        ]
    layouts = [
        _Layout(sizes, *amount)
        for sizes in ([] if reading.diameter_column else [edges]) + [(size,)]
        for amount in amounts
        if len(sizes) == 1 or amount[1] == "fraction"
    ]
    for layout in layouts:
        if has_table(path, lines, [*layout.sizes, layout.amount], reading):
            return layout
    return layouts[-1] if reading.diameter_column else _Layout((size,), *amounts[0])


def _check(table, layout, sizes, amounts) -> None:
    """Sizes above zero, plausible and each once; amounts from zero."""
    low, high = PLAUSIBLE_M
    for asked, values, least in (
        *(
            (size, values, "a positive number")
            for size, values in zip(layout.sizes, sizes, strict=True)
        ),
        (layout.amount, amounts, "a number from 0"),
    ):
        position = table.position(asked)
        is_size = asked is not layout.amount
        good = np.isfinite(values) & ((values > 0) if is_size else (values >= 0))
        for k in np.flatnonzero(~good)[:1]:
            raise InputError(
                f"{table.path}:{table.lines[k]}: {printable(table.names[position])} = "
                f"{table.rows[k][position].strip()!r}; must be {least}"
            )
        for k in np.flatnonzero(is_size & ((values < low) | (values > high)))[:1]:
            raise InputError(
                f"{table.path}:{table.lines[k]}: a size of {values[k] * 1e6:.3g} um is out of "
                f"{low * 1e6:g} to {high * 1e6:g} um: check its unit"
            )
        order = np.argsort(values, kind="stable")
        for k in np.flatnonzero(is_size & (np.diff(values[order], prepend=0.0) == 0))[:1]:
            raise InputError(
                f"{table.path}:{table.lines[order[k]]}: {printable(table.names[position])} = "
                f"{table.rows[order[k]][position].strip()} appears twice; each class once"
            )


def _basis(where, table, layout, reading) -> str:
    name = table.names[table.position(layout.amount)]
    named = layout.basis or next((b for b in ("volume", "number") if b in name.lower()), None)
    if named and reading.basis and named != reading.basis:
        raise InputError(
            f"{where}: {printable(name)!r} is by {named}, but basis says {reading.basis}"
        )
    if not (named or reading.basis):
        raise InputError(f"{where}: {printable(name)!r}: give basis: volume or number")
    return named or reading.basis


def _meaning(where, table, layout, reading) -> str:
    """What one size of a class is."""
    name = table.names[table.position(layout.sizes[0])]
    if reading.diameter is None and name != OWN:
        raise InputError(
            f"{where}: {printable(name)!r} may be the mean of a class or one of its edges: give "
            "diameter: mean, lower or upper"
        )
    return reading.diameter or "mean"


def _shares(where, table, layout, total, basis, notes) -> float:
    """What takes amounts to parts of one; `total` is what they are in all.

    Whether they are in percent is told by the total; a header that says otherwise is refused.
    """
    name = table.names[table.position(layout.amount)]
    if basis == "number" and "count" in name.lower() and total > 0:
        return 1.0 / total
    unit = table.stated_unit(layout.amount)
    percent = unit is not None and "percent" in dict(unit.factors)
    full = 100.0 if percent else 1.0
    if unit is None and "fraction" not in name.lower() and abs(total - 100.0) <= 100.0 * ROUNDING:
        full = 100.0
    if abs(total / full - 1.0) > ROUNDING:
        what = "sums to" if layout.kind == "fraction" else "reaches"
        raise InputError(
            f"{where}: {printable(name)} {what} {total:.6g}; must be {full:g} within 1 %"
        )
    if abs(total / full - 1.0) > EXACT:
        notes.append(f"amounts of {100.0 * total / full:.4g} % in all made 100 %")
    return 1.0 / total


def _between(table, lower, upper) -> np.ndarray:
    """Geometric means of classes that must not overlap."""
    order = np.argsort(lower)
    wrong = upper <= lower
    wrong[order[1:]] |= lower[order[1:]] < upper[order[:-1]] * (1.0 - EXACT)
    for k in np.flatnonzero(wrong)[:1]:
        raise InputError(
            f"{table.path}:{table.lines[k]}: a class from {lower[k] * 1e6:.6g} to "
            f"{upper[k] * 1e6:.6g} um: its edges are turned, or it overlaps the one below"
        )
    return np.sqrt(lower * upper)


def _by_one_size(where, size, fraction, meaning) -> tuple[np.ndarray, np.ndarray]:
    """Diameters of classes that are given by their mean, or by their lower or upper edge."""
    if meaning == "mean":
        return size, fraction
    order = np.argsort(size)
    size, fraction = size[order], fraction[order]
    inner = slice(None, -1) if meaning == "lower" else slice(1, None)
    outer, end = (-1, "largest") if meaning == "lower" else (0, "smallest")
    if fraction[outer] > EXACT:
        raise InputError(
            f"{where}: the {end} class, {size[outer] * 1e6:.4g} um, holds "
            f"{100 * fraction[outer]:.3g} % but has only its {meaning} edge: add a row of zero"
        )
    return np.sqrt(size[:-1] * size[1:]), fraction[inner]


def _by_cumulative(where, size, amounts, over, notes) -> tuple[np.ndarray, np.ndarray]:
    """Classes between the sizes of a cumulative distribution, given as parts of one."""
    order = np.argsort(size)
    size = size[order]
    below = 1.0 - amounts[order] if over else amounts[order]
    fraction = np.diff(below)
    if (fraction < 0).any():
        k = int(np.argmax(fraction < 0))
        raise InputError(
            f"{where}: the amounts do not grow from {size[k] * 1e6:.4g} to "
            f"{size[k + 1] * 1e6:.4g} um: undersize or oversize?"
        )
    outside = below[0] + 1.0 - below[-1]
    if outside > ROUNDING:
        raise InputError(
            f"{where}: {100 * outside:.3g} % lie below the smallest size or above the largest"
        )
    if outside > EXACT:
        notes.append(f"{100 * outside:.2g} % below the smallest size or above the largest left out")
    return np.sqrt(size[:-1] * size[1:]), fraction
