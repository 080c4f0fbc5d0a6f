"""Mechanics of the pressed films, from their force-gap curves.

Density against pressure under the plane, Heckel's straight line through it, how far the film
springs back, and its modulus when the plane lets go. Needs no particles: the solids of a film fill
(1 - porosity) of its thickness, and of every gap on the way they fill what that leaves. The film's
pressure is the mean of those on both planes: where the plane moves faster than the film settles,
one carries more than the other, by what the film's inertia takes.

Sources: R. W. Heckel, Trans. Metall. Soc. AIME 221 (1961) 671 (ln 1/(1-D) = K P + A); the modulus
from the upper part of the unloading curve as W. C. Oliver and G. M. Pharr, J. Mater. Res. 7 (1992)
1564, take it from an indent.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import isotonic_regression
from scipy.stats import linregress

from castline.base.errors import InputError
from castline.recipe.electrode import axis_of
from castline.results.schema import KEYS, TABLES, keys_of, on_axis

NEEDS = {
    "calendering": [*KEYS, "phase", "step", "gap_um", "plane_pressure_mpa", "base_pressure_mpa"],
    "structure": [*KEYS, "state", "porosity", "thickness_um"],
}
# Pressures at which densities are given, those of published curves among them.
PRESSURES_MPA = (10, 20, 50, 75, 100, 150, 200, 250, 300, 350, 400)
# Where the line is fitted, so that films and powders pressed to different pressures compare, in
# so many equal intervals of pressure, each with the mean density within it.
HECKEL_RANGE_MPA = (10.0, 100.0)
HECKEL_INTERVALS = 9
# Of the peak pressure: where the unloading curve is fitted. Above, the film still yields to the
# plane, which has just turned round.
UNLOADING = (0.5, 0.9)
FEWEST_SAMPLES = 4


@dataclass(frozen=True)
class Line:
    """A straight line y = slope x + intercept; the error of its slope is None for two points."""

    slope: float
    slope_stderr: float | None
    intercept: float


def straight_line(x: np.ndarray, y: np.ndarray) -> Line | None:
    """Least squares; None for fewer than two points."""
    if len(x) < 2:
        return None
    fit = linregress(x, y)
    return Line(float(fit.slope), float(fit.stderr) if len(x) > 2 else None, float(fit.intercept))


def heckel_line(pressure_mpa: Sequence[float], relative_density: Sequence[float]) -> Line | None:
    """Heckel's line, ln 1/(1-D) against the pressure in MPa, through the points of the range.

    Points that are denser than the solids have no logarithm: the line ends before the first.
    """
    pressure, density = np.asarray(pressure_mpa, float), np.asarray(relative_density, float)
    order = np.argsort(pressure)
    pressure, density = pressure[order], density[order]
    full = np.flatnonzero(density >= 1)
    end = full[0] if len(full) else len(density)
    pressure, density = pressure[:end], density[:end]
    low, high = HECKEL_RANGE_MPA
    inside = (pressure >= low) & (pressure <= high)
    return straight_line(pressure[inside], -np.log(1 - density[inside]))


@dataclass(frozen=True)
class Pressing:
    """One film under the press and let go.

    Attributes
    ----------
    pressure_mpa, solids_over_gap : pressure as it rises, each value once, and relative density; the
        rising curve next to the samples, as single collisions are not the film's answer.
    gap_um : at the turning point of the plane.
    peak_mpa : largest pressure.
    release_gap_um, release_mpa : the plane's first way back.
    release_difference : of the pressures on both planes over their sum, on that way.
    """

    pressure_mpa: np.ndarray
    solids_over_gap: np.ndarray
    gap_um: float
    peak_mpa: float
    release_gap_um: np.ndarray
    release_mpa: np.ndarray
    release_difference: np.ndarray

    def density_at(self, pressure_mpa: float) -> float:
        """Relative density under a pressure on the way up."""
        return float(np.interp(pressure_mpa, self.pressure_mpa, self.solids_over_gap))

    def heckel(self) -> Line | None:
        """Heckel's line through the means of equal intervals of the pressure."""
        low, high = HECKEL_RANGE_MPA[0], min(HECKEL_RANGE_MPA[1], self.peak_mpa)
        if high <= low:
            return None
        edges = np.linspace(low, high, HECKEL_INTERVALS + 1)
        middle = (edges[1:] + edges[:-1]) / 2
        return heckel_line(middle, [self.density_at(p) for p in middle])

    def unloading(self) -> tuple[Line, float] | None:
        """Pressure in MPa against the logarithmic strain of the film on its way back.

        Returns
        -------
        The line, and the mean difference of the planes over their sum where it is fitted; None with
        fewer than `FEWEST_SAMPLES`.
        """
        low, high = (share * self.peak_mpa for share in UNLOADING)
        inside = (self.release_mpa >= low) & (self.release_mpa <= high)
        if inside.sum() < FEWEST_SAMPLES:
            return None
        line = straight_line(np.log(self.release_gap_um[inside]), self.release_mpa[inside])
        return line, float(np.abs(self.release_difference[inside]).mean())


