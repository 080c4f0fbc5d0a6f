import numpy as np
import pytest

from castline.base.errors import InputError, SimulationError
from castline.line.drying import evaporated
from castline.packing.placement import box_lengths, place
from castline.packing.state import read_state, write_state
from castline.recipe.phases import Phase


@pytest.fixture
def placed(tiny):
    recipe = tiny.recipe_of("AM_1", "50")
    return place(recipe, box_lengths(recipe, 0.3, (0.716, 0.716, 1.0)), seed=3)


def test_placement_has_no_overlap(placed):
    lengths = placed.lengths_m
    for i in range(placed.count):
        gap = np.abs(placed.position_m - placed.position_m[i])
        gap = np.minimum(gap, lengths - gap)
        reach = (placed.diameter_m + placed.diameter_m[i]) / 2
        touching = (gap**2).sum(axis=1) < reach**2 * (1 - 1e-12)
        assert touching.sum() == 1  # itself


def test_placement_repeats_with_its_seed(tiny, placed):
    recipe = tiny.recipe_of("AM_1", "50")
    again = place(recipe, placed.lengths_m, seed=3)
    other = place(recipe, placed.lengths_m, seed=4)
    np.testing.assert_array_equal(again.position_m, placed.position_m)
    assert not np.array_equal(other.position_m, placed.position_m)


def test_placement_in_too_small_a_box(tiny):
    with pytest.raises(SimulationError, match="enlarge the box"):
        place(tiny.recipe_of("AM_1", "50"), [8e-6] * 3, seed=1)


@pytest.mark.parametrize("name", ["state.dump", "state.dump.gz"])
def test_state_survives_a_round_trip(placed, tmp_path, name):
    write_state(placed, tmp_path / name)
    back = read_state(tmp_path / name)
    np.testing.assert_allclose(back.position_m, placed.position_m, rtol=1e-10, atol=1e-16)
    np.testing.assert_allclose(back.mass_kg, placed.mass_kg, rtol=1e-10)
    np.testing.assert_array_equal(back.phases, placed.phases)
    assert back.periodic == placed.periodic


def test_same_state_gives_the_same_bytes(placed, tmp_path):
    write_state(placed, tmp_path / "a.dump.gz")
    write_state(placed, tmp_path / "b.dump.gz")
    assert (tmp_path / "a.dump.gz").read_bytes() == (tmp_path / "b.dump.gz").read_bytes()


def damage(text: str, how: str) -> str:
    lines = text.splitlines()
    if how == "empty":
        return ""
    if how == "truncated":
        return "\n".join(lines[:-5])
    if how == "not finite":
        last = lines[-1].split()
        last[3] = "nan"
        return "\n".join([*lines[:-1], " ".join(last)])
    kept = [line for line in lines if " AM " not in line]
    removed = len(lines) - len(kept)
    kept[5] = str(int(kept[5]) - removed)
    return "\n".join(kept)


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ("empty", "empty or truncated"),
        ("truncated", "where its header says"),
        ("not finite", "not finite"),
        ("no AM", "no AM particle"),
    ],
)
def test_damaged_states_are_named_errors(placed, tmp_path, how, message):
    path = tmp_path / "state.dump"
    write_state(placed, path)
    path.write_text(damage(path.read_text(), how))
    with pytest.raises(InputError, match=r"state\.dump") as caught:
        read_state(path)
    assert message in str(caught.value)


def test_truncated_gzip_is_a_named_error(placed, tmp_path):
    path = tmp_path / "state.dump.gz"
    write_state(placed, path)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(InputError, match="cannot be read"):
        read_state(path)


def test_shrinking_conserves_solids(tiny, placed):
    recipe = tiny.recipe_of("AM_1", "50")
    dry = evaporated(recipe, placed, 1.0)
    assert dry.mass_kg.sum() == pytest.approx(recipe.dry_mass_kg, rel=1e-9)
    cbd = dry.of_phase(Phase.CBD)
    np.testing.assert_allclose(dry.diameter_m[cbd], recipe.classes[-1].diameter_dry_m)
    np.testing.assert_array_equal(dry.diameter_m[~cbd], placed.diameter_m[~cbd])
    np.testing.assert_array_equal(dry.position_m, placed.position_m)


def test_shrinking_another_recipe_is_an_error(tiny, study, placed):
    with pytest.raises(InputError, match="not the recipe's"):
        evaporated(study.recipe_of("AM_1", "50"), placed, 1.0)
