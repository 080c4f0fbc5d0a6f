"""Units of columns: as instruments write them, converted, contradicted, or asked for."""

import math

import pytest

from castline.base.errors import InputError
from castline.base.quantities import (
    CURRENT,
    DIAMETER,
    FRACTION,
    FREQUENCY,
    IMPEDANCE,
    PHASE,
    SHEAR_RATE,
    TIME,
    VISCOSITY,
    VOLTAGE,
    conversion,
    parse_unit,
    unit_of_cell,
    unit_of_name,
)


def factor(name, quantity, key=None, row=None):
    stated = [unit_of_name(name, quantity), unit_of_cell(row) if row else None]
    return conversion(name, quantity, stated, key, "the_key")


@pytest.mark.parametrize(
    ("name", "quantity", "expected"),
    [
        ("Viscosity [mPa·s]", VISCOSITY, 1e-3),
        ("Viscosity (mPas)", VISCOSITY, 1e-3),
        ("Viscosity, Pa.s", VISCOSITY, 1.0),
        ("Viskosität in mPas", VISCOSITY, 1e-3),
        ("Viscosity cP", VISCOSITY, 1e-3),
        ("Viscosity (N s/m^2)", VISCOSITY, 1.0),
        ("viscosity_pa_s", VISCOSITY, 1.0),
        ("viscosity_mpa_s", VISCOSITY, 1e-3),
        ("eta (dyn s/cm2)", VISCOSITY, 0.1),
        ("shear_rate_per_s", SHEAR_RATE, 1.0),
        ("Shear rate(s-¹)", SHEAR_RATE, 1.0),
        ("shear rate / 1/s", SHEAR_RATE, 1.0),
        ("Shear rate [1/min]", SHEAR_RATE, 1 / 60),
        ("freq/Hz", FREQUENCY, 1.0),
        ("f (kHz)", FREQUENCY, 1e3),
        ("omega (rad/s)", FREQUENCY, 1 / (2 * math.pi)),
        ("-Im(Z)/Ohm", IMPEDANCE, 1.0),
        ("Z' (mohm)", IMPEDANCE, 1e-3),
        ("Z' (MOhm)", IMPEDANCE, 1e6),
        ("Z' (uOhm)", IMPEDANCE, 1e-6),
        ("Z' (\u00b5\u03a9)", IMPEDANCE, 1e-6),
        ("Z' (G\u2126)", IMPEDANCE, 1e9),
        ("z_real_mohm", IMPEDANCE, 1e-3),
        ("Phase(Z)/deg", PHASE, math.pi / 180),
        ("phase (rad)", PHASE, 1.0),
        ("<I>/mA", CURRENT, 1e-3),
        ("current_ma", CURRENT, 1e-3),
        ("Ewe/V", VOLTAGE, 1.0),
        ("time/h", TIME, 3600.0),
        ("Size (µm)", DIAMETER, 1e-6),
        ("Volume Density (%)", FRACTION, 1e-2),
    ],
)
def test_units_of_names_are_converted(name, quantity, expected):
    assert factor(name, quantity) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("name", "quantity"),
    [
        ("Z' (Ohm cm2)", IMPEDANCE),
        ("z_real_ohm_cm2", IMPEDANCE),
        ("Re(Resistivity)/Ohm.cm", IMPEDANCE),
        ("I (mA/cm2)", CURRENT),
        ("Viscosity [Pa]", VISCOSITY),
        ("Shear rate [s]", SHEAR_RATE),
        ("f (rad)", FREQUENCY),
        ("phase (%)", PHASE),
        ("shear rate [rad/s]", SHEAR_RATE),
    ],
)
def test_units_of_something_else_are_refused(name, quantity):
    with pytest.raises(InputError, match=f"is in .*, which is no {quantity.name}"):
        factor(name, quantity)


@pytest.mark.parametrize("name", ["Viscosity", "Z'", "f", "Z'(a)", "Re(Z)", "sample_a", "V"])
def test_missing_units_are_asked_for(name):
    with pytest.raises(InputError, match="has no unit: give the_key"):
        factor(name, VISCOSITY)
    assert factor(name, VISCOSITY, "mPa s") == pytest.approx(1e-3)


@pytest.mark.parametrize("text", ["MOHM", "MHZ", "mhz"])
def test_units_that_lost_their_case_are_refused(text):
    with pytest.raises(InputError, match="milli or mega"):
        parse_unit(text)


def test_contradictions_are_refused():
    with pytest.raises(InputError, match="is in mohm, but the_key says ohm"):
        factor("z_mohm", IMPEDANCE, "ohm")
    with pytest.raises(InputError, match="the row of units says mPas"):
        factor("Viscosity (Pa s)", VISCOSITY, row="[mPas]")
    with pytest.raises(InputError, match="the_key 'V' is no unit of impedance"):
        factor("Z", IMPEDANCE, "V")
    with pytest.raises(InputError, match="'foo' is not known"):
        factor("Z [foo]", IMPEDANCE)
    with pytest.raises(InputError, match="'foo' is not known"):
        unit_of_cell("foo")


@pytest.mark.parametrize("text", ["", "-", "#", "[ ]"])
def test_empty_fields_of_a_row_of_units_state_nothing(text):
    assert unit_of_cell(text) is None


@pytest.mark.parametrize("text", ["m**9**9**9", "(" * 1000, "__import__('os')", "1e9 s", "year"])
def test_what_is_no_unit_is_none(text):
    assert parse_unit(text) is None
