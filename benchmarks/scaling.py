"""Cost of a sheared slurry per particle and step, against the number of particles and MPI ranks.

    python benchmarks/scaling.py results/demo/AM_1/sc50 --copies 1 2 3 4 --ranks 1

Takes the equilibrated slurry of one electrode, tiles it n x n x n times (a slurry of the same
structure with n^3 times the particles) and shears it for a few hundred steps. Costs are differences
between a long and a short run, so that start-up does not count: CPU seconds of all ranks, and wall
seconds, which only mean something on a machine that does nothing else. Ghost particles, those that
a rank holds for its neighbours, are what more ranks add.
"""

import argparse
import csv
import re
import sys
import tempfile
from pathlib import Path

import numpy as np

from castline.base.files import read_json
from castline.lammps.forcefield import load_force_field
from castline.line.stage import Bench
from castline.line.viscosity import Sheared, ViscosityConfig
from castline.packing.state import ParticleState, read_state
from castline.recipe.recipe import Recipe

RATE_PER_S = 100.0
SHORT, LONG = 1, 3
COLUMNS = [
    *("particles", "ranks", "steps", "core_us_per_particle_step", "wall_us_per_particle_step"),
    *("ghosts_per_particle", "peak_memory_mb"),
]


def tiled(state: ParticleState, copies: int) -> ParticleState:
    """The state `copies` times along each axis."""
    shifts = np.stack(np.meshgrid(*[np.arange(copies)] * 3, indexing="ij"), -1).reshape(-1, 3)
    count = copies**3
    return ParticleState(
        low_m=state.low_m,
        high_m=state.low_m + copies * state.lengths_m,
        periodic=state.periodic,
        ids=np.arange(1, count * state.count + 1),
        types=np.tile(state.types, count),
        phases=np.tile(state.phases, count),
        position_m=np.concatenate([state.position_m + s * state.lengths_m for s in shifts]),
        diameter_m=np.tile(state.diameter_m, count),
        mass_kg=np.tile(state.mass_kg, count),
    )


def measure(electrode: Path, copies: int, ranks: int, force_field: str) -> dict[str, float]:
    """One row: the cost between a short and a long run of the same shear."""
    recipe = Recipe.from_dict(read_json(electrode / "recipe.json"))
    state = tiled(read_state(electrode / "r1/slurry.dump.gz"), copies)
    pressure = read_json(electrode / "r1/slurry.json")["particle_pressure_kpa"]
    sheared = Sheared(recipe, load_force_field(force_field), state, pressure)
    flow = sheared.flow(RATE_PER_S, ViscosityConfig(shear_rates_per_s=[RATE_PER_S]), "automatic")
    costs = []
    with tempfile.TemporaryDirectory() as work:
        for samples in (SHORT, LONG):
            key = f"{samples} samples"
            bench = Bench(Path(work), report=lambda line: None, ranks=ranks)
            with sheared.start(flow, bench, key) as run:
                segment = run.segment(sheared.variables(flow, samples))
                log = (run.folder / "segment-0000.log").read_text()
            costs.append(segment)
        ghosts = float(re.search(r"^Nghost: +([\d.e+]+) ave", log, re.MULTILINE)[1])
    steps = (LONG - SHORT) * flow.sample
    unit = steps * state.count * 1e-6
    short, long = costs
    return {
        "particles": state.count,
        "ranks": ranks,
        "steps": steps,
        "core_us_per_particle_step": (long.core_seconds - short.core_seconds) / unit,
        "wall_us_per_particle_step": (long.wall_seconds - short.wall_seconds) / unit,
        "ghosts_per_particle": ghosts * ranks / state.count,
        "peak_memory_mb": long.peak_memory_mb,
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("electrode", type=Path, help="folder with recipe.json and r1/slurry.json")
    parser.add_argument("--copies", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--ranks", type=int, nargs="+", default=[1])
    parser.add_argument("--force-field", default="config/forcefields/slurry.yaml")
    arguments = parser.parse_args()
    table = csv.DictWriter(sys.stdout, COLUMNS)
    table.writeheader()
    for copies in arguments.copies:
        for ranks in arguments.ranks:
            row = measure(arguments.electrode, copies, ranks, arguments.force_field)
            table.writerow({name: f"{value:.4g}" for name, value in row.items()})
            sys.stdout.flush()


if __name__ == "__main__":
    main()
