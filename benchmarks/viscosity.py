"""Cost of a flow curve: every point, the study's protocol beside it, and the settings tried.

    python benchmarks/viscosity.py results/paper/AM_1/sc50 --settings

Takes the equilibrated slurry of one electrode and shears it on one core as the viscosity rule does.
The study's protocol (real masses, 0.001 us) is timed over 1800 steps and multiplied up to the
strain of each point. `--settings` also times short runs with other settings. Work goes to
benchmarks/out/, so an interrupted benchmark goes on where it stopped. Cost against the number of
particles and MPI ranks: benchmarks/scaling.py.
"""

import argparse
import copy
import shutil
from pathlib import Path

import numpy as np
import pandas as pd

from castline.base.files import read_json, write_table
from castline.lammps import chain as lammps_run
from castline.lammps.forcefield import load_force_field
from castline.line.stage import Bench, Result
from castline.line.viscosity import Sheared, ViscosityConfig, shear
from castline.packing.state import read_state
from castline.recipe.recipe import Recipe

RATES_PER_S = [10, 17.7828, 31.6228, 56.2341, 100, 177.828, 316.228, 562.341, 1000]
SETTINGS_RATES_PER_S = [1000.0, 100.0, 17.7828]
PROTOCOL_STEPS = 1800
# Samples (strain 0.01 each) of a timed run, and of the run before it.
SAMPLES = 5
GHOSTS = "vel yes reduce/multi"
FINE = "neigh_modify collection/type 2 ${fine} ${coarse}"
# What was tried: other text in common.lmp, or other variables.
SETTINGS = {
    "as shipped": ([], {}),
    "skin 0.4 um": ([], {"skin": 0.4}),
    "skin 0.6 um": ([], {"skin": 0.6}),
    "skin 1.0 um": ([], {"skin": 1.0}),
    "skin 1.2 um": ([], {"skin": 1.2}),
    "plain pair styles": ([], {"pairs": "plain"}),
    "ghosts of fine particles as far out as of coarse": ([(GHOSTS, "vel yes")], {}),
    "bins of one size": ([], {"neighbor": "bin"}),
    "bins by type": ([(f'  "{FINE}" &\n', "")], {}),
    "newton off": ([("newton          on", "newton          off"), (GHOSTS, "vel yes")], {}),
}


def protocol_seconds_per_step(sheared: Sheared, work: Path) -> float:
    """Core-seconds of one step of the study's protocol."""
    settings = ViscosityConfig(shear_rates_per_s=[1000.0])
    flow = sheared.flow(1000.0, settings, "none")
    with sheared.start(flow, Bench(work, report=lambda line: None), "protocol") as run:
        costs = []
        for steps in (PROTOCOL_STEPS // 10, PROTOCOL_STEPS):
            variables = {**sheared.variables(flow, 1), "steps": steps, "sample": steps}
            costs.append(run.segment(variables).core_seconds)
    return (costs[1] - costs[0]) / (PROTOCOL_STEPS * 0.9)


def timed(sheared: Sheared, work: Path, name: str, variables: dict) -> list[dict]:
    """Core-seconds a unit strain at each of the settings' rates, one after the other."""
    settings = ViscosityConfig(shear_rates_per_s=SETTINGS_RATES_PER_S)
    flows = [sheared.flow(rate, settings, "automatic") for rate in SETTINGS_RATES_PER_S]
    rows, before = [], None
    bench = Bench(work, report=lambda line: None)
    with sheared.start(flows[0], bench, f"settings {name}") as run:
        for flow in flows:
            run.segment({**sheared.variables(flow, 2 * SAMPLES, before), **variables})
            values = {**sheared.variables(flow, SAMPLES), **variables}
            segment = run.segment(values)
            rows.append(
                {
                    "settings": name,
                    "shear_rate_per_s": flow.shear_rate_per_s,
                    "core_seconds_per_unit_strain": segment.core_seconds
                    / (SAMPLES * flow.strain_per_sample),
                    "core_ms_per_step": 1e3 * segment.core_seconds / values["steps"],
                    "viscosity_pa_s": float(segment.series["viscosity_mpa_s"].mean()) / 1e3,
                }
            )
            before = flow
            print(rows[-1], flush=True)
    return rows


def settings_table(sheared: Sheared, work: Path) -> pd.DataFrame:
    """`timed` with each of the settings, and with coarse particles scaled like fine ones."""
    shipped, rows = lammps_run.INPUTS, []
    for name, (edits, variables) in SETTINGS.items():
        inputs = work / "inputs"
        shutil.copytree(shipped, inputs, dirs_exist_ok=True)
        text = (inputs / "common.lmp").read_text()
        for old, new in edits:
            if old not in text:
                raise SystemExit(f"benchmark: common.lmp no longer has {old!r}")
            text = text.replace(old, new, 1)
        (inputs / "common.lmp").write_text(text)
        lammps_run.INPUTS = inputs
        try:
            rows += timed(sheared, work, name, variables)
        finally:
            lammps_run.INPUTS = shipped
    light = copy.copy(sheared)
    light.scales = sheared.real
    return pd.DataFrame(rows + timed(light, work, "coarse particles no heavier", {}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("electrode", type=Path, help="folder with recipe.json and r1/slurry.*")
    parser.add_argument("--rates", type=float, nargs="+", default=RATES_PER_S)
    parser.add_argument("--force-field", default="config/forcefields/slurry.yaml")
    parser.add_argument("--settings", action="store_true", help="also time other settings")
    parser.add_argument("--out", type=Path, default=Path("benchmarks/out"))
    given = parser.parse_args()
    recipe = Recipe.from_dict(read_json(given.electrode / "recipe.json"))
    state = read_state(given.electrode / "r1/slurry.dump.gz")
    slurry = Result({"slurry": state}, summary=read_json(given.electrode / "r1/slurry.json"))
    force_field = load_force_field(given.force_field)
    sheared = Sheared(recipe, force_field, state, slurry.summary["particle_pressure_kpa"])
    work = given.out / "viscosity_work"
    per_step = protocol_seconds_per_step(sheared, work)
    settings = ViscosityConfig(shear_rates_per_s=given.rates)
    rows = []
    for point, _, cost in shear(recipe, force_field, settings, slurry, Bench(work)):
        protocol = point.strain / (point.shear_rate_per_s * 1e-6 * 0.001) * per_step
        rows.append(
            {
                "shear_rate_per_s": point.shear_rate_per_s,
                "viscosity_pa_s": point.viscosity_pa_s,
                "relative_stderr": point.viscosity_stderr_pa_s / point.viscosity_pa_s,
                "strain": point.strain,
                "transient_strain": point.transient_strain,
                "steps": cost["steps"],
                "core_seconds": cost["core_seconds"],
                "protocol_core_seconds": protocol,
                "faster_by": protocol / cost["core_seconds"],
                "peak_memory_mb": cost["peak_memory_mb"],
                "inertial_number": point.inertial_number,
            }
        )
        write_table(given.out / "viscosity_points.csv", pd.DataFrame(rows))
        print(rows[-1], flush=True)
    total = sum(row["core_seconds"] for row in rows)
    memory = np.max([row["peak_memory_mb"] for row in rows])
    print(f"{state.count} particles, {len(rows)} rates: {total:.0f} core-s, {memory:.0f} MB")
    if given.settings:
        write_table(given.out / "viscosity_settings.csv", settings_table(sheared, work))


if __name__ == "__main__":
    main()
