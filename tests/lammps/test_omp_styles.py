"""LAMMPS's omp pair styles, taken where it has them, give the physics of its plain ones.

Not so with the suffix for all styles: LAMMPS's omp fix for the history of contacts drops that of
pairs across periodic boundaries, which shows in the drying film after a few hundred steps.
"""

import re
from dataclasses import replace

import numpy as np

from castline.lammps import chain as lammps_run
from castline.line.calendering import CalenderingConfig, calender
from castline.line.drying import dry
from castline.line.drying_settings import DryingConfig
from castline.line.slurry import SlurryConfig, equilibrate
from castline.line.stage import Bench
from castline.line.viscosity import Sheared, ViscosityConfig

SLURRY = SlurryConfig(volume_tolerance=0.02, energy_tolerance=0.5)
SHEAR = ViscosityConfig(shear_rates_per_s=[1000], contact_stokes_number=0.02)
DRYING = DryingConfig(thickness_tolerance=0.05, shrinkage={"stages": 2})
PRESSING = CalenderingConfig(pressure_mpa=20.0, strain_per_step=5e-5)


def quiet(line: str) -> None:
    pass


def test_every_stage_runs_alike_on_omp_styles(
    tiny, slurry_force_field, dry_force_field, tmp_path, monkeypatch
):
    """From the same state the same series; in the pressed film the last digits grow to chaos."""
    recipe = tiny.at_size(6e-10).recipe_of("AM_1", "50")
    slurry_set, dry_set = slurry_force_field, dry_force_field
    plain, omp = (Bench(tmp_path / name, 1, quiet) for name in ("plain", "omp"))
    monkeypatch.setattr(lammps_run, "pair_styles", lambda: "plain")
    slurry = equilibrate(recipe, slurry_set, SLURRY, None, plain)
    film = dry(recipe, dry_set, DRYING, slurry, plain)
    pressed = calender(recipe, dry_set, PRESSING, film, plain)
    curve = pressed.tables["calendering_curve"]
    sheared = Sheared(recipe, slurry_set, slurry.state, slurry.summary["particle_pressure_kpa"])
    flow = sheared.flow(1000.0, SHEAR, "automatic")

    def viscosities(bench, ranks=1) -> np.ndarray:
        with sheared.start(flow, replace(bench, ranks=ranks), f"{ranks} ranks") as run:
            run.segment(sheared.variables(flow, 6))
            run.segment(sheared.variables(flow, 6))
            return run.series["viscosity_mpa_s"].to_numpy()

    viscosity = viscosities(plain)
    monkeypatch.undo()

    def both(one, other, table, column):
        return one.tables[table][column], other.tables[table][column]

    other = equilibrate(recipe, slurry_set, SLURRY, None, omp)
    pairs = {"slurry": both(slurry, other, "slurry_history", "volume_um3")}
    other = dry(recipe, dry_set, DRYING, slurry, omp)
    pairs["drying"] = both(film, other, "drying_history", "thickness_um")
    other = calender(recipe, dry_set, PRESSING, film, omp)
    pairs["calendering"] = both(pressed, other, "calendering_curve", "plane_kpa")
    pairs["viscosity"] = viscosity, viscosities(omp)
    pairs["viscosity on 2 ranks"] = viscosity[:4], viscosities(omp, ranks=2)[:4]
    for stage in ("slurry", "viscosity", "viscosity on 2 ranks", "drying"):
        np.testing.assert_allclose(*pairs[stage], rtol=1e-3, err_msg=stage)
    first, second = (series[: len(curve) // 2] for series in pairs["calendering"])
    np.testing.assert_allclose(first, second, rtol=1e-3)

    for folder, used in ((plain.work, False), (omp.work, True)):
        logs = list(folder.glob("*/segment-*.log"))
        stages = {log.parent.name.split("-")[0] for log in logs}
        assert stages == {"slurry", "viscosity", "drying", "calendering"}
        for log in logs:
            build = re.search(r"pair build: half/size/\S+", log.read_text())[0]
            assert build.endswith("/omp") == used
