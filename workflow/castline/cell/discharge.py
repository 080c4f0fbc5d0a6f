"""Discharge at constant current: curves of one film, tables of a campaign."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from castline.base.errors import InputError
from castline.cell.film import (
    Faces,
    Film,
    capacity_per_area,
    capacity_per_gram,
    no_path,
    thicknesses_m,
)
from castline.cell.model import LOSSES, SolidStateHalfCell, pybamm
from castline.cell.parameters import (
    CONTACT_RESISTANCE,
    parameter_values,
    stoichiometry_at_start,
)
from castline.cell.settings import CellConfig
from castline.results.schema import LOSS_COLUMNS, TABLES

CURRENT = "Current function [A]"
REACTION = "X-averaged positive electrode volumetric interfacial current density [A.m-3]"
THICKNESS = "Positive electrode thickness [m]"
POINTS = 41  # of a stored curve
# Finite volumes through the film, and in each particle; the voltage at 1 C is within 1 mV of the
# limit (tests/physics/test_half_cell.py).
GRID = (20, 20)
COARSE_GRID = (10, 12)  # for elasticities, which are within 0.02 of those on `GRID`
TOLERANCE = 1e-5
# Of the current, at any one time. What reacts follows from surfaces and potentials within their
# tolerances, is mostly within 1 %, and without meaning where a surface is fuller than its lattice.
CHARGE_LOST = 0.1


@dataclass(frozen=True)
class Curve:
    """One discharge; arrays of one length, from its start to its end.

    Attributes
    ----------
    time_s, voltage_v : numpy.ndarray, shape (n,)
    open_circuit_v : potential of the electrode's mean lithium content.
    losses_v : numpy.ndarray, shape (7, n)
        What lies between the two, in the order of `castline.cell.model.LOSSES`.
    current_a_per_m2 : float
    ended_by : "voltage" or "stoichiometry".
    """

    time_s: np.ndarray
    voltage_v: np.ndarray
    open_circuit_v: np.ndarray
    losses_v: np.ndarray
    current_a_per_m2: float
    ended_by: str

    @property
    def capacity_ah_per_m2(self) -> np.ndarray:
        """Charge drawn so far."""
        return self.current_a_per_m2 * self.time_s / 3600

    def mean(self, values: np.ndarray) -> np.ndarray:
        """Mean over the charge, of the last axis."""
        duration = self.time_s[-1]
        return np.trapezoid(values, self.time_s, axis=-1) / duration if duration > 0 else values[-1]


def discharge(
    film: Film,
    config: CellConfig,
    se_bulk_conductivity_s_per_m: float,
    c_rates: Iterable[float],
    grid: tuple[int, int] = GRID,
    tolerance: float = TOLERANCE,
    losses: bool = True,
) -> list[Curve]:
    """Discharge a film from `voltage_max_v` at each C rate.

    Parameters
    ----------
    grid : finite volumes through the film, and in each particle.
    tolerance : relative, of the time integration.
    losses : whether the parts of the overpotential are wanted, which take longer than the rest;
        without they are NaN.

    Raises
    ------
    InputError
        The film has no electronic or ionic path or no AM-SE contact, more contact than surface, or
        the solver fails.
    """
    values = parameter_values(film, config, se_bulk_conductivity_s_per_m)
    check(film)
    return discharge_with(values, film.radii_m, c_rates, grid, tolerance, losses)


def check(film: Film) -> None:
    """Refuse a film that cannot be discharged.

    Raises
    ------
    InputError
    """
    if reason := no_path(film):
        raise InputError(reason)
    if film.contact_share > 1:
        raise InputError(
            f"contact_area_am_se_per_m {film.contact_area_per_m:.4g} is more than the whole "
            f"surface of the AM, {film.surface_per_m:.4g}"
        )


def discharge_with(
    values,
    radii_m: Iterable[float],
    c_rates: Iterable[float],
    grid: tuple[int, int] = GRID,
    tolerance: float = TOLERANCE,
    losses: bool = True,
) -> list[Curve]:
    """As `discharge`, from the model's parameter values (`parameter_values`, or as exported).

    Raises
    ------
    InputError
        The solver fails.
    """
    curves = _attempts(values, radii_m, c_rates, grid, tolerance, losses)
    for curve in curves:
        if isinstance(curve, InputError):
            raise curve
    return curves


def _attempts(
    values, radii_m, c_rates, grid=GRID, tolerance=TOLERANCE, losses=True
) -> list[Curve | InputError]:
    """A curve for each C rate, or why there is none."""
    values = values.copy()
    one_c = values["Nominal cell capacity [A.h]"]
    values[CURRENT] = "[input]"
    model = SolidStateHalfCell(radii_m, contact_resistance=values[CONTACT_RESISTANCE] > 0)
    simulations = [
        pybamm.Simulation(
            model,
            parameter_values=values,
            solver=pybamm.IDAKLUSolver(rtol=allowed, atol=1e-2 * allowed),
            var_pts={**model.default_var_pts, "x_p": grid[0], "r_p": grid[1]},
        )
        for allowed in (tolerance, 0.1 * tolerance, 0.01 * tolerance)
    ]
    curves = []
    for rate in c_rates:
        try:
            curves.append(_curve(simulations, rate, rate * one_c, losses))
        except InputError as error:
            curves.append(error)
    return curves


def _curve(simulations, rate: float, current: float, losses: bool) -> Curve:
    """A discharge by the first simulation that gets through it."""
    simulation, *stricter = simulations
    hours = 1.1 / rate  # the stoichiometry cut-off ends it at 1 / rate
    try:
        solution = simulation.solve([0, 3600 * hours], inputs={CURRENT: current})
    except pybamm.SolverError as error:
        if "non-positive at initial conditions" in str(error):
            return _no_discharge(simulation, current)
        if stricter:
            return _curve(stricter, rate, current, losses)
        raise InputError(f"{rate:g} C: PyBaMM: {' '.join(str(error).split())[:200]}") from None
    reacts = -solution[REACTION].entries * simulation.parameter_values[THICKNESS]
    lost = np.abs(reacts / current - 1).max()
    if lost > CHARGE_LOST:
        if stricter:
            return _curve(stricter, rate, current, losses)
        raise InputError(f"{rate:g} C: PyBaMM: reactions off by {lost:.0%} from the current")
    if "Minimum voltage" in solution.termination:
        ended_by = "voltage"
    elif "Stoichiometry" in solution.termination:
        ended_by = "stoichiometry"
    else:
        raise InputError(f"{rate:g} C: PyBaMM ended by {solution.termination}")

    def of(name: str) -> np.ndarray:
        return solution[name].entries

    return Curve(
        time_s=solution.t,
        voltage_v=of("Voltage [V]"),
        open_circuit_v=of("Positive electrode bulk open-circuit potential [V]"),
        losses_v=np.array([of(name) for name in LOSSES])
        if losses
        else np.full((len(LOSSES), len(solution.t)), np.nan),
        current_a_per_m2=current,
        ended_by=ended_by,
    )


def _no_discharge(simulation, current: float) -> Curve:
    """The voltage is below its limit as soon as the current flows."""
    limit = simulation.parameter_values["Lower voltage cut-off [V]"]
    nothing = np.full((len(LOSSES), 1), np.nan)
    start = np.array([limit])
    return Curve(np.zeros(1), start, np.array([np.nan]), nothing, current, "voltage")


def discharge_tables(
    films: list[tuple[dict, Film, Faces]],
    config: CellConfig,
    se_bulk_conductivity_s_per_m: float,
    report: Callable[[str], None] = lambda line: None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Every film at every thickness and C rate.

    Parameters
    ----------
    films : as of `castline.cell.film.films`.

    Returns
    -------
    pandas.DataFrame, pandas.DataFrame
        The tables `discharge` and `discharge_curves`. A film that cannot be discharged has rows
        with its reason, and no curve.

    Raises
    ------
    InputError
        The voltage window is not one of the open-circuit potential.
    """
    start = stoichiometry_at_start(config)
    rows, curves = [], []
    for keys, simulated, faces in films:
        for thickness_m in thicknesses_m(simulated, config, start):
            key = {**keys, "thickness_um": thickness_m * 1e6}
            film = simulated
            try:
                if reason := no_path(simulated):
                    raise InputError(reason)
                film = faces.grown(simulated, thickness_m)
                check(film)
                values = parameter_values(film, config, se_bulk_conductivity_s_per_m)
                found = _attempts(values, film.radii_m, config.c_rates)
            except InputError as error:
                found = [error] * len(config.c_rates)
            for rate, curve in zip(config.c_rates, found, strict=True):
                row = {**key, "c_rate": rate, **_film_columns(film)}
                if isinstance(curve, InputError):
                    status = "no path" if no_path(simulated) else "failed"
                    rows.append({**row, "status": status, "reason": str(curve)})
                    report(f"{keys['psd']} {keys['solid_content_percent']:g} %: {curve}")
                    continue
                row |= {"status": "ok", "reason": "", **summary(curve, film, config, start)}
                rows.append(row)
                if len(curve.time_s) > 1:
                    curves.append(curve_table(curve, film).assign(**key, c_rate=rate))
            report(f"{keys['psd']} {keys['solid_content_percent']:g} % r{keys['replicate']}")
    columns = list(TABLES["discharge_curves"].columns)
    return (
        pd.DataFrame(rows, columns=list(TABLES["discharge"].columns)),
        pd.concat(curves)[columns] if curves else pd.DataFrame(columns=columns),
    )


