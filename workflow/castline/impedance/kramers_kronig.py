"""Linear Kramers-Kronig test of an impedance spectrum.

A chain of parallel RC elements with fixed, logarithmically spaced time constants obeys the
Kramers-Kronig relations whatever its resistances are; a spectrum that such a chain cannot follow
violates them. Boukamp, J. Electrochem. Soc. 142 (1995) 1885, doi 10.1149/1.2044210; the number of
elements by the mu-criterion of Schoenleber, Klotz and Ivers-Tiffee, Electrochim. Acta 131 (2014)
20, doi 10.1016/j.electacta.2014.01.034.
"""

from dataclasses import dataclass

import numpy as np

from castline.base.errors import InputError

# Relative rms residual that noise of 1 to 2 % leaves; more means that something else is wrong.
KRAMERS_KRONIG_TOLERANCE = 0.02
MU_LIMIT = 0.85
# With fewer elements the criterion sometimes stops on the ripple of too coarse a chain: of valid
# spectra with 1 % noise some then kept residuals of several percent.
MIN_ELEMENTS_PER_DECADE = 3
# Half a decade of time constants beyond each end, for relaxations that the sweep cuts off.
EXTENSION = 3.0
# An outlier lies further off than so many standard deviations of the other points; more than this
# share of a spectrum are no outliers.
OUTLIER_LIMIT = 6.0
OUTLIER_SHARE = 0.1
ROBUST_ITERATIONS = 20
# Median of the modulus of complex noise with a standard deviation of one in either part.
RAYLEIGH_MEDIAN = np.sqrt(np.log(4.0))


@dataclass(frozen=True)
class KramersKronigTest:
    """Outcome of the test.

    Attributes
    ----------
    n_elements : int
        Number of RC elements at which the mu-criterion stopped.
    mu : float
        Value of the criterion there; 1 means no negative resistance.
    real_residual, imag_residual : numpy.ndarray, shape (n,)
        (data - chain) / abs(data), component by component.
    rms_residual : float
        Root mean square of both.
    """

    n_elements: int
    mu: float
    real_residual: np.ndarray
    imag_residual: np.ndarray
    rms_residual: float


def linear_kramers_kronig(frequency_hz, impedance_ohm, mu_limit=MU_LIMIT) -> KramersKronigTest:
    """Fit the RC chain, with a series resistance and an inductance, and return its residuals.

    Parameters
    ----------
    frequency_hz : array_like, shape (n,)
    impedance_ohm : array_like of complex, shape (n,)
    mu_limit : float
        The chain grows, from three elements per decade, until mu, one minus the ratio of negative
        to positive resistances, falls below this: more elements would describe the noise.

    Raises
    ------
    InputError
        Fewer than six frequencies.
    """
    frequency_hz = np.asarray(frequency_hz, dtype=float)
    impedance_ohm = np.asarray(impedance_ohm, dtype=complex)
    n = frequency_hz.size
    if n < 6:
        raise InputError(f"a Kramers-Kronig test needs at least 6 frequencies, got {n}")
    decades = np.log10(frequency_hz.max() / frequency_hz.min())
    first = min(int(np.ceil(MIN_ELEMENTS_PER_DECADE * decades)), n - 2)
    for n_elements in range(first, n - 1):
        rows, target = _weighted_chain(frequency_hz, impedance_ohm, n_elements)
        solution = np.linalg.lstsq(rows, target, rcond=None)[0]
        resistances = solution[2:]
        positive = resistances[resistances >= 0].sum()
        negative = -resistances[resistances < 0].sum()
        mu = 1.0 - negative / positive if positive > 0 else 0.0
        if mu <= mu_limit:
            break
    residual = target - rows @ solution
    return KramersKronigTest(
        n_elements=n_elements,
        mu=float(mu),
        real_residual=residual[:n],
        imag_residual=residual[n:],
        rms_residual=float(np.sqrt(np.mean(residual**2))),
    )


def find_outliers(frequency_hz, impedance_ohm, tolerance=KRAMERS_KRONIG_TOLERANCE) -> np.ndarray:
    """Relative deviation of the few points that lie off a spectrum which is good without them.

    The chain of the test is fitted with the weights of a least-absolute-deviations fit, so that
    the many good points hold it where pick-up from the mains moved one or two away.

    Parameters
    ----------
    frequency_hz : array_like, shape (n,)
    impedance_ohm : array_like of complex, shape (n,)
    tolerance : float
        Smallest relative deviation of an outlier.

    Returns
    -------
    numpy.ndarray, shape (n,)
        abs(data - chain) / abs(data) of outliers, with the chain of all other points; zero for
        good points. All zero, too, where more than `OUTLIER_SHARE` of the points were outliers:
        then the spectrum as a whole is at fault.
    """
    frequency_hz = np.asarray(frequency_hz, dtype=float)
    impedance_ohm = np.asarray(impedance_ohm, dtype=complex)
    n = frequency_hz.size
    n_elements = linear_kramers_kronig(frequency_hz, impedance_ohm).n_elements
    rows, target = _weighted_chain(frequency_hz, impedance_ohm, n_elements)
    weight = np.ones(n)
    for _ in range(ROBUST_ITERATIONS):
        deviation = _deviation(rows, target, weight)
        weight = 1.0 / np.sqrt(np.maximum(deviation, 0.1 * np.median(deviation) + 1e-12))
    limit = max(tolerance, OUTLIER_LIMIT * np.median(deviation) / RAYLEIGH_MEDIAN)
    suspects = deviation > limit
    if suspects.sum() > OUTLIER_SHARE * n:
        return np.zeros(n)
    deviation = _deviation(rows, target, (~suspects).astype(float))
    return np.where(suspects & (deviation > limit), deviation, 0.0)


def _weighted_chain(frequency_hz, impedance_ohm, n_elements):
    """Equations of the chain over abs(data), real then imaginary: (2 n, 2 + n_elements), (2 n,)."""
    omega = 2.0 * np.pi * frequency_hz
    weight = 1.0 / np.abs(impedance_ohm)
    tau_s = np.geomspace(1.0 / (EXTENSION * omega.max()), EXTENSION / omega.min(), n_elements)
    basis = np.column_stack(
        [
            np.ones(omega.size),
            1j * omega / omega.max(),
            1.0 / (1.0 + 1j * omega[:, None] * tau_s),
        ]
    )
    rows = np.concatenate([basis.real * weight[:, None], basis.imag * weight[:, None]])
    target = np.concatenate([impedance_ohm.real * weight, impedance_ohm.imag * weight])
    return rows, target


def _deviation(rows, target, weight):
    """Moduli of the residuals of all points, shape (n,), of a fit with a weight for each."""
    double = np.tile(weight, 2)
    solution = np.linalg.lstsq(rows * double[:, None], target * double, rcond=None)[0]
    return np.hypot(*np.split(target - rows @ solution, 2))
