"""Units of the columns of measured files: read from header, unit row or key, converted by pint.

A unit is stated by the column's name (``Viscosity [mPa·s]``, ``Re(Z)/Ohm``, ``viscosity_pa_s``), by
a row of units, or by a key of the user. What contradicts is refused, what nobody states is asked
for: a factor of a thousand must not pass because a header was not understood.
"""

import functools
import math
import re
import unicodedata
from dataclasses import dataclass

from castline.base.errors import InputError, printable

MAX_LENGTH = 40


@dataclass(frozen=True)
class Quantity:
    """What a column holds.

    Attributes
    ----------
    name : in messages.
    unit : the unit that values are converted to, as pint names it.
    shown : the same for readers.
    """

    name: str
    unit: str
    shown: str


FREQUENCY = Quantity("frequency", "hertz", "Hz")
IMPEDANCE = Quantity("impedance", "ohm", "ohm")
PHASE = Quantity("phase", "radian", "deg")
TIME = Quantity("time", "second", "s")
VOLTAGE = Quantity("voltage", "volt", "V")
CURRENT = Quantity("current", "ampere", "A")
SHEAR_RATE = Quantity("shear rate", "1/second", "1/s")
STRESS = Quantity("shear stress", "pascal", "Pa")
VISCOSITY = Quantity("viscosity", "pascal*second", "Pa s")
DIAMETER = Quantity("diameter", "meter", "um")
FRACTION = Quantity("fraction", "dimensionless", "1 or %")

# Symbols as instruments write them, and pint's name. Anything else is no unit: pint itself would
# read the a of ZPlot's Z'(a) as a year and the Pas of many a rheometer as pascals.
SYMBOLS = {
    "Ohm": "ohm", "ohm": "ohm", "Ohms": "ohm", "ohms": "ohm", "OHM": "ohm", "\u03a9": "ohm",
    "Hz": "hertz", "hz": "hertz", "HZ": "hertz", "S": "siemens", "V": "volt", "A": "ampere",
    "Volt": "volt", "Volts": "volt", "Amp": "ampere", "Amps": "ampere",
    "s": "second", "sec": "second", "Sec": "second", "min": "minute", "h": "hour", "hr": "hour",
    "Pa": "pascal", "Pas": "pascal*second", "P": "poise", "N": "newton", "dyn": "dyne",
    "m": "meter", "micron": "micrometer", "microns": "micrometer", "g": "gram",
    "deg": "degree", "degree": "degree", "degrees": "degree", "°": "degree", "rad": "radian",
    "%": "percent", "F": "farad", "H": "henry", "C": "coulomb", "W": "watt", "K": "kelvin", "1": "",
}  # fmt: skip
NOT_PREFIXED = {
    "min",
    "h",
    "hr",
    "%",
    "°",
    "deg",
    "degree",
    "degrees",
    "1",
    "K",
    "micron",
    "microns",
}
PREFIXES = {
    "p": "pico", "n": "nano", "u": "micro", "m": "milli", "c": "centi", "k": "kilo", "K": "kilo",
    "M": "mega", "G": "giga", "T": "tera",
}  # fmt: skip
# Written in the wrong case the prefix may be, too: milli or mega.
CASE_LOST = re.compile(r"[mM]HZ|mhz|MOHM")
# Names in lower case with underscores, as castline writes them itself.
SNAKE = {
    "ohm": "ohm", "mohm": "mohm", "kohm": "kohm", "hz": "Hz", "khz": "kHz", "mhz": "mhz",
    "v": "V", "mv": "mV", "uv": "uV", "a": "A", "ma": "mA", "ua": "uA", "na": "nA",
    "pa": "Pa", "mpa": "mPa", "pas": "Pas", "mpas": "mPas", "cp": "cP", "p": "P",
    "s": "s", "ms": "ms", "min": "min", "h": "h", "rad": "rad", "deg": "deg",
    "m": "m", "cm": "cm", "mm": "mm", "um": "um", "nm": "nm", "cm2": "cm2", "m2": "m2",
    "percent": "%", "per": "/",
}  # fmt: skip
# Compatibility forms (superscripts, the Ohm and micro signs) are undone by Unicode itself.
TYPED = str.maketrans({"\u2212": "-", "\u03bc": "u", "\u00b7": "*", "\u22c5": "*", "\u2022": "*"})
FACTOR = re.compile(r"\s*([*/]?)\s*(1|%|°|[^\W\d_]+)(?:\^|\*\*)?([-+]?[1-9])?")


