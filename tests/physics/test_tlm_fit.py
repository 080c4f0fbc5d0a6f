"""The fit: exact data, weighting, leads, warnings, bad input."""

import warnings

import numpy as np
import pytest

from castline.base.errors import InputError
from castline.impedance.fit import (
    IdentifiabilityWarning,
    KramersKronigError,
    MisfitError,
    SpectrumWarning,
    check_spectrum,
    fit_tlm,
)
from castline.impedance.model import TlmParameters, tlm_impedance

FREQUENCY_HZ = np.geomspace(1e6, 1e-2, 65)
THICKNESS_M, AREA_M2 = 1e-4, 7.85e-5
AREA_M2_10_MM = np.pi / 4e4
CELL = TlmParameters(60.0, 30.0, 2e-7, 0.9, 80.0, 5e4, 0.9)


def spectrum(parameters=CELL, level=0.0, seed=0):
    noise = np.random.default_rng(seed).normal(0.0, level, (2, FREQUENCY_HZ.size))
    impedance = tlm_impedance(FREQUENCY_HZ, parameters, THICKNESS_M, AREA_M2)
    return impedance * (1.0 + noise[0] + 1j * noise[1])


def fit(impedance, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SpectrumWarning)
        return fit_tlm(FREQUENCY_HZ, impedance, THICKNESS_M, AREA_M2, **({"profile": ()} | options))


def test_exact_spectrum_returns_every_parameter():
    found = fit(spectrum()).parameters
    for name, value in vars(CELL).items():
        assert getattr(found, name) == pytest.approx(value, rel=1e-3), name


@pytest.mark.parametrize("weighting", ["modulus", "component", "unit", "array"])
def test_every_weighting_recovers_sigma_e(weighting):
    impedance = spectrum(level=0.01)
    result = fit(
        impedance, weighting=0.01 * np.abs(impedance) if weighting == "array" else weighting
    )
    assert result.sigma_e_s_per_m == pytest.approx(CELL.sigma_e_s_per_m, rel=0.02)
    if weighting != "component":  # the noise is relative to the modulus, not to each component
        assert result.rms_relative_residual == pytest.approx(0.01, rel=0.3)


def test_scatter_of_repeated_fits_matches_the_standard_errors():
    fits = [fit(spectrum(level=0.01, seed=seed), electronic_interface=True) for seed in range(25)]
    for name, value in (
        ("sigma_e_s_per_m", CELL.sigma_e_s_per_m),
        ("sigma_ion_s_per_m", CELL.sigma_ion_s_per_m),
    ):
        pulls = [(getattr(f, name) - value) / f.standard_errors[name] for f in fits]
        assert 0.7 < np.sqrt(np.mean(np.square(pulls))) < 1.4, name


def test_profile_interval_is_near_two_standard_errors_where_the_data_are_clear():
    result = fit(spectrum(level=0.01), profile=("sigma_e_s_per_m", "sigma_ion_s_per_m"))
    for name, interval in (
        ("sigma_e_s_per_m", result.sigma_e_interval_s_per_m),
        ("sigma_ion_s_per_m", result.sigma_ion_interval_s_per_m),
    ):
        width = (interval[1] - interval[0]) / result.standard_errors[name]
        assert interval[0] < getattr(result, name) < interval[1]
        assert width == pytest.approx(2 * 1.98, rel=0.3), name


def test_auto_leaves_out_an_interface_that_is_not_there():
    bare = TlmParameters(90.0, 0.0, 0.0, 1.0, 80.0, 5e4, 0.9)
    assert fit(spectrum(bare, 0.01)).parameters.electronic_interface_ohm_m == 0.0
    assert fit(spectrum(level=0.01)).parameters.electronic_interface_ohm_m > 0.0


def test_known_leads_are_taken_off():
    omega = 2 * np.pi * FREQUENCY_HZ
    impedance = spectrum(level=0.01) + 2.0 + 1j * omega * 2e-7
    result = fit(impedance, series_resistance_ohm=2.0, series_inductance_h=2e-7)
    assert result.sigma_e_s_per_m == pytest.approx(CELL.sigma_e_s_per_m, rel=0.02)
    np.testing.assert_allclose(result.impedance(FREQUENCY_HZ), impedance, rtol=0.05)


