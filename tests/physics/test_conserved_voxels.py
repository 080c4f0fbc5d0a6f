"""The voxel rule that keeps volumes: against exact radii, on dense packings, on a stored film."""

import re
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import fsolve

from castline.base.errors import ConvergenceError, InputError
from castline.images.conserved import conserving_radii
from castline.images.film import film_image, slurry_image
from castline.images.settings import VoxelConfig
from castline.images.voxels import grid_for_box, label_image
from castline.packing.state import read_state
from castline.packing.structure import cap_volume
from castline.recipe.phases import SOLID_PHASES
from castline.recipe.recipe import sphere_volume

# The film whose electrolyte overlaps most: its particles contend for places.
STORED = Path(__file__).parents[2] / "results/paper/AM_2/sc48/r1"
CONSERVED = VoxelConfig(voxel_rule="conserved")
CORNER = (0.0, 0.0, 0.0)


def volumes(centres, radii, box, voxel, periodic=(True, True, True)):
    """Volume of each sphere in the conserved image, and the radii that made it."""
    shape, spacing = grid_for_box(box, voxel)
    n = len(radii)
    labels = np.arange(1, n + 1)
    grid = (labels, labels, CORNER, shape, spacing, periodic)
    grown = conserving_radii(centres, radii, *grid)
    image = label_image(centres, grown, *grid)
    return np.bincount(image.ravel(), minlength=n + 1)[1:] * np.prod(spacing), grown, image


def heap(n, share, seed=0):
    """Spheres at random places of a periodic box, in all a share of its volume: they overlap."""
    rng = np.random.default_rng(seed)
    radii = rng.choice([0.5, 0.7, 1.3], n, p=[0.6, 0.3, 0.1])
    edge = (sphere_volume(2 * radii).sum() / share) ** (1 / 3)
    phases = np.searchsorted([0.6, 1.0], radii) + 1
    return rng.random((n, 3)) * edge, radii, phases, np.arange(n), (edge,) * 3


@pytest.mark.parametrize("centre", [(2.03, 1.98, 2.01), (0.13, 3.88, 2.21)])
def test_a_single_sphere_keeps_its_volume_and_radius(centre):
    found, grown, _ = volumes([centre], [1.0], (4, 4, 4), 0.1)
    assert found[0] == pytest.approx(sphere_volume(2.0), rel=2e-3)
    assert grown[0] == pytest.approx(1.0, rel=5e-3)


def test_what_a_sphere_has_outside_a_closed_side_is_moved_inside():
    centre = (2.03, 1.98, 0.42)
    found, grown, _ = volumes([centre], [1.0], (4, 4, 4), 0.1, (True, True, False))
    assert found[0] == pytest.approx(sphere_volume(2.0), rel=2e-3)
    inside = sphere_volume(2 * grown[0]) - cap_volume(grown[0], grown[0] - centre[2])
    assert inside == pytest.approx(sphere_volume(2.0), rel=0.01)


@pytest.mark.parametrize("radii", [(1.0, 1.0), (1.2, 0.8)])
def test_two_overlapping_spheres_keep_theirs_and_meet_at_the_radical_plane(radii):
    distance = 1.3
    centres = np.array([[1.83, 2.02, 1.97], [1.83 + distance, 2.02, 1.97]])

    def excess(grown):
        plane = (distance**2 + grown[0] ** 2 - grown[1] ** 2) / (2 * distance)
        caps = grown[0] - plane, grown[1] - (distance - plane)
        return [
            sphere_volume(2 * one) - cap_volume(one, cap) - sphere_volume(2 * r)
            for one, cap, r in zip(grown, caps, radii, strict=True)
        ]

    exact = fsolve(excess, radii)
    assert min(exact / radii) > 1.01
    found, grown, image = volumes(centres, radii, (5, 4, 4), 0.05)
    assert found == pytest.approx(sphere_volume(2 * np.array(radii)), rel=0.01)
    assert grown == pytest.approx(exact, rel=5e-3)
    plane = centres[0, 0] + (distance**2 + exact[0] ** 2 - exact[1] ** 2) / (2 * distance)
    x = (np.arange(len(image)) + 0.5) * 0.05
    assert not (image[x > plane + 0.05] == 1).any()
    assert not (image[x < plane - 0.05] == 2).any()


