"""A tiny film dried at a rate, through real LAMMPS."""

import subprocess
from dataclasses import replace

import numpy as np
import pytest

from castline.campaign.config import load_campaign
from castline.lammps.forcefield import load_force_field, pair_coefficients
from castline.lammps.program import lammps_command, lammps_environment
from castline.lammps.texts import collector_tables, collector_text, data_text
from castline.line.calendering import CalenderingConfig, calender
from castline.line.drying import dry
from castline.line.drying_settings import DryingConfig
from castline.line.press import film_bounds_m
from castline.line.slurry import SlurryConfig, equilibrate
from castline.line.stage import Bench
from castline.packing.state import ParticleState, read_state, write_state
from castline.recipe.phases import Phase

RATE = 2.0
STAGES = 6


def at_rate(peclet: float, **more) -> DryingConfig:
    return DryingConfig(
        rate_um_per_s=RATE,
        binder={"peclet": peclet},
        thickness_tolerance=0.05,
        shrinkage={"stages": STAGES},
        **more,
    )


def quiet(line: str) -> None:
    pass


@pytest.fixture(scope="module")
def line(tmp_path_factory):
    """A tiny slurry with some twenty CBD, and the dry set."""
    study = load_campaign(
        {
            "campaign": "unit",
            "matrix": {"solid_content_percent": ["50"], "psds": {"AM_1": {"d50_um": 3.0}}},
            "recipe": {"dry_mass_g": 6e-10, "cbd": {"dry_diameter_um": 1.6}},
            "viscosity": {"shear_rates_per_s": [100]},
        }
    )
    recipe = study.recipe_of("AM_1", "50")
    slurry_set = load_force_field("config/forcefields/slurry.yaml")
    dry_set = load_force_field("config/forcefields/dry.yaml")
    bench = Bench(tmp_path_factory.mktemp("line"), 1, quiet)
    slurry = equilibrate(recipe, slurry_set, SlurryConfig(), None, bench)
    return {"recipe": recipe, "dry_set": dry_set, "bench": bench, "slurry": slurry}


@pytest.fixture(scope="module")
def fast(line):
    """The slurry dried fast."""
    return dry(line["recipe"], line["dry_set"], at_rate(10.0), line["slurry"], line["bench"])


def test_no_particle_gains_or_loses_but_binder_and_carbon_that_others_get(line, fast):
    recipe, slurry, dried = line["recipe"], line["slurry"].state, fast.state
    cbd = dried.of_phase(Phase.CBD)
    np.testing.assert_array_equal(dried.ids, slurry.ids)
    np.testing.assert_array_equal(dried.phases, slurry.phases)
    np.testing.assert_array_equal(dried.mass_kg[~cbd], slurry.mass_kg[~cbd])
    np.testing.assert_array_equal(dried.diameter_m[~cbd], slurry.diameter_m[~cbd])
    assert dried.mass_kg[cbd].sum() == pytest.approx(
        recipe.cbd.count * recipe.cbd.solids_mass_kg, rel=1e-12
    )
    # all CBD are as dense as the recipe's when dry
    share = dried.mass_kg[cbd] / recipe.cbd.solids_mass_kg
    np.testing.assert_allclose(
        dried.diameter_m[cbd] ** 3, share * recipe.cbd.diameter_dry_m**3, rtol=1e-9
    )
    assert share.max() > 2 * share.min() > 0


def test_the_film_lies_between_its_planes_and_carries_the_outer_pressure(line, fast):
    slurry, dried, summary = line["slurry"].state, fast.state, fast.summary
    assert dried.periodic == (True, True, False)
    np.testing.assert_allclose(dried.lengths_m[:2], slurry.lengths_m[:2], rtol=1e-9)
    assert dried.lengths_m[2] < slurry.lengths_m[2]
    assert summary["film_pressure_kpa"] == pytest.approx(100.0, abs=20.0)
    low, high = film_bounds_m(dried)
    # soft contacts with both planes
    assert low > dried.low_m[2] - 0.1e-6
    assert high < dried.high_m[2] + 0.1e-6
    assert high - low > 0.95 * dried.lengths_m[2]


def test_the_history_tells_time_solvent_and_binder(line, fast):
    history, recipe = fast.tables["drying_history"], line["recipe"]
    area = np.prod(line["slurry"].state.lengths_m[:2])
    solvent_um = recipe.solvent_mass_kg / recipe.densities.solvent / area * 1e6
    assert history["time_s"].iloc[-1] == pytest.approx(solvent_um / RATE, rel=1e-9)
    assert fast.summary["drying_time_s"] == history["time_s"].iloc[-1]
    left = history["solvent_left"].drop_duplicates()
    np.testing.assert_allclose(left, 1 - np.arange(STAGES + 1) / STAGES, atol=1e-12)
    # the surface does not rise above where a stage began, but by a step
    stages = history[history["solvent_left"] > 0].groupby("solvent_left", sort=False)
    began = stages["thickness_um"].last().to_numpy()[:-1]
    assert (stages["thickness_um"].max().to_numpy()[1:] < began + 0.02).all()
    assert began[-1] < began[0] - 0.1


