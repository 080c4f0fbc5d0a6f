"""Transmission line model of a composite electrode between ion-blocking contacts.

Two rails run through the electrode thickness: an electronic one, contacted on both sides, and an
ionic one, blocked on both sides; an interface capacitance couples them everywhere. All quantities
are area-normalised: a rail carries an impedance per length in ohm m, the coupling one in ohm m3.
"""

from dataclasses import dataclass, fields

import numpy as np
from pydantic import Field, NonNegativeFloat, PositiveFloat

from castline.base.errors import InputError
from castline.base.sections import Section


@dataclass(frozen=True)
class TlmParameters:
    """Area-normalised parameters of the transmission line.

    Attributes
    ----------
    electronic_bulk_ohm_m : float
        Resistivity of the electronic rail inside the phases.
    electronic_interface_ohm_m : float
        Additional resistivity of the electronic rail from AM-CBD interfaces; zero for none.
    interface_cpe_q : float
        Constant phase element parallel to it, in S s^n/m.
    interface_cpe_n : float
        Its exponent, in (0, 1].
    ionic_ohm_m : float
        Resistivity of the ionic rail.
    double_layer_cpe_q : float
        Constant phase element between the rails, in S s^n/m3.
    double_layer_cpe_n : float
        Its exponent, in (0, 1].

    Raises
    ------
    InputError
        A value is not finite, not positive, or an exponent lies outside (0, 1].
    """

    electronic_bulk_ohm_m: float
    electronic_interface_ohm_m: float
    interface_cpe_q: float
    interface_cpe_n: float
    ionic_ohm_m: float
    double_layer_cpe_q: float
    double_layer_cpe_n: float

    def __post_init__(self):
        for field in fields(self):
            value = getattr(self, field.name)
            may_be_zero = field.name in ("electronic_interface_ohm_m", "interface_cpe_q")
            if not np.isfinite(value) or value < 0 or (value == 0 and not may_be_zero):
                raise InputError(f"TlmParameters.{field.name} = {value}: must be finite and > 0")
            if field.name.endswith("_cpe_n") and value > 1:
                raise InputError(f"TlmParameters.{field.name} = {value}: must lie in (0, 1]")

    @property
    def sigma_e_s_per_m(self) -> float:
        """Effective electronic conductivity at DC, bulk and interface in series."""
        return 1.0 / (self.electronic_bulk_ohm_m + self.electronic_interface_ohm_m)

    @property
    def sigma_ion_s_per_m(self) -> float:
        """Effective ionic conductivity."""
        return 1.0 / self.ionic_ohm_m


def area_impedance(
    frequency_hz,
    thickness_m,
    electronic_bulk_ohm_m,
    electronic_interface_ohm_m,
    interface_cpe_q,
    interface_cpe_n,
    ionic_ohm_m,
    double_layer_cpe_q,
    double_layer_cpe_n,
):
    """Area-normalised impedance of the transmission line; every argument broadcasts.

    With ``s = z_ion + z_e`` and the penetration length ``l = sqrt(z_int / s)``::

        Z A = z_ion z_e L / s + 2 z_e^2 l / s * tanh(L / (2 l))

    which is equation 1 of the study (doi 10.1002/batt.202400709) with the exponent 3/2 in place of
    the misprinted 2, and with ``(cosh x - 1) / sinh x`` written as ``tanh(x / 2)``, which stays
    finite for thick electrodes and high frequencies.

    Returns
    -------
    numpy.ndarray
        Complex impedance in ohm m2, of the broadcast shape.
    """
    log_omega = np.log(2.0 * np.pi * np.asarray(frequency_hz, dtype=float))
    interface = electronic_interface_ohm_m / (
        1.0 + electronic_interface_ohm_m * interface_cpe_q * _power_of_s(log_omega, interface_cpe_n)
    )
    z_e = electronic_bulk_ohm_m + interface
    total = ionic_ohm_m + z_e
    penetration_m = 1.0 / np.sqrt(
        total * double_layer_cpe_q * _power_of_s(log_omega, double_layer_cpe_n)
    )
    return (
        ionic_ohm_m * z_e * thickness_m
        + 2.0 * z_e**2 * penetration_m * _tanh_of_half(thickness_m / penetration_m)
    ) / total


# Both in real functions: fits spend nearly all their time here, and numpy's complex power and
# hyperbolic tangent take three times as long.
def _power_of_s(log_omega, exponent):
    """(i omega)^exponent."""
    return np.exp(exponent * log_omega) * np.exp(0.5j * np.pi * exponent)


def _tanh_of_half(x):
    """tanh(x / 2) = (sinh a + i sin b) / (cosh a + cos b) of x = a + i b, a >= 0."""
    a = np.minimum(x.real, 50.0)  # the quotient is 1 to machine precision beyond
    b = np.where(x.real < 50.0, x.imag, 0.0)
    return (np.sinh(a) + 1j * np.sin(b)) / (np.cosh(a) + np.cos(b))


