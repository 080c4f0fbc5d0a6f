"""Tables in text files of instruments: found, split and checked before a number is believed.

The standard library splits the fields (quotes included) and pint knows the units; what no library
refuses is done here: rows of another length than their header, columns named twice, commas that may
be decimals or thousands, several tables in one file, and units that nobody states.
"""

import csv
import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from castline.base.errors import InputError, printable
from castline.base.quantities import (
    Quantity,
    Unit,
    conversion,
    unit_of_cell,
    unit_of_name,
    without_unit,
)
from castline.base.text_files import PLAIN

DELIMITERS = {"tab": "\t", "semicolon": ";", "comma": ",", "space": " "}
DECIMALS = {"point": ".", "comma": ","}
# Rows between a header and its numbers: units, and what some rheometers write above them.
MAX_ROWS_OF_UNITS = 3
NUMBER = re.compile(r"[+-]?(\d+(?:\.\d*)?|\.\d+)([eE][+-]?\d+)?|[+-]?(nan|inf)", re.IGNORECASE)
WITH_COMMA = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?")
LIKE_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")
NO_HEADER = re.compile(r"[\s\d.,;eE+-]*")
SHEET_ERROR = re.compile(r"\s*#(VALUE!|DIV/0!|N/A|REF!|NUM!|NAME\?|NULL!)")
MINUS = str.maketrans({"\u2212": "-"})


@dataclass(frozen=True)
class Asked:
    """A column that a reader needs.

    Attributes
    ----------
    quantity : what it holds; None for a text.
    names : castline's own name, then those that instruments give it, without unit.
    given : the name that the user gives it, or None: then it must be this one.
    unit : unit that the user states, or None.
    unit_key : the key that states the unit, for messages.
    """

    quantity: Quantity | None
    names: tuple[str, ...] = ()
    given: str | None = None
    unit: str | None = None
    unit_key: str = ""

    def matches(self, name: str) -> bool:
        """Whether a column of this name is meant."""
        if self.given is not None:
            return name == self.given.strip()
        known = {_folded(known) for known in self.names}
        if _folded(name) in known:
            return True
        try:
            return self.quantity is not None and _folded(without_unit(name, self.quantity)) in known
        except InputError:  # an unknown unit, which is refused where the column is read
            return _folded(re.sub(r"\s*[\[(][^\[(]*$", "", name)) in known

    @property
    def wanted(self) -> str:
        return self.given or self.names[0]


@functools.lru_cache(maxsize=10_000)
def _folded(name: str) -> str:
    """A column's name regardless of case, blanks and underscores."""
    return re.sub(r"[\s_]+", "", name.lower())


@dataclass(frozen=True)
class Table:
    """A table as it stands in a file: texts only.

    Attributes
    ----------
    path : the file.
    header : index of the line of column names.
    names : names of the columns.
    units : the row of units, one text a column; empty without one.
    units_line : index of that row.
    rows : fields of each row, as many as names.
    lines : line of each row, counted from 1.
    decimal : decimal mark.
    """

    path: Path
    header: int
    names: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    decimal: str = "."
    units: tuple[str, ...] = ()
    units_line: int = 0

    def position(self, asked: Asked) -> int:
        """Index of the column that is asked for.

        Raises
        ------
        InputError
            There is none, or more than one.
        """
        found = _positions(self.path, self.header, self.names, asked)
        if not found:
            raise _no_column(self.path, self.header, self.names, asked)
        return found[0]

    def has(self, asked: Asked) -> bool:
        """Whether there is such a column."""
        return bool(_positions(self.path, self.header, self.names, asked))

    def texts(self, asked: Asked) -> list[str]:
        """Fields of a column."""
        position = self.position(asked)
        return [row[position].strip() for row in self.rows]

    def numbers(self, *columns: Asked) -> np.ndarray:
        """Numbers of columns as they are written.

        Returns
        -------
        numpy.ndarray, shape (len(columns), n)

        Raises
        ------
        InputError
            A field that is no number.
        """
        positions = [self.position(asked) for asked in columns]
        values = []
        for row, line in zip(self.rows, self.lines, strict=True):
            numbers = [_number(row[position], self.decimal) for position in positions]
            if None in numbers:
                shown = ", ".join(self.names[position] for position in positions)
                raise InputError(
                    f"{self.path}:{line}: needs numbers in the columns {printable(shown, 100)}: "
                    f"{printable(' | '.join(row).strip())!r}"
                )
            values.append(numbers)
        return np.array(values).T

    def values(self, *columns: Asked) -> np.ndarray:
        """Numbers of columns in the units of their quantities, shape (len(columns), n).

        Raises
        ------
        InputError
            A field that is no number, or a unit that is missing, unknown or contradicted.
        """
        factors = [self.factor(asked) for asked in columns]
        return self.numbers(*columns) * np.array(factors)[:, None]

    def factor(self, asked: Asked) -> float:
        """What takes a column to the unit of its quantity; raises as `values` does."""
        position = self.position(asked)
        name = self.names[position]
        stated = [self._stated(self.header, unit_of_name, name, asked.quantity)]
        if self.units:
            stated.append(self._stated(self.units_line, unit_of_cell, self.units[position]))
        line = self.header if stated[0] or not self.units else self.units_line
        return self._stated(
            line, conversion, name, asked.quantity, stated, asked.unit, asked.unit_key
        )

    def stated_unit(self, asked: Asked) -> Unit | None:
        """The unit that the file states for a column."""
        position = self.position(asked)
        unit = self._stated(self.header, unit_of_name, self.names[position], asked.quantity)
        if unit is None and self.units:
            unit = self._stated(self.units_line, unit_of_cell, self.units[position])
        return unit

    def _stated(self, line, function, *arguments):
        try:
            return function(*arguments)
        except InputError as error:
            raise InputError(f"{self.path}:{line + 1}: {error}") from None


