"""Parameters of the half-cell model, by PyBaMM's names, from a film and the `cell` section.

What does not come from the film or the config comes from sets that PyBaMM ships:

- NMC811: open-circuit potential, diffusivity and exchange current of the campaign's choice,
  ORegan2022 (doi 10.1016/j.electacta.2022.140700) or Chen2020 (doi 10.1149/1945-7111/ab9050), both
  measured on the positive electrode of the LG M50 cell with liquid electrolyte. Their exchange
  currents depend on the salt concentration, which an SE does not have: it is held at the
  concentration of the set's cell, 1 mol/l, at which they were measured.
- Li metal: exchange current of Xu2019 (doi 10.1149/2.0711912jes), with liquid electrolyte and at
  that concentration, likewise.
"""

from functools import cache

import numpy as np
from pybamm.parameters.lithium_ion_parameters import U_asymptotes
from scipy.optimize import brentq

from castline.cell.film import FARADAY_C_PER_MOL, Film, maximum_concentration
from castline.cell.model import CONTACT_RESISTANCE, STOICHIOMETRY_CUT_OFF, class_edges, pybamm
from castline.cell.potential import (
    MEASURED_STOICHIOMETRY,
    check_window,
    known_range,
    read_potential,
)
from castline.cell.settings import CellConfig

TEMPERATURE_K = 298.15
COUNTER_ELECTRODE = "Xu2019"
SALT_MOL_PER_M3 = 1000.0
# Surfaces are not taken to be fuller or emptier than this, where logarithms and roots end.
EMPTY = 1e-10
# Lithium content from which the open-circuit potential falls by a volt.
NEARLY_FULL = 0.995
OCP = "Positive electrode OCP [V]"
DIFFUSIVITY = "Positive particle diffusivity [m2.s-1]"
EXCHANGE = "Positive electrode exchange-current density [A.m-2]"
LITHIUM_EXCHANGE = "Exchange-current density for lithium metal electrode [A.m-2]"
SIZES = "Positive area-weighted particle-size distribution [m-1]"


@cache
def shipped(name: str):
    """A set of PyBaMM, not to be changed."""
    return pybamm.ParameterValues(name)


def _value(expression) -> float:
    return float(np.squeeze(expression.evaluate()))


def potential_function(config: CellConfig):
    """Open-circuit potential as PyBaMM takes it: a function of the stoichiometry.

    Raises
    ------
    InputError
        The CSV cannot be read, or is not a falling curve.
    """
    path = config.open_circuit_potential_csv
    if path is None:
        return continued(shipped(config.material)[OCP], MEASURED_STOICHIOMETRY[1])
    return tabulated(*read_potential(path))


def tabulated(stoichiometry, potential):
    """A potential given by points, as PyBaMM takes it; straight lines between and beyond them."""
    x, u = np.asarray(stoichiometry, dtype=float), np.asarray(potential, dtype=float)

    def between(sto):
        return pybamm.Interpolant(x, u, sto, name="OCP [V]", extrapolate=True)

    return continued(between, min(x[-1], MEASURED_STOICHIOMETRY[1]))


def continued(function, measured_full: float):
    """A potential that falls as the last free sites of the lattice fill.

    Adds ``R T / F (ln y - y + 1)``, ``y = (1 - x) / (1 - x_measured)``, beyond the lithium content
    x up to which it was measured, in place of PyBaMM's own asymptote: the shipped function is
    finite for the full lattice, where the exchange current vanishes with an infinite slope, and
    PyBaMM's asymptote has a slope of 1e6 V; together they stop the solver. From `NEARLY_FULL` on a
    parabola goes on that falls by a volt: no logarithm keeps surfaces below a full lattice within
    the solver's tolerance, and beyond it currents have no limit.
    """
    scale = pybamm.constants.R * TEMPERATURE_K / pybamm.constants.F
    free_at_end, free_at_last = 1 - measured_full, 1 - NEARLY_FULL
    slope = scale * (1 / free_at_last - 1 / free_at_end)

    def potential(sto):
        free = pybamm.maximum(free_at_last, pybamm.minimum(1 - sto, free_at_end)) / free_at_end
        beyond = pybamm.maximum(sto - NEARLY_FULL, 0)
        last = slope * beyond + (beyond / free_at_last) ** 2
        return function(sto) + scale * (pybamm.log(free) - free + 1) - last - U_asymptotes(sto)

    return potential


