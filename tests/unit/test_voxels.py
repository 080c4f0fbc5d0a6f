"""Voxelisation: the radical-plane rule, periodic images, volumes, VTI files."""

import numpy as np
import pytest

from castline.base.errors import InputError
from castline.images.voxels import grid_for_box, label_image, volume_fractions
from castline.images.vtk_files import read_vti, write_vti

BOX = np.array([6.0, 5.0, 4.0])


def packing(n, seed=0, smallest=0.4, largest=1.1):
    rng = np.random.default_rng(seed)
    centres = rng.random((n, 3)) * BOX
    radii = rng.uniform(smallest, largest, n)
    return centres, radii, rng.integers(1, 4, n), rng.permutation(n)


def by_brute_force(centres, radii, phases, ids, shape, spacing, periodic):
    """Every voxel against every sphere and its periodic images."""
    axes = [(np.arange(n) + 0.5) * edge for n, edge in zip(shape, spacing, strict=True)]
    points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    image = np.zeros(shape, dtype=np.uint8)
    best = np.full(shape, np.inf)
    box = np.array(shape) * spacing
    shifts = np.stack(
        np.meshgrid(*[(-1, 0, 1) if wraps else (0,) for wraps in periodic], indexing="ij"), -1
    ).reshape(-1, 3)
    for s in np.lexsort((ids, phases)):
        for shift in shifts:
            power = ((points - centres[s] - shift * box) ** 2).sum(axis=-1) - radii[s] ** 2
            wins = (power <= 0) & (power < best)
            best[wins] = power[wins]
            image[wins] = phases[s]
    return image


@pytest.mark.parametrize(
    "periodic", [(True, True, False), (True, True, True), (False, False, False)]
)
def test_agrees_with_brute_force(periodic):
    spheres = packing(60)
    shape, spacing = grid_for_box(BOX, 0.21)
    image = label_image(*spheres, (0, 0, 0), shape, spacing, periodic)
    assert image.dtype == np.uint8
    expected = by_brute_force(*spheres, shape, spacing, periodic)
    assert np.array_equal(image, expected)


def test_order_of_the_spheres_does_not_matter():
    centres, radii, phases, ids = packing(200)
    shape, spacing = grid_for_box(BOX, 0.1)
    image = label_image(centres, radii, phases, ids, (0, 0, 0), shape, spacing)
    shuffled = np.random.default_rng(1).permutation(200)
    other = label_image(
        centres[shuffled],
        radii[shuffled],
        phases[shuffled],
        ids[shuffled],
        (0, 0, 0),
        shape,
        spacing,
    )
    assert np.array_equal(image, other)


def test_equal_spheres_share_an_overlap_at_the_plane_between_them():
    centres = np.array([[3.0, 4.0, 4.0], [5.0, 4.0, 4.0]])
    image = label_image(centres, [1.5, 1.5], [1, 3], [1, 2], (0, 0, 0), (32, 32, 32), 0.25)
    assert (image[:16] != 3).all()
    assert (image[16:] != 1).all()
    assert np.array_equal(image[:16] == 1, image[16:][::-1] == 3)


def test_unequal_spheres_meet_at_the_radical_plane():
    centres = np.array([[3.0, 4.0, 4.0], [6.0, 4.0, 4.0]])
    image = label_image(centres, [2.5, 1.0], [1, 3], [1, 2], (0, 0, 0), (80, 80, 80), 0.1)
    plane = 3.0 + (3.0**2 + 2.5**2 - 1.0**2) / (2 * 3.0)
    x = (np.arange(80) + 0.5) * 0.1
    assert not (image[x > plane] == 1).any()
    assert not (image[x < plane] == 3).any()


def test_ties_go_to_the_lower_phase_then_the_lower_id():
    twice = np.full((2, 3), 1.0)
    image = label_image(twice, [0.8, 0.8], [3, 2], [1, 2], (0, 0, 0), (8, 8, 8), 0.25)
    assert set(np.unique(image)) == {0, 2}


def test_periodic_sides_wrap_and_closed_ones_do_not():
    one = ([[0.0, 0.0, 0.0]], [1.0], [1], [1], (0, 0, 0), (16, 16, 16), 0.25)
    wrapped = label_image(*one, periodic=(True, True, True))
    assert np.count_nonzero(wrapped) == 8 * np.count_nonzero(wrapped[:8, :8, :8])
    assert np.array_equal(wrapped, wrapped[::-1, ::-1, ::-1])
    closed = label_image(*one, periodic=(False, False, False))
    assert np.array_equal(closed[:8, :8, :8], wrapped[:8, :8, :8])
    assert np.count_nonzero(closed) == np.count_nonzero(closed[:8, :8, :8])


def test_centres_outside_a_periodic_box_and_a_shifted_origin_are_the_same_packing():
    centres, radii, phases, ids = packing(50)
    shape, spacing = grid_for_box(BOX, 0.25)
    image = label_image(centres, radii, phases, ids, (0, 0, 0), shape, spacing)
    moved = centres + BOX * [1, -2, 0] + [10.0, 20.0, 30.0]
    other = label_image(moved, radii, phases, ids, (10.0, 20.0, 30.0), shape, spacing)
    assert np.count_nonzero(image != other) <= 2


