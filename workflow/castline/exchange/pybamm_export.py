"""PyBaMM parameters of one electrode, for the option "transport efficiency": "tortuosity factor".

PyBaMM computes the effective properties of the positive electrode as

    electrolyte:  sigma_bulk e / tau_e,            e the "porosity", here the SE fraction
    solid:        sigma_s (1 - e) / tau_s          (all that is not electrolyte, voids included)

so tau_e = e / (D/D_bulk) and tau_s = sigma_s (1 - e) / sigma_e give back the campaign's values.
"""

from castline.base.errors import InputError
from castline.exchange.electrode import CellModelElectrode

OPTIONS = {"transport efficiency": "tortuosity factor"}


def pybamm_parameters(electrode: CellModelElectrode) -> dict[str, float]:
    """Parameters by PyBaMM name, to update a full parameter set with.

    Raises
    ------
    InputError
        A rail does not conduct, so that its tortuosity factor is infinite, or a phase is absent.
    """
    if electrode.am_radius_m is None:
        raise InputError(f"{electrode.label}: holds no active material, which PyBaMM needs")
    for name in ("sigma_e_s_per_m", "sigma_ion_s_per_m"):
        if name not in electrode.estimates:
            raise InputError(f"{electrode.label}: no phase carries {name}, which PyBaMM needs")
        if electrode.mean(name) <= 0:
            raise InputError(
                f"{electrode.label}: {name} is 0, its tortuosity factor infinite; PyBaMM cannot "
                "represent a film without a conducting path"
            )
    electrolyte = electrode.mean("se_fraction")
    active = electrode.mean("am_fraction")
    sigma_e = electrode.mean("sigma_e_s_per_m")
    return {
        "Positive electrode thickness [m]": electrode.mean("thickness_um") * 1e-6,
        "Positive electrode porosity": electrolyte,
        "Positive electrode active material volume fraction": active,
        "Positive particle radius [m]": electrode.am_radius_m,
        "Positive electrode conductivity [S.m-1]": electrode.sigma_cbd_s_per_m,
        "Positive electrode tortuosity factor (electrolyte)": (
            electrolyte / electrode.mean("diffusivity_ratio")
        ),
        "Positive electrode tortuosity factor (electrode)": (
            electrode.sigma_cbd_s_per_m * (1 - electrolyte) / sigma_e
        ),
    }
