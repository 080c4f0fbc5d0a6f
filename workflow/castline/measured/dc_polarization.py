"""Electronic resistance from DC polarization of an ion-blocking cell.

After a voltage step the ions redistribute and stop, for the contacts block them; the steady current
is electronic, and its slope over the voltage is the electronic conductance.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.special import ndtri

from castline.base.delimited import Asked, find_table, split_table
from castline.base.errors import InputError, printable
from castline.base.quantities import CURRENT, TIME, VOLTAGE, conversion, unit_of_name
from castline.base.text_files import PLAIN, DelimitedText, read_lines
from castline.impedance.potentiostats import ec_lab_header, gamry_tables, read_ec_lab_binary

TIME_NAMES = ("time_s", "time", "t")
VOLTAGE_NAMES = ("voltage_v", "voltage", "ewe", "<ewe>", "vf", "potential", "e", "u")
CURRENT_NAMES = ("current_a", "current", "i", "<i>", "im")
MIN_POINTS_PER_STEP = 20
# Samples on the way from one voltage to the next; more of them are a hold, and leaving it out is
# reported.
TRANSITION_POINTS = 3
# A step is a change of voltage above so many standard deviations of its noise, and above this part
# of the range of all voltages.
NOISE_LIMIT = 6.0
RANGE_LIMIT = 0.01
# Largest part of a step that may be transient; the rest must show a steady current.
LATEST_STEADY_START = 0.8
# Two standard errors: a slope below it is no drift the data can show.
SLOPE_SIGNIFICANCE = 2.0


@dataclass(frozen=True)
class VoltageStep:
    """Steady part of one voltage step.

    Attributes
    ----------
    voltage_v : float
    current_a, current_stderr_a : float
        Mean of the steady currents and its standard error.
    start_s, transient_end_s, end_s : float
        Times at which the step begins, the current is steady, the step ends.
    """

    voltage_v: float
    current_a: float
    current_stderr_a: float
    start_s: float
    transient_end_s: float
    end_s: float


@dataclass(frozen=True)
class DcPolarization:
    """Linear fit of steady currents over voltages, ``I = V / R + I_0``.

    Attributes
    ----------
    resistance_ohm, resistance_stderr_ohm : float
    offset_current_a : float
    steps : tuple of VoltageStep
    left_out : tuple of str
        Holds that are too short to count, one text each; samples between two steps are not named.
    """

    resistance_ohm: float
    resistance_stderr_ohm: float
    offset_current_a: float
    steps: tuple[VoltageStep, ...]
    left_out: tuple[str, ...]


@dataclass(frozen=True)
class DcUnits:
    """Units that the user states, where a text file does not."""

    time: str | None = None
    voltage: str | None = None
    current: str | None = None


NO_UNITS = DcUnits()


def read_dc_polarization(
    path,
    time: str | None = None,
    voltage: str | None = None,
    current: str | None = None,
    units: DcUnits = NO_UNITS,
    text: DelimitedText = PLAIN,
):
    """Read time, voltage and current, three arrays of shape (n,) in s, V and A.

    Parameters
    ----------
    path : path-like
        Delimited text, BioLogic .mpt or .mpr, or Gamry .DTA (its CURVE table).
    time, voltage, current : str, optional
        Names of the columns, where the usual ones are not there.
    units : DcUnits
        Units that a delimited text does not state.
    text : DelimitedText

    Raises
    ------
    InputError
        Missing file or column, unreadable number, a unit that is missing or contradicted, or time
        that does not increase, with file and line.
    """
    path = Path(path)
    columns = [
        Asked(TIME, TIME_NAMES, time, units.time, "time_unit"),
        Asked(VOLTAGE, VOLTAGE_NAMES, voltage, units.voltage, "voltage_unit"),
        Asked(CURRENT, CURRENT_NAMES, current, units.current, "current_unit"),
    ]
    if path.suffix.lower() == ".mpr":
        values, lines = _read_mpr(path, columns), ()
    else:
        table = _table(path, columns, text)
        values, lines = table.values(*columns), table.lines
    back = np.flatnonzero(np.diff(values[0]) <= 0)
    if back.size:
        place = lines[back[0] + 1] if lines else f" point {back[0] + 1}"
        raise InputError(f"{path}:{place}: time does not increase")
    return values


def _table(path, columns, text):
    """The table with time, voltage and current."""
    lines = read_lines(path, text.encoding)
    suffix = path.suffix.lower()
    if suffix == ".mpt":
        header = ec_lab_header(path, lines)
        names, body = lines[header].split("\t"), lines[header + 1 :]
    elif suffix == ".dta":
        tables = gamry_tables(path, lines, "CURVE")
        chosen = (text.wanted_tables or [1])[0]
        if (len(tables) > 1 and not text.wanted_tables) or chosen > len(tables):
            raise InputError(
                f"{path}:{tables[-1][0]}: {len(tables)} CURVE tables: choose with table: 1 to "
                f"{len(tables)}"
            )
        header, names, body = tables[chosen - 1]
    else:
        return find_table(path, lines, columns, text)
    _one_voltage(f"{path}:{header + 1}", names, columns[1])
    return split_table(path, names, header, body, columns, "\t", short_rows=True)


def _one_voltage(where, names, voltage):
    """With three electrodes the voltage across the cell is not the one to the reference.

    Nor is a spectrum a record of steps, though it has a voltage and a current, too.
    """
    if "freq/Hz" in names:
        raise InputError(f"{where}: has a column freq/Hz: an impedance spectrum, not steps")
    if voltage.given is None and any("Ece" in name for name in names):
        raise InputError(
            f"{where}: a counter electrode was recorded, too: give voltage_column, "
            f"such as {next((name for name in names if 'Ewe-Ece' in name), 'Ewe/V')}"
        )


def _read_mpr(path, columns):
    """BioLogic binary file; its columns are named as those of the text."""
    data = read_ec_lab_binary(path)
    names = data.dtype.names
    _one_voltage(path, names, columns[1])
    values = []
    for asked in columns:
        found = [name for name in names if asked.matches(name)]
        if len(found) != 1:
            raise InputError(
                f"{path}: {len(found)} columns for {asked.wanted}; there are: "
                f"{printable(', '.join(names), 300)}"
            )
        unit = unit_of_name(found[0], asked.quantity)
        factor = conversion(found[0], asked.quantity, [unit], asked.unit, asked.unit_key)
        values.append(data[found[0]] * factor)
    return np.array(values, dtype=float)


def analyse_dc_polarization(time_s, voltage_v, current_a):
    """Find the steps, the end of each transient, and fit the steady currents.

    Parameters
    ----------
    time_s, voltage_v, current_a : array_like, shape (n,)
        A change of voltage above its noise and above 1 % of its range is a step. Holds of fewer
        than 20 points (samples between two steps, before the first, a broken end) do not count.

    Returns
    -------
    DcPolarization

    Raises
    ------
    InputError
        Fewer than three steps at different voltages, a step that does not become steady, or a
        conductance that is not positive.
    """
    time_s, voltage_v, current_a = (
        np.asarray(values, dtype=float) for values in (time_s, voltage_v, current_a)
    )
    if not (np.isfinite(time_s) & np.isfinite(voltage_v) & np.isfinite(current_a)).all():
        raise InputError("DC polarization: time, voltage and current must be finite")
    smallest_v = _smallest_step(voltage_v)
    holds, short = _holds(voltage_v, smallest_v)
    left_out = tuple(
        f"the step at {time_s[part[0]]:.6g} s, {np.median(voltage_v[part]):.4g} V, has "
        f"{part.size} points, needs {MIN_POINTS_PER_STEP}"
        for part in short
        if part.size > TRANSITION_POINTS
    )
    levels = sorted(float(np.median(voltage_v[part])) for part in holds)
    n_levels = sum(np.diff(levels) > smallest_v) + 1 if levels else 0
    if n_levels < 3:
        found = ", ".join(f"{level:.4g} V" for level in levels) or "none"
        raise InputError(
            f"DC polarization: needs at least 3 different voltages, each held for "
            f"{MIN_POINTS_PER_STEP} points, found {found}"
            + (f" (changes up to {smallest_v:.2g} V count as noise)" if smallest_v > 0 else "")
            + "".join(f"; {text}" for text in left_out)
        )
    steps = tuple(_steady_part(time_s[p], voltage_v[p], current_a[p]) for p in holds)
    voltages = np.array([step.voltage_v for step in steps])
    currents = np.array([step.current_a for step in steps])
    # A current without any scatter, as simulated data may have, must not get infinite weight.
    floor = 1e-6 * np.abs(currents).max()
    errors = np.maximum([step.current_stderr_a for step in steps], floor)
    design = np.column_stack([voltages, np.ones_like(voltages)]) / errors[:, None]
    covariance = np.linalg.inv(design.T @ design)
    conductance, offset = covariance @ design.T @ (currents / errors)
    misfit = (currents - conductance * voltages - offset) / errors
    reduced = float(misfit @ misfit) / (len(steps) - 2)
    conductance_stderr = float(np.sqrt(covariance[0, 0] * max(reduced, 1.0)))
    if conductance <= 0:
        raise InputError(
            f"DC polarization: conductance {conductance:.3g} S is not positive: check the signs "
            "of voltage and current"
        )
    return DcPolarization(
        resistance_ohm=1.0 / float(conductance),
        resistance_stderr_ohm=conductance_stderr / float(conductance) ** 2,
        offset_current_a=float(offset),
        steps=steps,
        left_out=left_out,
    )


def _smallest_step(voltage_v) -> float:
    """Change of voltage in V that noise does not make.

    The 85th percentile of the changes from sample to sample lies inside the holds, for no more than
    three in 20 samples may belong to a step; the range leaves out 5 % at either end, which single
    samples before the first step may lie in.
    """
    if voltage_v.size < 2:
        return 0.0
    noise_v = np.percentile(np.abs(np.diff(voltage_v)), 85.0) / (ndtri(0.925) * np.sqrt(2.0))
    return max(NOISE_LIMIT * noise_v, RANGE_LIMIT * np.ptp(np.percentile(voltage_v, [5.0, 95.0])))


def _holds(voltage_v, smallest_v):
    """Indices of the samples of each hold that counts, and of each that is too short.

    A hold that a few samples off its voltage interrupt stays one hold.
    """
    edges = np.flatnonzero(np.abs(np.diff(voltage_v)) > smallest_v) + 1
    holds, short = [], []
    for part in np.split(np.arange(voltage_v.size), edges):
        interrupted = holds and part[0] - holds[-1][-1] <= TRANSITION_POINTS + 1
        change_v = np.median(voltage_v[part]) - np.median(voltage_v[holds[-1]]) if holds else 0.0
        if interrupted and abs(change_v) <= smallest_v:
            holds[-1] = np.concatenate([holds[-1], part])
        elif part.size < MIN_POINTS_PER_STEP:
            short.append(part)
        else:
            holds.append(part)
    return holds, short


def _steady_part(time_s, voltage_v, current_a) -> VoltageStep:
    """Cut the transient: the first start after which the current has no significant slope."""
    n = time_s.size
    where = f"DC polarization: the step at {time_s[0]:.6g} s, {voltage_v.mean():.4g} V"
    for start in np.unique((np.linspace(0.0, LATEST_STEADY_START, 17) * n).astype(int)):
        time, current = time_s[start:], current_a[start:]
        centred = time - time.mean()
        slope = (centred @ current) / (centred @ centred)
        scatter = current - current.mean() - slope * centred
        slope_stderr = np.sqrt(scatter @ scatter / (time.size - 2) / (centred @ centred))
        if abs(slope) <= SLOPE_SIGNIFICANCE * slope_stderr or np.ptp(current) == 0:
            return VoltageStep(
                voltage_v=float(voltage_v[start:].mean()),
                current_a=float(current.mean()),
                current_stderr_a=float(current.std(ddof=1) / np.sqrt(time.size)),
                start_s=float(time_s[0]),
                transient_end_s=float(time[0]),
                end_s=float(time[-1]),
            )
    raise InputError(f"{where}, does not become steady: hold it longer")
