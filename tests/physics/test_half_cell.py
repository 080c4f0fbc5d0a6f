"""The solid-state half-cell by known answers: closed forms, conservation, convergence."""

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("pybamm")

from castline.cell.discharge import discharge, discharge_with
from castline.cell.film import FARADAY_C_PER_MOL, Film, capacity_per_area
from castline.cell.model import CONTACT_RESISTANCE, LOSSES, SolidStateHalfCell, pybamm
from castline.cell.parameters import (
    DIFFUSIVITY,
    EXCHANGE,
    LITHIUM_EXCHANGE,
    OCP,
    parameter_values,
    stoichiometry_at_start,
)
from castline.cell.settings import CellConfig
from castline.impedance.model import area_impedance

BULK = 0.125
FILM = Film(
    thickness_m=50e-6,
    am_fraction=0.35,
    se_fraction=0.39,
    contact_area_per_m=3e5,
    sigma_e_s_per_m=0.7,
    sigma_ion_s_per_m=0.0258,
    radii_m=(1e-6, 2e-6, 3e-6),
    volume_shares=(0.2, 0.5, 0.3),
    am_density_kg_per_m3=4770.0,
)
CONFIG = CellConfig()
THERMAL_V = 8.31446 * 298.15 / FARADAY_C_PER_MOL


def changed(film: Film = FILM, config: CellConfig = CONFIG, **values):
    parameters = parameter_values(film, config, BULK)
    parameters.update(values, check_already_exists=False)
    return parameters


def flat(exchange_a_per_m2: float, **values):
    """No diffusion, a potential of 4 V throughout, one exchange current, ideal Li metal."""
    constants = {
        OCP: lambda sto: 4.0 + 0 * sto,
        EXCHANGE: lambda c_e, c_s, c_max, temperature: exchange_a_per_m2 + 0 * c_s,
        DIFFUSIVITY: 1e-8,
        LITHIUM_EXCHANGE: 1e9,
    }
    return changed(**{**constants, **values})


def resistance_ohm_m2(values, current_a_per_m2: float, volumes: int = 40) -> float:
    """Voltage drop over current density, a moment after a small current is switched on."""
    values = values.copy()
    values["Current function [A]"] = current_a_per_m2
    model = SolidStateHalfCell(FILM.radii_m, contact_resistance=values[CONTACT_RESISTANCE] > 0)
    points = {**model.default_var_pts, "x_p": volumes, "r_p": 5}
    solver = pybamm.IDAKLUSolver(rtol=1e-6, atol=1e-8)
    run = pybamm.Simulation(model, parameter_values=values, var_pts=points, solver=solver)
    voltage = run.solve([0, 1e-3])["Voltage [V]"].entries[-1]
    return (4.0 - voltage) / current_a_per_m2


def porous_electrode_ohm_m2(kappa: float, sigma: float, rate_s_per_m3: float, length: float):
    """Newman & Tobias (1962), linear kinetics, ions from one face and electrons from the other."""
    nu = length * np.sqrt(rate_s_per_m3 * (1 / kappa + 1 / sigma))
    bracket = 1 + (2 + (sigma / kappa + kappa / sigma) * np.cosh(nu)) / (nu * np.sinh(nu))
    return length / (kappa + sigma) * bracket


@pytest.mark.parametrize(
    ("exchange", "sigma_e", "volumes"), [(3.0, 0.7, (10, 20)), (30.0, 0.02, (40, 80))]
)
def test_ohmic_porous_electrode_has_newmans_resistance(exchange, sigma_e, volumes):
    """Both rails count, and in the second case the reaction is far from uniform (nu = 9)."""
    values = flat(exchange, **{"Positive electrode conductivity [S.m-1]": sigma_e})
    rate = FILM.contact_area_per_m * exchange / THERMAL_V
    separator = 30e-6 / BULK
    expected = separator + porous_electrode_ohm_m2(
        FILM.sigma_ion_s_per_m, sigma_e, rate, FILM.thickness_m
    )
    found = [resistance_ohm_m2(values, 1e-3, n) for n in volumes]
    assert found[1] == pytest.approx(expected, rel=1e-3)
    # second order: what the finite volumes leave falls to a quarter
    errors = np.abs(np.subtract(found, expected))
    assert errors[0] / errors[1] == pytest.approx(4, rel=0.15)


def test_uniform_reaction_is_butler_volmer_at_the_contact_area():
    """Without ohmic losses the overpotential is that of I / (a L), with and without resistance."""
    thin = replace(FILM, thickness_m=1e-6, sigma_e_s_per_m=7.0, sigma_ion_s_per_m=0.258)
    exchange = 2.0
    current = 3.0 * thin.contact_area_per_m * thin.thickness_m
    eta = 2 * THERMAL_V * np.arcsinh(3.0 / (2 * exchange))
    kinetics = {"film": thin, "Separator thickness [m]": 1e-6}
    ohmic = current * 1e-6 / BULK
    found = current * resistance_ohm_m2(flat(exchange, **kinetics), current, 4)
    assert found == pytest.approx(eta + ohmic, rel=1e-4)
    resistance = {CONTACT_RESISTANCE: 1e-3, "Contact resistance [Ohm]": 5e-5}
    found = current * resistance_ohm_m2(flat(exchange, **kinetics, **resistance), current, 4)
    assert found == pytest.approx(eta + ohmic + 1e-3 * 3.0 + 5e-5 * current, rel=1e-4)


def test_no_rate_gives_the_open_circuit_curve():
    [curve] = discharge(FILM, CONFIG, BULK, [1e-3])
    assert curve.ended_by == "stoichiometry"
    lag = np.abs(curve.voltage_v - curve.open_circuit_v)[1:]
    assert lag.max() < 1e-3
    ends = np.interp([CONFIG.voltage_max_v], curve.open_circuit_v[::-1], curve.time_s[::-1])
    assert ends == pytest.approx(0, abs=1e-3 * curve.time_s[-1])


