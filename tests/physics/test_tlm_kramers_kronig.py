"""The linear Kramers-Kronig test accepts causal spectra and rejects others."""

import numpy as np
import pytest

from castline.base.errors import InputError
from castline.impedance.kramers_kronig import find_outliers, linear_kramers_kronig
from castline.impedance.model import TlmParameters, tlm_impedance

FREQUENCY_HZ = np.geomspace(1e6, 1e-2, 81)
CELL = TlmParameters(60.0, 30.0, 2e-7, 0.9, 80.0, 5e4, 0.9)


@pytest.fixture
def impedance_ohm():
    return tlm_impedance(FREQUENCY_HZ, CELL, 1e-4, 7.85e-5)


def noisy(impedance, level, seed=0):
    noise = np.random.default_rng(seed).normal(0.0, level, (2, impedance.size))
    return impedance * (1.0 + noise[0] + 1j * noise[1])


def test_rc_circuit_off_the_grid_of_the_chain_leaves_little():
    omega = 2 * np.pi * FREQUENCY_HZ
    circuit = 10.0 + 50.0 / (1.0 + 1j * omega * 1e-3) + 1j * omega * 1e-7
    assert linear_kramers_kronig(FREQUENCY_HZ, circuit).rms_residual < 5e-3


def test_transmission_line_passes(impedance_ohm):
    assert linear_kramers_kronig(FREQUENCY_HZ, impedance_ohm).rms_residual < 2e-3


def test_residual_of_a_valid_spectrum_is_its_noise(impedance_ohm):
    levels = [
        linear_kramers_kronig(FREQUENCY_HZ, noisy(impedance_ohm, 0.01, seed)).rms_residual
        for seed in range(20)
    ]
    assert 0.007 < np.mean(levels) < 0.0115
    assert max(levels) < 0.015


def test_wrong_sign_of_the_imaginary_part_fails(impedance_ohm):
    test = linear_kramers_kronig(FREQUENCY_HZ, noisy(impedance_ohm.conj(), 0.01))
    assert test.rms_residual > 0.03


def test_drift_of_the_last_decade_fails(impedance_ohm):
    drift = np.where(FREQUENCY_HZ < 0.1, 1.0 + np.linspace(0, 0.5, 81), 1.0)
    test = linear_kramers_kronig(FREQUENCY_HZ, noisy(impedance_ohm.real * drift, 0.01))
    assert test.rms_residual > 0.02


@pytest.mark.parametrize("n_points", [1, 2, 3])
def test_pick_up_from_the_mains_is_found_and_nothing_else(impedance_ohm, n_points):
    for seed in range(10):
        impedance = noisy(impedance_ohm, 0.01, seed)
        first = int(np.argmin(np.abs(FREQUENCY_HZ - 60.0)))
        moved = np.arange(first, first + n_points)
        phases = np.random.default_rng(seed).uniform(0.0, 2.0 * np.pi, n_points)
        impedance[moved] *= 1.0 + 0.2 * np.exp(1j * phases)
        deviation = find_outliers(FREQUENCY_HZ, impedance)
        assert list(np.flatnonzero(deviation)) == list(moved)
        assert deviation[moved] == pytest.approx(0.2, rel=0.5)


def test_good_spectrum_has_no_outliers(impedance_ohm):
    for level in (0.0, 0.001, 0.01):
        assert not find_outliers(FREQUENCY_HZ, noisy(impedance_ohm, level)).any()


def test_a_spectrum_that_is_bad_in_many_points_has_no_outliers(impedance_ohm):
    """The Kramers-Kronig test must see them and fail."""
    bad = noisy(impedance_ohm, 0.01)
    bad[::6] *= 1.3
    assert not find_outliers(FREQUENCY_HZ, bad).any()
    assert linear_kramers_kronig(FREQUENCY_HZ, bad).rms_residual > 0.02


def test_too_few_points_are_named():
    with pytest.raises(InputError, match="6 frequencies"):
        linear_kramers_kronig([1.0, 2.0], [1.0, 2.0])
