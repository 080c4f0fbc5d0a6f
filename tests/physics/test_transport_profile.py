"""Local conductivity along the axis and the conductivity tensor against known answers."""

import numpy as np
import pytest

from castline.transport import effective_conductivity
from castline.transport.profile import conductivity_tensor, local_conductivity

SPACING = (1e-6, 2e-6, 0.5e-6)


def _solved(sigma, axis, periodic):
    return effective_conductivity(
        sigma, SPACING, axis, periodic=periodic, with_fields=True, tolerance=1e-10
    )


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_layers_across_the_axis_have_their_own_conductivity(axis):
    layers = np.array([1.0, 0.01, 5.0, 1.0, 0.3])
    shape = [3, 3, 3]
    shape[axis] = 5
    sigma = np.broadcast_to(layers.reshape([-1 if a == axis else 1 for a in range(3)]), shape)
    result = _solved(sigma, axis, periodic=False)
    local = local_conductivity(sigma, result.potential_v, SPACING, axis, periodic=False)
    # The potential is that of conductances in single precision.
    np.testing.assert_allclose(local, layers, rtol=2e-7)


@pytest.mark.parametrize("periodic", [True, False])
@pytest.mark.parametrize("axis", [0, 2])
def test_resistances_of_the_layers_add_up(axis, periodic):
    rng = np.random.default_rng(4)
    sigma = rng.choice([0.0, 0.01, 1.0], size=(7, 8, 9), p=[0.2, 0.3, 0.5])
    result = _solved(sigma, axis, periodic)
    local = local_conductivity(sigma, result.potential_v, SPACING, axis, periodic=periodic)
    assert 1 / np.mean(1 / local) == pytest.approx(result.value_s_per_m, rel=1e-8)
    assert local.std() > 0.01 * local.mean()


def test_tensor_of_a_laminate_along_the_axes():
    sigma = np.empty((4, 5, 6))
    sigma[:, :, 0::2], sigma[:, :, 1::2] = 1.0, 0.1
    tensor = conductivity_tensor(sigma, SPACING, tolerance=1e-9)
    across = 2 / (1 / 1.0 + 1 / 0.1)
    np.testing.assert_allclose(
        tensor.values_s_per_m, np.diag([0.55, 0.55, across]), rtol=1e-8, atol=1e-8
    )
    assert tensor.asymmetry < 1e-7


@pytest.mark.parametrize("slope", [1, -1])
def test_tensor_of_an_inclined_laminate(slope):
    """Normal (slope, 0, 1), known in the continuum; stairs leave some per cent of it.

    The electrodes' share falls as one over the length, so two lengths give the entry without it.
    """
    tensors = []
    for n in (48, 96):
        i, k = np.meshgrid(np.arange(n), np.arange(n), indexing="ij")
        sigma = np.where((slope * i + k) // 8 % 2 == 0, 1.0, 0.2)[:, None, :].repeat(2, axis=1)
        tensors.append(conductivity_tensor(sigma, 1e-6).values_s_per_m)
    tensor = 2 * tensors[1] - tensors[0]
    along, across = 0.6, 2 / (1 / 1.0 + 1 / 0.2)
    diagonal, beside = (along + across) / 2, slope * (across - along) / 2
    expected = [[diagonal, 0, beside], [0, along, 0], [beside, 0, diagonal]]
    np.testing.assert_allclose(tensor, expected, atol=0.03 * along)
