"""Metrics of label images against shapes whose answer is known."""

import numpy as np
import pytest

from castline.base.errors import InputError
from castline.images.metrics import (
    chord_lengths_m,
    connectivity,
    interface_areas,
    triple_line_length_m,
)
from castline.images.subvolumes import over_subvolumes
from castline.images.thickness import local_thickness_m


def distances(shape, spacing, centre):
    axes = [(np.arange(n) + 0.5) * edge for n, edge in zip(shape, spacing, strict=True)]
    grid = np.meshgrid(*axes, indexing="ij")
    return [x - c for x, c in zip(grid, centre, strict=True)]


def ball(shape, spacing, centre, radius):
    return sum(d * d for d in distances(shape, spacing, centre)) < radius**2


@pytest.mark.parametrize("radius", [8, 12, 20])
@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (1.0, 1.0, 1.5)])
def test_area_of_spheres(radius, spacing):
    shape = tuple(int((2 * radius + 4) / edge) for edge in spacing)
    centre = np.array(shape) * spacing / 2 + (0.13, 0.21, -0.07)
    image = ball(shape, spacing, centre, radius).astype(np.uint8)
    areas = interface_areas(image, 1e-6 * np.array(spacing))
    assert list(areas) == [(0, 1)]
    assert areas[0, 1] == pytest.approx(4e-12 * np.pi * radius**2, rel=0.02)


def test_area_of_a_plane_and_labels_that_do_not_meet():
    image = np.repeat(np.array([1, 2, 7], dtype=np.uint8), 10)[None, None, :] * np.ones(
        (60, 60, 1), dtype=np.uint8
    )
    areas = interface_areas(image, 1.0)
    assert set(areas) == {(1, 2), (2, 7)}
    assert 0.90 * 3600 < areas[1, 2] < 3600


def test_the_line_around_a_sphere_of_two_halves():
    """Great circles of evenly spread directions, 2 pi R each; the edges see 4 % more."""
    rng = np.random.default_rng(0)
    radius, shape, count = 20.0, (46, 46, 46), 40
    lengths = []
    for k in range(count):
        centre = 23 + rng.uniform(-0.5, 0.5, 3)
        height, turn = (k + 0.5) / count, k * np.pi * (3 - np.sqrt(5))
        aside = np.sqrt(1 - height**2)
        normal = (aside * np.cos(turn), aside * np.sin(turn), height)
        upper = sum(d * n for d, n in zip(distances(shape, (1, 1, 1), centre), normal, strict=True))
        image = np.where(ball(shape, (1, 1, 1), centre, radius), np.where(upper > 0, 1, 2), 0)
        lengths.append(triple_line_length_m(image, 1e-6, (0, 1, 2)))
    assert np.mean(lengths) == pytest.approx(1.04 * 2e-6 * np.pi * radius, rel=0.015)


def test_connectivity_of_a_channel_two_dead_ends_and_an_island():
    image = np.zeros((7, 3, 10), dtype=np.uint8)
    image[0, 0, :] = 2
    image[2, 0, :4] = 2
    image[4, 0, 7:] = 2
    image[6, 0, 4:6] = 2
    found = connectivity(image, 2)
    assert found.clusters == 4
    assert found.through == pytest.approx(10 / 19)
    assert found.inlet_only == pytest.approx(4 / 19)
    assert found.outlet_only == pytest.approx(3 / 19)
    assert found.isolated == pytest.approx(2 / 19)
    assert connectivity(np.flip(image, 2), 2).outlet_only == found.inlet_only
    assert connectivity(image, 2, axis=0).through == 0.0


def test_chords_leave_out_what_the_faces_cut():
    row = np.array([1, 1, 0, 1, 1, 1, 0, 0, 1, 0, 1], dtype=np.uint8)
    image = np.stack([row, np.ones_like(row), np.zeros_like(row)])[:, None, :]
    assert chord_lengths_m(image, 2e-7, 1) == pytest.approx([6e-7, 2e-7])
    assert chord_lengths_m(image.transpose(2, 1, 0), 2e-7, 1, axis=0) == pytest.approx([6e-7, 2e-7])
    assert chord_lengths_m(image, 2e-7, 0) == pytest.approx([2e-7, 4e-7, 2e-7])


