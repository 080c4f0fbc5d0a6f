"""A toy in place of the particle stages: observables that are formulas of the parameters.

Run as a program it works on the study of a folder: `python toy_line.py FOLDER SECONDS_PER_STEP`; it
starts when it is sent a line.
"""

import math
import sys
import time
from pathlib import Path

from castline.base.errors import SimulationError
from castline.calibration import study
from castline.calibration.searches import STEPS
from castline.calibration.space import space_of
from castline.calibration.targets import Key
from castline.campaign.config import Campaign, load_campaign
from castline.lammps.forcefield import load_force_field

STIFFNESS, FRICTION = "hertz.normal_stiffness_kpa", "hertz.friction"
START = "config/forcefields/slurry.yaml"


def toy_campaign(**changes) -> Campaign:
    """A slurry search with its optimum at stiffness 1.5 kPa and friction 0.03."""
    calibration = {
        "slurry": {
            "trials": 12,
            "random_trials": 4,
            "free": {
                STIFFNESS: {"low": 0.4, "high": 4.0, "scale": "log"},
                FRICTION: {"low": 0.0, "high": 0.1},
            },
            "targets": {
                "density": {"observable": "porosity", "value": 0.0, "tolerance": 0.1},
                "viscosity": {
                    "observable": "viscosity_pa_s",
                    "shear_rates_per_s": [100],
                    "value": 0.2,
                    "relative_tolerance": 0.1,
                },
            },
            **changes.pop("slurry", {}),
        },
        **changes,
    }
    return load_campaign(
        {
            "campaign": "toy",
            "matrix": {
                "solid_content_percent": ["50"],
                "psds": {"AM_1": {"d50_um": 3.0}},
            },
            "recipe": {"dry_mass_g": 4e-10},
            "viscosity": {"shear_rates_per_s": [100]},
            "calibration": calibration,
        }
    )


def toy_steps(candidate, electrodes, terms, seconds=0.0, fails=lambda values: False):
    """Porosity ln(stiffness / 1.5), then viscosity 0.2 (1 + 10 (friction - 0.03))."""
    hertz = candidate.slurry_set.hertz
    for electrode in electrodes:
        candidate.work.mkdir(parents=True, exist_ok=True)
        time.sleep(seconds)
        if fails(hertz):
            raise SimulationError("LAMMPS toy: lost atoms")
        porosity = math.log(hertz.normal_stiffness_kpa / 1.5)
        yield electrode, {Key("porosity", "slurry", *electrode[:2]): porosity}
    for electrode in electrodes:
        time.sleep(seconds)
        viscosity = 0.2 * (1 + 10 * (hertz.friction - 0.03))
        yield electrode, {Key("viscosity_pa_s", "slurry", *electrode[:2], 100.0): viscosity}


def toy_space(campaign: Campaign) -> dict:
    start = load_force_field(START)
    return space_of(campaign, campaign.calibration, "slurry", start, "no LAMMPS", start)


def toy_work(campaign: Campaign, folder: Path, report=lambda line: None) -> dict:
    """One worker on the study in `folder`."""
    start = load_force_field(START)
    return study.work_on(
        campaign, campaign.calibration, "slurry", start, start, toy_space(campaign), folder, report
    )


if __name__ == "__main__":
    pause = float(sys.argv[2])
    print("ready", flush=True)
    sys.stdin.readline()
    STEPS["slurry"] = lambda *given: toy_steps(*given, seconds=pause)
    toy_work(toy_campaign(), Path(sys.argv[1]), lambda line: print(line, flush=True))
