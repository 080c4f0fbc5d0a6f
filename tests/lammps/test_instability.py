"""Runs that blow up: they stop themselves, are retried once with half the step, yield no value."""

import json

import pytest

from castline.base.errors import SimulationError, UnstableError
from castline.lammps.chain import StageRun
from castline.lammps.output import instability
from castline.lammps.timestep import Step
from castline.line import viscosity as rheology
from castline.line.slurry import SlurryConfig, equilibrate
from castline.line.stage import Bench
from castline.line.viscosity import ViscosityConfig

SETTINGS = ViscosityConfig(
    shear_rates_per_s=[1000], relative_stderr=0.9, min_strain=0.25, max_strain=0.25
)


@pytest.fixture(scope="module")
def slurry(tmp_path_factory):
    """A tiny equilibrated slurry with its recipe and force field."""
    from castline.campaign.config import load_campaign
    from castline.lammps.forcefield import load_force_field

    tiny = load_campaign(
        {
            "campaign": "unit",
            "matrix": {"solid_content_percent": ["50"], "psds": {"AM_1": {"d50_um": 3.0}}},
            "recipe": {"dry_mass_g": 4e-10},
            "viscosity": {"shear_rates_per_s": [100]},
        }
    )
    recipe = tiny.recipe_of("AM_1", "50")
    force_field = load_force_field("config/forcefields/slurry.yaml")
    loose = SlurryConfig(volume_tolerance=0.02, energy_tolerance=0.5)
    bench = Bench(tmp_path_factory.mktemp("slurry"), 1, quiet)
    return recipe, force_field, equilibrate(recipe, force_field, loose, None, bench)


def quiet(line: str) -> None:
    pass


def points(slurry, work, lines, rates=(1000.0,)):
    recipe, force_field, start = slurry
    settings = SETTINGS.model_copy(update={"shear_rates_per_s": rates})
    bench = Bench(work, report=lines.append)
    curve = rheology.shear(recipe, force_field, settings, start, bench)
    return [point for point, _, _ in curve]


def coarse(monkeypatch, factor: float) -> None:
    """Steps longer than the stable ones by a factor."""
    for name in ("SHEAR_ELASTIC_FRACTION", "SHEAR_DAMPING_FRACTION"):
        monkeypatch.setattr(rheology, name, factor * getattr(rheology, name))


def test_unstable_run_is_retried_once_and_never_yields_a_value(slurry, tmp_path, monkeypatch):
    coarse(monkeypatch, 8.0)
    lines = []
    with pytest.raises(UnstableError, match=r"unstable, a particle moves \S+ of its diameter"):
        points(slurry, tmp_path, lines)
    assert [line for line in lines if "once more with half the time step" in line] == lines
    assert len(lines) == 1
    assert not list(tmp_path.glob("*/segment-*.json"))


def test_half_the_step_gives_the_value_of_that_step(slurry, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        coarse(patch, 2.5)
        lines = []
        (retried,) = points(slurry, tmp_path / "retried", lines)
        assert "once more with half the time step" in lines[0]
        # a later run replays: it neither blows up again nor computes anything
        patch.setattr(StageRun, "_run", None)
        later = []
        assert points(slurry, tmp_path / "retried", later) == [retried]
        assert not any("once more" in line for line in later)
    coarse(monkeypatch, 1.25)
    (planned,) = points(slurry, tmp_path / "planned", [])
    assert retried.dt_us == planned.dt_us
    assert retried.viscosity_pa_s == planned.viscosity_pa_s


def test_a_step_is_halved_as_often_as_is_allowed_and_the_note_spares_that(tmp_path):
    step = Step(0.8, 1.0, 1.0, 1.0, 1.0, 0.8)
    tried = []

    def stable_below(bound):
        def advance(step):
            tried.append(step.dt_us)
            if step.dt_us > bound:
                raise UnstableError("LAMMPS: unstable")
            return step.dt_us

        return advance

    with StageRun(tmp_path, "slurry", "1 atoms", "", report=quiet) as chain:
        with pytest.raises(UnstableError):
            chain.with_stable_step(step, stable_below(0.1))
        for _ in range(2):
            found = chain.with_stable_step(step, stable_below(0.1), halvings=3)
            assert found == pytest.approx(0.1)
    assert tried == pytest.approx([0.8, 0.4, 0.4, 0.2, 0.1, 0.1])


@pytest.mark.parametrize(
    ("rate", "words"),
    [(0.0, "must be positive"), (-5.0, "must be positive"), (1e6, "lower the rate")],
)
def test_impossible_shear_rates_are_named_before_lammps_starts(slurry, tmp_path, rate, words):
    with pytest.raises(SimulationError, match=rf"shear rate {rate:g} 1/s: ".replace("+", r"\+")):
        points(slurry, tmp_path, [], [1000.0, rate])
    with pytest.raises(SimulationError, match=words):
        points(slurry, tmp_path, [], [1000.0, rate])
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("ERROR: Fix halt condition for fix-id leap met on step 90 with value 0.3 (src/x.cpp:1)",
         "a particle moves 0.3 of its diameter in a step, bound 0.1, at step 90"),
        ("ERROR: Fix halt condition for fix-id closeness met on step 1000 with value 0.2 (src)",
         "centres 0.2 of the smallest diameter apart, bound 0.5, at step 1000"),
        ("ERROR: Fix halt condition for fix-id agitation met on step 70 with value 4 (src)",
         "agitation carries 4 of the contact stress, bound 1, at step 70"),
        ("ERROR: Lost atoms: original 9 current 5",
         "4 of 9 particles left the box: thrown off, or a plane was pressed past them (less "
         "pressure, stiffer walls or smaller particles avoid that); "
         "ERROR: Lost atoms: original 9 current 5"),
        ("ERROR: Non-numeric pressure - simulation unstable (src/x.cpp:1)",
         "ERROR: Non-numeric pressure - simulation unstable (src/x.cpp:1)"),
        ("ERROR: Fix halt condition for fix-id stop met on step 90 with value 0.3", None),
        ("ERROR: Illegal pair_coeff command", None),
    ],
)  # fmt: skip
def test_what_counts_as_unstable(fault, words):
    assert instability(fault) == words


def test_note_names_the_step_that_failed(slurry, tmp_path, monkeypatch):
    coarse(monkeypatch, 2.5)
    (point,) = points(slurry, tmp_path, [])
    (note,) = [json.loads(path.read_text()) for path in tmp_path.glob("*/unstable-0000.json")]
    assert note["dt_us"] == pytest.approx(2 * point.dt_us)
    assert "unstable" in note["reason"]
