"""Conductivities of labelled films against laminates, and the voxel series."""

import numpy as np
import pytest

from castline.packing.placement import box_lengths, place
from castline.recipe.phases import Phase
from castline.recipe.psd import monodisperse
from castline.recipe.recipe import Composition, Densities, make_recipe
from castline.transport.film import (
    core_conductivities,
    face_resistances,
    film_conductivities,
    missing_carriers,
    voxel_series,
)
from castline.transport.settings import TransportConfig


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


def test_the_core_conducts_where_the_faces_block(recipe):
    image = np.repeat(columns_along_z({Phase.CBD: 4, Phase.SE: 6}), 4, axis=2)
    image[:, :, [1, -3]] = Phase.PORE
    settings = TransportConfig(face_margin_um=0.6)
    whole = film_conductivities(image, (2e-7,) * 3, recipe, settings)
    assert whole["sigma_e_s_per_m"] == whole["sigma_ion_s_per_m"] == 0.0
    core = core_conductivities(image, (2e-7,) * 3, recipe, settings)
    assert core["sigma_e_core_s_per_m"] == pytest.approx(0.4 * 15.93, rel=1e-6)
    assert core["sigma_ion_core_s_per_m"] == pytest.approx(0.6 * 0.125, rel=1e-6)


def test_without_a_margin_the_core_is_the_film(recipe):
    image = columns_along_z({Phase.AM: 5, Phase.SE: 5})
    settings = TransportConfig(face_margin_um=0)
    whole = film_conductivities(image, (2e-7,) * 3, recipe, settings)
    core = core_conductivities(image, (2e-7,) * 3, recipe, settings)
    assert core["sigma_e_core_s_per_m"] == whole["sigma_e_s_per_m"]
    assert core["sigma_ion_core_s_per_m"] == whole["sigma_ion_s_per_m"]


@pytest.mark.parametrize("margin_um", [0.4, 0.6, 5.0])
def test_a_core_of_less_than_half_the_film_is_not_given(recipe, margin_um):
    image = columns_along_z({Phase.CBD: 4, Phase.SE: 6})
    settings = TransportConfig(face_margin_um=margin_um)
    core = core_conductivities(image, (2e-7,) * 3, recipe, settings)
    assert set(core.values()) == {None}


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


def test_resistance_of_the_faces_is_that_of_layers_of_their_depth(recipe):
    """A film of CBD with 1 um of AM at each face: a face costs 1 um over the AM's conductivity."""
    settings = TransportConfig(face_margin_um=1.0)
    image = np.full((4, 4, 30), Phase.CBD, np.uint8)
    image[:, :, :5] = image[:, :, -5:] = Phase.AM
    spacing_m = (2e-7,) * 3
    values = film_conductivities(image, spacing_m, recipe, settings)
    values |= core_conductivities(image, spacing_m, recipe, settings)
    faces = face_resistances(values, image, spacing_m, 1.0)
    assert faces["face_resistance_e_ohm_m2"] == pytest.approx(1e-6 / 0.005, rel=1e-6)
    assert faces["face_resistance_ion_ohm_m2"] is None


def powder(am: float, se: float, cbd: float):
    """A recipe without solvent, of particles of 1 um."""
    sizes = (monodisperse(1e-6), monodisperse(1e-6), 1e-6, 0.5)
    densities = Densities(4770, 1640, 1860, 880)
    return make_recipe(Composition(am, se, cbd), densities, 1.0, 1e-13, *sizes)


def test_what_no_phase_carries_is_empty_and_says_why():
    """A pellet of SE: ions pass as in any film, electrons are not a question."""
    recipe = powder(0.0, 1.0, 0.0)
    image = columns_along_z({Phase.SE: 6, Phase.PORE: 4})
    settings = TransportConfig(face_margin_um=0.2)
    values = film_conductivities(image, (2e-7,) * 3, recipe, settings)
    values |= core_conductivities(image, (2e-7,) * 3, recipe, settings)
    values |= face_resistances(values, image, (2e-7,) * 3, 0.2)
    assert values["diffusivity_ratio"] == pytest.approx(0.6, rel=1e-6)
    assert values["sigma_ion_core_s_per_m"] == pytest.approx(0.6 * 0.125, rel=1e-6)
    assert values["reason"] == "no electronic conductivity: the composition holds no AM and no CBD"
    empty = {name for name, value in values.items() if value is None}
    assert empty == {
        *("sigma_e_s_per_m", "sigma_e_core_s_per_m", "face_resistance_e_ohm_m2"),
        *("cbd_conductivity_s_per_m", "cbd_percolates", "electronic_percolates"),
        *("electronic_percolating_fraction", "electronic_flux_imbalance", "electronic_iterations"),
    }


@pytest.mark.parametrize(
    ("fractions", "am_s_per_m", "missing"),
    [
        ((0.8, 0.2, 0.0), 0.005, set()),
        ((0.8, 0.2, 0.0), 0.0, {"electronic"}),
        ((0.8, 0.1, 0.1), 0.0, set()),
        ((1.0, 0.0, 0.0), 0.005, {"ionic"}),
        ((1.0, 0.0, 0.0), 0.0, {"electronic", "ionic"}),
        ((0.0, 0.0, 1.0), 0.005, {"ionic"}),
    ],
)
def test_which_carriers_a_composition_lacks(fractions, am_s_per_m, missing):
    settings = TransportConfig(sigma_am_s_per_m=am_s_per_m)
    assert set(missing_carriers(powder(*fractions), settings)) == missing


def test_a_voxel_series_without_electrons(tiny):
    recipe = powder(0.0, 1.0, 0.0)
    state = place(recipe, box_lengths(recipe, 0.3, (1, 1, 1)), seed=1)
    settings = TransportConfig(voxel_series_um=[0.4, 0.8, 0.6], voxel_um=0.4)
    table, summary = voxel_series(state, recipe, settings)
    assert table["sigma_e_s_per_m"].isna().all()
    assert {v for k, v in summary.items() if k.startswith("sigma_e")} == {None}
    assert np.isfinite(summary["sigma_ion_extrapolated_s_per_m"])
