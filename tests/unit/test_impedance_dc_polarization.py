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


def insert(data, index, *rows):
    """Samples put in before one of the staircase; their times lie between those around them."""
    time = data[0]
    earlier = time[index - 1] if index else time[0] - 2.0
    times = np.linspace(earlier, time[index], len(rows) + 2)[1:-1]
    new = np.array([[t, *row] for t, row in zip(times, rows, strict=True)]).T
    return np.concatenate([data[:, :index], new, data[:, index:]], axis=1)


@pytest.mark.parametrize("step_v", [1e-3, 1e-4])
def test_steps_of_a_millivolt_and_less_are_seen(step_v):
    """Steps a hundred times below the tolerance of 1 mV that once was fixed, voltage with noise."""
    time, voltage, current = staircase()
    scale = step_v / 0.01
    noise = np.random.default_rng(3).normal(0.0, 0.02 * step_v, voltage.size)
    result = analyse_dc_polarization(time, voltage * scale + noise, current * scale)
    assert len(result.steps) == 4
    assert result.resistance_ohm == pytest.approx(RESISTANCE_OHM, rel=5e-3)
    assert result.left_out == ()


def test_steps_below_the_noise_of_the_voltage_are_refused_with_its_size():
    time, voltage, current = staircase()
    noise = np.random.default_rng(3).normal(0.0, 0.01, voltage.size)
    with pytest.raises(InputError, match=r"3 different voltages.*changes up to 0\.06\d* V"):
        analyse_dc_polarization(time, voltage + noise, current)


@pytest.mark.parametrize("n_samples", [1, 3])
def test_samples_between_two_steps_do_not_count(n_samples):
    data = staircase()
    clean = analyse_dc_polarization(*data)
    levels = np.linspace(0.02, 0.03, n_samples + 2)[1:-1]
    result = analyse_dc_polarization(*insert(data, 300, *((level, 3e-4) for level in levels)))
    assert result.resistance_ohm == pytest.approx(clean.resistance_ohm, rel=1e-12)
    assert result.left_out == ()


@pytest.mark.parametrize("rest_v", [0.0, 0.6])
def test_one_sample_before_the_first_step_does_not_count(rest_v):
    data = staircase()
    result = analyse_dc_polarization(*insert(data, 0, (rest_v, 0.0)))
    assert result.resistance_ohm == pytest.approx(
        analyse_dc_polarization(*data).resistance_ohm, rel=1e-12
    )


def test_a_sample_off_its_voltage_leaves_the_step_whole():
    result = analyse_dc_polarization(*insert(staircase(), 400, (0.9, 7e-3)))
    assert [step.voltage_v for step in result.steps] == pytest.approx([0.01, 0.02, 0.03, 0.04])
    assert result.resistance_ohm == pytest.approx(RESISTANCE_OHM, rel=2e-3)


def test_hold_that_is_too_short_is_left_out_and_named():
    result = analyse_dc_polarization(*staircase()[:, :460])
    assert len(result.steps) == 3
    assert result.left_out == ("the step at 900 s, 0.04 V, has 10 points, needs 20",)


def test_wrong_sign_of_the_current_is_named():
    time, voltage, current = staircase()
    with pytest.raises(InputError, match="check the signs"):
        analyse_dc_polarization(time, voltage, -current)


def test_reader_names_the_line_where_time_goes_back(tmp_path):
    path = tmp_path / "dc.csv"
    path.write_text("# bench\nt/s,v/V,i/A\n0,1,1\n2,1,1\n1,1,1\n")
    with pytest.raises(InputError, match=r"dc\.csv:5: time does not increase"):
        read_dc_polarization(path, "t/s", "v/V", "i/A")