def open_circuit_potential(config: CellConfig, stoichiometry) -> np.ndarray:
    """Potential against Li, V, at each stoichiometry."""
    sto = pybamm.Vector(np.atleast_1d(np.asarray(stoichiometry, dtype=float)))
    # what PyBaMM makes of the function: it adds its asymptotes
    return np.ravel((potential_function(config)(sto) + U_asymptotes(sto)).evaluate())


def stoichiometry_at_start(config: CellConfig) -> float:
    """Lithium content at which the open-circuit potential is `voltage_max_v`.

    Raises
    ------
    InputError
        The potential is not known there; see `castline.cell.potential.check_window`.
    """
    check_window(config)

    def above(x: float) -> float:
        return open_circuit_potential(config, x)[0] - config.voltage_max_v

    return float(brentq(above, *known_range(config)[0], xtol=1e-12))


def exchange_current(config: CellConfig):
    """Exchange current per contact area as PyBaMM takes it: of c_e (unused), c_s, c_max and T.

    The set's dependence on lithium content, at its own salt concentration, scaled to the config's
    value at half filling where one is given.
    """
    own = shipped(config.material)
    function, own_max = own[EXCHANGE], own["Maximum concentration in positive electrode [mol.m-3]"]

    def of_filling(filling, temperature):
        salt = pybamm.Scalar(SALT_MOL_PER_M3)
        filling = pybamm.maximum(EMPTY, pybamm.minimum(1 - EMPTY, filling))
        density = function(salt, filling * own_max, pybamm.Scalar(own_max), temperature)
        # ORegan2022 divides by its cell's own concentration
        return own.process_symbol(density)

    half = _value(of_filling(pybamm.Scalar(0.5), pybamm.Scalar(TEMPERATURE_K)))
    scale = (config.exchange_current_a_per_m2 or half) / half

    def density(c_e, c_s_surf, c_s_max, temperature):
        return scale * of_filling(c_s_surf / c_s_max, temperature)

    return density


def lithium_exchange_current(config: CellConfig) -> float:
    """Exchange current of the Li metal, A/m2."""
    if config.lithium_exchange_current_a_per_m2 is not None:
        return config.lithium_exchange_current_a_per_m2
    counter = shipped(COUNTER_ELECTRODE)
    lithium = 1.0 / counter["Lithium metal partial molar volume [m3.mol-1]"]
    temperature = pybamm.Scalar(TEMPERATURE_K)
    salt = pybamm.Scalar(SALT_MOL_PER_M3)
    density = counter[LITHIUM_EXCHANGE](salt, pybamm.Scalar(lithium), temperature)
    return _value(counter.process_symbol(density))


def size_distribution(radii_m, volume_shares):
    """The size distribution as PyBaMM takes it: a function of the radius."""
    radii = np.asarray(radii_m, dtype=float)
    density = area_density(radii, volume_shares)
    if len(density) == 1:
        return lambda radius: density[0] + 0 * radius
    return lambda radius: pybamm.Interpolant(radii, density, radius, extrapolate=True)


def area_density(radii_m, volume_shares) -> np.ndarray:
    """Share of the AM's surface per radius in each class, 1/m, on the mesh of `SizeClasses`."""
    area = np.divide(volume_shares, radii_m)
    return area / area.sum() / np.diff(class_edges(radii_m))