def test_binder_gathers_at_the_surface_the_more_the_faster_a_film_dries(line, fast):
    bench = line["bench"]
    slow = dry(line["recipe"], line["dry_set"], at_rate(0.05), line["slurry"], bench)

    def top_over_bottom(dried) -> float:
        cbd = dried.of_phase(Phase.CBD)
        z, solids = dried.position_m[cbd, 2], dried.mass_kg[cbd]
        order = np.argsort(z)
        third = len(order) // 3
        return solids[order[-third:]].sum() / solids[order[:third]].sum()

    assert top_over_bottom(slow.state) == pytest.approx(1.0, abs=0.2)
    assert top_over_bottom(fast.state) > 2.0
    assert slow.summary["cost"]["steps"] < 2 * fast.summary["cost"]["steps"]


def test_the_collector_holds_a_particle_as_its_mirror_image_would(line, tmp_path):
    """Forces by LAMMPS, against the pair's Lennard-Jones force."""
    dry_set, diameter = line["dry_set"], 2.6
    heights = np.linspace(0.86, 1.56, 12) * diameter / 2
    n = len(heights)
    z = np.concatenate([heights, heights])
    state = ParticleState(
        low_m=np.zeros(3),
        high_m=np.array([200.0, 200.0, 10.0]) * 1e-6,
        periodic=(True, True, False),
        ids=np.arange(1, 2 * n + 1),
        types=np.repeat([1, 2], n),
        phases=np.repeat([Phase.SE, Phase.CBD], n),
        position_m=np.stack([np.arange(2 * n) * 3.0, np.ones(2 * n), z], 1) * 1e-6,
        diameter_m=np.full(2 * n, diameter * 1e-6),
        mass_kg=np.full(2 * n, 1e-14),
    )
    (tmp_path / "film.data").write_text(data_text(state))
    (tmp_path / "tables").write_text(collector_tables(state, dry_set))
    (tmp_path / "collector.lmp").write_text(collector_text(state, dry_set, "tables"))
    (tmp_path / "in.lmp").write_text(
        "units micro\natom_style sphere\nboundary p p f\nread_data film.data\n"
        "pair_style zero 5.0\npair_coeff * *\n"
        "variable floor equal zlo\ninclude collector.lmp\n"
        "thermo_style custom step v_hold\nthermo_modify format float %.15g\n"
        "dump held all custom 1 held.dump id fz\n"
        "dump_modify held sort id format float %.15g\nrun 0\n"
    )
    command = [*lammps_command(1), "-in", "in.lmp", "-log", "log"]
    subprocess.run(command, cwd=tmp_path, env=lammps_environment(), check=True, timeout=60)
    forces = np.loadtxt((tmp_path / "held.dump").read_text().splitlines()[9:])[:, 1]
    se, cbd = forces.reshape(2, n)
    lines = (tmp_path / "log").read_text().splitlines()
    told = lines[next(k for k, line in enumerate(lines) if line.split()[:1] == ["Step"]) + 1]
    hold = float(told.split()[1])

    def pair_force(phase: str) -> tuple[np.ndarray, float]:
        rows = pair_coefficients(dry_set, [phase, phase], np.array([diameter] * 2))
        ((_, _, epsilon, sigma, cutoff),) = [row for row in rows if row[:2] == (1, 2)]

        def force(r):
            return 24 * epsilon / r * (2 * (sigma / r) ** 12 - (sigma / r) ** 6)

        return np.where(2 * heights < cutoff, force(2 * heights), 0.0), force(cutoff)

    for held, phase in ((se, "SE"), (cbd, "CBD")):
        pair, end = pair_force(phase)
        np.testing.assert_allclose(held, pair - end * (pair != 0), rtol=1e-4, atol=1e-2)
        assert held.min() < 0 < held.max()
    assert hold == pytest.approx(se.sum() + cbd.sum(), rel=1e-9)


def test_a_cut_run_goes_on_to_the_same_bytes(line, fast, tmp_path, interrupted):
    arguments = line["recipe"], line["dry_set"], at_rate(10.0), line["slurry"]
    bench = replace(line["bench"], work=tmp_path / "work")
    for allowed in (2, 5):
        interrupted(allowed, dry, *arguments, bench)
    resumed = dry(*arguments, bench)
    for name, result in (("whole", fast), ("resumed", resumed)):
        write_state(result.state, tmp_path / f"{name}.dump")
    assert (tmp_path / "whole.dump").read_bytes() == (tmp_path / "resumed.dump").read_bytes()
    whole, again = (r.tables["drying_history"] for r in (fast, resumed))
    np.testing.assert_array_equal(whole.to_numpy(), again.to_numpy())


def test_the_film_can_be_pressed(line, fast, tmp_path):
    """Its CBD are of several types, each as large as its median; the file keeps them."""
    write_state(fast.state, tmp_path / "dried.dump")
    dried = replace(fast, states={"dried": read_state(tmp_path / "dried.dump")})
    settings = CalenderingConfig(pressure_mpa=50.0)
    pressed = calender(line["recipe"], line["dry_set"], settings, dried, line["bench"])
    assert pressed.state.volume_m3 < fast.state.volume_m3
    assert len(np.unique(pressed.state.types)) == len(np.unique(fast.state.types)) > 3
