"""A film under an outer pressure along z, until it rests (LAMMPS input `drying`).

x and y keep their length, a barostat moves z, a thermostat removes the heat.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np

from castline.base.errors import SimulationError
from castline.lammps.chain import Segment, StageRun
from castline.lammps.output import relative_change
from castline.lammps.timestep import Step

WINDOW_STEPS = 4000
STRAIN_PER_STEP = 5e-5
THERMOSTAT_STEPS = 50
PRESSURE_TOLERANCE = 0.2
# A film jams that carries this multiple of the outer pressure for so many windows, within a spread.
JAM_EXCESS = 1.5
JAM_WINDOWS = 5
JAM_SPREAD = 0.1


class Stationary(Protocol):
    """What a stage's section says of when its film rests."""

    thickness_tolerance: float
    max_windows: int


def outer_pressure(
    step: Step, pressure_kpa: float, band: float, temperature_k: float, seed: int
) -> dict[str, object]:
    """Variables of barostat and thermostat.

    Parameters
    ----------
    band : pressure difference, over the outer pressure, at which the barostat saturates.
    """
    largest_rate = STRAIN_PER_STEP / step.reference_us
    return {
        "pressure": pressure_kpa,
        "gain": largest_rate / (band * pressure_kpa),
        "maxrate": largest_rate,
        "temperature": temperature_k,
        "damp": THERMOSTAT_STEPS * step.reference_us,
        "seed": seed,
    }


def lasting(step: Step, mode: str, reference_steps: int) -> dict[str, object]:
    """Variables of how a segment runs, by the modes of its LAMMPS input, and for how long."""
    steps = step.steps(reference_steps)
    return {"mode": mode, "steps": steps, "sample": steps // (10 if mode == "swap" else 20)}


def is_jammed(
    thickness_um: Sequence[float],
    carried_kpa: Sequence[float],
    pressure_kpa: float,
    tolerance: float,
) -> bool:
    """Whether the means of the last windows are those of a film that the barostat cannot let down.

    One that carries clearly more than the outer pressure is stretched by up to a fifth in a window.
    If it stays at one thickness and one pressure, it is too stiff for the steps of the barostat,
    which then goes to and fro.
    """
    last = [np.array(values[-JAM_WINDOWS:]) for values in (thickness_um, carried_kpa)]
    if len(last[0]) < JAM_WINDOWS or last[1].min() <= JAM_EXCESS * pressure_kpa:
        return False
    thickness_spread, pressure_spread = (np.ptp(values) / values.mean() for values in last)
    return bool(thickness_spread < tolerance and pressure_spread < JAM_SPREAD)


def until_at_rest(
    stage: str,
    run: StageRun,
    window: Callable[[int], Segment],
    settings: Stationary,
    pressure_kpa: float,
    against_jams: str,
) -> tuple[float, float]:
    """Windows until the thickness is stationary and the film carries the outer pressure.

    Parameters
    ----------
    stage : its name, for messages.
    window : runs window 0, 1, ... as the next segment of the chain.
    against_jams : what lets a film down that jams, for its message.

    Returns
    -------
    Last relative change of the thickness, and the pressure that the film carries, kPa.

    Raises
    ------
    SimulationError
        The film jams, or is not stationary after `settings.max_windows`.
    """
    thickness, carried = [], []
    for index in range(settings.max_windows):
        segment = window(index)
        change = relative_change(run.series["thickness_um"], len(segment.series))
        thickness.append(float(segment.series["thickness_um"].mean()))
        carried.append(float(segment.series["pressure_zz_kpa"].mean()))
        run.report(
            f"window {index + 1} (at most {settings.max_windows}), {segment.final['step']:.0f} "
            f"steps: thickness {segment.final['thickness_um']:.2f} um, film carries "
            f"{carried[-1]:.0f} of {pressure_kpa:.0f} kPa"
        )
        if (
            index > 0
            and change < settings.thickness_tolerance
            and abs(carried[-1] - pressure_kpa) < PRESSURE_TOLERANCE * pressure_kpa
        ):
            return change, carried[-1]
        if is_jammed(thickness, carried, pressure_kpa, settings.thickness_tolerance):
            raise SimulationError(
                f"{stage}: jammed; for {JAM_WINDOWS} windows the film carries "
                f"{np.mean(carried[-JAM_WINDOWS:]):.3g} kPa where {pressure_kpa:g} kPa press, at "
                f"{thickness[-1]:.4g} um. It is too stiff for the steps of the barostat: "
                f"{against_jams}"
            )
    raise SimulationError(
        f"{stage}: not stationary after {settings.max_windows} windows (thickness changes by "
        f"{change:.2g}, film carries {carried[-1]:.3g} of {pressure_kpa:g} kPa); raise "
        f"{stage}.max_windows"
    )
