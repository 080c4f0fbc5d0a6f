"""What effective_conductivity refuses, and in which words."""

import numpy as np
import pytest

from castline.errors import ConvergenceError, InputError
from castline.transport import effective_conductivity, estimate_memory_bytes


@pytest.mark.parametrize("bad", [np.nan, np.inf, -1.0])
def test_conductivities_that_are_none(bad):
    sigma = np.ones((4, 4, 4), dtype=np.float32)
    sigma[1, 2, 3] = bad
    with pytest.raises(InputError, match="finite and not negative"):
        effective_conductivity(sigma, 1e-7)


@pytest.mark.parametrize("shape", [(0, 3, 3), (3, 3), (2, 2, 2, 2), ()])
def test_images_that_are_empty_or_not_three_dimensional(shape):
    with pytest.raises(InputError, match="3-D and not empty"):
        effective_conductivity(np.ones(shape), 1e-7)


def test_images_of_text_or_complex_numbers():
    for bad in (np.full((2, 2, 2), "am"), np.ones((2, 2, 2), dtype=complex)):
        with pytest.raises(InputError, match="real numbers"):
            effective_conductivity(bad, 1e-7)


@pytest.mark.parametrize("spacing", [0.0, -1e-7, np.nan, np.inf, (1e-7, 2e-7), (1, 1, 0)])
def test_voxel_edge_lengths_that_are_none(spacing):
    with pytest.raises(InputError, match="voxel edge lengths"):
        effective_conductivity(np.ones((3, 3, 3)), spacing)


def test_options_out_of_range():
    sigma = np.ones((3, 3, 3))
    with pytest.raises(InputError, match="axis"):
        effective_conductivity(sigma, 1e-7, axis=3)
    with pytest.raises(InputError, match="tolerance"):
        effective_conductivity(sigma, 1e-7, tolerance=0)
    with pytest.raises(InputError, match="max_iterations"):
        effective_conductivity(sigma, 1e-7, max_iterations=0)
    with pytest.raises(InputError, match="phases must be uint8"):
        effective_conductivity(sigma, 1e-7, phases=np.ones((3, 3, 2), dtype=np.uint8))


def test_an_image_too_large_for_the_memory_says_how_much_it_needs():
    sigma = np.ones((50, 50, 40))
    with pytest.raises(InputError, match=r"50 x 50 x 40 voxels needs about 0\.01 GB"):
        effective_conductivity(sigma, 1e-7, memory_limit_bytes=10**6)
    huge = np.broadcast_to(np.float32(1), (4000, 4000, 4000))
    with pytest.raises(InputError, match="too large"):
        effective_conductivity(huge, 1e-7)
    assert estimate_memory_bytes((50, 50, 40)) < estimate_memory_bytes(
        (50, 50, 40), with_fields=True
    )


def test_no_convergence_raises_with_the_history():
    rng = np.random.default_rng(5)
    sigma = 10 ** rng.uniform(-6, 0, (20, 20, 20))
    with pytest.raises(ConvergenceError, match=r"in 3 iterations: .* last relative energy decr"):
        effective_conductivity(sigma, 1e-7, max_iterations=3)