def numbers(film: Film, config: CellConfig, se_bulk_conductivity_s_per_m: float) -> dict:
    """Parameters of the model that are numbers, by PyBaMM's names; the cell has 1 m2.

    Parameters
    ----------
    se_bulk_conductivity_s_per_m : of the SE itself, to which tortuosity factors refer. The
        electronic factor only undoes PyBaMM's weighting with 1 - porosity, so that the
        conductivity given is the effective one.
    """
    bulk = se_bulk_conductivity_s_per_m
    c_max = maximum_concentration(film, config)
    start = stoichiometry_at_start(config)
    separator = config.separator_conductivity_ms_per_cm
    capacity_ah = FARADAY_C_PER_MOL * c_max * (config.stoichiometry_full - start) / 3600
    capacity_ah *= film.am_fraction * film.thickness_m
    edges = class_edges(film.radii_m)
    return {
        LITHIUM_EXCHANGE: lithium_exchange_current(config),
        "Positive particle radius [m]": film.sauter_radius_m,
        "Positive minimum particle radius [m]": float(edges[0]),
        "Positive maximum particle radius [m]": float(edges[-1]),
        "Maximum concentration in positive electrode [mol.m-3]": c_max,
        "Initial concentration in positive electrode [mol.m-3]": start * c_max,
        STOICHIOMETRY_CUT_OFF: config.stoichiometry_full,
        CONTACT_RESISTANCE: config.am_se_resistance_ohm_cm2 * 1e-4,
        "Initial positive electrode interface utilisation": film.contact_share,
        "Positive electrode thickness [m]": film.thickness_m,
        "Positive electrode active material volume fraction": film.am_fraction,
        "Positive electrode porosity": film.se_fraction,
        "Positive electrode conductivity [S.m-1]": film.sigma_e_s_per_m,
        "Positive electrode tortuosity factor (electrode)": 1 - film.se_fraction,
        "Positive electrode tortuosity factor (electrolyte)": (
            film.se_fraction * bulk / film.sigma_ion_s_per_m
        ),
        "Electrolyte conductivity [S.m-1]": bulk,
        "Cation transference number": 1.0,
        "Initial concentration in electrolyte [mol.m-3]": SALT_MOL_PER_M3,
        "Separator thickness [m]": config.separator_thickness_um * 1e-6,
        "Separator porosity": 1.0,
        "Separator tortuosity factor (electrolyte)": 10 * bulk / separator if separator else 1.0,
        "Contact resistance [Ohm]": config.collector_resistance_ohm_cm2 * 1e-4,
        "Lower voltage cut-off [V]": config.voltage_min_v,
        # at rest the discharge begins at voltage_max_v itself
        "Upper voltage cut-off [V]": config.voltage_max_v + 1e-3,
        "Nominal cell capacity [A.h]": capacity_ah,
        "Current function [A]": capacity_ah,
        "Electrode height [m]": 1.0,
        "Electrode width [m]": 1.0,
        "Ambient temperature [K]": TEMPERATURE_K,
        "Reference temperature [K]": TEMPERATURE_K,
        "Initial temperature [K]": TEMPERATURE_K,
    }


def functions(config: CellConfig) -> dict:
    """Parameters of the model that are functions, by PyBaMM's names."""
    return {
        OCP: potential_function(config),
        DIFFUSIVITY: config.diffusivity_m2_per_s or shipped(config.material)[DIFFUSIVITY],
        EXCHANGE: exchange_current(config),
    }


def tables(config: CellConfig, stoichiometry: np.ndarray) -> dict[str, np.ndarray]:
    """The functions of `functions` at each stoichiometry; the potential without asymptotes."""
    sto = pybamm.Vector(stoichiometry)
    temperature = pybamm.Scalar(TEMPERATURE_K)
    diffusivity = functions(config)[DIFFUSIVITY]
    if callable(diffusivity):
        diffusivity = np.ravel(diffusivity(sto, temperature).evaluate())
    density = exchange_current(config)(None, sto, pybamm.Scalar(1.0), temperature)
    return {
        OCP: open_circuit_potential(config, stoichiometry),
        DIFFUSIVITY: np.broadcast_to(diffusivity, stoichiometry.shape),
        EXCHANGE: np.ravel(density.evaluate()),
    }


def functions_of_tables(tables: dict[str, dict]) -> dict:
    """The functions that `tables` were taken of, with straight lines between their points."""

    def between(name: str):
        x, y = (np.asarray(tables[name][axis], dtype=float) for axis in "xy")
        return lambda sto: pybamm.Interpolant(x, y, sto, name=name, extrapolate=True)

    return {
        OCP: lambda sto: between(OCP)(sto) - U_asymptotes(sto),
        DIFFUSIVITY: lambda sto, _: between(DIFFUSIVITY)(sto),
        EXCHANGE: lambda _, c_s_surf, c_s_max, __: between(EXCHANGE)(c_s_surf / c_s_max),
    }


def parameter_values(film: Film, config: CellConfig, se_bulk_conductivity_s_per_m: float):
    """Everything that `castline.cell.model.SolidStateHalfCell` asks for, as pybamm.ParameterValues.

    Parameters
    ----------
    se_bulk_conductivity_s_per_m : of the SE itself; see `numbers`.
    """
    values = numbers(film, config, se_bulk_conductivity_s_per_m)
    return assembled(values, functions(config), film.radii_m, film.volume_shares)


def assembled(values: dict, functions: dict, radii_m, volume_shares):
    """Numbers, functions and size classes on top of the shipped set of the counter electrode."""
    own = {**values, **functions, SIZES: size_distribution(radii_m, volume_shares)}
    parameters = pybamm.ParameterValues(COUNTER_ELECTRODE)
    parameters.update(own, check_already_exists=False)
    return parameters