def has_table(path, lines: list[str], columns: Sequence[Asked], text=PLAIN) -> bool:
    """Whether a text file has a table with these columns."""
    return bool(_headers(path, lines, columns, text))


def find_table(path, lines: list[str], columns: Sequence[Asked], text=PLAIN) -> Table:
    """The table of a text file that has the columns asked for.

    Parameters
    ----------
    columns : what must be there; it tells the header from the lines above it.
    text : DelimitedText
        What the user says of the file.

    Raises
    ------
    InputError
        No table has them, several have and none is chosen, a column is named twice, a row is
        longer or shorter than the header, or its commas can mean two things; with file and line.
    """
    headers = _headers(path, lines, columns, text)
    if not headers:
        raise _no_header(path, lines, columns, text)
    chosen = text.wanted_tables or [1]
    if len(headers) > 1 and not text.wanted_tables:
        places = ", ".join(str(header + 1) for header, _ in headers[:12])
        raise InputError(
            f"{path}:{headers[1][0] + 1}: {len(headers)} tables with these columns, in the lines "
            f"{places}: choose with table: 1 to {len(headers)}, or a list"
        )
    if max(chosen) > len(headers):
        raise InputError(
            f"{path}:{headers[-1][0] + 1}: there is no table {max(chosen)}, only {len(headers)} "
            "with these columns"
        )
    blocks = len(headers) > 1 or _is_report(lines)
    ends = [header for header, _ in headers[1:]] + [len(lines)]
    tables = []
    for number in chosen:
        header, delimiter = headers[number - 1]
        body = lines[header + 1 : ends[number - 1]]
        tables.append(
            split_table(
                path,
                _fields(path, header, lines[header], delimiter),
                header,
                body,
                columns,
                delimiter,
                text,
                blocks,
            )
        )
    return _joined(tables) if len(tables) > 1 else tables[0]


