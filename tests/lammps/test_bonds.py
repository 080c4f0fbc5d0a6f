"""Bonds between CBD: their force, and how they live on from stage to stage."""

from dataclasses import replace

import numpy as np
import pytest
from geometry import state_of

from castline.base.errors import InputError
from castline.lammps import chain
from castline.lammps.bonds import BEGIN, DAMPING_RATIO, read_bonds
from castline.lammps.chain import StageRun
from castline.lammps.forcefield import Bonds, ForceField
from castline.lammps.texts import moved
from castline.lammps.timestep import protocol_step
from castline.line.assembling import AssemblingConfig, assemble
from castline.line.calendering import CalenderingConfig, calender
from castline.line.drying import dry
from castline.line.drying_settings import DryingConfig
from castline.line.loaded import PERIODIC, Loaded
from castline.line.slurry import SlurryConfig, equilibrate
from castline.line.stage import Bench, Result
from castline.packing.bonds import BondList
from castline.packing.state import write_state
from castline.packing.structure import contacts
from castline.recipe.phases import Phase

MODULUS_KPA, BREAK = 1e6, 0.1
LENGTH_UM = 2.6
# Two particles are driven along the line of their centres; other forces are shut off in the set.
PULL = """
include         ${common}
group           left id 3
group           right id 4
fix             left left move linear $(-v_speed) 0 0
fix             right right move linear ${speed} 0 0
variable        distance equal x[4]-x[3]
variable        left equal fx[3]
variable        right equal fx[4]
fix             series all ave/time 1 1 20 v_distance v_left v_right file ${out}.series
run             ${steps}
print           "step $(step)" file ${out}.final
include         checkpoint.lmp
"""


def quiet(line: str) -> None:
    pass


def pulled(tmp_path, monkeypatch, distance_um: float, speed_um_per_us: float, parts: int):
    """Two bonded CBD driven apart from a distance.

    Strains, forces on both over E A, what the first should be without breaking, bonds left, and
    the strain of one step.
    """
    inputs = tmp_path / "inputs"
    inputs.mkdir()
    for name in ("common", "checkpoint"):
        (inputs / f"{name}.lmp").write_text((chain.INPUTS / f"{name}.lmp").read_text())
    (inputs / "pull.lmp").write_text(PULL)
    monkeypatch.setattr(chain, "INPUTS", inputs)
    rule = {"well_fj_per_um": 0.0, "distance": 0.9, "cutoff": 1.3}
    hertz = {
        "normal_stiffness_kpa": 1e-9,
        "tangential_ratio": 0.0,
        "normal_damping_per_us_um": 0.0,
        "tangential_damping_ratio": 0.0,
        "friction": 0.0,
    }
    force_field = ForceField(
        name="bonds alone",
        description="",
        hertz=hertz,
        lennard_jones={"default": rule},
        bonds={"modulus_kpa": MODULUS_KPA, "strain_at_break": BREAK},
    )
    film = state_of(
        [
            (Phase.AM, 5, 5, 25, 3),
            (Phase.SE, 5, 15, 25, 3),
            (Phase.CBD, 10, 10, 10, 2.6),
            (Phase.CBD, 10 + distance_um, 10, 10, 2.6),
        ],
        lengths=(20.0, 20.0, 30.0),
    )
    bonds = BondList(np.array([[3, 4]]), np.array([LENGTH_UM * 1e-6]))
    film = replace(film, mass_kg=np.full(4, 8.6e-15), bonds=bonds)
    loaded = Loaded(film, force_field)
    step = protocol_step(loaded.scales, 1e-4)
    variables = {**loaded.variables(step, 0.3), "speed": speed_um_per_us, "steps": 400}
    with loaded.chain("pull", step, Bench(tmp_path / "work", 1, quiet)) as run:
        for part in range(parts):
            run.segment({**variables, **({"bonds": BEGIN} if part == 0 else {})})
        series, left = run.series, run.last_bonds
    axial = MODULUS_KPA * np.pi / 4 * 2.6**2
    damping = 2 * DAMPING_RATIO * np.sqrt(axial / 2.6 * 8.6 / 2)
    strain = series["distance"].to_numpy() / LENGTH_UM - 1
    drag = np.full(len(strain), damping * 2 * speed_um_per_us)
    drag[0] = 0.0  # at the very start the particles rest
    forces = series[["left", "right"]].to_numpy() / axial
    return strain, forces, strain + drag / axial, left, 2 * speed_um_per_us * step.dt_us / LENGTH_UM


