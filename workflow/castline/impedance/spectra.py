"""Readers of impedance spectra: CSV, BioLogic .mpt and .mpr, Gamry .DTA, ZPlot .z.

The text formats are read by a small strict parser that knows the line of every value. The binary
.mpr is read by galvani, which is licensed GPL-3.0-or-later: it is the optional extra
``castline[instruments]`` and imported only when such a file is read.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import Field, model_validator

from castline.base.errors import InputError, printable
from castline.base.files import read_bytes
from castline.base.sections import Section

MAX_BYTES = 100_000_000
OHM_PER_UNIT = {"mohm": 1e-3, "ohm": 1.0, "kohm": 1e3}
HEADER_UNIT = re.compile(r"(?:^|[^a-z])([mk]?)(?:ohms?|\u03a9|\u2126)(?:$|[^a-z])", re.IGNORECASE)


class SpectrumColumns(Section):
    """Which CSV columns hold the spectrum; headers as written in the file."""

    frequency: str = Field(default="frequency_hz", description="frequency, Hz")
    real: str = Field(default="z_real_ohm", description="real part of the impedance")
    imaginary: str | None = Field(
        default=None, description="imaginary part, negative for a capacitor"
    )
    minus_imaginary: str | None = Field(
        default=None, description="imaginary part with its sign turned, positive for a capacitor"
    )

    @model_validator(mode="after")
    def one_imaginary(self):
        if self.imaginary is not None and self.minus_imaginary is not None:
            raise ValueError("give imaginary or minus_imaginary, not both")
        return self

    def imaginary_column(self) -> tuple[str, float]:
        """Header of the imaginary part and the sign that makes capacitors negative."""
        if self.minus_imaginary is not None:
            return self.minus_imaginary, -1.0
        return self.imaginary or "z_imag_ohm", 1.0


@dataclass(frozen=True)
class Spectrum:
    """An impedance spectrum and where its points stand in the file.

    Attributes
    ----------
    path : pathlib.Path
    frequency_hz : numpy.ndarray, shape (n,)
    impedance_ohm : numpy.ndarray of complex, shape (n,)
    lines : tuple of int
        Line of each point, counted from 1; empty for a binary file.
    """

    path: Path
    frequency_hz: np.ndarray
    impedance_ohm: np.ndarray
    lines: tuple[int, ...]

    def location(self, index: int) -> str:
        """Place of a point, for messages."""
        return f"{self.path}:{self.lines[index]}" if self.lines else f"{self.path}: point {index}"


DEFAULT_COLUMNS = SpectrumColumns()


def read_spectrum(path, columns=DEFAULT_COLUMNS, impedance_unit="ohm") -> Spectrum:
    """Read a spectrum; the suffix of the file tells its format.

    Parameters
    ----------
    path : path-like
        .csv, .mpt, .mpr, .DTA or .z.
    columns : SpectrumColumns
        Only used for .csv.
    impedance_unit : {"mohm", "ohm", "kohm"}
        Unit of a .csv; all instrument files are in ohm.

    Raises
    ------
    InputError
        Missing file, unknown format, missing column, unreadable number, or a unit in the header
        that contradicts ``impedance_unit``, with file and line.
    """
    path = Path(path)
    readers = {".mpt": _read_mpt, ".dta": _read_dta, ".z": _read_z}
    suffix = path.suffix.lower()
    if suffix == ".mpr":
        return _read_mpr(path)
    if suffix in readers:
        return readers[suffix](path, read_lines(path))
    if suffix == ".csv":
        return _read_csv(path, read_lines(path), columns, impedance_unit)
    raise InputError(f"{path}: unknown format {path.suffix!r}: use .csv, .mpt, .mpr, .DTA or .z")


def read_lines(path) -> list[str]:
    """Lines of a text file in UTF-8, or in Latin-1 as instruments still write it.

    Raises
    ------
    InputError
        The file is missing, cannot be read, or is larger than `MAX_BYTES`.
    """
    content = read_bytes(path, MAX_BYTES)
    try:
        return content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        return content.decode("latin-1").splitlines()


def csv_header(path, lines) -> tuple[int, list[str]]:
    """Index and names of the header of a CSV: its first line that is no ``#`` comment."""
    for index, line in enumerate(lines):
        if line.strip() and not line.startswith("#"):
            return index, [name.strip().strip('"') for name in line.split(",")]
    raise InputError(f"{path}: no header and no data")


def parse_columns(path, lines, header_index, names, wanted, delimiter, until_blank=False):
    """Numbers of the wanted columns below a header.

    Parameters
    ----------
    header_index : int
        Index of the header; data start in the next line.
    names, wanted : list of str
        All columns, in order, and those to return.
    delimiter : str
    until_blank : bool
        Stop at the first line that does not start with the delimiter, where a table is followed by
        other blocks, instead of reading to the end of the file.

    Returns
    -------
    values : numpy.ndarray, shape (len(wanted), n)
    lines : tuple of int
        Line numbers, counted from 1.

    Raises
    ------
    InputError
        A column is missing, a row is short or does not hold a number, or there is no row.
    """
    for name in wanted:
        if name not in names:
            raise InputError(
                f"{path}:{header_index + 1}: no column {name!r}; there are: "
                f"{printable(', '.join(filter(None, names)), 300)}"
            )
    positions = [names.index(name) for name in wanted]
    rows, numbers = [], []
    for index in range(header_index + 1, len(lines)):
        line = lines[index]
        if until_blank and not line.startswith(delimiter):
            break
        if not line.strip() or line.startswith("#"):
            continue
        # Instruments in some locales write decimal commas; only a CSV uses the comma itself.
        fields = line.split(delimiter)
        if delimiter != ",":
            fields = [field.replace(",", ".") for field in fields]
        try:
            rows.append([float(fields[position]) for position in positions])
        except (IndexError, ValueError):
            raise InputError(
                f"{path}:{index + 1}: needs numbers in the columns {', '.join(wanted)}: "
                f"{line.strip()[:60]!r}"
            ) from None
        numbers.append(index + 1)
    if not rows:
        raise InputError(f"{path}:{header_index + 1}: a header without data below it")
    return np.array(rows).T, tuple(numbers)