@pytest.mark.parametrize("share", [0.6, 0.9])
def test_a_dense_packing_keeps_the_volume_of_each_phase(share):
    centres, radii, phases, ids, box = heap(400, share)
    shape, spacing = grid_for_box(box, 0.15)
    grid = (phases, ids, CORNER, shape, spacing, (True, True, True))
    lines = []
    grown = conserving_radii(centres, radii, *grid, lines.append)
    for phase in SOLID_PHASES:
        wanted = sphere_volume(2 * radii[phases == phase]).sum()
        plain, conserved = (
            np.count_nonzero(label_image(centres, r, *grid) == phase) * np.prod(spacing)
            for r in (radii, grown)
        )
        assert plain < 0.85 * wanted
        assert conserved == pytest.approx(wanted, rel=0.01)
    assert int(re.match(r"volumes after (\d+) rounds", lines[0])[1]) <= 20


def test_the_image_depends_neither_on_the_order_nor_on_the_seam_of_a_periodic_box():
    centres, radii, phases, ids, box = heap(60, 0.6)
    shape, spacing = grid_for_box(box, 0.2)
    grid = (CORNER, shape, spacing, (True, True, True))
    grown = conserving_radii(centres, radii, phases, ids, *grid)
    image = label_image(centres, grown, phases, ids, *grid)
    other = np.random.default_rng(1).permutation(60)
    spheres = (centres[other], radii[other], phases[other], ids[other])
    assert np.array_equal(conserving_radii(*spheres, *grid), grown[other])
    moved = centres + np.array([5, 0, -3]) * spacing
    moved_radii = conserving_radii(moved, radii, phases, ids, *grid)
    shifted = label_image(moved, moved_radii, phases, ids, *grid)
    assert np.mean(np.roll(image, (5, 0, -3), (0, 1, 2)) != shifted) < 1e-3


def test_two_spheres_with_nearly_one_centre_both_get_their_voxels():
    centres = np.array([[2.03, 2.02, 1.97], [2.0573, 2.0331, 1.9811]])
    found, _, _ = volumes(centres, [1.0, 0.6], (4, 4, 4), 0.1)
    assert found == pytest.approx(sphere_volume(np.array([2.0, 1.2])), rel=0.01)


def test_more_volume_than_the_box_has_is_refused():
    with pytest.raises(InputError, match=r"the spheres have 1\.3\d+ times the volume of their box"):
        volumes([(1, 1, 1)], [1.0], (1.5, 1.5, 1.4), 0.1)


def test_volumes_that_voxels_cannot_show_are_refused():
    centres, radii, *_, box = heap(200, 0.9)
    shape, spacing = grid_for_box(box, 1.4)
    grid = (np.full(200, 2), np.arange(200), CORNER, shape, spacing, (True, True, True))
    with pytest.raises(ConvergenceError, match=r"SE [+-].* %.*smaller voxels"):
        conserving_radii(centres, radii, *grid)


def test_a_stored_film_gets_back_what_the_plain_rule_loses():
    state = read_state(STORED / "calendered.dump.gz")
    lines = []
    plain, _ = film_image(state, VoxelConfig())
    conserved, _ = film_image(state, CONSERVED, lines.append)
    assert int(re.match(r"volumes after (\d+) rounds", lines[0])[1]) <= 15
    for phase in SOLID_PHASES:
        wanted = sphere_volume(state.diameter_m[state.of_phase(phase)]).sum() / state.volume_m3
        assert (plain == phase).mean() < 0.98 * wanted
        assert (conserved == phase).mean() == pytest.approx(wanted, rel=0.01)


def test_the_plain_rule_is_the_default_and_the_rule_of_every_slurry():
    assert VoxelConfig().voxel_rule == "plain"
    state = read_state(STORED / "slurry.dump.gz")
    shape, spacing_m = grid_for_box(state.lengths_m, 0.2e-6)
    particles = (state.position_m, state.diameter_m / 2, state.phases, state.ids)
    expected = label_image(*particles, state.low_m, shape, spacing_m, state.periodic)
    for image, spacing in (
        film_image(state, VoxelConfig()),
        slurry_image(state, CONSERVED),
    ):
        assert np.array_equal(image, expected)
        assert spacing == spacing_m