def tlm_impedance(frequency_hz, parameters: TlmParameters, thickness_m, area_m2):
    """Impedance of a cell Ni | electrode | Ni.

    Parameters
    ----------
    frequency_hz : array_like, shape (n,)
        Positive frequencies.
    parameters : TlmParameters
    thickness_m, area_m2 : float
        Geometry of the electrode.

    Returns
    -------
    numpy.ndarray, shape (n,)
        Complex impedance in ohm.

    Raises
    ------
    InputError
        A frequency or a length is not positive.
    """
    frequency_hz = np.asarray(frequency_hz, dtype=float)
    if not (np.all(np.isfinite(frequency_hz)) and np.all(frequency_hz > 0)):
        raise InputError("frequency_hz must be finite and > 0 everywhere")
    if not (thickness_m > 0 and area_m2 > 0):
        raise InputError(f"thickness_m = {thickness_m} and area_m2 = {area_m2} must be > 0")
    values = {field.name: getattr(parameters, field.name) for field in fields(parameters)}
    return area_impedance(frequency_hz, thickness_m, **values) / area_m2


class InterfaceProperties(Section):
    """Interface quantities per true contact area, which no transport simulation gives."""

    double_layer_cpe_q: PositiveFloat = Field(
        default=0.1,
        description="constant phase element between SE and electron conductors, S s^n per m2 of "
        "contact; the default is an assumption, 10 uF/cm2, the usual order of a blocking contact",
    )
    double_layer_cpe_n: float = Field(
        default=1.0, gt=0, le=1, description="its exponent; assumption: an ideal capacitor"
    )
    am_cbd_resistance_ohm_m2: NonNegativeFloat = Field(
        default=0.0,
        description="area-specific resistance of an AM-CBD contact, ohm m2; assumption: none, as "
        "in the Poisson problem that gives the simulated sigma_e",
    )
    am_cbd_cpe_q: PositiveFloat = Field(
        default=0.1,
        description="constant phase element of an AM-CBD contact, S s^n per m2; assumption, only "
        "used with a resistance",
    )
    am_cbd_cpe_n: float = Field(default=1.0, gt=0, le=1, description="its exponent; assumption")
    am_cbd_spacing_um: PositiveFloat = Field(
        default=5.0,
        description="distance along the current between two AM-CBD contacts in series, um, about "
        "an AM diameter; assumption, only used with a resistance",
    )


DEFAULT_INTERFACE = InterfaceProperties()


def parameters_from_simulation(
    sigma_e_s_per_m,
    sigma_ion_s_per_m,
    se_contact_area_per_m,
    am_cbd_contact_area_per_m=0.0,
    interface: InterfaceProperties = DEFAULT_INTERFACE,
) -> TlmParameters:
    """Transmission line of a simulated electrode.

    The double layer scales with the contact area per volume a of the SE with AM and CBD,
    ``Q = q a``. AM-CBD contacts stand in series every spacing d; per electrode area a layer of
    thickness d holds the contact area ``a d``, so the rail gains ``r / (a d^2)``, and its constant
    phase element is ``q a d^2``.

    Parameters
    ----------
    sigma_e_s_per_m, sigma_ion_s_per_m : float
        Simulated effective conductivities.
    se_contact_area_per_m : float
        Contact area of SE with AM and CBD, in m2 per m3 of electrode.
    am_cbd_contact_area_per_m : float
        Contact area of AM with CBD, in m2 per m3; only used with a resistive contact.
    interface : InterfaceProperties

    Raises
    ------
    InputError
        A conductivity or a needed contact area is not positive.
    """
    resistive = interface.am_cbd_resistance_ohm_m2 > 0
    needed = {
        "sigma_e_s_per_m": sigma_e_s_per_m,
        "sigma_ion_s_per_m": sigma_ion_s_per_m,
        "se_contact_area_per_m": se_contact_area_per_m,
    }
    if resistive:
        needed["am_cbd_contact_area_per_m"] = am_cbd_contact_area_per_m
    for name, value in needed.items():
        if not (np.isfinite(value) and value > 0):
            raise InputError(f"{name} = {value}: a spectrum needs a finite value > 0")
    layer_m = am_cbd_contact_area_per_m * (interface.am_cbd_spacing_um * 1e-6) ** 2
    return TlmParameters(
        electronic_bulk_ohm_m=1.0 / sigma_e_s_per_m,
        electronic_interface_ohm_m=(
            interface.am_cbd_resistance_ohm_m2 / layer_m if resistive else 0.0
        ),
        interface_cpe_q=interface.am_cbd_cpe_q * layer_m if resistive else 0.0,
        interface_cpe_n=interface.am_cbd_cpe_n,
        ionic_ohm_m=1.0 / sigma_ion_s_per_m,
        double_layer_cpe_q=interface.double_layer_cpe_q * se_contact_area_per_m,
        double_layer_cpe_n=interface.double_layer_cpe_n,
    )
