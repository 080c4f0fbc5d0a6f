"""Compositions without some phase through the dry stages, in real LAMMPS."""

import numpy as np
import pytest

from castline.base.errors import ConfigError, SimulationError
from castline.images.film import film_image
from castline.line.calendering import CalenderingConfig, calender
from castline.line.drying import dry
from castline.line.drying_settings import DryingConfig
from castline.line.slurry import SlurryConfig, check_solvent, equilibrate
from castline.line.stage import Bench, Result
from castline.packing.placement import box_lengths, place
from castline.packing.state import read_state, write_state
from castline.packing.structure import structure_metrics
from castline.recipe.psd import monodisperse
from castline.recipe.recipe import Composition, Densities, make_recipe
from castline.transport.film import film_conductivities
from castline.transport.settings import TransportConfig

DENSITIES = Densities(4770, 1640, 1860, 880)


def pressed(composition: Composition, force_field, folder):
    """A few dry particles placed, settled and pressed: recipe and film."""
    sizes = (monodisperse(2.5e-6), monodisperse(1e-6), 2.6e-6, 0.5)
    recipe = make_recipe(composition, DENSITIES, 1.0, 8e-14, *sizes)
    placed = place(recipe, box_lengths(recipe, 0.25, (1, 1, 1)), seed=3)
    bench = Bench(folder, 1, lambda line: None)
    settling = DryingConfig(shrinkage={"stages": 1}, thickness_tolerance=0.2)
    settled = dry(recipe, force_field, settling, Result({"placed": placed}), bench)
    pressing = CalenderingConfig(pressure_mpa=30.0, strain_per_step=1e-4)
    return recipe, calender(recipe, force_field, pressing, settled, bench).state


def test_a_pellet_of_equal_spheres(dry_force_field, tmp_path):
    """One phase, one diameter: one granular style, and bonds find nothing to join."""
    bonds = {"modulus_kpa": 1e6, "strain_at_break": 0.1}
    force_field = type(dry_force_field).model_validate(
        {**dry_force_field.model_dump(), "bonds": bonds}
    )
    recipe, film = pressed(Composition(0.0, 1.0, 0.0), force_field, tmp_path)
    write_state(film, tmp_path / "pellet.dump.gz")
    film = read_state(tmp_path / "pellet.dump.gz")
    assert film.bonds is None
    settings = TransportConfig(voxel_um=0.25)
    image, spacing_m = film_image(film, settings)
    metrics = structure_metrics(recipe, film, "calendered", image)
    assert 0.1 < metrics["porosity"] < 0.6
    assert metrics["coordination_se_se"] > 4
    assert metrics["contact_area_am_se_per_m"] is None
    assert metrics["cbd_nanoporosity"] is None
    result = film_conductivities(image, spacing_m, recipe, settings)
    assert 0 < result["diffusivity_ratio"] < 1 - metrics["porosity_without_nanopores"]
    assert result["sigma_e_s_per_m"] is None


def test_a_cathode_without_binder(dry_force_field, tmp_path):
    recipe, film = pressed(Composition(0.7, 0.3, 0.0), dry_force_field, tmp_path)
    image, _ = film_image(film, TransportConfig(voxel_um=0.25))
    metrics = structure_metrics(recipe, film, "calendered", image)
    assert metrics["contact_area_am_se_per_m"] > 0
    empty = {name for name, value in metrics.items() if value is None}
    assert empty == {"cbd_nanoporosity", "volume_error_cbd"} | {
        f"{what}_{pair}{unit}"
        for what, unit in (("coordination", ""), ("contact_area", "_per_m"))
        for pair in ("am_cbd", "se_cbd", "cbd_cbd")
    }
    assert np.isfinite(film.position_m).all()


def test_a_slurry_that_the_check_refuses_does_blow_up(slurry_force_field, tmp_path):
    """0.4 % of CBD, however fine: heat moves particles by a tenth of their diameter in a step."""
    sizes = (monodisperse(3e-6), monodisperse(1e-6), 0.8e-6, 0.5)
    recipe = make_recipe(Composition(0.68, 0.316, 0.004), DENSITIES, 0.5, 8e-13, *sizes)
    with pytest.raises(ConfigError, match="heat alone would move"):
        check_solvent(recipe, slurry_force_field, SlurryConfig(), "automatic")
    with pytest.raises(SimulationError, match="of its diameter in a step"):
        equilibrate(recipe, slurry_force_field, SlurryConfig(), None, Bench(tmp_path, 1, str))
