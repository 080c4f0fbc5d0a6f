"""DC polarization: steps, end of the transient, linear fit, faults."""

import numpy as np
import pytest

from castline.base.errors import InputError
from castline.measured.dc_polarization import analyse_dc_polarization, read_dc_polarization

RESISTANCE_OHM, HOLD_S = 130.0, 300.0


def staircase(tau_s=15.0, noise=1e-3, voltages=(0.01, 0.02, 0.03, 0.04), offset_a=0.0, seed=0):
    rng = np.random.default_rng(seed)
    time = np.arange(0.0, HOLD_S, 2.0)
    blocks, before = [], 0.0
    for k, voltage in enumerate(voltages):
        step = voltage - before
        current = (voltage + 0.8 * step * np.exp(-time / tau_s)) / RESISTANCE_OHM + offset_a
        current = current + rng.normal(0.0, noise * 0.04 / RESISTANCE_OHM, time.size)
        blocks.append([time + k * HOLD_S, np.full_like(time, voltage), current])
        before = voltage
    return np.concatenate(blocks, axis=1)


def test_resistance_and_transient_end():
    result = analyse_dc_polarization(*staircase())
    assert result.resistance_ohm == pytest.approx(RESISTANCE_OHM, rel=2e-3)
    assert len(result.steps) == 4
    for step in result.steps:
        assert 2 * 15.0 < step.transient_end_s - step.start_s <= 0.8 * HOLD_S


def test_scatter_matches_the_standard_error():
    results = [analyse_dc_polarization(*staircase(seed=seed)) for seed in range(60)]
    pulls = [(r.resistance_ohm - RESISTANCE_OHM) / r.resistance_stderr_ohm for r in results]
    assert 0.7 < np.sqrt(np.mean(np.square(pulls))) < 1.5


def test_offset_current_does_not_bias():
    result = analyse_dc_polarization(*staircase(offset_a=5e-5))
    assert result.resistance_ohm == pytest.approx(RESISTANCE_OHM, rel=2e-3)
    assert result.offset_current_a == pytest.approx(5e-5, rel=0.05)


def test_noiseless_data_without_transient():
    time, voltage, _ = staircase()
    result = analyse_dc_polarization(time, voltage, voltage / RESISTANCE_OHM)
    assert result.resistance_ohm == pytest.approx(RESISTANCE_OHM, rel=1e-9)


def test_step_that_does_not_become_steady_is_named():
    with pytest.raises(InputError, match="step at 0 s, 0.01 V, does not become steady"):
        analyse_dc_polarization(*staircase(tau_s=400.0))


def test_two_steps_are_too_few():
    with pytest.raises(InputError, match="3 different voltages"):
        analyse_dc_polarization(*staircase(voltages=(0.01, 0.02)))


def test_short_step_is_named():
    with pytest.raises(InputError, match="has 5 points"):
        analyse_dc_polarization(*staircase()[:, :5])


def test_wrong_sign_of_the_current_is_named():
    time, voltage, current = staircase()
    with pytest.raises(InputError, match="check the signs"):
        analyse_dc_polarization(time, voltage, -current)


def test_reader_names_the_line_where_time_goes_back(tmp_path):
    path = tmp_path / "dc.csv"
    path.write_text("# bench\nt/s,v/V,i/A\n0,1,1\n2,1,1\n1,1,1\n")
    with pytest.raises(InputError, match=r"dc\.csv:5: time does not increase"):
        read_dc_polarization(path, "t/s", "v/V", "i/A")
