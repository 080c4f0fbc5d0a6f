"""Readers of impedance spectra: delimited text, BioLogic .mpt and .mpr, Gamry .DTA, ZPlot .z.

Texts are read by `castline.base.delimited`, which knows the line of every value.
"""

import re
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from pydantic import Field, model_validator

from castline.base.delimited import Asked, find_table, has_table, split_table
from castline.base.errors import InputError, printable
from castline.base.quantities import FREQUENCY, IMPEDANCE, PHASE
from castline.base.sections import Section
from castline.base.text_files import PLAIN, DelimitedText, read_lines
from castline.impedance.potentiostats import ec_lab_header, gamry_tables, read_ec_lab_binary

TEXT_SUFFIXES = (".csv", ".txt", ".dat", ".tsv", ".asc")
ZPLOT_HEADER = re.compile(r"Freq ?\(Hz\)\s.*Z'\(a\)\s")
FREQUENCY_NAMES = ("frequency_hz", "frequency", "freq", "f")
REAL_NAMES = ("z_real_ohm", "z_real", "z'", "re(z)", "zre", "real", "re", "z'(a)")
IMAGINARY_NAMES = (
    *("z_imag_ohm", "z_imag", "z''", 'z"', "im(z)", "zim", "imaginary", "imag", "im"),
    *("zimg", "z''(b)"),
)
MODULUS_NAMES = ("z_modulus_ohm", "z_modulus", "|z|", "zmod", "modulus", "abs(z)")
PHASE_NAMES = ("phase_deg", "phase", "phase(z)", "zphz", "theta", "phi", "phase angle")


class SpectrumColumns(Section):
    """Which columns of a text file hold the spectrum; headers as written in the file."""

    frequency: str | None = Field(default=None, description="frequency; usual names are known")
    real: str | None = Field(default=None, description="real part of the impedance")
    imaginary: str | None = Field(
        default=None, description="imaginary part, negative for a capacitor"
    )
    minus_imaginary: str | None = Field(
        default=None, description="imaginary part with its sign turned, positive for a capacitor"
    )
    modulus: str | None = Field(default=None, description="|Z|, with phase instead of real")
    phase: str | None = Field(default=None, description="phase, negative for a capacitor")
    minus_phase: str | None = Field(
        default=None, description="phase with its sign turned, positive for a capacitor"
    )

    @model_validator(mode="after")
    def one_imaginary(self):
        if self.imaginary is not None and self.minus_imaginary is not None:
            raise ValueError("give imaginary or minus_imaginary, not both")
        if self.phase is not None and self.minus_phase is not None:
            raise ValueError("give phase or minus_phase, not both")
        polar = self.modulus or self.phase or self.minus_phase
        if polar and (self.real or self.imaginary or self.minus_imaginary):
            raise ValueError("give real and imaginary, or modulus and phase")
        return self

    @property
    def polar(self) -> bool:
        """Whether the user asks for modulus and phase."""
        return bool(self.modulus or self.phase or self.minus_phase)


