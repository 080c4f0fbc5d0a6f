"""A partial BPX file (Battery Parameter eXchange, bpxstandard.com) of one electrode.

Only what the campaign knows is written. Open-circuit potential, stoichiometry, diffusivity,
reaction rate and concentration of the active material are not: they are to be added before a cell
model can use the file. In a solid-state cathode BPX's "Porosity", the electrolyte volume fraction,
is that of the SE, not of the voids.
"""

from bpx import __version__ as bpx_version
from bpx.schema import ElectrodeSingle, ExtraBaseModel, Header, UserDefined
from pydantic import ValidationError, create_model

from castline import __version__
from castline.base.errors import InputError, first_lines
from castline.exchange.electrode import CellModelElectrode

REFERENCE = "Method: M. Alabdali et al., Batteries & Supercaps, doi 10.1002/batt.202400709"
USER_DEFINED = {
    "Void fraction": "void_fraction",
    "Void fraction without CBD nanopores": "open_void_fraction",
    "CBD nanoporosity": "cbd_nanoporosity",
    "Active material volume fraction": "am_fraction",
    "CBD volume fraction": "cbd_fraction",
    "Contact area AM-SE per unit volume [m-1]": "contact_area_am_se_per_m",
    "Contact area AM-CBD per unit volume [m-1]": "contact_area_am_cbd_per_m",
    "Contact area SE-CBD per unit volume [m-1]": "contact_area_se_cbd_per_m",
    "Effective ionic conductivity [S.m-1]": "sigma_ion_s_per_m",
}
INTERVALS = {
    "Thickness [m]": ("thickness_um", 1e-6),
    "Porosity": ("se_fraction", 1.0),
    "Transport efficiency": ("diffusivity_ratio", 1.0),
    "Conductivity [S.m-1]": ("sigma_e_s_per_m", 1.0),
}


def bpx_electrode(electrode: CellModelElectrode) -> dict:
    """The BPX dictionary of one electrode, validated.

    "Conductivity" is the effective electronic one (left out where the film does not conduct, as is
    what is about a phase that is absent),
    "Transport efficiency" sigma_ion / sigma_bulk, "Surface area per unit volume" that of the AM
    spheres, 3 f_AM / R; the part of it in contact with SE is under "User-defined", with the 95 %
    half widths.
    """
    estimates = electrode.estimates
    positive = {
        key: scale * electrode.mean(name)
        for key, (name, scale) in INTERVALS.items()
        if name in estimates
    }
    missing = "open-circuit potential, stoichiometries, diffusivity, reaction rate, concentration"
    if electrode.am_radius_m is not None:
        positive["Particle radius [m]"] = electrode.am_radius_m
        positive["Surface area per unit volume [m-1]"] = (
            3 * electrode.mean("am_fraction") / electrode.am_radius_m
        )
    else:
        missing += ", particle radius and surface area (no active material)"
    if "diffusivity_ratio" not in estimates:
        del positive["Porosity"]
        missing += ", porosity and transport efficiency (no solid electrolyte)"
    if "sigma_e_s_per_m" not in estimates:
        missing += ", conductivity (no active material and no carbon-binder domain)"
    elif positive["Conductivity [S.m-1]"] == 0:
        del positive["Conductivity [S.m-1]"]
        missing += ", conductivity (no conducting path through the film)"
    user = {"Number of replicates": electrode.replicates}
    for key, name in USER_DEFINED.items():
        if name in estimates:
            user |= _with_interval(key, estimates[name], 1.0)
    for key, (name, scale) in INTERVALS.items():
        if name in estimates and (half_width := estimates[name].half_width) is not None:
            user[f"{key}, 95 % half width"] = scale * half_width
    data = {
        "Header": {
            "BPX": bpx_version,
            "Title": f"Calendered composite cathode, {electrode.label}",
            "Description": (
                f"Simulated by castline {__version__}, {electrode.replicates} replicate(s). "
                "Porosity is the volume fraction of the solid electrolyte; voids are under "
                f"User-defined. Not known, to be added: {missing}."
            ),
            "References": REFERENCE,
            "Model": "Partial",
        },
        "Parameterisation": {"Positive electrode": positive, "User-defined": user},
    }
    check_bpx(data)
    return data


def check_bpx(data: dict) -> None:
    """Validate every value given by the BPX schema; unknown names are refused, missing ones not.

    The schema's own "Partial" model leaves out whole sections only, so the electrode section is
    validated by those of its fields that are given.

    Raises
    ------
    InputError
        A value or a name that the schema refuses.
    """
    parameters = data["Parameterisation"]
    given = {
        name: (field.annotation, field)
        for name, field in ElectrodeSingle.model_fields.items()
        if field.alias in parameters["Positive electrode"]
    }
    section = create_model("GivenElectrode", __base__=ExtraBaseModel, **given)
    try:
        Header.model_validate(data["Header"])
        section.model_validate(parameters["Positive electrode"])
        UserDefined.model_validate(parameters["User-defined"])
    except ValidationError as error:
        raise InputError(first_lines(error, "BPX: ")) from None


def _with_interval(key: str, estimate, scale: float) -> dict[str, float]:
    values = {key: scale * estimate.mean}
    if estimate.half_width is not None:
        values[f"{key}, 95 % half width"] = scale * estimate.half_width
    return values