@pytest.mark.parametrize("rate", [1.0, 8.0])
def test_charge_is_conserved_and_losses_add_up(rate):
    values = changed()
    one_c = values["Nominal cell capacity [A.h]"]
    start = stoichiometry_at_start(CONFIG)
    assert 0.1 * one_c == pytest.approx(capacity_per_area(FILM, CONFIG, start))
    values["Current function [A]"] = rate * one_c
    model = SolidStateHalfCell(FILM.radii_m)
    solver = pybamm.IDAKLUSolver(rtol=1e-5, atol=1e-7)
    solution = pybamm.Simulation(model, parameter_values=values, solver=solver).solve(
        [0, 3960 / rate]
    )
    lithium = solution["Total lithium in positive electrode [mol]"].entries
    charge_ah = rate * one_c * solution.t[-1] / 3600
    inserted_ah = (lithium[-1] - lithium[0]) * FARADAY_C_PER_MOL / 3600
    assert inserted_ah == pytest.approx(charge_ah, rel=1e-6)
    between = (
        solution["Positive electrode bulk open-circuit potential [V]"].entries
        - solution["Voltage [V]"].entries
    )
    losses = [solution[name].entries for name in LOSSES]
    np.testing.assert_allclose(sum(losses), between, atol=1e-6)
    assert all((loss > -1e-9).all() for loss in losses)


def test_losses_are_nothing_without_current():
    model = SolidStateHalfCell(FILM.radii_m)
    steps = pybamm.Experiment(["Discharge at 1C for 2 minutes", "Rest for 1 minute"])
    run = pybamm.Simulation(model, parameter_values=changed(), experiment=steps)
    rest = run.solve().cycles[-1]
    for name in LOSSES:
        assert rest[name].entries[-1] == 0


def test_the_grid_converges_with_second_order_and_is_fine_enough():
    """Voltage after half an hour at 1 C: each halving of the volumes leaves a quarter."""

    def voltage(volumes: int) -> float:
        [curve] = discharge_with(
            changed(), FILM.radii_m, [1.0], grid=(volumes, volumes), tolerance=1e-9
        )
        return float(np.interp(1800.0, curve.time_s, curve.voltage_v))

    coarse, middle, fine = (voltage(n) for n in (10, 20, 40))
    assert np.log2((coarse - middle) / (middle - fine)) == pytest.approx(2, abs=0.4)
    assert abs(middle - fine) < 1e-3


def half_cell_line(frequency_hz, z_e: float, z_ion: float, q: float, length: float):
    """castline's transmission line, ohm m2, with ions entering at one face, electrons at the other.

    `area_impedance` has electrons at both faces: ``z_ion z_e L / s + z_e^2 t`` with
    ``t = 2 l / s tanh(L / 2 l)``. The same line with the other contacts adds
    ``c = 2 l / s coth(L / 2 l)``, and ``c t = (2 l / s)^2 = 4 / (s^3 Y)``, Y the coupling.
    """
    blocked = area_impedance(frequency_hz, length, z_e, 0.0, 0.0, 1.0, z_ion, q, 1.0)
    total, coupling = z_e + z_ion, 2j * np.pi * frequency_hz * q
    through = z_ion * z_e * length / total
    t = (blocked - through) / z_e**2
    c = 4 / (total**3 * coupling * t)
    return through + total**2 / 4 * c + (z_ion - z_e) ** 2 / 4 * t


def test_impedance_is_that_of_the_transmission_line():
    """Blocked (hardly any exchange current), the film is the line that castline fits."""
    capacity, z_e, z_ion = 0.1, 1 / FILM.sigma_e_s_per_m, 1 / FILM.sigma_ion_s_per_m
    values = flat(1e-9)
    values["Positive electrode double-layer capacity [F.m-2]"] = FILM.contact_share * capacity
    values["Negative electrode double-layer capacity [F.m-2]"] = 1e-9
    model = SolidStateHalfCell(FILM.radii_m, {"surface form": "differential"})
    points = {**model.default_var_pts, "x_p": 120, "r_p": 4}
    run = pybamm.EISSimulation(model, parameter_values=values, var_pts=points)
    frequency_hz = np.geomspace(0.1, 1e5, 19)
    found = run.solve(frequency_hz).impedance
    line = half_cell_line(
        frequency_hz, z_e, z_ion, capacity * FILM.contact_area_per_m, FILM.thickness_m
    )
    np.testing.assert_allclose(found, 30e-6 / BULK + line, rtol=0.01)


def test_full_surfaces_carry_no_spurious_current():
    # electrons hardly reach the separator: surfaces at the collector are full long before the end
    radii = np.array([1.114, 1.555, 1.840, 2.139, 2.807]) * 1e-6
    film = replace(
        FILM,
        thickness_m=100e-6,
        am_fraction=0.54,
        se_fraction=0.19,
        radii_m=tuple(radii),
        volume_shares=(0.16, 0.16, 0.17, 0.16, 0.35),
        sigma_e_s_per_m=0.00265,
        sigma_ion_s_per_m=0.033,
    )
    (curve,) = discharge(film, CONFIG, BULK, [1])
    losses = dict(zip(LOSSES, curve.losses_v, strict=True))
    assert (losses["Kinetic overpotential [V]"] > 0).all()
    assert 0 < curve.mean(losses["Diffusion overpotential [V]"]) < 0.3
    np.testing.assert_allclose(
        curve.losses_v.sum(axis=0), curve.open_circuit_v - curve.voltage_v, atol=1e-6
    )
