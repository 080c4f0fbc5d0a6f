"""Structure metrics against exact geometry."""

from dataclasses import replace

import numpy as np
import pytest
from geometry import state_of

from castline.base.errors import InputError
from castline.images.voxels import grid_for_box, label_image
from castline.packing.nanoporosity import cbd_nanoporosity
from castline.packing.placement import place
from castline.packing.structure import (
    contact_metrics,
    contacts,
    phase_profiles,
    structure_metrics,
)
from castline.recipe.phases import Phase
from castline.recipe.recipe import sphere_volume


def test_contact_circle_of_two_equal_spheres():
    state = state_of([(Phase.AM, 5, 5, 5, 2.0), (Phase.SE, 6.2, 5, 5, 2.0)])
    [area] = contacts(state)["area_m2"]
    assert area == pytest.approx(np.pi * (1.0 - 0.6**2) * 1e-12, rel=1e-12)


def test_contact_circle_of_unequal_spheres():
    # radii 3 and 4 at distance 5: the circle has radius 12/5
    state = state_of([(Phase.AM, 3, 5, 5, 6.0), (Phase.CBD, 8, 5, 5, 8.0)], (20, 20, 20))
    [area] = contacts(state)["area_m2"]
    assert area == pytest.approx(np.pi * 2.4**2 * 1e-12, rel=1e-12)


@pytest.mark.parametrize(("periodic", "count"), [(True, 1), (False, 0)])
def test_contacts_across_a_periodic_face_only(periodic, count):
    spheres = [(Phase.SE, 5, 5, 0.2, 1.0), (Phase.SE, 5, 5, 9.6, 1.0)]
    state = state_of(spheres, periodic=(True, True, periodic))
    assert len(contacts(state)) == count


def test_a_sphere_pressed_through_a_plane_has_its_contacts():
    small = [(Phase.SE, 5.0 + 0.9 * k, 5.0, 0.3, 1.0) for k in range(3)]
    through = (Phase.AM, 5.0, 5.0, -0.1, 2.0)
    state = state_of([*small, through], periodic=(True, True, False))
    # the first small sphere lies inside the large one, where no contact circle is
    assert contacts(state)[["i", "j"]].to_numpy().tolist() == [[0, 1], [1, 2], [1, 3]]


def test_contacts_match_brute_force():
    rng = np.random.default_rng(5)
    phases = [Phase.AM] * 6 + [Phase.SE] * 150 + [Phase.CBD] * 8
    size = {Phase.AM: 4.0, Phase.SE: 1.0, Phase.CBD: 2.6}
    state = state_of([(p, *rng.uniform(0, 10, 3), size[p]) for p in phases])
    found = {tuple(sorted(pair)) for pair in contacts(state)[["i", "j"]].to_numpy().tolist()}
    expected = set()
    for i in range(state.count):
        for j in range(i + 1, state.count):
            step = state.position_m[i] - state.position_m[j]
            step -= state.lengths_m * np.round(step / state.lengths_m)
            radii = state.diameter_m[[i, j]] / 2
            if abs(radii[0] - radii[1]) < np.linalg.norm(step) < radii.sum():
                expected.add((i, j))
    assert found == expected
    assert len(expected) > 50


def test_coordination_counts_each_side():
    spheres = [(Phase.AM, 5, 5, 5, 4.0), (Phase.SE, 7.4, 5, 5, 1.0), (Phase.SE, 2.6, 5, 5, 1.0)]
    metrics = contact_metrics(state_of([*spheres, (Phase.CBD, 5, 5, 8, 2.6)]))
    assert metrics["coordination_am_se"] == 2.0
    assert metrics["coordination_am_cbd"] == 1.0
    assert metrics["coordination_se_se"] == 0.0
    area = np.pi * (0.5**2 - ((2.4**2 + 0.5**2 - 2**2) / 4.8) ** 2) * 1e-12
    assert metrics["contact_area_am_se_per_m"] == pytest.approx(2 * area / 1e-15, rel=1e-9)


@pytest.mark.parametrize("bins", [1, 7, 40])
def test_profiles_keep_the_volume_across_the_seam(bins):
    spheres = [(Phase.AM, 5, 5, 0.5, 4.0), (Phase.SE, 5, 5, 9.9, 1.0), (Phase.CBD, 2, 2, 5, 2.6)]
    profile = phase_profiles(state_of(spheres), bins)
    for phase, diameter in (("am", 4.0), ("se", 1.0), ("cbd", 2.6)):
        total = profile[phase].mean() * 1000.0
        assert total == pytest.approx(sphere_volume(diameter), rel=1e-12)


def test_profile_of_half_a_sphere():
    profile = phase_profiles(state_of([(Phase.AM, 5, 5, 5, 4.0)]), 2)
    assert profile["am"].tolist() == pytest.approx([sphere_volume(4.0) / 1000] * 2)


def test_nanoporosity_follows_from_conserved_solids(study):
    recipe = study.recipe_of("AM_1", "50")
    cbd = recipe.classes[-1]
    dry_volume = cbd.count * sphere_volume(cbd.diameter_dry_m)
    assert cbd_nanoporosity(recipe, 0.1, dry_volume / 0.1) == pytest.approx(0.5)
    assert cbd_nanoporosity(recipe, 0.1, 0.8 * dry_volume / 0.1) == pytest.approx(0.375)
    with pytest.raises(InputError, match="no CBD voxel"):
        cbd_nanoporosity(recipe, 0.0, 1.0)


def test_density_and_porosity_of_a_placed_slurry(tiny):
    recipe = tiny.recipe_of("AM_1", "50")
    lengths = (recipe.slurry_volume_m3 / 0.25) ** (1 / 3)
    state = place(recipe, [lengths] * 3, seed=1)
    shape, spacing = grid_for_box(state.lengths_m, 0.2e-6)
    image = label_image(
        state.position_m, state.diameter_m / 2, state.phases, state.ids,
        state.low_m, shape, spacing, periodic=state.periodic,
    )  # fmt: skip
    slurry = structure_metrics(recipe, state, "slurry", image)
    assert slurry["porosity"] == pytest.approx(0.75, rel=1e-9)
    assert slurry["density_g_per_cm3"] == pytest.approx(
        0.25 * recipe.slurry_density_kg_per_m3 / 1e3, rel=1e-9
    )
    filled = sum(slurry[f"volume_fraction_{p}"] for p in ("am", "se", "cbd"))
    assert filled == pytest.approx(0.25, rel=1e-9)
    assert slurry["porosity_without_nanopores"] == pytest.approx(0.75, abs=0.01)
    dry = structure_metrics(recipe, replace(state), "dried", image)
    assert dry["porosity"] == pytest.approx(
        1 - recipe.skeleton_volume_m3 / state.volume_m3, rel=1e-9
    )