def test_inductance_can_be_fitted():
    impedance = spectrum(level=0.005) + 2j * np.pi * FREQUENCY_HZ * 3e-6
    result = fit(impedance, series_inductance_h="fit")
    assert result.series_inductance_h == pytest.approx(3e-6, rel=0.05)
    assert result.sigma_e_s_per_m == pytest.approx(CELL.sigma_e_s_per_m, rel=0.02)


HIDDEN_FREQUENCY_HZ = np.geomspace(1e6, 1e-2, 57)
HIDDEN_CELL = TlmParameters(6.302, 2.805, 1.509e-5, 0.8631, 87.24, 46850.0, 0.9606)


def spectrum_with_inductance(inductance_h, seed):
    """Noisy and true spectrum of a cell whose fit once ended at five times its sigma_ion."""
    rng = np.random.default_rng(seed)
    truth = tlm_impedance(HIDDEN_FREQUENCY_HZ, HIDDEN_CELL, 96e-6, AREA_M2_10_MM)
    truth = truth + 2j * np.pi * HIDDEN_FREQUENCY_HZ * inductance_h
    return truth * (1 + 0.005 * (rng.normal(size=57) + 1j * rng.normal(size=57))), truth


def fit_inductance(impedance, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SpectrumWarning)
        return fit_tlm(
            HIDDEN_FREQUENCY_HZ,
            impedance,
            96e-6,
            AREA_M2_10_MM,
            series_inductance_h="fit",
            **options,
        )


def test_interval_with_a_fitted_inductance_holds_the_ionic_conductivity():
    impedance, _ = spectrum_with_inductance(1.5e-6, seed=0)
    result = fit_inductance(impedance, profile=("sigma_ion_s_per_m",))
    low, high = result.sigma_ion_interval_s_per_m
    assert low < HIDDEN_CELL.sigma_ion_s_per_m < high < 1.2 * low
    assert result.sigma_e_s_per_m == pytest.approx(HIDDEN_CELL.sigma_e_s_per_m, rel=0.005)
    assert result.series_inductance_h == pytest.approx(1.5e-6, rel=0.02)


def test_no_inductance_hides_the_minimum():
    """Only a local minimum has a residual above that of the true parameters."""
    for seed, inductance_h in enumerate(np.geomspace(1e-7, 5e-6, 20)):
        impedance, truth = spectrum_with_inductance(inductance_h, seed)
        result = fit_inductance(impedance, profile=(), electronic_interface=True)
        noise = (impedance - truth) / np.abs(impedance)
        of_truth = np.sqrt(np.mean([noise.real**2, noise.imag**2]))
        assert result.rms_relative_residual <= of_truth, inductance_h


def test_inductance_that_is_given_as_zero_fails_with_both_residuals():
    impedance = spectrum(level=0.005) + 2j * np.pi * FREQUENCY_HZ * 1e-6
    with pytest.raises(MisfitError, match=r"by \d+\.\d+% rms, .* to 0\.\d+%: .* allowed 3"):
        fit(impedance)


def test_real_part_below_zero_is_refused():
    with pytest.raises(InputError, match=r"real part at .* Hz, -\d.* is not positive"):
        fit(-spectrum(level=0.01))
    with pytest.raises(InputError, match=r"less 500 ohm of the leads.*series_resistance_ohm"):
        fit(spectrum(level=0.01), series_resistance_ohm=500.0)


def test_noise_of_a_large_inductance_may_turn_the_sign_of_a_small_real_part():
    cell = TlmParameters(0.06, 0.03, 2e-4, 0.9, 0.8, 5e5, 0.9)
    impedance = spectrum(cell) + 2j * np.pi * FREQUENCY_HZ * 5e-6
    rng = np.random.default_rng(1)
    impedance *= 1 + 0.01 * (rng.normal(size=65) + 1j * rng.normal(size=65))
    assert impedance.real.min() < 0
    result = fit(impedance, series_inductance_h="fit")
    assert result.sigma_e_s_per_m == pytest.approx(cell.sigma_e_s_per_m, rel=0.02)