def _read_csv(path, lines, columns, impedance_unit):
    header, names = csv_header(path, lines)
    imaginary, sign = columns.imaginary_column()
    if impedance_unit not in OHM_PER_UNIT:
        raise InputError(f"impedance_unit {impedance_unit!r}: use {', '.join(OHM_PER_UNIT)}")
    for name in (columns.real, imaginary):
        match = HEADER_UNIT.search(name)
        written = f"{match.group(1).lower()}ohm" if match else impedance_unit
        if written != impedance_unit:
            raise InputError(
                f"{path}:{header + 1}: column {name!r} is in {written}, but impedance_unit says "
                f"{impedance_unit}"
            )
    if re.search(r"[mk]hz", columns.frequency, re.IGNORECASE):
        raise InputError(f"{path}:{header + 1}: column {columns.frequency!r}: give it in Hz")
    (frequency, real, imag), numbers = parse_columns(
        path, lines, header, names, [columns.frequency, columns.real, imaginary], ","
    )
    impedance = (real + 1j * sign * imag) * OHM_PER_UNIT[impedance_unit]
    return Spectrum(path, frequency, impedance, numbers)


def _read_mpt(path, lines):
    """BioLogic EC-Lab text: the second line counts the header lines, the last one names columns."""
    match = re.match(r"Nb header lines : (\d+)", lines[1]) if len(lines) > 1 else None
    if not match or "ASCII FILE" not in lines[0]:
        raise InputError(f"{path}:1: not an EC-Lab ASCII file")
    header = int(match.group(1)) - 1
    if not 2 <= header < len(lines):
        raise InputError(f"{path}:2: {header + 1} header lines in a file of {len(lines)}")
    names = [name.strip() for name in lines[header].split("\t")]
    (frequency, real, minus_imag), numbers = parse_columns(
        path, lines, header, names, ["freq/Hz", "Re(Z)/Ohm", "-Im(Z)/Ohm"], "\t"
    )
    return Spectrum(path, frequency, real - 1j * minus_imag, numbers)


def _read_dta(path, lines):
    """Gamry EXPLAIN file: a ZCURVE table, with names and units in the two lines below its tag."""
    tags = [index for index, line in enumerate(lines) if line.startswith("ZCURVE")]
    if not tags or len(lines) < tags[0] + 4:
        raise InputError(f"{path}:1: no ZCURVE table: not a Gamry impedance file")
    names = lines[tags[0] + 1].split("\t")
    units = dict(zip(names, lines[tags[0] + 2].split("\t"), strict=False))
    for name, unit in (("Freq", "Hz"), ("Zreal", "ohm"), ("Zimag", "ohm")):
        if name in units and units[name].strip() != unit:
            raise InputError(
                f"{path}:{tags[0] + 3}: {name} is in {units[name].strip()!r}, needs {unit}"
            )
    (frequency, real, imag), numbers = parse_columns(
        path, lines, tags[0] + 2, names, ["Freq", "Zreal", "Zimag"], "\t", until_blank=True
    )
    return Spectrum(path, frequency, real + 1j * imag, numbers)


def _read_z(path, lines):
    """Scribner ZPlot text, tab- or comma-separated below a line of column names."""
    found = [index for index, line in enumerate(lines) if "Freq(Hz)" in line and "Z'(a)" in line]
    if not found:
        raise InputError(f"{path}:1: no line with Freq(Hz) and Z'(a): not a ZPlot file")
    header = found[0]
    names = re.split(r"\s+", lines[header].strip().strip('"').strip())
    if header + 1 < len(lines) and lines[header + 1].startswith("End Comments"):
        header += 1
    first = lines[header + 1] if header + 1 < len(lines) else ""
    (frequency, real, imag), numbers = parse_columns(
        path, lines, header, names, ["Freq(Hz)", "Z'(a)", "Z''(b)"], "\t" if "\t" in first else ","
    )
    return Spectrum(path, frequency, real + 1j * imag, numbers)


def _read_mpr(path):
    """BioLogic binary file, through galvani."""
    if not path.is_file():
        raise InputError(f"{path}: cannot be read: no such file")
    try:
        from galvani.BioLogic import MPRfile
    except ImportError:
        raise InputError(
            f"{path}: reading .mpr needs the optional extra: pip install 'castline[instruments]', "
            "or export the file as .mpt"
        ) from None
    try:
        data = MPRfile(str(path)).data
        frequency = np.array(data["freq/Hz"], dtype=float)
        impedance = np.array(data["Re(Z)/Ohm"] - 1j * data["-Im(Z)/Ohm"], dtype=complex)
    except (ValueError, AssertionError, OSError, KeyError, NotImplementedError) as error:
        raise InputError(
            f"{path}: galvani cannot read an impedance from it ({error or type(error).__name__}): "
            "export it as .mpt"
        ) from None
    return Spectrum(path, frequency, impedance, ())
