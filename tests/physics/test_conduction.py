"""Conductivities of labelled films against laminates, and the voxel series."""

import numpy as np
import pytest

from castline.conduction import film_conductivities, voxel_series
from castline.config import TransportConfig
from castline.phases import Phase
from castline.placement import box_lengths, place


@pytest.fixture
def recipe(study):
    return study.recipe_of("AM_1", "50")


def columns_along_z(fractions: dict[Phase, int]) -> np.ndarray:
    """(10, 4, 6) image of slabs that run along z: phases in parallel."""
    rows = np.repeat([int(p) for p in fractions], list(fractions.values()))
    return np.broadcast_to(rows[:, None, None], (10, 4, 6)).astype(np.uint8)


def test_phases_in_parallel(recipe):
    image = columns_along_z({Phase.AM: 5, Phase.SE: 3, Phase.CBD: 1, Phase.PORE: 1})
    result = film_conductivities(image, (2e-7,) * 3, recipe, TransportConfig())
    assert result["sigma_e_s_per_m"] == pytest.approx(0.5 * 0.005 + 0.1 * 15.93, rel=1e-6)
    assert result["diffusivity_ratio"] == pytest.approx(0.3, rel=1e-6)
    assert result["sigma_ion_s_per_m"] == pytest.approx(0.3 * 0.125, rel=1e-6)
    assert result["cbd_percolates"]


def test_a_layer_of_electrolyte_blocks_electrons(recipe):
    image = columns_along_z({Phase.CBD: 10, Phase.SE: 0}).copy()
    image[:, :, 3] = Phase.SE
    result = film_conductivities(image, (2e-7,) * 3, recipe, TransportConfig())
    assert result["sigma_e_s_per_m"] == 0.0
    assert not result["electronic_percolates"]
    assert result["sigma_ion_s_per_m"] == 0.0


def test_cbd_conducts_better_as_its_nanopores_close(recipe):
    cbd = recipe.classes[-1]
    solids = cbd.count * cbd.solids_mass_kg / recipe.densities.cbd_solids
    image = columns_along_z({Phase.CBD: 5, Phase.PORE: 5})
    voxel = (solids / 0.6 / (image.size / 2)) ** (1 / 3)  # nanoporosity 0.4 in this image
    stated = film_conductivities(image, (voxel,) * 3, recipe, TransportConfig())
    law = TransportConfig(cbd_nanoporosity_exponent=1.5)
    pressed = film_conductivities(image, (voxel,) * 3, recipe, law)
    assert stated["cbd_conductivity_s_per_m"] == 15.93
    assert pressed["cbd_conductivity_s_per_m"] == pytest.approx(15.93 * 1.2**1.5)
    ratio = pressed["sigma_e_s_per_m"] / stated["sigma_e_s_per_m"]
    assert ratio == pytest.approx(1.2**1.5, rel=1e-6)


def test_voxel_series_of_a_packing(tiny):
    recipe = tiny.recipe_of("AM_1", "50")
    state = place(recipe, box_lengths(recipe, 0.3, (1, 1, 1)), seed=1)
    settings = TransportConfig(voxel_series_um=[0.4, 0.8, 0.6], voxel_um=0.4)
    table, summary = voxel_series(state, recipe, settings)
    assert table["voxel_um"].tolist() == [0.8, 0.6, 0.4]
    # placed without contact, nothing percolates at any size, so the limit is zero without an error
    assert table["sigma_ion_s_per_m"].tolist() == [0.0, 0.0, 0.0]
    assert summary["sigma_ion_extrapolated_s_per_m"] == 0.0
    assert summary["sigma_ion_voxel_error_percent"] is None
