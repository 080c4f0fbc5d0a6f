"""Flow curves of the measured slurries: files of a rheometer, one a sample."""

from dataclasses import dataclass

import numpy as np

from castline.base.delimited import Asked, find_table, has_table
from castline.base.errors import InputError
from castline.base.quantities import SHEAR_RATE, STRESS, VISCOSITY
from castline.base.text_files import read_lines

# Samples of one sweep program: their shear rates agree but for the rheometer's regulation. Within
# a sweep the rate turns where it goes back by more than that.
SHEAR_RATE_TOLERANCE = 0.02
# Readings at the turn of a sweep that belong to both branches.
SAME_RATE = 2e-3
MAX_BRANCHES = 8
# No slurry flows more easily than gases, or less than glass.
PLAUSIBLE_PA_S = (1e-5, 1e9)
RATE_NAMES = (
    *("shear_rate_per_s", "shear rate", "gradient de cisaillement", "scherrate"),
    *("schergeschwindigkeit", "schergef\u00e4lle", "vitesse de cisaillement"),
)
VISCOSITY_NAMES = (
    *("viscosity_pa_s", "viscosity", "shear viscosity", "apparent viscosity", "viskosit\u00e4t"),
    *("viscosit\u00e9", "eta", "\u03b7"),
)
STRESS_NAMES = (
    *("shear_stress_pa", "shear stress", "stress", "contrainte de cisaillement"),
    *("schubspannung", "scherspannung"),
)


@dataclass(frozen=True)
class Branch:
    """Part of a sweep in which the shear rate goes one way.

    Attributes
    ----------
    name : up or down, with a number from the second on.
    shear_rate_per_s, viscosity_pa_s : numpy.ndarray, shape (n,), by increasing shear rate.
    """

    name: str
    shear_rate_per_s: np.ndarray
    viscosity_pa_s: np.ndarray


def viscosity_rows(curve, folder):
    """Mean curves over the samples of a slurry, and a failed row for each sample without one.

    Branches of sweeps that go up and down are averaged each on its own: a thixotropic slurry has
    two viscosities at one shear rate.
    """
    keys = {"psd": curve.psd, "solid_content_percent": curve.solid_content_percent}
    samples, rows = [], []
    for file in curve.files:
        path = folder / file
        try:
            samples.append(_read_sample(path, curve, samples))
        except InputError as error:
            rows.append({**keys, "status": "failed", "reason": str(error), "n_samples": 0})
    for branches in zip(*samples, strict=True):
        shear_rate_per_s = np.mean([branch.shear_rate_per_s for branch in branches], axis=0)
        viscosity_pa_s = np.array([branch.viscosity_pa_s for branch in branches])
        spread = (
            viscosity_pa_s.std(axis=0, ddof=1)
            if len(samples) > 1
            else [np.nan] * len(shear_rate_per_s)
        )
        for rate, mean, std in zip(
            shear_rate_per_s, viscosity_pa_s.mean(axis=0), spread, strict=True
        ):
            rows.append(
                {
                    **keys,
                    "status": "ok",
                    "reason": "",
                    "branch": branches[0].name,
                    "shear_rate_per_s": rate,
                    "viscosity_mean_pa_s": mean,
                    "viscosity_std_pa_s": std,
                    "n_samples": len(samples),
                }
            )
    return rows


def _read_sample(path, curve, others) -> list[Branch]:
    """Branches of one sample, at the shear rates of the other samples."""
    values, numbers = _read_values(path, curve)
    low, high = PLAUSIBLE_PA_S
    good = np.isfinite(values) & (values > 0)
    bad = np.flatnonzero(~good.all(axis=0))
    if bad.size:
        raise InputError(f"{path}:{numbers[bad[0]]}: shear rate and viscosity must be > 0")
    odd = np.flatnonzero((values[1] < low) | (values[1] > high))
    if odd.size:
        raise InputError(
            f"{path}:{numbers[odd[0]]}: viscosity {values[1, odd[0]]:.3g} Pa s is out of "
            f"{low:g} to {high:g}: check its unit"
        )
    found = branches_of(path, *values, numbers)
    if curve.branch != "all":
        found = [branch for branch in found if branch.name == curve.branch]
        if not found:
            raise InputError(f"{path}:{numbers[-1]}: the sweep has no branch {curve.branch!r}")
    for first in others[:1]:
        if not _same_program(found, first):
            shown = " and ".join(branch.name for branch in found)
            raise InputError(
                f"{path}:{numbers[0]}: its shear rates differ from those of the first sample "
                f"({shown} here, {' and '.join(branch.name for branch in first)} there): "
                "run the same sweep on all samples of a slurry"
            )
    return found