def split_table(
    path,
    names: Sequence[str],
    header: int,
    body: list[str],
    columns: Sequence[Asked],
    delimiter: str,
    text=PLAIN,
    until_blank: bool = False,
    short_rows: bool = False,
) -> Table:
    """The table below a header that is known.

    Parameters
    ----------
    names : names of its columns.
    header : index of its line.
    body : lines below it.
    columns : those that must be there, each once.
    until_blank : whether an empty line ends the table, as where other blocks follow.
    short_rows : whether all rows may lack the same last columns, as EC-Lab writes some files.
    """
    names = tuple(name.strip() for name in names)
    for asked in columns:
        if not _positions(path, header, names, asked):
            raise _no_column(path, header, names, asked)
    rows, numbers, units, units_line = [], [], (), 0
    positions = [_positions(path, header, names, asked)[0] for asked in columns]
    needed = len(_without_end(names))
    for index, line in enumerate(body, header + 1):
        if _is_comment(line, text):
            continue
        fields = _fields(path, index, line, delimiter)
        is_empty = not any(field.strip() for field in fields)
        if until_blank and rows and (is_empty or (len(fields) == 1 and not _digits(fields[0]))):
            _check_end(path, body[index - header :], index + 1, delimiter, positions)
            break
        if is_empty:
            continue
        if short_rows and not rows and max(positions) < len(fields):
            needed = min(needed, len(fields))
        fields = _of_length(path, index, fields, names, columns, needed)
        above = not rows and index - header <= MAX_ROWS_OF_UNITS
        if above and not any(_digits(fields[position]) for position in positions):
            if any(fields[position].strip() for position in positions):
                if units or not all(_is_unit(fields[position]) for position in positions):
                    raise _no_numbers(path, index, names, positions, line)
                units, units_line = fields, index
            continue
        rows.append(fields)
        numbers.append(index + 1)
    if not rows:
        raise InputError(f"{path}:{header + 1}: a header without data below it")
    return Table(
        path=Path(path),
        header=header,
        names=names,
        rows=tuple(rows),
        lines=tuple(numbers),
        decimal=_decimal(path, rows, numbers, positions, delimiter, text),
        units=units,
        units_line=units_line,
    )


def _check_end(path, below, index, delimiter, positions) -> None:
    """Nothing that looks like a row follows the end of a table: none may be lost."""
    for number, line in enumerate(below, index + 1):
        if line.strip():
            fields = _fields(path, number - 1, line, delimiter)
            if len(fields) > max(positions) and all(_digits(fields[p]) for p in positions):
                raise InputError(
                    f"{path}:{number}: the table goes on below an empty line or a text: take it out"
                )
            return


def _headers(path, lines, columns, text) -> list[tuple[int, str]]:
    """Index and delimiter of each line that names all columns."""
    delimiters = [text.delimiter] if text.delimiter else ["tab", "semicolon", "comma", "space"]
    found = []
    for index, line in enumerate(lines):
        if NO_HEADER.fullmatch(line) or _is_comment(line, text):
            continue
        for name in delimiters:
            mark = DELIMITERS[name]
            if name == "space" and len(delimiters) > 1 and re.search(r"[\t;,]", line):
                continue
            if mark not in line.strip(" "):
                continue
            try:
                names = _fields(path, index, line, mark)
            except InputError:
                continue
            if all(any(asked.matches(name.strip()) for name in names) for asked in columns):
                found.append((index, mark))
                break
    return found


def _is_comment(line, text) -> bool:
    """What a spreadsheet writes for a failed formula is none, though it begins like one."""
    return line.lstrip(" ").startswith(text.comment) and not SHEET_ERROR.match(line)


def _is_report(lines) -> bool:
    """Whether rheometer software wrote it, which ends a table by an empty line."""
    return any(re.match(r"\[step\]|Interv", line) for line in lines)


def _fields(path, index, line, delimiter) -> list[str]:
    if delimiter == " ":
        return line.split()
    try:
        [fields] = csv.reader([line], delimiter=delimiter, skipinitialspace=True, strict=True)
    except (csv.Error, ValueError) as error:
        raise InputError(f"{path}:{index + 1}: cannot be split into columns ({error})") from None
    return fields


def _of_length(path, index, fields, names, columns, needed) -> tuple[str, ...]:
    """A row as long as its header: only empty fields may be missing or too many."""
    n = len(names)
    if any(field.strip() for field in fields[n:]) or len(fields) < needed:
        what = (
            "decimal commas in a file parted by commas, or an unquoted delimiter?"
            if len(fields) > n
            else "a field is missing"
        )
        wanted = ", ".join(asked.wanted for asked in columns)
        raise InputError(
            f"{path}:{index + 1}: needs numbers in the columns {printable(wanted, 100)}: "
            f"{len(fields)} fields under a header of {n} ({what})"
        )
    return tuple([*fields, *[""] * n][:n])


def _without_end(names: Sequence[str]) -> tuple[str, ...]:
    """Names up to the last that is not empty: many instruments end lines with a delimiter."""
    last = max((k for k, name in enumerate(names) if name.strip()), default=-1)
    return tuple(names[: last + 1])