def _film_columns(film: Film) -> dict:
    return {
        "sigma_e_s_per_m": film.sigma_e_s_per_m,
        "sigma_ion_s_per_m": film.sigma_ion_s_per_m,
        "contact_share": film.contact_share,
    }


def _grams_per_m2(film: Film) -> float:
    return 1e3 * film.am_density_kg_per_m3 * film.am_fraction * film.thickness_m


def summary(curve: Curve, film: Film, config: CellConfig, stoichiometry_start: float) -> dict:
    """The columns of `discharge` that a curve gives."""
    grams = _grams_per_m2(film)
    charge = float(curve.capacity_ah_per_m2[-1])
    nominal = capacity_per_area(film, config, stoichiometry_start)
    voltage = float(curve.mean(curve.voltage_v))
    drawn = charge > 0
    losses = curve.mean(curve.losses_v) if drawn else np.full(len(LOSSES), np.nan)
    return {
        "current_ma_per_cm2": 0.1 * curve.current_a_per_m2,
        "nominal_capacity_mah_per_g": capacity_per_gram(film, config, stoichiometry_start),
        "nominal_capacity_mah_per_cm2": nominal,
        "capacity_mah_per_g": 1e3 * charge / grams,
        "capacity_mah_per_cm2": 0.1 * charge,
        "utilisation": 0.1 * charge / nominal,
        "mean_voltage_v": voltage if drawn else np.nan,
        "energy_mwh_per_g": 1e3 * charge * voltage / grams if drawn else 0.0,
        "ended_by": curve.ended_by,
        **dict(zip(LOSS_COLUMNS, 1e3 * losses, strict=True)),
    }


def curve_table(curve: Curve, film: Film) -> pd.DataFrame:
    """A curve at `POINTS` equal steps of its charge."""
    time = np.linspace(0, curve.time_s[-1], POINTS)

    def at(values: np.ndarray) -> np.ndarray:
        return np.interp(time, curve.time_s, values)

    charge = curve.current_a_per_m2 * time / 3600
    return pd.DataFrame(
        {
            "capacity_mah_per_g": 1e3 * charge / _grams_per_m2(film),
            "capacity_mah_per_cm2": 0.1 * charge,
            "voltage_v": at(curve.voltage_v),
            "open_circuit_v": at(curve.open_circuit_v),
        }
    )