@dataclass(frozen=True)
class SpectrumUnits:
    """Units that the user states, where a text file does not."""

    frequency: str | None = None
    impedance: str | None = None
    phase: str | None = None


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
    notes : tuple of str
        What was left out or chosen on reading.
    """

    path: Path
    frequency_hz: np.ndarray
    impedance_ohm: np.ndarray
    lines: tuple[int, ...]
    notes: tuple[str, ...] = ()

    def location(self, index: int) -> str:
        """Place of a point, for messages."""
        return f"{self.path}:{self.lines[index]}" if self.lines else f"{self.path}: point {index}"


DEFAULT_COLUMNS = SpectrumColumns()


def read_spectrum(
    path,
    columns=DEFAULT_COLUMNS,
    impedance_unit: str | None = None,
    frequency_unit: str | None = None,
    phase_unit: str | None = None,
    text: DelimitedText = PLAIN,
    loop: int | None = None,
    drift_corrected: bool = False,
) -> Spectrum:
    """Read a spectrum; the suffix of the file tells its format.

    Parameters
    ----------
    path : path-like
        .mpt, .mpr, .DTA, .z, or delimited text (`TEXT_SUFFIXES`).
    columns : SpectrumColumns
        Only used for delimited text.
    impedance_unit, frequency_unit, phase_unit : str, optional
        Units of a delimited text that states none, such as mohm.
    text : DelimitedText
        How a delimited text is written.
    loop : int, optional
        Which spectrum of a file that holds several, counted from 1: by the cycle number, the table
        of a .DTA, else where the sweep begins again.
    drift_corrected : bool
        Take the columns of a .DTA that Gamry corrected for drift.

    Raises
    ------
    InputError
        Missing file, unknown format, missing column, unreadable number, a unit that is missing or
        contradicted, or several spectra and no ``loop``, with file and line.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix == ".mpr":
        return _loop(*_swept(*_read_mpr(path)), loop)
    if suffix not in (".mpt", ".dta", ".z", *TEXT_SUFFIXES):
        raise InputError(
            f"{path}: unknown format {path.suffix!r}: use .mpt, .mpr, .DTA, .z, or text in "
            f"{', '.join(TEXT_SUFFIXES)}"
        )
    lines = read_lines(path, text.encoding)
    if suffix == ".dta":
        return _swept(_read_dta(path, lines, loop, drift_corrected), None)[0]
    if suffix == ".mpt" or "EC-Lab ASCII FILE" in lines[0]:
        return _loop(*_swept(*_read_mpt(path, lines)), loop)
    if suffix == ".z" or any(ZPLOT_HEADER.search(line) for line in lines[:1000]):
        spectrum = _read_z(path, lines)
    else:
        units = SpectrumUnits(frequency=frequency_unit, impedance=impedance_unit, phase=phase_unit)
        spectrum = _read_text(path, lines, columns, units, text)
    return _loop(*_swept(spectrum, None), loop)


def _swept(spectrum: Spectrum, cycles):
    """Without the rows at rest, which instruments record at zero frequency between sweeps."""
    rest = spectrum.frequency_hz == 0
    if not rest.any():
        return spectrum, cycles
    if rest.all():
        raise InputError(f"{spectrum.path}: no row has a frequency above zero: no impedance in it")
    note = f"{rest.sum()} at rest (0 Hz)"
    return (
        replace(_chosen(spectrum, ~rest), notes=(*spectrum.notes, note)),
        None if cycles is None else cycles[~rest],
    )


def _loop(spectrum: Spectrum, cycles, loop: int | None) -> Spectrum:
    """One of the spectra of a file."""
    if cycles is None or len(set(cycles.tolist())) == 1:
        if loop is None:
            return _one_sweep(spectrum)
        # A sweep begins again where the frequency goes against the direction that it began with.
        steps = np.diff(spectrum.frequency_hz)
        against = steps * np.sign(steps[:1]) <= 0
        cycles = np.concatenate([[0], np.cumsum(against)])
    found = list(dict.fromkeys(cycles.tolist()))
    if loop is None:
        start = spectrum.location(cycles.tolist().index(found[1]))
        raise InputError(
            f"{start}: {len(found)} spectra in one file: choose with loop: 1 to {len(found)}"
        )
    if loop > len(found):
        raise InputError(f"{spectrum.path}: there is no loop {loop}: the file has {len(found)}")
    note = f"loop {loop} of {len(found)}"
    chosen = _chosen(spectrum, cycles == found[loop - 1])
    return replace(chosen, notes=(*spectrum.notes, note))