def _positions(path, header, names, asked) -> list[int]:
    found = [k for k, name in enumerate(names) if asked.matches(name)]
    if len(found) > 1:
        which = " and ".join(repr(printable(names[k])) for k in found)
        raise InputError(
            f"{path}:{header + 1}: {which} are both {asked.wanted!r}: "
            + (
                "name each column once"
                if len({names[k] for k in found}) == 1
                else "say which in the file's columns"
            )
        )
    return found


def _no_column(path, header, names, asked) -> InputError:
    there = printable(", ".join(filter(None, names)), 300)
    return InputError(f"{path}:{header + 1}: no column {asked.wanted!r}; there are: {there}")


def _no_header(path, lines, columns, text) -> InputError:
    """What the first line of data lacks."""
    data = (k for k, line in enumerate(lines) if line.strip() and not _is_comment(line, text))
    index = next(data, None)
    if index is None:
        return InputError(f"{path}: no header and no data")
    line = lines[index]
    marks = [DELIMITERS[text.delimiter]] if text.delimiter else ["\t", ";", ","]
    mark = next((mark for mark in marks if mark in line), ",")
    names = [name.strip().strip('"') for name in line.split(mark)]
    missing = [a for a in columns if not any(a.matches(name) for name in names)] or columns
    return _no_column(path, index, names, missing[0])


def _no_numbers(path, index, names, positions, line) -> InputError:
    shown = printable(", ".join(names[position] for position in positions), 100)
    return InputError(
        f"{path}:{index + 1}: needs numbers in the columns {shown}: {printable(line.strip())!r}"
    )


def _digits(text: str) -> bool:
    """Whether a field is meant as a number, be it well written or not."""
    return text.strip().strip("+-\u2212.,")[:1].isdigit() and not re.fullmatch(
        r"\s*1\s*/\s*\w+\s*", text
    )


def _is_unit(text: str) -> bool:
    if not text.strip():
        return True
    if text.strip().startswith("["):
        return True
    try:
        return unit_of_cell(text) is not None
    except InputError:
        return False


def _decimal(path, rows, numbers, positions, delimiter, text) -> str:
    """The decimal mark of a table.

    A comma is a decimal mark where any number of the table shows that it parts no thousands; where
    all could be thousands, it is asked for.
    """
    if text.decimal:
        return DECIMALS[text.decimal]
    with_comma = [
        (cell.strip(), number)
        for row, number in zip(rows, numbers, strict=True)
        for cell in row
        if "," in cell and WITH_COMMA.fullmatch(cell.strip().translate(MINUS))
    ]
    if not with_comma:
        return "."
    wanted = [
        (row[position].strip(), number)
        for row, number in zip(rows, numbers, strict=True)
        for position in positions
    ]
    pointed = [number for cell, number in wanted if "." in cell and NUMBER.fullmatch(cell)]
    if pointed and any(WITH_COMMA.fullmatch(cell) for cell, _ in wanted):
        raise InputError(
            f"{path}:{pointed[0]}: numbers with a point, others with a comma: export it without "
            "thousands separators"
        )
    if all(LIKE_THOUSANDS.fullmatch(cell) for cell, _ in with_comma):
        cell, number = with_comma[0]
        raise InputError(
            f"{path}:{number}: {cell!r} can be {cell.replace(',', '.')} or "
            f"{cell.replace(',', '')}: give decimal: comma, or export it without separators of "
            "thousands"
        )
    return ","


def _number(text: str, decimal: str) -> float | None:
    plain = text.strip().translate(MINUS)
    if decimal == ",":
        if "." in plain:
            return None
        plain = plain.replace(",", ".", 1)
    return float(plain) if NUMBER.fullmatch(plain) else None


def _joined(tables: list[Table]) -> Table:
    """Rows of several tables as one."""
    first = tables[0]
    for other in tables[1:]:
        if (other.names, other.units) != (first.names, first.units):
            raise InputError(
                f"{first.path}:{other.header + 1}: its columns or units differ from those in line "
                f"{first.header + 1}: choose one table"
            )
    return Table(
        path=first.path,
        header=first.header,
        names=first.names,
        rows=tuple(row for table in tables for row in table.rows),
        lines=tuple(line for table in tables for line in table.lines),
        decimal="," if any(table.decimal == "," for table in tables) else ".",
        units=first.units,
        units_line=first.units_line,
    )
