"""The particle stages on a tiny slurry, through real LAMMPS."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from castline.base.errors import SimulationError
from castline.base.files import read_json
from castline.campaign.config import load_campaign
from castline.lammps.chain import StageRun
from castline.lammps.forcefield import load_force_field
from castline.lammps.texts import coefficient_text, data_text
from castline.line.assembling import AssemblingConfig, assemble, come_to_rest
from castline.line.calendering import CalenderingConfig, calender, check_carried
from castline.line.drying import dry, evaporated, stage_text
from castline.line.drying_settings import CapillaryConfig, DryingConfig
from castline.line.outer_pressure import is_jammed
from castline.line.press import Press
from castline.line.slurry import SlurryConfig, equilibrate
from castline.line.stage import Bench
from castline.line.viscosity import Sheared, ViscosityConfig, shear
from castline.packing.state import read_dump_table
from castline.recipe.phases import Phase

STAGES = 4
INSTANT = DryingConfig(thickness_tolerance=0.05, shrinkage={"stages": 1})
GRADUAL = DryingConfig(thickness_tolerance=0.05, shrinkage={"stages": STAGES})


@pytest.fixture(scope="module")
def line(tmp_path_factory):
    """One tiny electrode taken through all stages once."""
    study = load_campaign(
        {
            "campaign": "unit",
            "matrix": {"solid_content_percent": ["50"], "psds": {"AM_1": {"d50_um": 3.0}}},
            "recipe": {"dry_mass_g": 6e-10},
            "viscosity": {"shear_rates_per_s": [100]},
        }
    )
    recipe = study.recipe_of("AM_1", "50")
    bench = Bench(tmp_path_factory.mktemp("line"), 1, quiet)
    slurry_set = load_force_field("config/forcefields/slurry.yaml")
    dry_set = load_force_field("config/forcefields/dry.yaml")
    long_reach = load_force_field("config/forcefields/dry_at_once.yaml")
    slurry = equilibrate(recipe, slurry_set, SlurryConfig(), None, bench)
    dried = dry(recipe, long_reach, INSTANT, slurry, bench)
    settings = CalenderingConfig(pressure_mpa=50.0, strain_per_step=2e-5)
    calendered = calender(recipe, dry_set, settings, dried, bench)
    return {
        "recipe": recipe,
        "bench": bench,
        "slurry_set": slurry_set,
        "dry_set": dry_set,
        "slurry": slurry,
        "dried": dried,
        "calendered": calendered,
    }


@pytest.fixture(scope="module")
def gradual(line, tmp_path_factory):
    """The tiny slurry dried in stages, with the dumps of all segments kept: folder, state."""
    work = tmp_path_factory.mktemp("gradual")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(StageRun, "_forget", lambda stage, index: None)
        bench = Bench(work, 1, quiet)
        dried = dry(line["recipe"], line["dry_set"], GRADUAL, line["slurry"], bench)
    [folder] = work.iterdir()
    return folder, dried.state, dried.summary


def quiet(line: str) -> None:
    pass


def test_slurry_reaches_its_theoretical_density(line):
    summary = line["slurry"].summary
    ratio = summary["density_kg_per_m3"] / summary["theoretical_density_kg_per_m3"]
    assert ratio == pytest.approx(1.0, abs=0.02)
    assert 0 < summary["particle_pressure_kpa"] < 5.0
    assert summary["particle_pressure_kpa"] + summary["liquid_pressure_kpa"] == pytest.approx(
        100.0, abs=1.0
    )


def test_slurry_density_fails_with_too_stiff_a_network(line):
    """The check on density can fail: a network that resists the outer pressure leaves voids."""
    stiff = line["slurry_set"].model_copy(
        update={
            "hertz": line["slurry_set"].hertz.model_copy(update={"normal_stiffness_kpa": 5000.0})
        }
    )
    settings = SlurryConfig(volume_tolerance=0.02, energy_tolerance=0.5)
    summary = equilibrate(line["recipe"], stiff, settings, None, line["bench"]).summary
    assert summary["density_kg_per_m3"] < 0.98 * summary["theoretical_density_kg_per_m3"]


def test_shear_viscosity_and_rotation(line):
    settings = ViscosityConfig(
        shear_rates_per_s=[50, 100], relative_stderr=0.3, min_strain=1.0, max_strain=1.0
    )
    (point, history, _), (slower, after, _) = shear(
        line["recipe"], line["slurry_set"], settings, line["slurry"], line["bench"]
    )
    assert point.viscosity_pa_s > 0
    assert point.strain == pytest.approx(1.0, abs=0.05)
    assert point.contact_stokes_number == pytest.approx(settings.contact_stokes_number)
    assert (point.from_shear_rate_per_s, slower.from_shear_rate_per_s) == (0.0, 100.0)
    assert slower.mass_scale == pytest.approx(2 * point.mass_scale)
    # the flow goes on at half the rate: of its stress at most the viscous part halves at once
    last, first = history["viscosity_pa_s"].iloc[-1] * 100, after["viscosity_pa_s"].iloc[0] * 50
    assert 0.5 * last < first < 1.1 * last
    assert history["strain"].is_monotonic_increasing
    for part, end in ((history, point.strain), (after, slower.strain)):
        assert part["strain"].iloc[0] < 0.025
        assert part["strain"].iloc[-1] == pytest.approx(end, abs=0.011)
    # contacts turn the particles with the flow (exactly 0 without torques); more than half the
    # shear rate, as small particles fill the gaps between large ones, where shear is amplified
    assert history["rotation_over_half_shear_rate"].iloc[-50:].mean() > 0.5


def test_a_chain_goes_on_as_if_it_had_not_been_cut(tmp_path, slurry_force_field):
    """A checkpoint keeps velocities and the history of contacts, also across periodic boundaries.

    With friction and short steps, so that history counts and chaos does not: without history the
    stress after the cut is 4 % higher, without the flow of particles that cross a boundary 0.5 %.
    The box is wider than two CBD particles: LAMMPS keeps one history for all images of a pair.
    """
    from castline.campaign.config import load_campaign

    study = load_campaign(
        {
            "campaign": "unit",
            "matrix": {"solid_content_percent": ["50"], "psds": {"AM_1": {"d50_um": 3.0}}},
            "recipe": {"dry_mass_g": 4e-9},
            "viscosity": {"shear_rates_per_s": [1000], "contact_stokes_number": 0.002},
        }
    )
    recipe = study.recipe_of("AM_1", "50")
    loose = SlurryConfig(volume_tolerance=0.02, energy_tolerance=0.5)
    bench = Bench(tmp_path, 1, quiet)
    slurry = equilibrate(recipe, slurry_force_field, loose, None, bench)
    hertz = slurry_force_field.hertz.model_copy(update={"friction": 0.5})
    rough = slurry_force_field.model_copy(update={"hertz": hertz})
    sheared = Sheared(recipe, rough, slurry.state, 0.17)
    flow = sheared.flow(1000.0, study.viscosity, "automatic")
    flow = replace(flow, step=replace(flow.step, dt_us=flow.step.dt_us / 8))

    def stress(*parts: int) -> np.ndarray:
        with sheared.start(flow, bench, f"{parts}") as run:
            for samples in parts:
                run.segment(sheared.variables(flow, samples))
        logs = [path.read_text() for path in run.folder.glob("segment-*.log")]
        assert not any("Unused restart file" in log for log in logs)
        return run.series["viscosity_mpa_s"].to_numpy()

    assert stress(4, 2) == pytest.approx(stress(6), rel=1e-4)


def test_drying_keeps_solids_and_carries_the_outer_pressure(line):
    dried, summary = line["dried"].state, line["dried"].summary
    recipe = line["recipe"]
    assert dried.mass_kg.sum() == pytest.approx(recipe.dry_mass_kg, rel=1e-9)
    assert dried.volume_m3 < line["slurry"].state.volume_m3
    assert summary["film_pressure_kpa"] == pytest.approx(100.0, abs=20.0)
    np.testing.assert_allclose(dried.lengths_m[:2], line["slurry"].state.lengths_m[:2], rtol=1e-6)
    cbd = dried.of_phase(Phase.CBD)
    np.testing.assert_allclose(dried.diameter_m[cbd], recipe.classes[-1].diameter_dry_m)


def test_stages_keep_the_solids_and_take_equal_volumes(line, gradual):
    folder, dried, summary = gradual
    recipe, slurry = line["recipe"], line["slurry"].state
    cbd = recipe.cbd
    is_cbd = slurry.of_phase(Phase.CBD)
    wet, dry_volume = cbd.diameter_slurry_m**3, cbd.diameter_dry_m**3
    for stage in range(STAGES + 1):
        share = stage / STAGES
        volume = wet + share * (dry_volume - wet)
        state = evaporated(recipe, slurry, share)
        np.testing.assert_array_equal(state.position_m, slurry.position_m)
        np.testing.assert_allclose(state.diameter_m[is_cbd] ** 3, volume, rtol=1e-12)
        solids = state.mass_kg[is_cbd] - (1 - share) * cbd.solvent_mass_kg
        np.testing.assert_allclose(solids, cbd.solids_mass_kg, rtol=1e-12)
        np.testing.assert_allclose(state.mass_kg[~is_cbd], slurry.mass_kg[~is_cbd], rtol=1e-11)
        # segment 0 takes over the slurry's overlaps; the dump has 12 digits
        _, _, _, table = read_dump_table(folder / f"segment-{stage:04d}.dump")
        np.testing.assert_allclose(table["diameter"], state.diameter_m * 1e6, rtol=1e-11)
        scale = summary["time_step"]["mass_scale"]
        np.testing.assert_allclose(table["mass"], scale * state.mass_kg * 1e15, rtol=1e-11)
    np.testing.assert_array_equal(dried.diameter_m[is_cbd], cbd.diameter_dry_m)
    np.testing.assert_array_equal(dried.mass_kg[is_cbd], cbd.solids_mass_kg)
    last = max(folder.glob("segment-*.dump"))
    np.testing.assert_allclose(
        read_dump_table(last)[3]["diameter"], dried.diameter_m * 1e6, rtol=1e-11
    )
    assert summary["film_pressure_kpa"] == pytest.approx(100.0, abs=20.0)
    assert summary["shrinkage_stages"] == STAGES


def test_stages_that_were_cut_give_the_same_bytes(line, gradual, tmp_path, interrupted):
    """Killed after each of the first segments, also inside the stages, and gone on with."""
    whole, _, _ = gradual
    bench = Bench(tmp_path, 1, quiet)
    arguments = line["recipe"], line["dry_set"], GRADUAL, line["slurry"], bench
    for allowed in (2, 4, 6):
        interrupted(allowed, dry, *arguments)
    dry(*arguments)
    last = max(whole.glob("segment-*.dump"))
    assert (tmp_path / whole.name / last.name).read_bytes() == last.read_bytes()


def test_a_stage_keeps_the_history_of_contacts(line, gradual, tmp_path):
    """A change of stage that changes no size changes nothing: contacts with friction go on."""
    folder, _, _ = gradual
    assert not any("Unused restart file" in log.read_text() for log in folder.glob("*.log"))
    variables = read_json(folder / "segment-0001.json")["variables"]
    variables |= {"mode": "swap", "steps": 400, "sample": 100, "coefficients": "pairs.lmp"}
    start = evaporated(line["recipe"], line["slurry"].state, 0.5)
    same = {"same.lmp": stage_text(start, line["dry_set"], 1.0)}

    def pressure(*coefficients: str) -> np.ndarray:
        pairs = coefficient_text(start, line["dry_set"])
        with StageRun(
            tmp_path, "drying", data_text(start), pairs, f"{coefficients}", quiet, files=same
        ) as run:
            for name in coefficients:
                run.segment({**variables, "coefficients": name})
        return run.series["pressure_zz_kpa"].to_numpy()

    unchanged = pressure("pairs.lmp", "pairs.lmp")
    assert pressure("pairs.lmp", "same.lmp") == pytest.approx(unchanged, rel=1e-4)


def test_stages_are_part_of_a_chains_name(line, tmp_path):
    """Another stage file is another folder; no files, the folder of before."""

    def folder(**files):
        return StageRun(tmp_path, "drying", "5 atoms", "", report=quiet, files=files).folder

    assert len({folder(), folder(a="1"), folder(a="2"), folder(b="1")}) == 4


def test_menisci_press_the_film_while_there_is_solvent(line, tmp_path):
    wet = GRADUAL.model_copy(update={"capillary": CapillaryConfig(pressure_kpa=400.0)})
    bench = replace(line["bench"], work=tmp_path)
    summary = dry(line["recipe"], line["dry_set"], wet, line["slurry"], bench).summary
    [folder] = tmp_path.iterdir()
    pressures = [
        float(read_json(marker)["variables"]["pressure"])
        for marker in sorted(folder.glob("segment-*.json"))
    ]
    assert pressures[1 : STAGES + 1] == [500.0] * STAGES
    assert set(pressures[STAGES + 1 :]) == {100.0}
    assert summary["capillary_pressure_kpa"] == 400.0
    assert summary["film_pressure_kpa"] == pytest.approx(100.0, abs=20.0)


def test_a_jammed_film_ends_the_stage_at_once(line, tmp_path, monkeypatch):
    """Windows as those of a film that goes to and fro between two steps of the barostat."""
    segment = StageRun.segment

    def stuck(stage, variables):
        done = segment(stage, variables)
        series = done.series.assign(pressure_zz_kpa=201.0, thickness_um=9.57)
        stage.segments[-1] = replace(done, series=series)
        return stage.segments[-1]

    monkeypatch.setattr(StageRun, "segment", stuck)
    bench = Bench(tmp_path, 1, quiet)
    with pytest.raises(SimulationError, match="jammed; for 5 windows the film carries 201 kPa"):
        dry(line["recipe"], line["dry_set"], INSTANT, line["slurry"], bench)
    [folder] = tmp_path.iterdir()
    assert len(list(folder.glob("segment-*.json"))) == 1 + 5


@pytest.mark.parametrize(
    ("thickness", "carried", "jammed"),
    [
        ([9.6, 9.57, 9.57, 9.56, 9.56], [201, 200, 202, 201, 200], True),
        ([20, 9.6, 9.57, 9.57, 9.56, 9.56], [-2000, 201, 200, 202, 201, 200], True),
        ([9.57, 9.57, 9.56, 9.56], [200, 202, 201, 200], False),  # too few windows
        ([9.6, 9.57, 9.57, 9.56, 9.56], [120, 118, 121, 119, 120], False),  # about at rest
        ([11, 10.5, 10, 9.8, 9.6], [201, 200, 202, 201, 200], False),  # still moves
        ([9.6, 9.57, 9.57, 9.56, 9.56], [600, 450, 340, 260, 200], False),  # relaxes
        ([9.6, 9.57, 9.57, 9.56, 9.56], [-200, -201, -200, -202, -200], False),
    ],
)
def test_what_counts_as_jammed(thickness, carried, jammed):
    assert is_jammed(thickness, carried, pressure_kpa=100.0, tolerance=0.02) is jammed


def test_calendering_stops_at_the_pressure_and_springs_back(line):
    calendered, summary = line["calendered"].state, line["calendered"].summary
    curve = line["calendered"].tables["calendering_curve"]
    dried = line["dried"].state
    assert summary["peak_plane_pressure_mpa"] == pytest.approx(50.0, rel=0.05)
    assert summary["pressed_gap_um"] < summary["released_gap_um"] < summary["dried_film_um"]
    assert summary["base_over_plane_pressure"] == pytest.approx(1.0, abs=0.15)
    assert calendered.volume_m3 < dried.volume_m3
    assert calendered.mass_kg.sum() == pytest.approx(dried.mass_kg.sum(), rel=1e-12)
    assert list(dict.fromkeys(curve["phase"])) == ["press", "release", "relax"]
    press = curve[curve["phase"] == "press"]["gap_um"].to_numpy()
    speed = np.diff(press)
    np.testing.assert_allclose(speed, speed.mean(), atol=1.01e-4)  # constant; written to 1e-4 um


def test_a_plane_that_only_hits_what_sticks_out_has_not_calendered(line):
    """So fast a plane meets the pressure at its first touch, with nothing on the plane below."""
    settings = CalenderingConfig(pressure_mpa=50.0, strain_per_step=4e-4)
    with pytest.raises(SimulationError, match=r"too fast .* lower calendering.strain_per_step"):
        calender(line["recipe"], line["dry_set"], settings, line["dried"], line["bench"])


@pytest.mark.parametrize(("plane", "base"), [(100, 0), (0, 0), (48, 160), (100, 50)])
def test_a_film_that_does_not_press_both_planes_alike_is_refused(plane, base):
    curve = pd.DataFrame({"plane_kpa": [100.0, plane], "base_kpa": [100.0, base]})
    with pytest.raises(SimulationError, match="too fast to carry both alike"):
        check_carried(102.0, curve)
    check_carried(102.0, curve.iloc[:1])


class Held:
    """A press whose planes carry, window after window, what is given."""

    def __init__(self, plane_kpa, base_kpa):
        self.windows, self.looked = list(zip(plane_kpa, base_kpa, strict=True)), 0

    def advance(self, phase, speed):
        assert (phase, speed) == ("hold", 0.0)
        self.looked += 1

    def carried_kpa(self, plane="plane"):
        return self.windows[self.looked - 1][("plane", "base").index(plane)]

    uneven_kpa = Press.uneven_kpa


def test_a_film_is_at_rest_once_both_planes_carry_alike():
    press = Held([200, 150, 127], [60, 100, 119])
    assert come_to_rest(press, 12.5, max_windows=9) == 127
    assert press.looked == 3
    with pytest.raises(SimulationError, match="after 2 windows .* 150 and 100 kPa; raise assem"):
        come_to_rest(Held([200, 150, 127], [60, 100, 119]), 12.5, max_windows=2)


def test_calendering_to_a_porosity(line):
    settings = CalenderingConfig(porosity=0.5, strain_per_step=1e-4)
    pressed = calender(line["recipe"], line["dry_set"], settings, line["dried"], line["bench"])
    summary = pressed.summary
    area = float(np.prod(line["dried"].state.lengths_m[:2]))
    pressed = 1 - line["recipe"].skeleton_volume_m3 / (area * summary["pressed_gap_um"] * 1e-6)
    assert pressed == pytest.approx(0.5, abs=0.005)


def test_target_above_the_film_is_an_error(line):
    settings = CalenderingConfig(thickness_um=500.0)
    with pytest.raises(SimulationError, match="not below the dried film"):
        calender(line["recipe"], line["dry_set"], settings, line["dried"], line["bench"])


def test_slurry_that_does_not_settle_is_an_error(line):
    settings = SlurryConfig(max_windows=3)
    with pytest.raises(SimulationError, match="raise slurry.max_windows"):
        equilibrate(line["recipe"], line["slurry_set"], settings, None, line["bench"])


def test_the_assembled_film_holds_the_pressure_of_the_cell(line):
    """Pressed further than it was calendered, it is thinner, and carries the pressure at rest."""
    settings = AssemblingConfig(pressure_mpa=60.0, strain_per_step=5e-5)
    made = assemble(line["recipe"], line["dry_set"], settings, line["calendered"], line["bench"])
    summary, calendered = made.summary, line["calendered"].state
    assert 54.0 <= summary["carried_pressure_mpa"] <= 66.0
    assert made.state.volume_m3 < calendered.volume_m3
    assert made.state.lengths_m[2] * 1e6 == pytest.approx(summary["assembled_gap_um"])
    np.testing.assert_array_equal(made.state.mass_kg, calendered.mass_kg)
    assert summary["calendered_gap_um"] == pytest.approx(
        line["calendered"].summary["released_gap_um"], rel=1e-6
    )