def turning_gap_um(press: pd.DataFrame, release: pd.DataFrame) -> float:
    """Distance of the planes where the upper one turns round.

    A sample is the mean over the steps before it. The gap is linear in time on both ways, which
    meet at the turn.
    """
    if len(release) < FEWEST_SAMPLES or len(press) < FEWEST_SAMPLES:
        return float(press["gap_um"].iloc[-1])
    down = straight_line(press["step"].to_numpy()[-3:], press["gap_um"].to_numpy()[-3:])
    # the first sample may hold steps of before the turn
    up = straight_line(release["step"].to_numpy()[1:4], release["gap_um"].to_numpy()[1:4])
    turn = (up.intercept - down.intercept) / (down.slope - up.slope)
    return down.slope * turn + down.intercept


def pressing(film: pd.DataFrame, solids_um: float) -> Pressing:
    """What the force-gap curve of one film says.

    Parameters
    ----------
    film : its rows of the calendering table.
    solids_um : thickness of its solids without any void.
    """
    film = film.sort_values("step")
    phase = film["phase"].to_numpy()
    first = int(np.argmax(phase != "press")) if (phase != "press").any() else len(film)
    press = film.iloc[:first]
    after = film.iloc[first:]
    stops = np.flatnonzero(after["phase"].to_numpy() != "release")
    release = after.iloc[: stops[0] if len(stops) else len(after)]
    rising = isotonic_regression(_pressure_mpa(press)).x
    pressure, index = np.unique(rising, return_index=True)
    way_back = release[["plane_pressure_mpa", "base_pressure_mpa"]].to_numpy()
    both = way_back.sum(axis=1)
    return Pressing(
        pressure_mpa=pressure,
        solids_over_gap=solids_um / press["gap_um"].to_numpy()[index],
        gap_um=turning_gap_um(press, release),
        peak_mpa=float(rising[-1]),
        release_gap_um=release["gap_um"].to_numpy(),
        release_mpa=_pressure_mpa(release),
        release_difference=np.divide(
            way_back[:, 1] - way_back[:, 0], both, out=np.zeros_like(both), where=both != 0
        ),
    )


def _heckel_columns(line: Line | None) -> dict[str, float | None]:
    if line is None:
        names = ("constant_per_gpa", "constant_stderr_per_gpa", "intercept")
        return {f"heckel_{name}": None for name in names}
    error = line.slope_stderr
    return {
        "heckel_constant_per_gpa": 1e3 * line.slope,
        "heckel_constant_stderr_per_gpa": None if error is None else 1e3 * error,
        "heckel_intercept": line.intercept,
    }


def _pressure_mpa(rows: pd.DataFrame) -> np.ndarray:
    return rows[["plane_pressure_mpa", "base_pressure_mpa"]].mean(axis=1).to_numpy()


def mechanics_tables(
    calendering: pd.DataFrame, structure: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Mechanics of every film, and its densities under pressure.

    Parameters
    ----------
    calendering, structure : the campaign's tables, with the columns `NEEDS`.

    Returns
    -------
    mechanics : one row a film, as `castline.results.schema` has it.
    densification : one row a film and pressure.

    Raises
    ------
    InputError
        A film of one table is not in the other.
    """
    keys, axis = keys_of(calendering.columns), axis_of(calendering.columns)
    released = structure[structure["state"] == "calendered"].set_index(keys)
    rows, densities = [], []
    for key, film in calendering.groupby(keys, sort=True):
        names = dict(zip(keys, key, strict=True))
        if key not in released.index:
            raise InputError(f"structure table: no calendered film of {names}")
        thickness, porosity = released.loc[key, ["thickness_um", "porosity"]]
        curve = pressing(film, (1 - porosity) * thickness)
        heckel, (unloading, difference) = curve.heckel(), curve.unloading() or (None, None)
        rows.append(
            {
                **names,
                "peak_pressure_mpa": curve.peak_mpa,
                "relative_density_pressed": (1 - porosity) * thickness / curve.gap_um,
                "relative_density_released": 1 - porosity,
                "spring_back": thickness / curve.gap_um - 1,
                **_heckel_columns(heckel),
                "unloading_modulus_gpa": None if unloading is None else -unloading.slope / 1e3,
                "unloading_modulus_stderr_gpa": (
                    None if unloading is None else unloading.slope_stderr / 1e3
                ),
                "unloading_difference": difference,
            }
        )
        densities += [
            {**names, "pressure_mpa": p, "relative_density": curve.density_at(p)}
            for p in PRESSURES_MPA
            if curve.pressure_mpa[0] <= p <= curve.peak_mpa
        ]
    return (
        pd.DataFrame(rows, columns=on_axis(TABLES["mechanics"].columns, axis)),
        pd.DataFrame(densities, columns=on_axis(TABLES["densification"].columns, axis)),
    )
