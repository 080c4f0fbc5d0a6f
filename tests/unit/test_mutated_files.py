"""Hundreds of damaged or unusual files: each is read right, or refused in one line that says where.

No mutation may give a number that the measurement did not. The one damage that no reader can see is
a file cut off within its last number.
"""

import re
from dataclasses import dataclass, replace

import numpy as np
import pytest

from castline.base.errors import InputError
from castline.impedance.fit import check_spectrum
from castline.impedance.spectra import read_spectrum
from castline.measured.dc_polarization import read_dc_polarization
from castline.measured.measurements import ViscosityCurve
from castline.measured.slurries import viscosity_rows
from castline.recipe.psd_files import PsdReading, from_csv

ALL, SOME, REFUSED = "all rows", "right or refused", "refused"


def spectrum(path):
    found = read_spectrum(path)
    check_spectrum(found.frequency_hz, found.impedance_ohm, found.location)
    return found.frequency_hz, found.impedance_ohm.real, found.impedance_ohm.imag


def viscosity(path):
    curve = ViscosityCurve(psd="A", solid_content_percent=50, files=[path.name])
    rows = viscosity_rows(curve, path.parent)
    if rows[0]["status"] == "failed":
        raise InputError(rows[0]["reason"])
    return tuple(
        [row[name] for row in rows] for name in ("shear_rate_per_s", "viscosity_mean_pa_s")
    )


def particle_sizes(path):
    sizes = from_csv(path, PsdReading(diameter="mean"))
    return sizes.diameter_m, sizes.volume_fraction


@dataclass(frozen=True)
class Kind:
    """A kind of file: its columns with unit, what they are in SI, and other units with factor."""

    names: tuple[str, ...]
    units: tuple[str, ...]
    rows: tuple[tuple[float, ...], ...]
    to_si: tuple[float, ...]
    read: object
    others: tuple[tuple[int, str, float], ...]
    alien: tuple[tuple[int, str], ...]


KINDS = {
    "spectrum": Kind(
        ("f", "Z'", "Z''"),
        ("Hz", "ohm", "ohm"),
        tuple((round(12345.5 / 2.5**k, 2), 10.25 + 0.5 * k, -0.5 - 0.25 * k) for k in range(12)),
        (1.0, 1.0, 1.0),
        spectrum,
        ((0, "kHz", 1e-3), (0, "rad/s", 2 * np.pi)),
        ((0, "s"), (1, "Ohm cm2"), (2, "S"), (1, "MOHM"), (0, "V")),
    ),
    "dc": Kind(
        ("time", "voltage", "current"),
        ("s", "V", "A"),
        ((0.5, 0.015, 0.00125), (1.5, 0.025, 0.00225), (2.5, 0.035, 0.0033), (4.5, 0.045, 0.0045)),
        (1.0, 1.0, 1.0),
        read_dc_polarization,
        ((0, "min", 1 / 60), (0, "h", 1 / 3600), (1, "mV", 1e3), (2, "mA", 1e3), (2, "µA", 1e6)),
        ((0, "Hz"), (1, "A"), (2, "mA/cm2"), (2, "V")),
    ),
    "viscosity": Kind(
        ("Shear Rate", "Viscosity"),
        ("1/s", "Pa s"),
        ((10.25, 4.5), (100.5, 2.25), (500.5, 1.5), (1000.5, 0.75)),
        (1.0, 1.0),
        viscosity,
        ((0, "1/min", 60.0), (1, "mPa·s", 1e3), (1, "mPas", 1e3), (1, "cP", 1e3), (1, "P", 10.0)),
        ((0, "s"), (0, "rad/s"), (1, "Pa"), (1, "mm2/s")),
    ),
    "sizes": Kind(
        ("Size", "Volume Density"),
        ("um", "%"),
        ((1.25, 12.5), (2.5, 25.5), (5.25, 40.5), (9.5, 21.5)),
        (1e-6, 1e-2),
        particle_sizes,
        ((0, "nm", 1e3), (0, "mm", 1e-3), (0, "µm", 1.0)),
        ((0, "s"), (0, "m2")),
    ),
}
STYLES = {
    "brackets": lambda name, unit: f"{name} [{unit}]",
    "parentheses": lambda name, unit: f"{name} ({unit})",
    "slash": lambda name, unit: f"{name} / {unit}",
}


