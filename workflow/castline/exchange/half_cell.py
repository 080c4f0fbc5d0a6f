"""Half-cells given away: all parameters of one cell as numbers and tables, and as BPX.

`loaded` makes of them what `castline.cell.model.SolidStateHalfCell` takes. A cell is a dictionary:
"values", numbers by PyBaMM's names; "tables", functions of the stoichiometry x as points; "radii_m"
and "volume_shares" of the size classes.
"""

import numpy as np
from bpx import __version__ as bpx_version

from castline import __version__
from castline.cell import parameters
from castline.cell.film import FARADAY_C_PER_MOL, Film
from castline.cell.model import STOICHIOMETRY_CUT_OFF
from castline.cell.parameters import DIFFUSIVITY, EXCHANGE, OCP
from castline.cell.settings import CellConfig
from castline.exchange.bpx_export import REFERENCE, check_bpx

C_MAX = "Maximum concentration in positive electrode [mol.m-3]"
C_START = "Initial concentration in positive electrode [mol.m-3]"
POROSITY = "Positive electrode porosity"
TAU = "Positive electrode tortuosity factor (electrolyte)"
SEPARATOR_TAU = "Separator tortuosity factor (electrolyte)"
ACTIVE = "Positive electrode active material volume fraction"
RADIUS = "Positive particle radius [m]"
# BPX's name of a number that it has as PyBaMM has it.
POSITIVE = {
    "Thickness [m]": "Positive electrode thickness [m]",
    "Porosity": POROSITY,
    "Conductivity [S.m-1]": "Positive electrode conductivity [S.m-1]",
    "Particle radius [m]": RADIUS,
    "Maximum concentration [mol.m-3]": C_MAX,
    "Maximum stoichiometry": STOICHIOMETRY_CUT_OFF,
}
SEPARATOR = {"Thickness [m]": "Separator thickness [m]", "Porosity": "Separator porosity"}
CLASS_RADIUS, CLASS_SHARE = "Radius of size class {} [m]", "Volume share of size class {}"
POINTS = 2001


def exported(film: Film, config: CellConfig, se_bulk_conductivity_s_per_m: float) -> dict:
    """A cell as numbers and tables."""
    near_full = 1 - np.geomspace(5e-4, 1e-6, 50)
    x = np.concatenate([np.linspace(0, 1 - 1e-3, POINTS), near_full])
    tables = parameters.tables(config, x)
    return {
        "model": "castline.cell.model.SolidStateHalfCell",
        "castline_version": __version__,
        "settings": config.model_dump(mode="json"),
        "values": parameters.numbers(film, config, se_bulk_conductivity_s_per_m),
        "tables": {name: {"x": x.tolist(), "y": y.tolist()} for name, y in tables.items()},
        "radii_m": list(film.radii_m),
        "volume_shares": list(film.volume_shares),
    }


def loaded(cell: dict):
    """pybamm.ParameterValues of an exported cell, for `castline.cell.discharge.discharge_with`."""
    functions = parameters.functions_of_tables(cell["tables"])
    return parameters.assembled(cell["values"], functions, cell["radii_m"], cell["volume_shares"])


def half_cell_bpx(name: str, cell: dict) -> dict:
    """A BPX file of a cell: electrode and separator; under User-defined what BPX has no name for.

    The reaction rate constant is that of BPX's exchange current, ``F k sqrt(x (1 - x))``, at half
    filling; the exchange current itself is under User-defined. BPX's electrolyte has a salt, whose
    diffusivity it asks for: an SE has none, so there is no such section.
    """
    values, tables = cell["values"], cell["tables"]
    positive = {bpx: values[own] for bpx, own in POSITIVE.items()}
    half_filled = float(np.interp(0.5, tables[EXCHANGE]["x"], tables[EXCHANGE]["y"]))
    positive |= {
        "Transport efficiency": values[POROSITY] / values[TAU],
        "Surface area per unit volume [m-1]": 3 * values[ACTIVE] / values[RADIUS],
        "Minimum stoichiometry": values[C_START] / values[C_MAX],
        "OCP [V]": tables[OCP],
        "Diffusivity [m2.s-1]": tables[DIFFUSIVITY],
        "Reaction rate constant [mol.m-2.s-1]": half_filled / (0.5 * FARADAY_C_PER_MOL),
    }
    separator = {bpx: values[own] for bpx, own in SEPARATOR.items()}
    separator["Transport efficiency"] = 1 / values[SEPARATOR_TAU]
    own = {*POSITIVE.values(), *SEPARATOR.values(), TAU, SEPARATOR_TAU, ACTIVE, C_START}
    user = {key: value for key, value in values.items() if key not in own}
    user[EXCHANGE] = tables[EXCHANGE]
    classes = zip(cell["radii_m"], cell["volume_shares"], strict=True)
    for number, (radius, share) in enumerate(classes, 1):
        user |= {CLASS_RADIUS.format(number): radius, CLASS_SHARE.format(number): share}
    data = {
        "Header": {
            "BPX": bpx_version,
            "Title": f"Solid-state half-cell, {name}",
            "Description": (
                f"Simulated by castline {__version__}: Li metal, separator and composite cathode "
                "with a single-ion conductor. Porosity is the volume fraction of the solid "
                "electrolyte. Potential, diffusivity and exchange current of the active material "
                "come from a set measured with liquid electrolyte (docs/cell.md)."
            ),
            "References": REFERENCE,
            "Model": "Partial",
        },
        "Parameterisation": {
            "Positive electrode": positive,
            "Separator": separator,
            "User-defined": user,
        },
    }
    check_bpx(data)
    return data


def of_bpx(data: dict) -> dict:
    """The cell that `half_cell_bpx` made a BPX file of; what BPX has no place for is not in it."""
    parts = data["Parameterisation"]
    positive, separator = parts["Positive electrode"], parts["Separator"]
    user = dict(parts["User-defined"])
    tables = {
        OCP: positive["OCP [V]"],
        DIFFUSIVITY: positive["Diffusivity [m2.s-1]"],
        EXCHANGE: user.pop(EXCHANGE),
    }
    radii, shares = [], []
    while (key := CLASS_RADIUS.format(len(radii) + 1)) in user:
        shares.append(user.pop(CLASS_SHARE.format(len(radii) + 1)))
        radii.append(user.pop(key))
    surface_per_m = positive["Surface area per unit volume [m-1]"]
    values = {**user, **{own: positive[bpx] for bpx, own in POSITIVE.items()}}
    values |= {own: separator[bpx] for bpx, own in SEPARATOR.items()}
    values |= {
        TAU: positive["Porosity"] / positive["Transport efficiency"],
        SEPARATOR_TAU: 1 / separator["Transport efficiency"],
        ACTIVE: surface_per_m * positive["Particle radius [m]"] / 3,
        C_START: positive["Minimum stoichiometry"] * positive["Maximum concentration [mol.m-3]"],
    }
    return {"values": values, "tables": tables, "radii_m": radii, "volume_shares": shares}