def _one_sweep(spectrum: Spectrum) -> Spectrum:
    """The spectrum, unless the sweep comes back to its first frequency."""
    again = np.flatnonzero(spectrum.frequency_hz[1:] == spectrum.frequency_hz[0])
    if again.size > 0 and again[0] > 1:
        raise InputError(
            f"{spectrum.location(int(again[0]) + 1)}: the sweep begins again: several spectra in "
            "one file; choose with loop: 1, 2, ..."
        )
    return spectrum


def _chosen(spectrum: Spectrum, mask) -> Spectrum:
    return replace(
        spectrum,
        frequency_hz=spectrum.frequency_hz[mask],
        impedance_ohm=spectrum.impedance_ohm[mask],
        lines=tuple(line for line, kept in zip(spectrum.lines, mask, strict=True) if kept)
        if spectrum.lines
        else (),
    )


def _read_text(path, lines, columns, units, text) -> Spectrum:
    """Delimited text: real and imaginary part, or modulus and phase."""
    frequency = Asked(
        FREQUENCY, FREQUENCY_NAMES, columns.frequency, units.frequency, "frequency_unit"
    )
    pairs = _pairs(columns, units)
    found = (pair for pair in pairs if has_table(path, lines, [frequency, *pair[:2]], text))
    first, second, to_impedance = next(found, pairs[0])  # the first, to report its absence
    table = find_table(path, lines, [frequency, first, second], text)
    if second.quantity is IMPEDANCE:
        _one_unit(table, first, second)
    frequency_hz, a, b = table.values(frequency, first, second)
    return Spectrum(path, frequency_hz, to_impedance(a, b), table.lines)


def _pairs(columns, units) -> list:
    """Pairs of columns that give an impedance, those first that are looked for first."""

    def part(names, given=None):
        return Asked(IMPEDANCE, names, given, units.impedance, "impedance_unit")

    def angle(names, given=None):
        return Asked(PHASE, names, given, units.phase, "phase_unit")

    def pair(first, names, given, minus_given, ask, combine):
        plus = (first, ask(names, given), lambda a, b: combine(a, b))
        minus_names = tuple(f"-{name}" for name in names)
        minus = (first, ask(minus_names, minus_given), lambda a, b: combine(a, -b))
        if given or minus_given:
            return [plus] if given else [minus]
        return [plus, minus]

    cartesian = pair(
        part(REAL_NAMES, columns.real),
        IMAGINARY_NAMES,
        columns.imaginary,
        columns.minus_imaginary,
        part,
        lambda a, b: a + 1j * b,
    )
    polar = pair(
        part(MODULUS_NAMES, columns.modulus),
        PHASE_NAMES,
        columns.phase,
        columns.minus_phase,
        angle,
        lambda a, b: a * np.exp(1j * b),
    )
    if columns.polar:
        return polar
    given = columns.real or columns.imaginary or columns.minus_imaginary
    return cartesian if given else cartesian + polar


def _one_unit(table, real, imaginary):
    """Both parts in one unit: an instrument writes no other file, an edited header does."""
    units = [table.stated_unit(asked) for asked in (real, imaginary)]
    factors = [unit.factor(IMPEDANCE) if unit else None for unit in units]
    if None not in factors and factors[0] != factors[1]:
        names = [table.names[table.position(asked)] for asked in (real, imaginary)]
        line = table.units_line if table.units else table.header
        shown = [re.sub("[Oo]hms?|\u03a9|\u2126", "ohm", unit.written) for unit in units]
        raise InputError(
            f"{table.path}:{line + 1}: column {printable(names[0])!r} is in {shown[0]}, "
            f"{printable(names[1])!r} in {shown[1]}: give both in one unit"
        )


def _read_mpt(path, lines):
    """BioLogic EC-Lab text: the second line counts the header lines, the last one names columns."""
    header = ec_lab_header(path, lines)
    columns = [
        Asked(FREQUENCY, given="freq/Hz"),
        Asked(IMPEDANCE, given="Re(Z)/Ohm"),
        Asked(IMPEDANCE, given="-Im(Z)/Ohm"),
    ]
    names = lines[header].split("\t")
    table = split_table(path, names, header, lines[header + 1 :], columns, "\t", short_rows=True)
    frequency, real, minus_imag = table.values(*columns)
    cycle = Asked(None, given="cycle number")
    cycles = np.array(table.texts(cycle)) if table.has(cycle) else None
    return Spectrum(path, frequency, real - 1j * minus_imag, table.lines), cycles