@dataclass(frozen=True)
class Document:
    """A file before it is written."""

    names: tuple[str, ...]
    units: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    delimiter: str = ";"
    decimal: str = "."
    style: str = "brackets"

    def cell(self, row, column, text):
        rows = [list(fields) for fields in self.rows]
        rows[row][column] = text
        return replace(self, rows=tuple(map(tuple, rows)))

    def lines(self):
        if self.style == "row of units":
            head = [self.delimiter.join(self.names), self.delimiter.join(self.units)]
        else:
            named = zip(self.names, self.units, strict=True)
            head = [
                self.delimiter.join(
                    STYLES[self.style](name, unit) if unit else name for name, unit in named
                )
            ]
        rows = (tuple(field.replace(".", self.decimal) for field in row) for row in self.rows)
        return [*head, *(self.delimiter.join(row) for row in rows)]

    def text(self):
        return "\n".join(self.lines()) + "\n"


def document(kind: Kind, **changes) -> Document:
    rows = tuple(tuple(f"{value:.12g}" for value in row) for row in kind.rows)
    return replace(Document(kind.names, kind.units, rows), **changes)


def in_unit(kind: Kind, column: int, unit: str, factor: float, style: str) -> Document:
    """The same measurement with a column (for a spectrum both parts) in another unit."""
    given = document(kind, style=style)
    units = list(given.units)
    units[column] = unit
    for k, row in enumerate(kind.rows):
        given = given.cell(k, column, f"{row[column] * factor:.12g}")
    return replace(given, units=tuple(units))