def test_mean_chord_of_a_sphere():
    """4 R / 3, by Cauchy."""
    image = ball((50, 50, 50), (1, 1, 1), (25.1, 24.9, 25.2), 20)
    assert chord_lengths_m(image, 1.0, True).mean() == pytest.approx(80 / 3, rel=0.01)


def test_what_is_refused():
    image = np.ones((3, 3, 3), dtype=np.uint8)
    with pytest.raises(InputError, match="no label 2; it has 1"):
        connectivity(image, 2)
    with pytest.raises(InputError, match="axis"):
        chord_lengths_m(image, 1.0, 1, axis=3)
    with pytest.raises(InputError, match="edge lengths"):
        interface_areas(image, 0.0)
    with pytest.raises(InputError, match="three different labels"):
        triple_line_length_m(image, 1.0, (1, 1, 2))
    with pytest.raises(InputError, match="3-D"):
        interface_areas(image[0], 1.0)


@pytest.mark.parametrize(("layers", "expected"), [(1, 1.5), (5, 5.5), (6, 5.5)])
def test_thickness_of_layers(layers, expected):
    """Half a voxel too much or, where no voxel is central, too little."""
    labels = np.zeros((9, 9, 15), dtype=np.uint8)
    labels[:, :, 4 : 4 + layers] = 1
    thickness = local_thickness_m(labels, 2e-6, 1)
    np.testing.assert_allclose(thickness[labels == 1], 2e-6 * expected)
    assert not thickness[labels == 0].any()


def test_thickness_of_spheres_of_two_sizes():
    x, y, z = np.meshgrid(*map(np.arange, (50, 30, 30)), indexing="ij")
    small = (x - 9) ** 2 + (y - 14) ** 2 + (z - 14) ** 2 <= 6**2
    large = (x - 33) ** 2 + (y - 14) ** 2 + (z - 14) ** 2 <= 12**2
    thickness = local_thickness_m((small | large).astype(np.uint8), 1e-6, 1)
    assert np.median(thickness[small]) == pytest.approx(12e-6, abs=0.6e-6)
    assert np.median(thickness[large]) == pytest.approx(24e-6, abs=0.6e-6)


@pytest.mark.parametrize("fill", [0, 1])
def test_thickness_of_all_or_nothing_is_refused(fill):
    with pytest.raises(InputError, match="no thickness"):
        local_thickness_m(np.full((3, 3, 3), fill, dtype=np.uint8), 1e-6, 1)


def test_subvolumes_of_a_checkerboard_are_all_alike():
    labels = np.indices((12, 12, 12)).sum(axis=0) % 2
    sizes = over_subvolumes(labels.shape, lambda part: (labels[part] == 1).mean(), (2, 3))
    assert [size.count for size in sizes] == [8, 27]
    assert sizes[1].shape == (4, 4, 4)
    for size in sizes:
        assert (size.mean, size.deviation, size.low, size.high) == (0.5, 0, 0.5, 0.5)


def test_subvolumes_of_two_layers_scatter_as_they_must():
    labels = np.zeros((8, 8, 8), dtype=np.uint8)
    labels[:, :, 4:] = 1
    (halves,) = over_subvolumes(labels.shape, lambda part: labels[part].mean(), (2,))
    deviation = np.sqrt(8 * 0.25 / 7)
    assert halves.deviation == pytest.approx(deviation)
    assert halves.high - halves.mean == pytest.approx(2.364624 * deviation / np.sqrt(8))


def test_interval_of_subvolumes_covers_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(0)
    covered = 0
    for _ in range(200):
        labels = rng.random((6, 6, 6)) < 0.3
        (size,) = over_subvolumes(labels.shape, lambda part, own=labels: own[part].mean(), (2,))
        covered += size.low <= 0.3 <= size.high
    assert 0.91 <= covered / 200 <= 0.985


@pytest.mark.parametrize("divisions", [(1,), (3,)])
def test_too_few_voxels_for_subvolumes_are_refused(divisions):
    with pytest.raises(InputError, match="cannot be cut"):
        over_subvolumes((9, 9, 5), lambda part: 0.0, divisions)
