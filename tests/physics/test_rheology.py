"""Averages with a correlation-aware standard error."""

import numpy as np
import pytest

from castline.base.errors import InputError
from castline.line.viscosity import steady_mean, two_block_stderr


def correlated(rng, samples: int, memory: float) -> np.ndarray:
    """AR(1) noise of unit variance and mean 0; its standard error is known."""
    x = np.empty(samples)
    x[0] = rng.normal()
    kick = np.sqrt(1 - memory**2)
    for k in range(1, samples):
        x[k] = memory * x[k - 1] + kick * rng.normal()
    return x


def test_standard_error_respects_correlation():
    rng = np.random.default_rng(1)
    memory, samples = 0.8, 400
    results = [steady_mean(10 + correlated(rng, samples, memory)) for _ in range(200)]
    spread = np.std([r.mean for r in results])
    claimed = np.median([r.stderr for r in results])
    naive = 1 / np.sqrt(samples)
    assert spread == pytest.approx(naive * np.sqrt((1 + memory) / (1 - memory)), rel=0.2)
    assert claimed == pytest.approx(spread, rel=0.3)
    assert claimed > 2 * naive


def test_interval_covers_the_truth():
    rng = np.random.default_rng(2)
    results = [steady_mean(10 + correlated(rng, 300, 0.6)) for _ in range(200)]
    hits = np.mean([abs(r.mean - 10) < 1.96 * r.stderr for r in results])
    assert 0.85 <= hits <= 0.99


def test_transient_is_cut_off():
    rng = np.random.default_rng(3)
    x = 5 + 0.1 * correlated(rng, 300, 0.5)
    x[:60] += np.linspace(8, 0, 60)
    result = steady_mean(x)
    assert 35 <= result.start <= 100
    assert result.mean == pytest.approx(5, abs=4 * result.stderr + 0.05)


def test_a_drift_is_not_cut_off_but_widens_the_error():
    drift = np.linspace(1.0, 2.0, 200)
    result = steady_mean(drift)
    assert result.start <= 100
    assert result.stderr > 0.05


def test_two_halves_that_differ_bound_the_error_from_below():
    """A step half way: the two levels are two samples, whatever the scatter within them."""
    rng = np.random.default_rng(4)
    x = np.repeat([1.0, 1.2], 50) + 0.001 * rng.standard_normal(100)
    assert two_block_stderr(x) == pytest.approx(0.1, rel=0.01)
    assert steady_mean(x).stderr >= two_block_stderr(x[steady_mean(x).start :])


@pytest.mark.parametrize("samples", [np.ones(5), np.full(50, np.nan)])
def test_too_few_or_broken_samples(samples):
    with pytest.raises(InputError, match="samples"):
        steady_mean(samples)