def _read_values(path, curve):
    """Shear rates (1/s) and viscosities (Pa s), shape (2, n), and their lines."""
    lines = read_lines(path, curve.encoding)
    rate = Asked(
        SHEAR_RATE, RATE_NAMES, curve.shear_rate_column, curve.shear_rate_unit, "shear_rate_unit"
    )
    viscosity = Asked(
        VISCOSITY, VISCOSITY_NAMES, curve.viscosity_column, curve.viscosity_unit, "viscosity_unit"
    )
    stress = Asked(STRESS, STRESS_NAMES, curve.stress_column, curve.stress_unit, "stress_unit")
    by_stress = curve.stress_column is not None or (
        curve.viscosity_column is None
        and not has_table(path, lines, [rate, viscosity], curve)
        and has_table(path, lines, [rate, stress], curve)
    )
    columns = [rate, stress if by_stress else viscosity]
    table = find_table(path, lines, columns, curve)
    values = table.values(*columns)
    if by_stress:
        with np.errstate(divide="ignore", invalid="ignore"):
            values[1] /= values[0]
    return values, table.lines


def branches_of(path, shear_rate_per_s, viscosity_pa_s, lines) -> list[Branch]:
    """Cut a sweep where its shear rate turns.

    The reading at the turn belongs to the branch that ends there; where it was taken twice, the
    second one begins the next branch.

    Parameters
    ----------
    path : for messages.
    shear_rate_per_s, viscosity_pa_s : numpy.ndarray, shape (n,)
        As measured, in order of time.
    lines : line of each reading, for messages.

    Raises
    ------
    InputError
        The rate turns too often to be a sweep, or a branch has two readings at one rate.
    """
    starts, names = _turns(shear_rate_per_s)
    if len(starts) > MAX_BRANCHES:
        raise InputError(
            f"{path}:{lines[starts[MAX_BRANCHES]]}: the shear rate turns {len(starts) - 1} times: "
            "no sweep; give its rows in the order of the measurement"
        )
    branches = []
    for start, end, name in zip(starts, [*starts[1:], len(lines)], names, strict=True):
        order = start + np.argsort(shear_rate_per_s[start:end])
        rates = shear_rate_per_s[order]
        twice = np.flatnonzero(np.diff(rates) == 0)
        if twice.size:
            first, second = sorted(lines[order[twice[0] + k]] for k in (0, 1))
            raise InputError(
                f"{path}:{second}: shear rate {rates[twice[0]]:g} 1/s again, as in line {first}: "
                "keep one reading at each rate"
            )
        branches.append(Branch(name, rates, viscosity_pa_s[order]))
    return branches


def _turns(rates) -> tuple[list[int], list[str]]:
    """Where the branches of a sweep begin, and their names."""
    starts, ways, extreme = [0], [0], 0
    for k in range(1, len(rates)):
        way = ways[-1]
        change = rates[k] / rates[extreme] - 1.0
        if way == 0:
            if abs(change) > SAME_RATE:
                ways[-1] = int(np.sign(change))
                extreme = k
        elif change * way >= 0:
            extreme = k
        elif abs(change) > SHEAR_RATE_TOLERANCE:
            starts.append(_next_branch(rates, starts[-1], extreme))
            ways.append(-way)
            extreme = k
    names, seen = [], {}
    for way in ways:
        name = "down" if way < 0 else "up"
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 else f"{name} {seen[name]}")
    return starts, names


def _next_branch(rates, start, extreme) -> int:
    """First reading of the branch after a turn: half of those at the turn, if taken again."""
    same = np.abs(rates / rates[extreme] - 1.0) <= SAME_RATE
    first = last = extreme
    while first - 1 > start and same[first - 1]:
        first -= 1
    while last + 1 < len(rates) and same[last + 1]:
        last += 1
    return last + 1 - (last + 1 - first) // 2


def _same_program(branches, others) -> bool:
    """Whether two samples ran the same sweep."""
    return len(branches) == len(others) and all(
        one.name == other.name
        and one.shear_rate_per_s.size == other.shear_rate_per_s.size
        and np.allclose(one.shear_rate_per_s, other.shear_rate_per_s, rtol=SHEAR_RATE_TOLERANCE)
        for one, other in zip(branches, others, strict=True)
    )
