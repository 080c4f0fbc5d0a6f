"""Two planes on a film: the lower one fixed, the upper one driven (LAMMPS input `calendering`).

x and y are periodic, both planes are granular Hertz walls.
"""

from dataclasses import replace

import pandas as pd

from castline.base.errors import InputError
from castline.lammps.bonds import BEGIN
from castline.lammps.chain import StageRun
from castline.lammps.forcefield import ForceField
from castline.lammps.texts import hertz_variables
from castline.lammps.timestep import Step
from castline.line.loaded import PERIODIC_FILM, REST_SKIN_UM, Loaded, acting_on
from castline.packing.state import ParticleState

INPUT = "calendering"
WINDOW_STEPS = 4000
SAMPLE_STEPS = 100
SETTLED_SAMPLES = 10
MARGIN_M = 5e-6
NEVER = "v_gap_um < 0"
# Contacts stiffen as they are pressed, far beyond the overlap for which the step was planned.
STEP_HALVINGS = 3


def film_bounds_m(state: ParticleState) -> tuple[float, float]:
    """Lowest and highest particle surface along z, in m."""
    z, radius = state.position_m[:, 2], state.diameter_m / 2
    return float((z - radius).min()), float((z + radius).max())


def between(state: ParticleState, low_um: float, high_um: float) -> ParticleState:
    """The state in a box that ends at the two planes."""
    low, high = state.low_m.copy(), state.high_m.copy()
    low[2], high[2] = low_um * 1e-6, high_um * 1e-6
    return replace(state, low_m=low, high_m=high)


def film_under(force_field: ForceField, film: ParticleState) -> Loaded:
    """A dried film under the dry force field, with the bonds that it has.

    Raises
    ------
    InputError
        Of film and force field only one has bonds.
    """
    if acting_on(film, force_field).bonds is not None and film.bonds is None:
        raise InputError(
            f"force field {force_field.name}: has a section bonds, but the film that starts the "
            "stage was dried without bonds; dry it with this force field"
        )
    return Loaded(film, force_field)


def bonds_summary(start: ParticleState, end: ParticleState) -> dict[str, int]:
    """How many bonds of a film a stage broke and left; nothing of a film without bonds."""
    if start.bonds is None:
        return {}
    left = end.bonds.count
    return {"bonds_broken": start.bonds.count - left, "bonds_left": left}


class Press:
    """The planes at work on a film; `gap_um` is their distance now.

    Parameters
    ----------
    planes_um : where the two planes stand at the start, along z.
    """

    def __init__(self, run: StageRun, loaded: Loaded, planes_um: tuple[float, float], step: Step):
        low, high = planes_um
        self.run, self.start_um, self.gap_um = run, high - low, high - low
        self.curve: list[pd.DataFrame] = []
        self._bonded = loaded.bonded
        self._variables = {
            **loaded.variables(step, REST_SKIN_UM, PERIODIC_FILM),
            "bottom": low,
            "top": high,
            "steps": step.steps(WINDOW_STEPS),
            "sample": SAMPLE_STEPS,
            **hertz_variables(loaded.force_field.wall, step.mass_scale, prefix="w"),
        }

    def advance(self, phase: str, speed_um_per_us: float, halt: str = NEVER) -> dict[str, float]:
        """One segment at a constant speed, positive downwards, that ends early at a condition.

        Returns
        -------
        The last values: step, gap_um, plane_kpa, smooth_kpa, film_um.
        """
        travel = {"speed": speed_um_per_us, "offset": self.gap_um - self.start_um, "halt": halt}
        if self._bonded and not self.run.segments:
            travel["bonds"] = BEGIN
        segment = self.run.segment({**self._variables, **travel})
        self.curve.append(segment.series.assign(phase=phase))
        self.run.report(
            f"{phase}, {segment.final['step']:.0f} steps: gap {segment.final['gap_um']:.2f} "
            f"um, plane {segment.final['plane_kpa'] / 1e3:.3g} MPa"
        )
        self.gap_um = segment.final["gap_um"]
        return segment.final

    def move(self, gap_um: float, speed_um_per_us: float) -> None:
        """Bring the planes to a distance, down or up, at a constant speed."""
        closing = gap_um < self.gap_um
        phase, speed = ("press", speed_um_per_us) if closing else ("release", -speed_um_per_us)
        halt = f"v_gap_um {'<' if closing else '>'} {gap_um:.12g}"
        while (self.gap_um > gap_um) if closing else (self.gap_um < gap_um):
            self.advance(phase, speed, halt)

    def carried_kpa(self, plane: str = "plane") -> float:
        """Mean of the pressure on the moving plane, or on the `base`, over the last samples."""
        series = self.run.segments[-1].series[f"{plane}_kpa"]
        return float(series.iloc[-SETTLED_SAMPLES:].mean())

    def uneven_kpa(self) -> float:
        """How much more one plane carries than the other; a film at rest presses both alike."""
        return abs(self.carried_kpa() - self.carried_kpa("base"))


def in_megapascal(curve: pd.DataFrame) -> pd.DataFrame:
    """The columns of the campaign's table from those of an electrode's curve."""
    return pd.DataFrame(
        {
            "phase": curve["phase"],
            "step": curve["step"].astype(int),
            "gap_um": curve["gap_um"],
            "plane_pressure_mpa": curve["plane_kpa"] / 1e3,
            "base_pressure_mpa": curve["base_kpa"] / 1e3,
        }
    )
