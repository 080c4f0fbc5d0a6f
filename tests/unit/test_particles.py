from dataclasses import replace

import numpy as np
import pytest

from castline.base.errors import InputError, SimulationError
from castline.line.drying import evaporated
from castline.packing.bonds import BondList
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


@pytest.fixture
def bonded(placed):
    pairs, lengths = np.array([[7, 3], [1, 2], [3, 5]]), np.array([1.1e-6, 1.2e-6, 1.3e-6])
    return replace(placed, bonds=BondList.sorted_by_id(pairs, lengths))


@pytest.mark.parametrize("name", ["state.dump", "state.dump.gz"])
def test_bonds_survive_a_round_trip(bonded, tmp_path, name):
    write_state(bonded, tmp_path / name)
    back = read_state(tmp_path / name)
    assert back.bonds.ids.tolist() == [[1, 2], [3, 5], [3, 7]]
    np.testing.assert_allclose(back.bonds.rest_length_m, [1.2e-6, 1.3e-6, 1.1e-6])
    np.testing.assert_allclose(back.position_m, bonded.position_m, rtol=1e-10, atol=1e-16)


def test_a_state_without_bonds_keeps_its_bytes(placed, bonded, tmp_path):
    """The section of bonds comes after the rest; a film whose bonds all broke is still one."""
    none = replace(placed, bonds=BondList(np.empty((0, 2), int), np.empty(0)))
    for name, state in (("plain", placed), ("bonded", bonded), ("broken", none)):
        write_state(state, tmp_path / name)
    plain = (tmp_path / "plain").read_text()
    assert "BONDS" not in plain
    assert (tmp_path / "bonded").read_text().startswith(plain)
    assert (tmp_path / "broken").read_text() == plain + "ITEM: BONDS 0 id_1 id_2 rest_length\n"
    assert read_state(tmp_path / "plain").bonds is None
    assert read_state(tmp_path / "broken").bonds.count == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("3 7 1.1\n", ""), "its 2 bonds are not as many as their header says"),
        (("3 7 1.1", "3 700000 1.1"), "names a particle that is not there"),
        (("3 7 1.1", "3 3 1.1"), "with itself"),
        (("3 7 1.1", "3 7 -1.1"), "must be positive"),
        (("3 7 1.1", "3 7 inf"), "must be positive"),
        (("3 7 1.1", "3 7"), "cannot be read"),
        (("id_1 id_2", "id_2 id_1"), "columns id_1 id_2 rest_length"),
    ],
)
def test_damaged_bonds_are_named_errors(bonded, tmp_path, change, message):
    path = tmp_path / "state.dump"
    write_state(bonded, path)
    text = path.read_text()
    assert text.count(change[0]) == 1
    path.write_text(text.replace(*change))
    with pytest.raises(InputError, match=r"state\.dump") as caught:
        read_state(path)
    assert message in str(caught.value)


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
        ("no AM", "no particle of type 1"),
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
