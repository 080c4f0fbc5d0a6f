"""The closed form of the transmission line against a ladder network and its limits."""

import numpy as np
import pytest
from scipy.linalg import solve_banded

from castline.base.errors import InputError
from castline.impedance.model import TlmParameters, tlm_impedance

THICKNESS_M, AREA_M2 = 1.2e-4, 7.85e-5
CASES = {
    "electronic limits": TlmParameters(60.0, 30.0, 2e-7, 0.9, 5.0, 5e4, 0.9),
    "ionic limits": TlmParameters(0.7, 0.3, 1e-4, 0.8, 80.0, 3e5, 1.0),
    "no interface": TlmParameters(90.0, 0.0, 0.0, 1.0, 80.0, 5e4, 0.85),
}


def ladder_impedance(frequency_hz, parameters, n_nodes):
    """Impedance of a discretised cell: nodes of both rails, solved as a linear network.

    The electronic rail takes 1 A at its first node and is grounded at its last; the ionic rail has
    no contact. Every node pair is coupled by the double layer of its slice.
    """
    s = 2j * np.pi * frequency_hz
    p = parameters
    z_e = p.electronic_bulk_ohm_m + p.electronic_interface_ohm_m / (
        1.0 + p.electronic_interface_ohm_m * p.interface_cpe_q * s**p.interface_cpe_n
    )
    slice_m = THICKNESS_M / (n_nodes - 1)
    along = np.array([AREA_M2 / (z_e * slice_m), AREA_M2 / (p.ionic_ohm_m * slice_m)])
    across = p.double_layer_cpe_q * s**p.double_layer_cpe_n * AREA_M2 * slice_m
    across = across * np.r_[0.5, np.ones(n_nodes - 2), 0.5]
    # Unknowns: electronic and ionic potential of node 0, then of node 1, and so on.
    neighbours = np.r_[1.0, 2.0 * np.ones(n_nodes - 2), 1.0]
    bands = np.zeros((5, 2 * n_nodes), dtype=complex)
    bands[2] = (neighbours[:, None] * along + across[:, None]).ravel()
    bands[1, 1::2] = bands[3, 0::2] = -across
    bands[0, 2:] = bands[4, :-2] = np.tile(-along, n_nodes - 1)
    # The last electronic node is grounded through a conductance that outweighs all others.
    bands[2, -2] += 1e12 * np.abs(bands[2]).max()
    current = np.zeros(2 * n_nodes, dtype=complex)
    current[0] = 1.0
    return solve_banded((2, 2), bands, current)[0]


def rails(parameters):
    p = parameters
    return p.electronic_bulk_ohm_m + p.electronic_interface_ohm_m, p.ionic_ohm_m


@pytest.mark.parametrize("name", CASES)
def test_matches_ladder_network(name):
    frequency_hz = np.geomspace(1e-2, 1e4, 13)
    exact = tlm_impedance(frequency_hz, CASES[name], THICKNESS_M, AREA_M2)
    ladder = np.array([ladder_impedance(f, CASES[name], 4001) for f in frequency_hz])
    np.testing.assert_allclose(ladder, exact, rtol=1e-3)


def test_ladder_converges_with_second_order():
    exact = tlm_impedance([300.0], CASES["no interface"], THICKNESS_M, AREA_M2)[0]
    errors = [
        abs(ladder_impedance(300.0, CASES["no interface"], n) / exact - 1.0) for n in (26, 51, 101)
    ]
    assert errors[0] / errors[1] == pytest.approx(4.0, rel=0.1)
    assert errors[1] / errors[2] == pytest.approx(4.0, rel=0.1)


@pytest.mark.parametrize("name", CASES)
def test_dc_limit_is_the_electronic_rail(name):
    electronic, _ = rails(CASES[name])
    impedance = tlm_impedance([1e-9], CASES[name], THICKNESS_M, AREA_M2)[0]
    assert impedance == pytest.approx(electronic * THICKNESS_M / AREA_M2, rel=1e-5)