def test_a_bond_pulls_with_its_modulus_until_it_breaks(tmp_path, monkeypatch):
    """From a film in which it is stretched already, and over checkpoints: E A strain, then none."""
    strain, forces, elastic, left, per_step = pulled(tmp_path, monkeypatch, 2.65, 1.0, 3)
    assert strain[0] == pytest.approx(2.65 / 2.6 - 1, abs=1e-5)
    holds, broken = strain < BREAK - per_step, strain > BREAK + per_step
    assert holds.sum() > 10
    assert broken.sum() > 10
    np.testing.assert_allclose(forces[holds, 0], elastic[holds], rtol=1e-3)
    np.testing.assert_array_equal(forces[broken], 0.0)
    np.testing.assert_allclose(forces.sum(axis=1), 0.0, atol=1e-9)
    assert left.count == 0


def test_a_pressed_bond_does_not_break(tmp_path, monkeypatch):
    strain, forces, elastic, left, _ = pulled(tmp_path, monkeypatch, 2.55, -3.0, 2)
    assert strain[-1] < -1.5 * BREAK
    np.testing.assert_allclose(forces[:, 0], elastic, rtol=1e-3)
    assert left.ids.tolist() == [[3, 4]]
    assert left.rest_length_m == pytest.approx([LENGTH_UM * 1e-6])


@pytest.fixture(scope="module")
def line(tmp_path_factory):
    """A tiny film with bonds, taken through the line with the files of all segments kept."""
    from castline.campaign.config import load_campaign
    from castline.lammps.forcefield import load_force_field

    study = load_campaign(
        {
            "campaign": "unit",
            "matrix": {"solid_content_percent": ["50"], "psds": {"AM_1": {"d50_um": 3.0}}},
            "recipe": {"dry_mass_g": 4e-10, "cbd": {"dry_diameter_um": 1.3}},
            "viscosity": {"shear_rates_per_s": [100]},
        }
    )
    recipe = study.recipe_of("AM_1", "50")
    work = tmp_path_factory.mktemp("line")
    bench = Bench(work, 1, quiet)
    loose = SlurryConfig(volume_tolerance=0.02, energy_tolerance=0.5)
    slurry_set = load_force_field("config/forcefields/slurry.yaml")
    slurry = equilibrate(recipe, slurry_set, loose, None, bench)
    plain = load_force_field("config/forcefields/dry.yaml")
    bonds = Bonds(modulus_kpa=1e6, strain_at_break=0.1)
    dry_set = plain.model_copy(update={"bonds": bonds})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(StageRun, "_forget", lambda stage, index: None)
        dried = dry(recipe, dry_set, DRYING, slurry, bench)
        calendered = calender(recipe, dry_set, PRESS, dried, bench)
        assembled = assemble(recipe, dry_set, CELL, calendered, bench)
    return {
        "recipe": recipe,
        "work": work,
        "plain": plain,
        "dry_set": dry_set,
        "slurry": slurry,
        "dried": dried,
        "calendered": calendered,
        "assembled": assembled,
    }


DRYING = DryingConfig(thickness_tolerance=0.1, shrinkage={"stages": 6, "steps_per_stage": 600})
PRESS = CalenderingConfig(pressure_mpa=50.0, strain_per_step=8e-5)
CELL = AssemblingConfig(pressure_mpa=60.0, strain_per_step=8e-5)


def test_bonds_are_made_of_contacts_and_live_on(line):
    """Each stage starts with the bonds that the one before left, and breaks some of them."""
    before = None
    for name in ("dried", "calendered", "assembled"):
        bonds, summary = line[name].state.bonds, line[name].summary
        made = summary["bonds_made"] if before is None else before.count
        assert made - summary["bonds_broken"] == summary["bonds_left"] == bonds.count > 0
        if before is None:
            diameter = line["recipe"].cbd.diameter_dry_m
            assert made > 20
            assert bonds.rest_length_m.max() <= diameter
            assert line[name].state.of_phase(Phase.CBD)[bonds.ids - 1].all()
        else:
            lengths = dict(zip(map(tuple, before.ids), before.rest_length_m, strict=True))
            for pair, length in zip(map(tuple, bonds.ids), bonds.rest_length_m, strict=True):
                assert length == pytest.approx(lengths[pair], rel=1e-10)
        before = bonds
    assert line["calendered"].summary["bonds_broken"] > 0


