"""The linear Kramers-Kronig test accepts causal spectra and rejects others."""

import numpy as np
import pytest

from castline.base.errors import InputError
from castline.impedance.kramers_kronig import linear_kramers_kronig
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


def test_too_few_points_are_named():
    with pytest.raises(InputError, match="6 frequencies"):
        linear_kramers_kronig([1.0, 2.0], [1.0, 2.0])