@dataclass(frozen=True)
class Unit:
    """A unit as it was written, and as the factors that it consists of."""

    written: str
    factors: tuple[tuple[str, int], ...]

    @property
    def has_angle(self) -> bool:
        return any(name in ("radian", "degree") for name, _ in self.factors)

    def factor(self, quantity: Quantity) -> float | None:
        """What to multiply values with to have them in the quantity's unit; None if impossible."""
        factors, per_turn = self.factors, 1.0
        if quantity is FREQUENCY and sorted(factors) == [("radian", 1), ("second", -1)]:
            factors, per_turn = (("second", -1),), 2.0 * math.pi
        elif self.has_angle != (quantity is PHASE):
            return None
        pint = _registry()
        own = pint.Quantity(1.0)
        for name, power in factors:
            own *= pint.Quantity(1.0, name) ** power if name else 1.0
        wanted = pint.parse_units(quantity.unit)
        if own.dimensionality != wanted.dimensionality:
            return None
        return float(own.to(wanted).magnitude) / per_turn


@functools.cache
def _registry():
    from pint import UnitRegistry  # slow to import, and most files never need it

    return UnitRegistry()


def parse_unit(text: str) -> Unit | None:
    """The unit that a text such as ``mPa·s`` or ``Ohm cm^2`` is; None where it is none.

    Raises
    ------
    InputError
        The text is a unit whose prefix may be milli or mega, as it is in the wrong case.
    """
    if not text.strip() or len(text) > MAX_LENGTH:
        return None
    plain = _plain(text)
    if CASE_LOST.search(plain):
        raise InputError(f"unit {printable(text.strip())!r} may be milli or mega: write m or M")
    factors, position = [], 0
    while position < len(plain):
        match = FACTOR.match(plain, position)
        if not match or (match[1] and not factors and match[1] == "*"):
            return None
        names = _names(match[2])
        if names is None:
            return None
        power = int(match[3] or 1) * (-1 if match[1] == "/" else 1)
        factors += [(name, power) for name in names]
        position = match.end()
        if not plain[position:].strip():
            break
    return Unit(text.strip(), tuple((name, power) for name, power in factors if name))


def _plain(text: str) -> str:
    """One way of writing: powers as digits, products as stars, micro as u."""
    plain = unicodedata.normalize("NFKC", text).strip().translate(TYPED)
    plain = re.sub(r"(?<=[^\W\d_])[.-](?=[^\W\d_])", "*", plain)
    return re.sub(r"(?<=\d)-(?=\d)", "*", plain)


def _names(symbol: str) -> list[str] | None:
    """Names of a symbol for pint, its prefix spelled out: mPas is millipascal and second."""
    for prefix in ("", *PREFIXES):
        base = symbol.removeprefix(prefix)
        if symbol.startswith(prefix) and base in SYMBOLS and not (prefix and base in NOT_PREFIXED):
            first, *others = SYMBOLS[base].split("*")
            return [f"{PREFIXES.get(prefix, '')}{first}", *others]
    return None


def unit_of_name(name: str, quantity: Quantity) -> Unit | None:
    """The unit that the name of a column states, or None.

    Raises
    ------
    InputError
        Square brackets around something that is no unit, or a unit of unclear prefix.
    """
    return _split(name, quantity)[1]


def without_unit(name: str, quantity: Quantity) -> str:
    """The name of a column without its unit: what instruments call it."""
    return _split(name, quantity)[0]