def test_bonds_join_the_contacts_of_the_film_that_the_solvent_left(line):
    [folder] = line["work"].glob("drying-*")
    [first, *_] = sorted(folder.glob("segment-*.bonds"))
    wet = first.with_name(f"segment-{DRYING.shrinkage.stages:04d}.dump")
    assert int(first.stem.split("-")[1]) == 1 + DRYING.shrinkage.stages
    film = moved(line["dried"].state, wet, PERIODIC)
    table = contacts(film)
    touching = table[(table["phase_i"] == Phase.CBD) & (table["phase_j"] == Phase.CBD)]
    pairs = set(zip(touching["i"] + 1, touching["j"] + 1, strict=True))
    assert line["dried"].summary["bonds_made"] == len(pairs)
    assert set(map(tuple, read_bonds(first).ids)) <= pairs


STAGES = {
    "drying": (dry, DRYING, "slurry", "dried"),
    "calendering": (calender, PRESS, "dried", "calendered"),
    "assembling": (assemble, CELL, "calendered", "assembled"),
}


@pytest.mark.parametrize(
    ("stage", "cuts"), [("drying", (6, 7, 8)), ("calendering", (1, 2)), ("assembling", (1,))]
)
def test_a_stage_that_was_cut_gives_the_same_bytes(line, tmp_path, interrupted, stage, cuts):
    """Killed before bonds begin, right after, and later; gone on with after each."""
    run, settings, start, made = STAGES[stage]
    arguments = line["recipe"], line["dry_set"], settings, line[start], Bench(tmp_path, 1, quiet)
    for allowed in cuts:
        interrupted(allowed, run, *arguments)
    resumed = run(*arguments)
    [folder] = tmp_path.iterdir()
    for end in ("dump", "bonds"):
        last = max(folder.glob(f"segment-*.{end}"))
        assert last.read_bytes() == (line["work"] / folder.name / last.name).read_bytes()
    for name, film in (("whole", line[made].state), ("cut", resumed.state)):
        write_state(film, tmp_path / f"{name}.dump.gz")
    assert (tmp_path / "whole.dump.gz").read_bytes() == (tmp_path / "cut.dump.gz").read_bytes()


def test_a_lost_file_of_bonds_sets_the_chain_one_step_back(line, tmp_path):
    """Bonds are part of a checkpoint: without them the segment runs again, to the same bonds."""
    lines = []
    bench = Bench(tmp_path, 1, lines.append)
    arguments = line["recipe"], line["dry_set"], CELL, line["calendered"], bench
    made = assemble(*arguments).state.bonds
    [folder] = tmp_path.iterdir()
    max(folder.glob("segment-*.bonds")).unlink()
    again = assemble(*arguments).state.bonds
    assert any("damaged" in text for text in lines)
    np.testing.assert_array_equal(again.ids, made.ids)
    np.testing.assert_array_equal(again.rest_length_m, made.rest_length_m)


def test_making_bonds_disturbs_no_contact(line, tmp_path, monkeypatch):
    """With bonds that pull with nothing, a film goes on as one without: history, velocities."""
    nothing = Bonds(modulus_kpa=1e-12, strain_at_break=0.1)
    segment, thickness = StageRun.segment, []

    def first_window(stage, variables):
        done = segment(stage, variables)
        if len(stage.segments) == 2 + DRYING.shrinkage.stages:
            thickness.append(done.series["thickness_um"].to_numpy())
            raise KeyboardInterrupt
        return done

    monkeypatch.setattr(StageRun, "segment", first_window)
    for bonds in (None, nothing):
        dry_set = line["plain"].model_copy(update={"bonds": bonds})
        with pytest.raises(KeyboardInterrupt):
            dry(line["recipe"], dry_set, DRYING, line["slurry"], Bench(tmp_path, 1, quiet))
    np.testing.assert_allclose(thickness[1], thickness[0], rtol=1e-6)


def test_film_and_force_field_must_agree_on_bonds(line):
    dried, bench = line["dried"], Bench(line["work"], 1, quiet)
    with pytest.raises(InputError, match="has no section bonds, but the film .* has bonds"):
        calender(line["recipe"], line["plain"], PRESS, dried, bench)
    loose = Result({"dried": replace(dried.state, bonds=None)})
    with pytest.raises(InputError, match="has a section bonds, but the film .* without bonds"):
        calender(line["recipe"], line["dry_set"], PRESS, loose, bench)