def _read_dta(path, lines, loop, drift_corrected):
    """Gamry EXPLAIN file: ZCURVE tables."""
    tables = gamry_tables(path, lines, "ZCURVE")
    if len(tables) > 1 and loop is None:
        raise InputError(
            f"{path}:{tables[1][0]}: {len(tables)} spectra in one file: choose with loop: 1 to "
            f"{len(tables)}"
        )
    if (loop or 1) > len(tables):
        raise InputError(f"{path}: there is no loop {loop}: the file has {len(tables)}")
    header, names, body = tables[(loop or 1) - 1]
    corrected = "ZrealDrCor" in names
    if drift_corrected and not corrected:
        raise InputError(f"{path}:{header + 1}: no column 'ZrealDrCor' for drift_corrected")
    ending = "DrCor" if drift_corrected else ""
    columns = [
        Asked(FREQUENCY, given="Freq"),
        Asked(IMPEDANCE, given=f"Zreal{ending}"),
        Asked(IMPEDANCE, given=f"Zimag{ending}"),
    ]
    table = split_table(path, names, header, body, columns, "\t")
    _one_unit(table, *columns[1:])
    frequency, real, imag = table.values(*columns)
    notes = []
    if corrected and not drift_corrected:
        notes = ["measured columns read, not those corrected for drift: drift_corrected: true"]
    if len(tables) > 1:
        notes.append(f"loop {loop} of {len(tables)}")
    return Spectrum(path, frequency, real + 1j * imag, table.lines, tuple(notes))


def _read_z(path, lines):
    """Scribner ZPlot text, tab- or comma-separated below a line of column names; in ohm."""
    found = [index for index, line in enumerate(lines) if ZPLOT_HEADER.search(line)]
    if not found:
        raise InputError(f"{path}:1: no line with Freq(Hz) and Z'(a): not a ZPlot file")
    if len(found) > 1:
        raise InputError(f"{path}:{found[1] + 1}: a second table: keep one spectrum in a file")
    header = found[0]
    names = re.split(r"\s+", lines[header].replace("Freq (Hz)", "Freq(Hz)").strip('" \t'))
    if header + 1 < len(lines) and lines[header + 1].startswith("End Comments"):
        header += 1
    body = lines[header + 1 :]
    columns = [
        Asked(FREQUENCY, given="Freq(Hz)"),
        Asked(IMPEDANCE, given="Z'(a)", unit="ohm", unit_key="ZPlot"),
        Asked(IMPEDANCE, given="Z''(b)", unit="ohm", unit_key="ZPlot"),
    ]
    delimiter = "\t" if body and "\t" in body[0] else ","
    table = split_table(path, names, header, body, columns, delimiter)
    frequency, real, imag = table.values(*columns)
    return Spectrum(path, frequency, real + 1j * imag, table.lines)


def _read_mpr(path):
    """BioLogic binary file."""
    data = read_ec_lab_binary(path)
    for name in ("freq/Hz", "Re(Z)/Ohm", "-Im(Z)/Ohm"):
        if name not in data.dtype.names:
            there = printable(", ".join(data.dtype.names), 300)
            raise InputError(f"{path}: no column {name!r}; there are: {there}")
    frequency = np.array(data["freq/Hz"], dtype=float)
    impedance = np.array(data["Re(Z)/Ohm"] - 1j * data["-Im(Z)/Ohm"], dtype=complex)
    cycles = data["cycle number"] if "cycle number" in data.dtype.names else None
    return Spectrum(path, frequency, impedance, ()), cycles