def mutations(name: str, kind: Kind):
    """Name, text, encoding and what must come of each mutation."""
    plain = document(kind)
    lines = plain.lines()
    for mark, word in ((";", "semicolon"), ("\t", "tab"), (",", "comma")):
        for decimal, what in ((".", "points"), (",", "commas")):
            text = document(kind, delimiter=mark, decimal=decimal).text()
            yield f"{word} {what}", text, "utf-8", REFUSED if mark == decimal else ALL
    quoted = plain.text().replace(".", ",")
    quoted = "\n".join(",".join(f'"{f}"' for f in line.split(";")) for line in quoted.splitlines())
    yield "quoted commas", quoted + "\n", "utf-8", ALL
    for encoding in ("utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "cp1252"):
        yield encoding, plain.text(), encoding, ALL
    yield "utf-32", plain.text(), "utf-32", REFUSED
    yield "CRLF", plain.text().replace("\n", "\r\n"), "utf-8", ALL
    yield "CR", plain.text().replace("\n", "\r"), "utf-8", ALL
    yield "no last line end", plain.text().rstrip("\n"), "utf-8", ALL
    for style in (*STYLES, "row of units"):
        yield style, document(kind, style=style).text(), "utf-8", ALL
        for column, unit, factor in kind.others:
            text = in_unit(kind, column, unit, factor, style).text()
            yield f"{style} {unit}", text, "utf-8", ALL
    for column, unit in kind.alien:
        units = tuple(unit if k == column else u for k, u in enumerate(kind.units))
        yield f"alien {column} {unit}", replace(plain, units=units).text(), "utf-8", REFUSED
    for column in range(len(kind.names)):
        units = tuple("" if k == column else u for k, u in enumerate(kind.units))
        is_open = name != "sizes" or column == 0  # the sum of amounts says that they are percent
        yield (
            f"no unit {column}",
            replace(plain, units=units).text(),
            "utf-8",
            (REFUSED if is_open else ALL),
        )
        unknown = tuple("furlong" if k == column else u for k, u in enumerate(kind.units))
        yield f"furlongs {column}", replace(plain, units=unknown).text(), "utf-8", REFUSED
        lost = [*lines]
        fields = lost[2].split(";")
        lost[2] = ";".join(fields[:column] + fields[column + 1 :])
        yield f"field lost {column}", "\n".join(lost), "utf-8", REFUSED
        for damaged in ("", "n/a", "<1", "1.2.3", "--1", "1 234", "1.234,5", "1_0", "#VALUE!"):
            text = plain.cell(1, column, damaged).text()
            yield f"{damaged!r} in {column}", text, "utf-8", REFUSED
        text = document(kind).text().replace(kind.names[column], "whatever")
        yield f"name lost {column}", text, "utf-8", REFUSED
    yield "field more", "\n".join([*lines[:2], lines[2] + ";7", *lines[3:]]), "utf-8", REFUSED
    for k in (1, 2, len(lines) - 1):
        yield f"row {k} lost", "\n".join(lines[:k] + lines[k + 1 :]), "utf-8", SOME
        yield f"row {k} twice", "\n".join([*lines[: k + 1], *lines[k:]]), "utf-8", REFUSED
    yield (
        "rows swapped",
        "\n".join([*lines[:2], lines[3], lines[2], *lines[4:]]),
        "utf-8",
        SOME,
    )
    yield "comments", "# bench 2\n" + "\n# 25 C\n".join(lines), "utf-8", ALL
    yield "empty lines", "\n\n".join(lines), "utf-8", ALL
    yield "lines above", "Made by X\nSample: 7; 25 C\n\n" + plain.text(), "utf-8", ALL
    yield "delimiter at ends", ";\n".join(lines) + ";\n", "utf-8", ALL
    yield "line below", plain.text() + "end of the measurement\n", "utf-8", REFUSED
    yield "no header", "\n".join(lines[1:]), "utf-8", REFUSED
    yield "header alone", lines[0], "utf-8", REFUSED
    yield "empty", "", "utf-8", REFUSED
    yield "table twice", plain.text() + "\n" + plain.text(), "utf-8", REFUSED
    more = [f"{line};{line.split(';')[0]}" for line in lines]
    yield "column twice", "\n".join(more), "utf-8", REFUSED
    more = [f"Temp;{lines[0]}", *(f"25;{line}" for line in lines[1:])]
    yield "column more", "\n".join(more), "utf-8", ALL
    turned = [";".join(line.split(";")[::-1]) for line in lines]
    yield "columns turned", "\n".join(turned), "utf-8", ALL
    thousands = [
        lines[0],
        *(re.sub(r"\.(\d+)", lambda m: "," + m[1].ljust(3, "0"), x) for x in lines[1:]),
    ]
    if all(re.fullmatch(r"[1-9]\d{0,2},\d{3}", f) for x in thousands[1:] for f in x.split(";")):
        yield "thousands or decimals", "\n".join(thousands), "utf-8", REFUSED


def extra(name: str, kind: Kind):
    """Mutations of one kind: signs, polar form and branches."""
    rows = document(kind).rows
    if name == "spectrum":
        negative = tuple((f, re_, im.removeprefix("-")) for f, re_, im in rows)
        yield "turned", document(kind, names=("f", "Z'", "-Z''"), rows=negative).text(), ALL
        yield "both turned", document(kind, names=("f", "-Z'", "-Z''")).text(), REFUSED
        polar = tuple(
            (f, f"{np.hypot(re_, im):.12g}", f"{np.degrees(np.arctan2(im, re_)):.12g}")
            for f, re_, im in kind.rows
        )
        polar_names, units = ("f", "|Z|", "Phase"), ("Hz", "ohm", "deg")
        yield "polar", document(kind, names=polar_names, units=units, rows=tuple(
            (f"{f:.12g}", *rest) for f, *rest in polar)).text(), ALL  # fmt: skip
        yield "rest", document(kind, rows=(("0", "0", "0"), *rows)).text(), ALL
        yield "loops", document(kind, rows=rows * 2).text(), REFUSED
        yield "one part in mohm", document(kind, units=("Hz", "mohm", "ohm")).text(), REFUSED
        mohm = tuple((f, f"{float(a) * 1e3:.12g}", f"{float(b) * 1e3:.12g}") for f, a, b in rows)
        yield "mohm", document(kind, units=("Hz", "mOhm", "mOhm"), rows=mohm).text(), ALL
    if name == "viscosity":
        yield "down", document(kind, rows=rows[::-1]).text(), ALL
        yield "up and down", document(kind, rows=(*rows, *rows[::-1])).text(), ALL
    if name == "sizes":
        yield "parts", in_unit(kind, 1, "", 0.01, "brackets").text(), ALL
        yield "parts as percent", in_unit(kind, 1, "%", 0.01, "brackets").text(), REFUSED


CASES = [
    pytest.param(kind, text, encoding, expected, id=f"{name}: {mutation}")
    for name, kind in KINDS.items()
    for mutation, text, encoding, expected in (
        *mutations(name, kind),
        *((mutation, text, "utf-8", expected) for mutation, text, expected in extra(name, kind)),
    )
]


def test_there_are_enough_mutations():
    assert len(CASES) >= 200


@pytest.mark.parametrize(("kind", "text", "encoding", "expected"), CASES)
def test_read_right_or_refused(tmp_path, kind, text, encoding, expected):
    path = tmp_path / "measured.csv"
    path.write_bytes(text.encode(encoding))
    try:
        found = np.array(kind.read(path)).T
    except InputError as error:
        message = str(error)
        assert expected != ALL, message
        assert len(message.splitlines()) == 1
        assert message.startswith(str(path))
        assert re.match(r":\d+: |: no header|: not ", message.removeprefix(str(path))), message
        return
    assert expected != REFUSED, found
    truth = np.array(kind.rows) * np.array(kind.to_si)
    for row in found:
        assert np.isclose(truth, row, rtol=1e-9).all(axis=1).any(), row
    if expected == ALL:
        assert {tuple(np.isclose(truth, row, rtol=1e-9).all(axis=1)) for row in found} == {
            tuple(k == index for k in range(len(truth))) for index in range(len(truth))
        }