@pytest.mark.parametrize("inductance_h", [0.0, 2e-7])
def test_only_an_inductance_of_zero_sits_on_its_bound(inductance_h):
    """Data that ask for a negative inductance drive it to zero; 0.2 uH lies far from there."""
    omega = 2 * np.pi * FREQUENCY_HZ
    lift = 1j * omega * (inductance_h or -2e-8)
    result = fit(spectrum(level=0.001) + lift, series_inductance_h="fit")
    noted = any("series_inductance_h" in text and "bound" in text for text in result.warnings)
    assert noted == (inductance_h == 0.0)


def test_fitted_series_resistance_is_told_apart_less_well():
    impedance = spectrum(level=0.01) + 5.0
    fitted = fit(impedance, series_resistance_ohm="fit")
    known = fit(impedance, series_resistance_ohm=5.0)
    name = "sigma_e_s_per_m"
    assert fitted.standard_errors[name] > 3 * known.standard_errors[name]


def test_hidden_ionic_rail_is_reported():
    """A rail 3000 times more resistive than the other changes the spectrum by less than noise."""
    hidden = TlmParameters(1.0, 0.0, 0.0, 1.0, 3000.0, 5e4, 0.9)
    with pytest.warns(IdentifiabilityWarning):
        result = fit_tlm(FREQUENCY_HZ, spectrum(hidden, 0.01), THICKNESS_M, AREA_M2, profile=())
    assert any("log10_ionic_ohm_m is not identified" in text for text in result.warnings)
    assert result.sigma_e_s_per_m == pytest.approx(1.0, rel=0.02)


def test_two_parameters_that_cannot_be_told_apart_are_named():
    """Without the high frequencies only the sum of the leads and the electrode shows."""
    low = FREQUENCY_HZ < 1.0
    impedance = (spectrum(level=0.01) + 5.0)[low]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SpectrumWarning)
        result = fit_tlm(
            FREQUENCY_HZ[low],
            impedance,
            THICKNESS_M,
            AREA_M2,
            electronic_interface=False,
            series_resistance_ohm="fit",
            profile=(),
        )
    assert any("cannot be told apart" in text for text in result.warnings)


def test_kramers_kronig_violation_raises_or_warns():
    impedance = spectrum(level=0.01).conj()
    with pytest.raises(KramersKronigError, match="Kramers-Kronig"):
        fit(impedance)
    assert "Kramers-Kronig" in fit(impedance, kramers_kronig="warn").warnings[0]


def test_milliohm_read_as_ohm_warns():
    good = TlmParameters(0.05, 0.0, 0.0, 1.0, 1.0, 5e4, 0.9)
    impedance = tlm_impedance(FREQUENCY_HZ, good, 2e-5, 2e-4) * 1e3
    with pytest.warns(SpectrumWarning, match=r"ohm against mohm"):
        fit_tlm(FREQUENCY_HZ, impedance * 1e6, THICKNESS_M, AREA_M2, profile=())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f, z: (f[np.r_[0, 2, 1, 3:65]], z), "point 2.*breaks the order"),
        (lambda f, z: (np.r_[f[:3], f[2], f[4:]], z), "point 3.*appears twice"),
        (lambda f, z: (np.r_[-f[:1], f[1:]], z), "point 0.*frequency > 0"),
        (lambda f, z: (f, np.r_[z[:5], np.nan, z[6:]]), "point 5.*finite"),
        (lambda f, z: (f[:8], z[:8]), "at least 10 points"),
        (lambda f, z: (f[:8], z), "same length"),
    ],
)
def test_bad_spectra_are_named(change, message):
    with pytest.raises(InputError, match=message):
        check_spectrum(*change(FREQUENCY_HZ, spectrum()))


@pytest.mark.parametrize(
    "options", [{"weighting": "log"}, {"weighting": [1.0]}, {"weighting": -np.ones(65)}]
)
def test_bad_weighting_is_named(options):
    with pytest.raises(InputError, match="weighting"):
        fit(spectrum(), **options)
