"""Current paths: straight in a uniform block, conserved and inside what conducts elsewhere."""

import numpy as np
import pytest

from castline.transport import effective_conductivity
from castline.transport.streamlines import face_fluxes, streamlines

SPACING = (0.2e-6, 0.2e-6, 0.2e-6)


def solved(sigma):
    result = effective_conductivity(sigma, SPACING, with_fields=True)
    return result, face_fluxes(sigma, result.potential_v, SPACING)


def test_paths_through_a_uniform_block_are_straight_and_alike():
    _, fluxes = solved(np.ones((4, 5, 6)))
    paths, densities = streamlines(fluxes, SPACING, 20, 0.05e-6)
    assert len(paths) == 20
    for path, density in zip(paths, densities, strict=True):
        assert np.abs(path[:, :2] - path[0, :2]).max() < 1e-15
        np.testing.assert_allclose(density, 1.0 / (6 * 0.2e-6), rtol=1e-6)


@pytest.fixture(scope="module")
def packing():
    sigma = (np.random.default_rng(3).random((24, 24, 24)) < 0.6).astype(float)
    return sigma, *solved(sigma)


def test_what_flows_into_a_voxel_flows_out(packing):
    _, result, (fx, fy, fz) = packing
    surplus = fx - np.roll(fx, 1, 0) + fy - np.roll(fy, 1, 1) + fz[:, :, 1:] - fz[:, :, :-1]
    assert np.abs(surplus).max() < 1e-3 * np.abs(fz).max()
    mean = fz[:, :, 0].mean()
    assert mean == pytest.approx(result.value_s_per_m / (24 * 0.2e-6), rel=1e-5)


def test_paths_come_through_and_stay_in_what_conducts(packing):
    sigma, _, fluxes = packing
    paths, _ = streamlines(fluxes, SPACING, 100, 0.05e-6)
    assert len(paths) >= 95
    for path in paths:
        voxel = np.floor(path / SPACING[0] + 1e-9).astype(int)
        voxel[:, :2] %= 24
        at = np.clip(voxel, 0, 23)
        on_face = np.abs(path / SPACING[0] - np.round(path / SPACING[0])).min(axis=1) < 1e-6
        assert (sigma[tuple(at.T)] > 0)[~on_face].all()
        assert path[0, 2] == 0.0
        assert path[-1, 2] > (24 - 0.3) * SPACING[2]


def test_paths_carry_equal_shares():
    # two columns, one conducting three times better: three quarters of the paths
    sigma = np.zeros((4, 1, 5))
    sigma[0], sigma[2] = 3.0, 1.0
    _, fluxes = solved(sigma)
    paths, _ = streamlines(fluxes, SPACING, 40, 0.05e-6)
    in_first = sum(path[0, 0] < SPACING[0] for path in paths)
    assert in_first == 30
