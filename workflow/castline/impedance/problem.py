"""Coordinates in which the transmission line model is fitted, and the weighted residuals.

The physical parameters are strongly coupled, so the fit uses the DC resistivity of the electronic
rail and the share of it that sits in AM-CBD interfaces, the ionic resistivity, and for each
constant phase element the frequency at which it matters instead of its prefactor.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from castline.impedance.model import TlmParameters, area_impedance

EXPONENT_BOUNDS = (0.5, 1.0)
INTERFACE_COORDINATES = (
    "interface_fraction",
    "log10_interface_frequency_hz",
    "interface_cpe_n",
)


def tlm_values(coordinates: Mapping, thickness_m):
    """Fields of ``TlmParameters``, in order; coordinates are scalars or arrays that broadcast.

    The interface frequency is where the constant phase element shorts the whole electronic
    resistivity, which keeps its prefactor finite without interface; the coupling frequency is where
    ``(r_ion + r_e) L^2 Q omega^n = 1``.
    """
    electronic = 10.0 ** coordinates["log10_electronic_ohm_m"]
    ionic = 10.0 ** coordinates["log10_ionic_ohm_m"]
    interface = electronic * coordinates["interface_fraction"]
    interface_n = coordinates["interface_cpe_n"]
    coupling_n = coordinates["double_layer_cpe_n"]
    interface_omega = 2.0 * np.pi * 10.0 ** coordinates["log10_interface_frequency_hz"]
    coupling_omega = 2.0 * np.pi * 10.0 ** coordinates["log10_coupling_frequency_hz"]
    interface_q = 1.0 / (electronic * interface_omega**interface_n)
    coupling_q = 1.0 / ((ionic + electronic) * thickness_m**2 * coupling_omega**coupling_n)
    return (
        electronic - interface,
        interface,
        interface_q,
        interface_n,
        ionic,
        coupling_q,
        coupling_n,
    )


def to_parameters(coordinates: Mapping, thickness_m) -> TlmParameters:
    """Physical parameters at scalar coordinates."""
    return TlmParameters(*(float(value) for value in tlm_values(coordinates, thickness_m)))


@dataclass(frozen=True)
class TlmProblem:
    """One spectrum with its geometry and its standard deviations.

    Attributes
    ----------
    frequency_hz : numpy.ndarray, shape (n,)
    impedance_ohm : numpy.ndarray of complex, shape (n,)
    deviations_ohm : numpy.ndarray, shape (2, n)
        Standard deviations of real and imaginary parts, up to a common factor.
    thickness_m, area_m2 : float
    """

    frequency_hz: np.ndarray
    impedance_ohm: np.ndarray
    deviations_ohm: np.ndarray
    thickness_m: float
    area_m2: float

    def bounds(self) -> dict[str, tuple[float, float]]:
        """Bounds of every coordinate, from what the spectrum can show at all."""
        modulus = np.abs(self.impedance_ohm)
        resistivity = np.log10(modulus * self.area_m2 / self.thickness_m)
        slow, fast = np.log10([self.frequency_hz.min(), self.frequency_hz.max()])
        return {
            "log10_electronic_ohm_m": (resistivity.min() - 2.0, resistivity.max() + 3.0),
            "interface_fraction": (0.0, 0.9999),
            "log10_interface_frequency_hz": (slow - 1.0, fast + 1.0),
            "interface_cpe_n": EXPONENT_BOUNDS,
            "log10_ionic_ohm_m": (resistivity.min() - 3.0, resistivity.max() + 3.0),
            "log10_coupling_frequency_hz": (slow - 3.0, fast + 3.0),
            "double_layer_cpe_n": EXPONENT_BOUNDS,
            "series_resistance_ohm": (0.0, modulus.max()),
            "series_inductance_h": (0.0, modulus.max() / self.frequency_hz.max()),
        }

    def cell(self, coordinates: Mapping) -> np.ndarray:
        """Impedance without leads in ohm, shape (..., n); coordinates (..., 1) or scalars."""
        values = tlm_values(coordinates, self.thickness_m)
        return area_impedance(self.frequency_hz, self.thickness_m, *values) / self.area_m2

    def leads(self, coordinates: Mapping) -> np.ndarray:
        """Impedance of the leads in ohm, shape (..., n)."""
        return leads_impedance(
            self.frequency_hz,
            coordinates["series_resistance_ohm"],
            coordinates["series_inductance_h"],
        )

    def residual(self, coordinates: Mapping) -> np.ndarray:
        """Weighted misfit, real parts then imaginary parts, shape (..., 2 n)."""
        difference = self.cell(coordinates) + self.leads(coordinates) - self.impedance_ohm
        return np.concatenate(
            [difference.real / self.deviations_ohm[0], difference.imag / self.deviations_ohm[1]],
            axis=-1,
        )

    def jacobian(self, coordinates: Mapping, free) -> np.ndarray:
        """Derivative of the residual by the coordinates named in ``free``, shape (2 n, len)."""
        steps = np.array([1e-6 * max(abs(coordinates[name]), 1e-3) for name in free])
        shift = np.concatenate([np.diag(steps), -np.diag(steps)])
        shifted = dict(coordinates)
        for column, name in enumerate(free):
            shifted[name] = coordinates[name] + shift[:, column : column + 1]
        up, down = np.split(self.residual(shifted), 2)
        return ((up - down) / (2.0 * steps[:, None])).T

    def thinned(self, n_points) -> "TlmProblem":
        """The same spectrum at about ``n_points`` of its frequencies."""
        last = self.frequency_hz.size - 1
        keep = np.unique(np.linspace(0, last, n_points).astype(int))
        return replace(
            self,
            frequency_hz=self.frequency_hz[keep],
            impedance_ohm=self.impedance_ohm[keep],
            deviations_ohm=self.deviations_ohm[:, keep],
        )


def leads_impedance(frequency_hz, series_resistance_ohm, series_inductance_h):
    """Impedance in ohm of a resistance and an inductance in series with the cell."""
    omega = 2.0 * np.pi * np.asarray(frequency_hz, dtype=float)
    return series_resistance_ohm + 1j * omega * series_inductance_h