@functools.lru_cache(maxsize=10_000)
def _split(name: str, quantity: Quantity) -> tuple[str, Unit | None]:
    name = name.strip()
    if match := re.search(r"\s*\[([^\[\]]*)\]$", name):
        unit = parse_unit(match[1])
        if unit is None and match[1].strip(" -"):
            raise InputError(f"unit {printable(match[1])!r} is not known")
        return name[: match.start()], unit
    for pattern in (
        r"\s*\(([^()]*|[^()]*\([^()]*\)[^()]*)\)$",  # Viscosity (Pa s)
        r"(?:\s*/\s*|[\s,_]+)(1\s*/\s*[^\W\d_]+)$",  # shear rate 1/s, shear rate / 1/s
        r"\s*/\s*(.+)$",  # Re(Z)/Ohm
        r"\s*,\s*([^,]+)$",  # Viscosity, Pa.s
        r"\s+in\s+(.+)$",  # Viskosität in mPas
    ):
        if (match := re.search(pattern, name)) and match.start() > 0:
            unit = parse_unit(match[1])
            if unit is not None:
                return name[: match.start()], unit
    words = name.split()
    for first in range(1, len(words)):  # Viscosity mPa s
        unit = parse_unit(" ".join(words[first:]))
        if unit is not None and _is_stated(unit, quantity):
            return " ".join(words[:first]), unit
    return _split_snake(name, quantity)


def _split_snake(name: str, quantity: Quantity) -> tuple[str, Unit | None]:
    tokens = name.split("_")
    for first in range(1, len(tokens)):
        texts = [SNAKE.get(token) for token in tokens[first:]]
        if None in texts or texts[-1] == "/":
            continue
        unit = parse_unit(re.sub(r"/\s+", "/", " ".join(texts)))
        if unit is not None and _is_stated(unit, quantity):
            return "_".join(tokens[:first]), unit
    return name, None


def _is_stated(unit: Unit, quantity: Quantity) -> bool:
    """A lone letter at the end of a name is a unit only where it can be the column's."""
    return len(unit.written) > 1 or unit.factor(quantity) is not None


def unit_of_cell(text: str) -> Unit | None:
    """The unit in a field of a row of units; None where it is empty.

    Raises
    ------
    InputError
        The field holds something else.
    """
    plain = re.sub(r"\s+vs\.?\s.*$", "", text.strip().strip("[]() ").strip())
    if not plain or plain in ("-", "#"):
        return None
    unit = parse_unit(plain)
    if unit is None:
        raise InputError(f"unit {printable(plain)!r} is not known")
    return unit


def conversion(
    column: str, quantity: Quantity, stated: list[Unit | None], given: str | None, key: str
) -> float:
    """The factor that takes a column's values to the unit of the quantity.

    Parameters
    ----------
    column : name, for messages.
    stated : units of the name and of the row of units; None where there is none.
    given : unit that the user's key states, or None.
    key : that key, for messages.

    Raises
    ------
    InputError
        No unit is stated, one is not of this quantity, or two differ.
    """
    units = [unit for unit in stated if unit is not None]
    shown = printable(column)
    if given is not None:
        factor_given = key_factor(given, quantity, key)
        for unit in units:
            factor = unit.factor(quantity)
            if factor is None or not math.isclose(factor, factor_given):
                raise InputError(
                    f"column {shown!r} is in {_shown(unit)}, but {key} says {given.strip()}"
                )
        return factor_given
    if not units:
        raise InputError(
            f"column {shown!r} has no unit: give {key}, such as {quantity.shown.split(' or ')[0]}"
        )
    factors = []
    for unit in units:
        factor = unit.factor(quantity)
        if factor is None:
            raise InputError(
                f"column {shown!r} is in {_shown(unit)}, which is no {quantity.name}: needs "
                f"{quantity.shown} or a multiple of it"
            )
        factors.append(factor)
    if not all(math.isclose(factor, factors[0]) for factor in factors):
        raise InputError(
            f"column {shown!r} is in {_shown(units[0])}, but the row of units says "
            f"{_shown(units[1])}"
        )
    return factors[0]


def key_factor(text: str, quantity: Quantity, key: str) -> float:
    """The factor of a unit that a user's key states.

    Raises
    ------
    InputError
        It is no unit of this quantity.
    """
    unit = parse_unit(text)
    factor = unit.factor(quantity) if unit else None
    if factor is None:
        raise InputError(
            f"{key} {printable(text)!r} is no unit of {quantity.name}: use {quantity.shown} or a "
            "multiple of it"
        )
    return factor


def _shown(unit: Unit) -> str:
    return printable(re.sub("[Oo]hms?|OHM|[\u03a9\u2126]", "ohm", unit.written))