@pytest.mark.parametrize("name", CASES)
def test_high_frequency_limit_is_both_rails_in_parallel(name):
    p = CASES[name]
    bulk, ionic = p.electronic_bulk_ohm_m, p.ionic_ohm_m
    impedance = tlm_impedance([1e16], p, THICKNESS_M, AREA_M2)[0]
    expected = bulk * ionic / (bulk + ionic) * THICKNESS_M / AREA_M2
    assert impedance == pytest.approx(expected, rel=1e-3)


def printed_equation(frequency_hz, parameters, exponent):
    """Equation 1 with a free exponent of (z_ion + z_e) in the interface term; no interface CPE."""
    z_e, z_ion = rails(parameters)
    z_int = 1.0 / (
        parameters.double_layer_cpe_q * (2j * np.pi * frequency_hz) ** parameters.double_layer_cpe_n
    )
    total = z_ion + z_e
    x = THICKNESS_M * np.sqrt(total / z_int)
    area = z_ion * z_e * THICKNESS_M / total + 2 * z_e**2 * np.sqrt(z_int) / total**exponent * (
        np.cosh(x) - 1.0
    ) / np.sinh(x)
    return area / AREA_M2


def test_printed_exponent_fails_the_dc_limit_and_three_halves_meets_it():
    parameters = CASES["no interface"]
    electronic, _ = rails(parameters)
    expected = electronic * THICKNESS_M / AREA_M2
    assert printed_equation(1e-4, parameters, 1.5) == pytest.approx(expected, rel=1e-3)
    assert abs(printed_equation(1e-4, parameters, 2.0) / expected - 1.0) > 0.4
    np.testing.assert_allclose(
        tlm_impedance([10.0], parameters, THICKNESS_M, AREA_M2)[0],
        printed_equation(10.0, parameters, 1.5),
        rtol=1e-10,
    )


def test_printed_exponent_depends_on_the_unit_of_length():
    """With exponent 2 the second term is no impedance: in mm the ratio of the terms changes."""
    z, z_int = 90.0, 3.0e-6

    def term(exponent, scale):
        # Lengths in units of 1/scale m: ohm m and ohm m3 scale with 1 and 3 powers.
        return 2 * (z * scale) ** 2 * np.sqrt(z_int * scale**3) / (2 * z * scale) ** exponent

    assert term(1.5, 1e3) / 1e6 == pytest.approx(term(1.5, 1.0))
    assert term(2.0, 1e3) / 1e6 != pytest.approx(term(2.0, 1.0), rel=0.5)


@pytest.mark.parametrize("thickness_m", [1e-6, 1e-4, 1e-2])
def test_finite_and_passive_from_1e_minus_6_to_1e8_hz(thickness_m):
    frequency_hz = np.geomspace(1e-6, 1e8, 281)
    for parameters in CASES.values():
        impedance = tlm_impedance(frequency_hz, parameters, thickness_m, AREA_M2)
        assert np.isfinite(impedance).all()
        assert (impedance.real > 0).all()
        # Capacitive: no positive reactance beyond rounding.
        assert (impedance.imag <= 1e-12 * np.abs(impedance)).all()


def test_modulus_falls_monotonically_with_frequency():
    frequency_hz = np.geomspace(1e-6, 1e8, 281)
    modulus = np.abs(tlm_impedance(frequency_hz, CASES["electronic limits"], 1e-4, AREA_M2))
    assert (np.diff(modulus) <= 1e-12 * modulus[:-1]).all()


@pytest.mark.parametrize(
    ("field", "value"),
    [("ionic_ohm_m", 0.0), ("ionic_ohm_m", np.nan), ("double_layer_cpe_n", 1.2)],
)
def test_faulty_parameters_are_named(field, value):
    given = {**vars(CASES["no interface"]), field: value}
    with pytest.raises(InputError, match=field):
        TlmParameters(**given)


def test_faulty_frequency_and_geometry_are_named():
    with pytest.raises(InputError, match="frequency_hz"):
        tlm_impedance([0.0], CASES["no interface"], THICKNESS_M, AREA_M2)
    with pytest.raises(InputError, match="area_m2"):
        tlm_impedance([1.0], CASES["no interface"], THICKNESS_M, 0.0)
