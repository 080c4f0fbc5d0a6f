"""Properties that hold for every image: bounds, scaling, symmetry, balance, determinism."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from castline.transport import effective_conductivity

SPACING = (2e-7, 3e-7, 1.5e-7)
IMAGES = arrays(
    np.float64,
    st.tuples(*[st.integers(1, 6)] * 3),
    elements=st.sampled_from([0.0, 0.005, 1.0, 15.93]),
)
FEW = settings(max_examples=40, deadline=None, derandomize=True)


@FEW
@given(IMAGES)
def test_never_outside_the_wiener_bounds(sigma):
    for axis in range(3):
        result = effective_conductivity(sigma, SPACING, axis)
        assert result.value_s_per_m <= sigma.mean() * (1 + 1e-9)
        if (sigma > 0).all():
            assert result.value_s_per_m >= (1 - 1e-9) / np.mean(1 / sigma)


@FEW
@given(IMAGES, st.floats(1e-12, 1e12), st.floats(1e-3, 1e3))
def test_scales_with_conductivity_and_not_with_size(sigma, factor, zoom):
    one = effective_conductivity(sigma, SPACING).value_s_per_m
    scaled = effective_conductivity(factor * sigma, zoom * np.array(SPACING)).value_s_per_m
    assert scaled == pytest.approx(factor * one, rel=2e-6)


@FEW
@given(IMAGES, st.integers(0, 5), st.integers(0, 5))
def test_turning_flipping_and_shifting_the_image_changes_nothing(sigma, shift_x, shift_y):
    one = effective_conductivity(sigma, SPACING).value_s_per_m
    shifted = np.roll(sigma, (shift_x, shift_y), axis=(0, 1))
    variants = [
        effective_conductivity(sigma[:, :, ::-1], SPACING),
        effective_conductivity(sigma[::-1], SPACING),
        effective_conductivity(shifted, SPACING),
        effective_conductivity(sigma.transpose(2, 1, 0), SPACING[::-1], axis=0),
        effective_conductivity(sigma.transpose(1, 2, 0), np.roll(SPACING, -1), axis=1),
    ]
    for variant in variants:
        assert variant.value_s_per_m == pytest.approx(one, rel=2e-6)


@FEW
@given(IMAGES)
def test_closed_sides_conduct_no_better_than_periodic_ones(sigma):
    closed = effective_conductivity(sigma, SPACING, periodic=False).value_s_per_m
    periodic = effective_conductivity(sigma, SPACING).value_s_per_m
    assert closed <= periodic * (1 + 2e-6)


@pytest.mark.parametrize("fraction", [0.5, 0.7, 0.9])
def test_one_conducting_phase_stays_below_hashin_and_shtrikman(fraction):
    """2 f / (3 - f) for statistically isotropic media, J. Appl. Phys. 33 (1962) 3125."""
    rng = np.random.default_rng(3)
    sigma = (rng.random((40, 41, 42)) < fraction).astype(float)
    f = sigma.mean()
    for axis in range(3):
        result = effective_conductivity(sigma, 1.0, axis)
        assert 0 < result.value_s_per_m < 2 * f / (3 - f)
        assert result.tortuosity_factor == pytest.approx(f / result.value_s_per_m, rel=1e-9)


@pytest.fixture(scope="module")
def three_phases():
    rng = np.random.default_rng(4)
    phases = np.kron(
        rng.choice([0, 1, 3], size=(7, 6, 5), p=[0.3, 0.5, 0.2]), np.ones((3, 3, 3))
    ).astype(np.uint8)
    return phases, np.array([0.0, 0.005, 0.0, 15.93])[phases]


def test_the_same_image_gives_the_same_bits(three_phases):
    _, sigma = three_phases
    assert effective_conductivity(sigma, 2e-7) == effective_conductivity(sigma.copy(), 2e-7)


def test_layout_and_precision_of_the_array_do_not_matter(three_phases):
    _, sigma = three_phases
    one = effective_conductivity(sigma, 2e-7)
    assert effective_conductivity(np.asfortranarray(sigma), 2e-7) == one
    single = effective_conductivity(sigma.astype(np.float32), 2e-7)
    assert single.value_s_per_m == pytest.approx(one.value_s_per_m, rel=1e-6)
    whole = effective_conductivity((sigma > 0).astype(np.uint8), 2e-7)
    assert whole == effective_conductivity((sigma > 0).astype(float), 2e-7)


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("periodic", [True, False])
def test_fields_obey_ohm_and_kirchhoff(three_phases, axis, periodic):
    phases, sigma = three_phases
    spacing = np.array(SPACING)
    result = effective_conductivity(
        sigma, spacing, axis, periodic=periodic, phases=phases, with_fields=True, tolerance=1e-9
    )
    potential, density = result.potential_v, result.current_density_a_per_m2
    assert potential.shape == sigma.shape
    assert density.shape == (*sigma.shape, 3)
    inside = potential[np.isfinite(potential)]
    assert inside.min() >= 0
    assert inside.max() <= 1
    length = sigma.shape[axis] * spacing[axis]
    mean = density.mean(axis=(0, 1, 2), dtype=np.float64)
    assert mean[axis] * length == pytest.approx(result.value_s_per_m, rel=1e-5)
    through = density[..., axis].mean(
        axis=tuple(side for side in range(3) if side != axis), dtype=np.float64
    )
    assert through == pytest.approx(np.full(through.shape, mean[axis]), rel=1e-4)
    assert not density[sigma == 0].any()
    assert sum(result.phase_flux_share.values()) == pytest.approx(1.0)
    assert result.phase_flux_share[0] == 0.0
    share = density[..., axis][phases == 3].sum(dtype=np.float64) / density[..., axis].sum(
        dtype=np.float64
    )
    assert result.phase_flux_share[3] == pytest.approx(share, rel=1e-5)


def test_parallel_phases_share_the_current_by_their_conductance():
    phases = np.ones((4, 4, 6), dtype=np.uint8)
    phases[0] = 3
    sigma = np.array([0.0, 0.005, 0.0, 15.93])[phases]
    result = effective_conductivity(sigma, 2e-7, phases=phases)
    assert result.phase_flux_share[3] == pytest.approx(15.93 / (15.93 + 3 * 0.005), rel=1e-6)
    assert result.potential_v is None


def test_progress_reports_every_iteration(three_phases):
    _, sigma = three_phases
    seen = []
    result = effective_conductivity(sigma, 2e-7, progress=lambda *report: seen.append(report))
    assert [report[0] for report in seen] == list(range(1, result.iterations + 1))
    assert seen[-1][2] < 1e-6