def test_a_sphere_larger_than_the_periodic_box_fills_it():
    image = label_image([[1, 1, 1]], [3.0], [2], [1], (0, 0, 0), (8, 8, 8), 0.25, (True,) * 3)
    assert (image == 2).all()


def test_volume_converges_to_the_union_of_two_overlapping_spheres():
    r, distance = 1.3, 1.7
    lens = np.pi * (2 * r - distance) ** 2 * (distance**2 + 4 * distance * r) / (12 * distance)
    union = 2 * 4 / 3 * np.pi * r**3 - lens
    rng = np.random.default_rng(7)
    voxels = np.array([0.2, 0.1, 0.05, 0.025])
    errors = []
    for voxel in voxels:
        shape, spacing = grid_for_box((6, 4, 4), voxel)
        squared = []
        for corner in rng.uniform(1.9, 2.1, (8, 3)):
            centres = np.array([corner, corner + np.array([distance, 0, 0])])
            image = label_image(centres, [r, r], [1, 2], [1, 2], (0, 0, 0), shape, spacing)
            squared.append((np.count_nonzero(image) * np.prod(spacing) / union - 1) ** 2)
        errors.append(np.sqrt(np.mean(squared)))
    order = np.polyfit(np.log(voxels), np.log(errors), 1)[0]
    assert errors[-1] < 1e-3
    assert order > 1.5


def test_five_thousand_spheres_at_the_size_of_the_study():
    rng = np.random.default_rng(2)
    n = 5051
    centres = rng.random((n, 3)) * [30, 30, 24]
    image = label_image(
        centres,
        np.full(n, 0.9),
        rng.integers(1, 4, n),
        np.arange(n),
        (0, 0, 0),
        (150, 150, 120),
        0.2,
    )
    assert sum(volume_fractions(image).values()) == pytest.approx(1)


def test_grid_tiles_the_box_exactly():
    shape, spacing = grid_for_box((34.17, 34.2, 22.05), 0.2)
    assert shape == (171, 171, 110)
    assert np.multiply(shape, spacing) == pytest.approx((34.17, 34.2, 22.05), rel=1e-15)
    assert grid_for_box((0.01, 1, 1), 0.2)[0] == (1, 5, 5)


@pytest.mark.parametrize("bad", [0, -1, np.nan, np.inf])
def test_grid_refuses_impossible_sizes(bad):
    with pytest.raises(InputError):
        grid_for_box((1, 1, 1), bad)
    with pytest.raises(InputError):
        grid_for_box((1, bad, 1), 0.1)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"radii": [1.0, -1.0]}, "radii positive"),
        ({"centres": [[0, 0, 0], [0, np.nan, 0]]}, "finite"),
        ({"centres": [[0, 0], [0, 0]]}, r"must be \(n, 3\)"),
        ({"phases": [1, 0]}, "1 to 255"),
        ({"phases": [1, 256]}, "1 to 255"),
        ({"ids": [1]}, r"must be \(n, 3\)"),
        ({"shape": (4, 0, 4)}, "positive sizes"),
        ({"spacing": 0.0}, "voxel edge lengths"),
        ({"origin": (0, 0)}, "origin"),
        ({"periodic": (True, True)}, "three flags"),
    ],
)
def test_bad_spheres_are_refused(change, words):
    good = {
        "centres": [[0, 0, 0], [1, 1, 1]],
        "radii": [1.0, 1.0],
        "phases": [1, 2],
        "ids": [1, 2],
        "origin": (0, 0, 0),
        "shape": (4, 4, 4),
        "spacing": 0.5,
    }
    with pytest.raises(InputError, match=words):
        label_image(**(good | change))


def test_no_spheres_is_all_pore():
    image = label_image(np.empty((0, 3)), [], [], [], (0, 0, 0), (2, 3, 4), 1.0)
    assert volume_fractions(image) == {0: 1.0}
    assert volume_fractions(image, (0, 1)) == {0: 1.0, 1: 0.0}


def test_vti_keeps_labels_vectors_spacing_and_origin(tmp_path):
    image = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    vectors = np.random.default_rng(0).random((2, 3, 4, 3)).astype(np.float32)
    path = tmp_path / "film.vti"
    write_vti(path, {"phase": image, "flux": vectors}, (1e-7, 2e-7, 3e-7), (1e-6, 0, 0))
    values, spacing, origin = read_vti(path)
    assert np.array_equal(values, image)
    assert values.dtype == np.uint8
    assert spacing == pytest.approx((1e-7, 2e-7, 3e-7))
    assert origin == pytest.approx((1e-6, 0, 0))
    assert [file.name for file in tmp_path.iterdir()] == ["film.vti"]
    with pytest.raises(InputError, match="no field 'am'"):
        read_vti(path, "am")


def test_vti_that_cannot_be_read_or_written(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_vti(tmp_path / "none.vti")
    (tmp_path / "text.vti").write_text("not an image")
    with pytest.raises(InputError, match="not a VTK XML image"):
        read_vti(tmp_path / "text.vti")
    with pytest.raises(InputError, match="one shape"):
        write_vti(tmp_path / "two.vti", {"a": np.zeros((2, 2, 2)), "b": np.zeros((3, 2, 2))}, 1e-7)
