"""The powder route on a tiny pellet: placement, settling, pressing, measuring pressure."""

import numpy as np
import pytest

from castline.base.errors import SimulationError
from castline.base.units import KPA_PER_BAR
from castline.campaign.config import load_campaign
from castline.lammps.forcefield import load_force_field
from castline.line.assembling import AssemblingConfig, assemble
from castline.line.calendering import CalenderingConfig, calender
from castline.line.outer_pressure import PRESSURE_TOLERANCE
from castline.line.press import in_megapascal
from castline.line.settling import SettlingConfig, settle
from castline.line.stage import Bench
from castline.packing.state import write_state
from castline.recipe.phases import Phase
from castline.results.mechanics import pressing

SETTLING = SettlingConfig(thickness_tolerance=0.05)
PRESS_MPA = 60.0


@pytest.fixture(scope="module")
def pellet(tmp_path_factory):
    """A pellet of SE alone, about 150 particles, through all stages of its route."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(__file__.rsplit("/tests/", 1)[0])
        campaign = load_campaign(
            {
                "campaign": "unit",
                "route": "powder",
                "matrix": {"psds": {"SE": {"d50_um": 1.0}}},
                "recipe": {
                    "dry_mass_g": 3e-10,
                    "composition": {"se": 1.0},
                    "solid_electrolyte_psd": {"d50_um": 1.2, "sigma": 0.3, "classes": 2},
                },
                "assembling": {"pressure_mpa": 30},
            }
        )
        dry_set = load_force_field("config/forcefields/dry.yaml")
    recipe = campaign.recipe_of("SE", "100")
    bench = Bench(work=tmp_path_factory.mktemp("pellet"), seed=5, report=lambda line: None)
    made = {"recipe": recipe, "dry_set": dry_set, "bench": bench}
    made["settled"] = settle(recipe, dry_set, SETTLING, None, bench)
    press = CalenderingConfig(pressure_mpa=PRESS_MPA, strain_per_step=1e-4, rest_pressure_mpa=5)
    made["pressed"] = calender(recipe, dry_set, press, made["settled"], bench)
    measured = AssemblingConfig(pressure_mpa=30, strain_per_step=1e-4)
    made["measured"] = assemble(recipe, dry_set, measured, made["pressed"], bench)
    return made


def relative_density(recipe, state) -> float:
    return recipe.skeleton_volume_m3 / state.volume_m3


def test_powder_settles_under_the_outer_pressure(pellet):
    recipe, settled = pellet["recipe"], pellet["settled"]
    initial, state = settled.states["initial"], settled.state
    assert set(state.phases) == {Phase.SE}
    assert 100 < state.count == recipe.particle_count
    np.testing.assert_allclose(initial.lengths_m[:2], state.lengths_m[:2])
    carried = settled.summary["film_pressure_kpa"]
    assert abs(carried - KPA_PER_BAR) < PRESSURE_TOLERANCE * KPA_PER_BAR
    # a loose powder, neither as placed nor dense
    assert relative_density(recipe, initial) == pytest.approx(0.3)
    assert 0.4 < relative_density(recipe, state) < 0.7


def test_pressing_densifies_and_letting_go_takes_some_back(pellet):
    recipe, summary = pellet["recipe"], pellet["pressed"].summary
    settled, pressed = (relative_density(recipe, pellet[k].state) for k in ("settled", "pressed"))
    assert settled < pressed < 1
    assert summary["peak_plane_pressure_mpa"] == pytest.approx(PRESS_MPA, rel=0.1)
    assert summary["spring_back"] > 0
    measured = relative_density(recipe, pellet["measured"].state)
    assert measured > pressed
    assert pellet["measured"].summary["carried_pressure_mpa"] == pytest.approx(30, rel=0.1)


def test_the_curve_alone_tells_where_the_plane_turned_round(pellet):
    """Tables of old campaigns have no other record of it."""
    pressed = pellet["pressed"]
    curve = pressing(in_megapascal(pressed.tables["calendering_curve"]), 1.0)
    assert curve.gap_um == pytest.approx(pressed.summary["pressed_gap_um"], rel=2e-3)
    assert curve.peak_mpa == pytest.approx(PRESS_MPA, rel=0.1)
    line, _ = curve.unloading()
    assert line.slope < 0


def test_a_killed_settling_goes_on_to_the_same_bytes(pellet, tmp_path, interrupted):
    recipe, dry_set = pellet["recipe"], pellet["dry_set"]
    bench = Bench(work=tmp_path / "work", seed=5, report=lambda line: None)
    interrupted(2, settle, recipe, dry_set, SETTLING, None, bench)
    resumed = settle(recipe, dry_set, SETTLING, None, bench)
    for name, result in (("whole", pellet["settled"]), ("resumed", resumed)):
        write_state(result.state, tmp_path / f"{name}.dump")
    assert (tmp_path / "whole.dump").read_bytes() == (tmp_path / "resumed.dump").read_bytes()
    assert resumed.summary["steps"] == pellet["settled"].summary["steps"]


def test_a_pellet_that_is_held_keeps_the_porosity_at_which_the_press_stopped(pellet):
    recipe = pellet["recipe"]
    press = CalenderingConfig(porosity=0.25, strain_per_step=1e-4, rest_pressure_mpa=None)
    held = calender(recipe, pellet["dry_set"], press, pellet["settled"], pellet["bench"])
    assert 1 - relative_density(recipe, held.state) == pytest.approx(0.25, abs=0.002)
    assert held.summary["spring_back"] == pytest.approx(0, abs=1e-9)
    assert set(held.tables["calendering_curve"]["phase"]) == {"press", "hold"}
    carried = held.summary["residual_plane_pressure_mpa"]
    assert 0 < carried < held.summary["peak_plane_pressure_mpa"]


def test_a_pressure_that_no_overlap_carries_is_refused(pellet):
    """Half the volume of the solids is the end: what is denser is no packing of these spheres."""
    soft = pellet["dry_set"].model_copy(
        update={
            "hertz": pellet["dry_set"].hertz.model_copy(update={"normal_stiffness_kpa": 10.0}),
            "lennard_jones": {
                "default": pellet["dry_set"].pair_rule("SE", "SE").model_copy(
                    update={"well_fj_per_um": 1.0}
                )
            },
        }
    )  # fmt: skip
    press = CalenderingConfig(pressure_mpa=500, strain_per_step=1e-3, rest_pressure_mpa=5)
    with pytest.raises(SimulationError, match="too soft for the target|unstable"):
        calender(pellet["recipe"], soft, press, pellet["settled"], pellet["bench"])
