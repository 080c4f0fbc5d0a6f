"""Fit of the transmission line model to a measured spectrum."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass, fields

import lmfit
import numpy as np
from scipy.stats import f as f_distribution

from castline.base.errors import ConvergenceError, InputError
from castline.impedance.kramers_kronig import (
    KRAMERS_KRONIG_TOLERANCE,
    KramersKronigTest,
    linear_kramers_kronig,
)
from castline.impedance.model import TlmParameters, tlm_impedance
from castline.impedance.problem import (
    INTERFACE_COORDINATES,
    TlmProblem,
    leads_impedance,
    tlm_values,
    to_parameters,
)
from castline.impedance.profile import profile_interval
from castline.impedance.start import find_starts

CORRELATION_LIMIT = 0.98
# Standard errors above which a coordinate counts as not identified, by the end of its name: a
# conductivity within three of them of zero, a frequency known to a factor of two, and so on.
ERROR_LIMITS = {"_ohm_m": np.log10(np.e) / 3.0, "_hz": 0.3, "_fraction": 0.3, "_n": 0.3}
# Part of the range between its bounds below which a coordinate sits on one of them; a share, since
# an inductance in H and an exponent differ by many orders of magnitude.
BOUND_LIMIT = 1e-6
# A fit fails that misses the data by more than so many times the Kramers-Kronig residual, which
# itself counts as no less than the noise of an instrument, and says so above half of that. The
# worst of 200 random good spectra (benchmarks/tlm_recovery.py) had 1.21.
MISFIT_LIMIT = 3.0
MISFIT_NOTICE = 1.5
INSTRUMENT_NOISE = 0.005
# Noise of the real part, in standard deviations, that may turn its sign.
NEGATIVE_LIMIT = 5.0
# Two pictures of an electrode compete for a conductivity that differs by more than 12 % (log10)
# where chi square rises by less than so many times what an interval allows.
OTHER_PICTURE, COMPETING = 0.05, 2.0
PROFILED = {
    "sigma_e_s_per_m": "log10_electronic_ohm_m",
    "sigma_ion_s_per_m": "log10_ionic_ohm_m",
}


class SpectrumWarning(UserWarning):
    """A spectrum was fitted, but something about it deserves a look."""


class IdentifiabilityWarning(SpectrumWarning):
    """The spectrum does not fix a parameter, or cannot tell two of them apart."""


class KramersKronigError(InputError):
    """The spectrum violates the Kramers-Kronig relations beyond the tolerance."""


class MisfitError(InputError):
    """The transmission line cannot follow the spectrum: its parameters would mean nothing."""


@dataclass(frozen=True)
class TlmFit:
    """A fitted transmission line.

    Attributes
    ----------
    parameters : TlmParameters
    standard_errors : dict of str to float
        One standard error of each field of ``parameters``, of ``sigma_e_s_per_m``,
        ``sigma_ion_s_per_m``, ``series_resistance_ohm`` and ``series_inductance_h``.
    sigma_e_interval_s_per_m, sigma_ion_interval_s_per_m : tuple of float
        Profile confidence interval, (low, high); NaN where not asked for, and zero or infinity
        where the data set no limit.
    confidence : float
        Level of the intervals.
    series_resistance_ohm, series_inductance_h : float
        Of the leads, as given or fitted.
    thickness_m, area_m2 : float
    fit_names : tuple of str
        Coordinates of the fit that varied, in the order of ``covariance`` and ``correlation``.
    covariance, correlation : numpy.ndarray, shape (len(fit_names), len(fit_names))
    rms_relative_residual : float
        Root mean square of (data - model) / abs(data) over real and imaginary parts.
    kramers_kronig : KramersKronigTest
    warnings : tuple of str
    """

    parameters: TlmParameters
    standard_errors: dict[str, float]
    sigma_e_interval_s_per_m: tuple[float, float]
    sigma_ion_interval_s_per_m: tuple[float, float]
    confidence: float
    series_resistance_ohm: float
    series_inductance_h: float
    thickness_m: float
    area_m2: float
    fit_names: tuple[str, ...]
    covariance: np.ndarray
    correlation: np.ndarray
    rms_relative_residual: float
    kramers_kronig: KramersKronigTest
    warnings: tuple[str, ...]

    @property
    def sigma_e_s_per_m(self) -> float:
        return self.parameters.sigma_e_s_per_m

    @property
    def sigma_ion_s_per_m(self) -> float:
        return self.parameters.sigma_ion_s_per_m

    def impedance(self, frequency_hz) -> np.ndarray:
        """Fitted impedance in ohm at any frequencies, leads included."""
        return tlm_impedance(
            frequency_hz, self.parameters, self.thickness_m, self.area_m2
        ) + leads_impedance(frequency_hz, self.series_resistance_ohm, self.series_inductance_h)


def fit_tlm(
    frequency_hz,
    impedance_ohm,
    thickness_m,
    area_m2,
    *,
    weighting="modulus",
    electronic_interface="auto",
    series_resistance_ohm=0.0,
    series_inductance_h=0.0,
    kramers_kronig="raise",
    kramers_kronig_tolerance=KRAMERS_KRONIG_TOLERANCE,
    profile=("sigma_e_s_per_m",),
    confidence=0.95,
) -> TlmFit:
    """Fit a transmission line to one spectrum; starting values come from the spectrum.

    Parameters
    ----------
    frequency_hz : array_like, shape (n,)
        Strictly monotonic, n >= 10.
    impedance_ohm : array_like of complex, shape (n,)
    thickness_m, area_m2 : float
    weighting : {"modulus", "component", "unit"} or array_like, shape (n,)
        Standard deviation of a point up to a common factor: its modulus; its real and imaginary
        part separately (floored at 1 % of the modulus); constant; or the values given, in ohm.
    electronic_interface : {"auto", True, False}
        Whether the electronic rail has a resistive interface; "auto" keeps it if it lowers the
        corrected Akaike criterion.
    series_resistance_ohm, series_inductance_h : float or "fit"
        Of the leads. A fitted series resistance adds to the electronic one, so sigma_e is then
        only known through the shape of the spectrum: measure a shorted cell rather than fit it.
    kramers_kronig : {"raise", "warn"}
        What to do with a spectrum whose residual exceeds ``kramers_kronig_tolerance``.
    profile : sequence of {"sigma_e_s_per_m", "sigma_ion_s_per_m"}
        Conductivities for which to compute a profile confidence interval.
    confidence : float
        Level of the intervals.

    Raises
    ------
    InputError
        Unusable data or options; a real part that the leads or a turned sign make negative;
        ``KramersKronigError`` for a spectrum that fails the test; ``MisfitError`` for one that
        passes it and that the fit misses by far more.
    ConvergenceError
        The least-squares solver stopped without convergence.
    """
    frequency_hz, impedance_ohm = check_spectrum(frequency_hz, impedance_ohm)
    if not (thickness_m > 0 and area_m2 > 0):
        raise InputError(f"thickness_m = {thickness_m} and area_m2 = {area_m2} must be > 0")
    notes = []
    test = linear_kramers_kronig(frequency_hz, impedance_ohm)
    if test.rms_residual > kramers_kronig_tolerance:
        message = (
            f"the spectrum misses the Kramers-Kronig relations by {test.rms_residual:.1%} rms "
            f"(tolerance {kramers_kronig_tolerance:.1%}): drift, nonlinearity, noise, or a wrong "
            "sign of the imaginary part"
        )
        if kramers_kronig == "raise":
            raise KramersKronigError(message)
        notes.append((message, SpectrumWarning))
    _check_real_part(frequency_hz, impedance_ohm, series_resistance_ohm, test.rms_residual)

    problem = TlmProblem(
        frequency_hz,
        impedance_ohm,
        _standard_deviations(weighting, impedance_ohm),
        thickness_m,
        area_m2,
    )
    choices = (False, True) if electronic_interface == "auto" else (electronic_interface,)
    solutions = [
        _solve(problem, interface, series_resistance_ohm, series_inductance_h)
        for interface in choices
    ]
    best = min((solved.result for solved in solutions), key=_corrected_akaike)
    coordinates = best.params.valuesdict()
    misfit = problem.residual(coordinates)
    relative = misfit * problem.deviations_ohm.ravel() / np.tile(np.abs(impedance_ohm), 2)
    rms = float(np.sqrt(np.mean(relative**2)))
    notes += _check_misfit(problem, misfit, rms, test)
    parameters = to_parameters(coordinates, thickness_m)
    names = tuple(best.var_names)
    covariance = _covariance(problem, best)
    deviations = np.sqrt(np.diag(covariance))
    correlation = covariance / np.outer(deviations, deviations)
    notes += _identifiability(best, deviations, correlation)
    notes += _plausibility(parameters)
    for message, category in notes:
        warnings.warn(message, category, stacklevel=2)
    intervals = {
        target: _conductivity_interval(problem, solutions[-1], best, coordinate, confidence)
        if target in profile
        else (np.nan, np.nan)
        for target, coordinate in PROFILED.items()
    }
    return TlmFit(
        parameters=parameters,
        standard_errors=_propagate(coordinates, names, covariance, thickness_m),
        sigma_e_interval_s_per_m=intervals["sigma_e_s_per_m"],
        sigma_ion_interval_s_per_m=intervals["sigma_ion_s_per_m"],
        confidence=confidence,
        series_resistance_ohm=coordinates["series_resistance_ohm"],
        series_inductance_h=coordinates["series_inductance_h"],
        thickness_m=thickness_m,
        area_m2=area_m2,
        fit_names=names,
        covariance=covariance,
        correlation=correlation,
        rms_relative_residual=rms,
        kramers_kronig=test,
        warnings=tuple(message for message, _ in notes),
    )


def _check_real_part(frequency_hz, impedance_ohm, series_resistance_ohm, noise):
    """Refuse a real part below zero by more than the noise, once the leads are taken off.

    An inductance raises the modulus, and with it the noise, far above a small real part; there a
    value below zero says nothing.
    """
    leads_ohm = 0.0 if series_resistance_ohm == "fit" else series_resistance_ohm
    depth = (leads_ohm - impedance_ohm.real) / np.abs(impedance_ohm)
    worst = int(np.argmax(depth))
    if depth[worst] > NEGATIVE_LIMIT * noise:
        taken_off = f" less {leads_ohm:.4g} ohm of the leads" if leads_ohm else ""
        raise InputError(
            f"the real part at {frequency_hz[worst]:.6g} Hz, {impedance_ohm[worst].real:.4g} ohm"
            f"{taken_off}, is not positive: check the sign of its column"
            + (" and series_resistance_ohm" if leads_ohm else "")
        )


def _check_misfit(problem, misfit, rms, test):
    """Warnings about a fit that misses the data beyond what a Kramers-Kronig chain leaves of them.

    The chain follows any linear, stable cell, so its residual is the noise; what a fit leaves
    beyond it is a wrong model, wrong leads or a wrong minimum. Compared in the weights of the fit.
    Far beyond it the fit is refused.
    """
    moduli = np.tile(np.abs(problem.impedance_ohm), 2) / problem.deviations_ohm.ravel()
    noise = np.concatenate([test.real_residual, test.imag_residual])
    noise = np.sqrt(np.mean((noise * moduli) ** 2))
    lowest = INSTRUMENT_NOISE * np.sqrt(np.mean(moduli**2))
    ratio = np.sqrt(np.mean(misfit**2)) / max(noise, lowest)
    message = (
        f"the transmission line misses the spectrum by {rms:.2%} rms, whereas it keeps the "
        f"Kramers-Kronig relations to {test.rms_residual:.2%}: {ratio:.1f} times its noise, "
        f"allowed {MISFIT_LIMIT:g}: check series_inductance_h, series_resistance_ohm and the "
        "frequency window"
    )
    if ratio > MISFIT_LIMIT:
        raise MisfitError(message)
    return [(message, SpectrumWarning)] if ratio > MISFIT_NOTICE else []


def check_spectrum(frequency_hz, impedance_ohm, location: Callable[[int], str] | None = None):
    """Return the spectrum as arrays, or raise naming the first point that cannot be used.

    Parameters
    ----------
    frequency_hz, impedance_ohm : array_like, shape (n,)
    location : callable, optional
        Text for the place of point i, such as ``file.csv:12``; "point i" by default.

    Raises
    ------
    InputError
        Shapes differ, fewer than 10 points, or a point is not finite, has a frequency that is not
        positive, repeats a frequency or breaks the order.
    """
    where = location or (lambda index: f"point {index}")
    frequency_hz = np.asarray(frequency_hz, dtype=float)
    impedance_ohm = np.asarray(impedance_ohm, dtype=complex)
    if frequency_hz.ndim != 1 or frequency_hz.shape != impedance_ohm.shape:
        raise InputError(
            f"frequencies {frequency_hz.shape} and impedances {impedance_ohm.shape} must be two "
            "arrays of the same length"
        )
    bad = ~(np.isfinite(frequency_hz) & (frequency_hz > 0) & np.isfinite(impedance_ohm))
    bad |= impedance_ohm == 0
    if bad.any():
        index = int(np.argmax(bad))
        raise InputError(
            f"{where(index)}: frequency {frequency_hz[index]} Hz, impedance "
            f"{impedance_ohm[index]} ohm: both must be finite, the frequency > 0, the impedance "
            "not zero"
        )
    if frequency_hz.size < 10:
        raise InputError(f"{where(0)}: a spectrum needs at least 10 points: {frequency_hz.size}")
    values, counts = np.unique(frequency_hz, return_counts=True)
    if counts.max() > 1:
        value = values[np.argmax(counts > 1)]
        index = int(np.flatnonzero(frequency_hz == value)[1])
        raise InputError(
            f"{where(index)}: frequency {value} Hz appears twice: give one sweep per file"
        )
    steps = np.sign(np.diff(frequency_hz))
    if (steps != steps[0]).any():
        index = int(np.argmax(steps != steps[0])) + 1
        raise InputError(
            f"{where(index)}: frequency {frequency_hz[index]} Hz breaks the order: sort the sweep"
        )
    return frequency_hz, impedance_ohm


def _standard_deviations(weighting, impedance_ohm):
    """Real and imaginary standard deviations, shape (2, n), up to a common factor."""
    modulus = np.abs(impedance_ohm)
    if isinstance(weighting, str):
        if weighting == "modulus":
            return np.array([modulus, modulus])
        if weighting == "component":
            floor = 0.01 * modulus
            return np.maximum(np.abs([impedance_ohm.real, impedance_ohm.imag]), floor)
        if weighting == "unit":
            return np.full((2, modulus.size), np.median(modulus))
        raise InputError(
            f"weighting = {weighting!r}: choose modulus, component, unit, or an array in ohm"
        )
    deviations = np.asarray(weighting, dtype=float)
    if deviations.shape != modulus.shape or not (deviations > 0).all():
        raise InputError(f"weighting: needs {modulus.size} values > 0 in ohm")
    return np.array([deviations, deviations])


@dataclass(frozen=True)
class _Solved:
    """A fit, and every distinct minimum that its search found, shape (m, varied coordinates)."""

    result: lmfit.minimizer.MinimizerResult
    pictures: np.ndarray


def _solve(problem, interface, series_resistance_ohm, series_inductance_h):
    """Best fit with or without electronic interface."""
    fixed = {
        name: float(value)
        for name, value in (
            ("series_resistance_ohm", series_resistance_ohm),
            ("series_inductance_h", series_inductance_h),
        )
        if value != "fit"
    }
    if not interface:
        # Without interface its frequency and exponent have no effect; any finite value will do.
        fixed |= dict(zip(INTERFACE_COORDINATES, (0.0, 0.0, 1.0), strict=True))
    free = [name for name in problem.bounds() if name not in fixed]
    pictures = find_starts(problem, free, fixed)
    start = fixed | dict(zip(free, pictures[0].tolist(), strict=True))
    result = _minimise(problem, start, free)
    if not result.success:
        raise ConvergenceError(f"the transmission line fit did not converge: {result.message}")
    return _Solved(result, pictures)


def _minimise(problem, start, free):
    """Local least squares from a start that names every coordinate, as an lmfit result."""
    params = lmfit.Parameters()
    for name, (low, high) in problem.bounds().items():
        if name in free:
            params.add(name, value=start[name], min=low, max=high)
        else:
            params.add(name, value=start[name], vary=False)
    minimizer = lmfit.Minimizer(
        lambda params: problem.residual(params.valuesdict()), params, max_nfev=2000
    )
    # lmfit takes roots of its own covariance, which flat directions make negative; castline
    # computes the covariance itself.
    with np.errstate(invalid="ignore"):
        return minimizer.least_squares(
            jac=lambda params: problem.jacobian(params.valuesdict(), free),
            x_scale="jac",
            ftol=1e-9,
            xtol=1e-9,
            gtol=1e-9,
        )


def _corrected_akaike(solution):
    k, n = solution.nvarys, solution.ndata
    return solution.aic + 2.0 * k * (k + 1) / (n - k - 1)


def _covariance(problem, solution):
    """Covariance of the varied coordinates, scaled by the reduced chi square.

    Columns are scaled before the inversion and singular values floored, so that a direction the
    data do not see gets a huge variance instead of a failed inversion.
    """
    jacobian = problem.jacobian(solution.params.valuesdict(), solution.var_names)
    scale = np.maximum(np.linalg.norm(jacobian, axis=0), 1e-12)
    _, singular, rotation = np.linalg.svd(jacobian / scale, full_matrices=False)
    singular = np.maximum(singular, 1e-9 * singular[0])
    inverse = (rotation.T / singular**2) @ rotation
    return solution.redchi * inverse / np.outer(scale, scale)


def _identifiability(solution, deviations, correlation):
    names = solution.var_names
    notes = []
    for name, deviation in zip(names, deviations, strict=True):
        parameter = solution.params[name]
        limits = (limit for end, limit in ERROR_LIMITS.items() if name.endswith(end))
        if deviation > next(limits, np.inf):
            notes.append(f"{name} is not identified: {parameter.value:.3g} +/- {deviation:.2g}")
        elif _on_a_bound(parameter):
            notes.append(f"{name} = {parameter.value:.3g} sits on its bound")
    rows, columns = np.nonzero(np.triu(np.abs(correlation), k=1) > CORRELATION_LIMIT)
    for row, column in zip(rows, columns, strict=True):
        notes.append(
            f"{names[row]} and {names[column]} cannot be told apart: correlation "
            f"{correlation[row, column]:+.3f}"
        )
    return [(note, IdentifiabilityWarning) for note in notes]


def _on_a_bound(parameter) -> bool:
    distance = min(parameter.value - parameter.min, parameter.max - parameter.value)
    return distance < BOUND_LIMIT * (parameter.max - parameter.min)


def _plausibility(parameters):
    sigma_e = parameters.sigma_e_s_per_m
    if 1e-6 < sigma_e < 1e4:
        return []
    message = (
        f"sigma_e = {sigma_e:.3g} S/m is outside 1e-6 to 1e4 S/m, where composite electrodes "
        "lie: check ohm against mohm, thickness in m, area in m2"
    )
    return [(message, SpectrumWarning)]


def _propagate(values, names, covariance, thickness_m):
    """Standard errors of the physical parameters, to first order."""

    def physical(coordinates):
        tlm = tlm_values(coordinates, thickness_m)
        leads = (coordinates["series_resistance_ohm"], coordinates["series_inductance_h"])
        return np.array([*tlm, 1.0 / (tlm[0] + tlm[1]), 1.0 / tlm[4], *leads])

    columns = []
    for name in names:
        step = 1e-6 * max(abs(values[name]), 1e-3)
        up, down = ({**values, name: values[name] + sign * step} for sign in (1, -1))
        columns.append((physical(up) - physical(down)) / (2.0 * step))
    gradient = np.column_stack(columns)
    deviations = np.sqrt(np.einsum("ij,jk,ik->i", gradient, covariance, gradient))
    labels = [field.name for field in fields(TlmParameters)]
    labels += ["sigma_e_s_per_m", "sigma_ion_s_per_m"]
    labels += ["series_resistance_ohm", "series_inductance_h"]
    return dict(zip(labels, (float(value) for value in deviations), strict=True))


def _conductivity_interval(problem, solved, chosen, coordinate, confidence):
    """Conductivity limits where the refitted chi square rises by its F quantile.

    Profiled is the larger model even where the smaller one is chosen, for leaving an interface out
    is a choice that the data do not prove; the limits then also enclose the chosen value. Where
    another picture of the electrode with another conductivity fits nearly as well, which one is
    best depends on the noise, too: that counts as one more degree of freedom.

    Returns
    -------
    (low, high) in S/m, of a coordinate that is the log10 of a resistivity
    """
    result = solved.result
    values = result.params.valuesdict()
    names = tuple(result.var_names)
    deviations = np.sqrt(np.diag(_covariance(problem, result)))
    index = names.index(coordinate)
    rise = f_distribution.ppf(confidence, 1, result.nfree) / result.nfree
    columns = {name: solved.pictures[:, [k]] for k, name in enumerate(names)}
    costs = (problem.residual(values | columns) ** 2).sum(axis=1)
    elsewhere = np.abs(solved.pictures[:, index] - values[coordinate]) > OTHER_PICTURE
    if (elsewhere & (costs < (1.0 + COMPETING * rise) * result.chisqr)).any():
        rise = 2.0 * f_distribution.ppf(confidence, 2, result.nfree) / result.nfree
    ends = profile_interval(
        problem,
        np.array([values[name] for name in names]),
        result.chisqr,
        solved.pictures,
        names,
        {name: value for name, value in values.items() if name not in names},
        coordinate,
        deviations[index],
        (1.0 + rise) * result.chisqr,
    )
    value = chosen.params[coordinate].value
    low, high = min(ends[0], value), max(ends[1], value)
    return float(10.0**-high), float(10.0**-low)
