"""Validation of the mass scale: the comparison itself, and runs that share their beginning."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from castline.line import acceleration
from castline.line.acceleration import (
    AUTOMATIC,
    NO_HEAVIER,
    UNSCALED,
    agreement,
    along_strain,
    sheared_on,
    variants,
)
from castline.line.slurry import SlurryConfig, equilibrate
from castline.line.stage import Bench
from castline.line.viscosity import Sheared, ViscosityConfig
from castline.packing.placement import box_lengths, place

SETTINGS = ViscosityConfig(shear_rates_per_s=[100])


@pytest.fixture
def sheared(tiny, slurry_force_field):
    recipe = tiny.recipe_of("AM_1", "50")
    state = place(recipe, box_lengths(recipe, 0.3, (1, 1, 1)), seed=1)
    return Sheared(recipe, slurry_force_field, state, 0.1)


def history(factors, seeds=5, noise=0.01):
    """Histories of one rate: viscosity of each seed times the factor of each variant."""
    rng = np.random.default_rng(0)
    parts = []
    for (name, scale), factor in factors.items():
        for seed in range(seeds):
            viscosity = (0.2 + 0.05 * seed) * factor * (1 + noise * rng.standard_normal(30))
            parts.append(
                pd.DataFrame(
                    {
                        "shear_rate_per_s": 100.0,
                        "variant": name,
                        "seed": seed,
                        "strain": 0.01 * np.arange(1, 31),
                        "viscosity_pa_s": viscosity,
                        "rotation_over_half_shear_rate": 2.0,
                        "mass_scale": scale,
                        "dt_us": 0.1,
                        "inertial_number": 0.01,
                        "core_seconds": 3.0,
                    }
                )
            )
    return pd.concat(parts, ignore_index=True)


def test_a_known_ratio_comes_back_with_its_verdict():
    table = agreement(history({("near", 80.0): 1.02, ("far", 80.0): 1.6, (UNSCALED, 1.0): 1.0}))
    table = table.set_index("variant")
    assert (table["reference"] == UNSCALED).all()
    near, far = table.loc["near"], table.loc["far"]
    assert near["over_reference"] == pytest.approx(1.02, abs=2 * near["over_reference_ci95"])
    assert near["over_reference_ci95"] < 0.01 < near["viscosity_ci95_pa_s"] / 0.3
    assert (near["within_interval"], near["within_3_percent"]) == (True, True)
    assert (far["within_interval"], far["within_3_percent"]) == (False, False)


def test_mean_along_strain_and_ratio_of_each_seed():
    table = along_strain(history({(AUTOMATIC, 80.0): 1.1, (UNSCALED, 1.0): 1.0}, noise=0.0))
    assert table["seeds"].tolist() == [5] * 24
    automatic = table[table["variant"] == AUTOMATIC]
    assert automatic["strain"].is_monotonic_increasing
    assert automatic["viscosity_pa_s"].to_numpy() == pytest.approx(0.33)
    assert automatic["over_reference"].to_numpy() == pytest.approx(1.1)
    assert automatic["over_reference_ci95"].to_numpy() == pytest.approx(0.0, abs=1e-12)
    assert (automatic["viscosity_ci95_pa_s"] > 0.05).all()


def test_variants_and_their_ladders(sheared):
    at_100 = sheared.flow(100.0, SETTINGS, "automatic")
    found = {v.name: v for v in variants(sheared, at_100)}
    step = found[AUTOMATIC].step
    assert found["s, dt/4"].step == replace(step, dt_us=step.dt_us / 4)
    assert found["s/10"].step.mass_scale == pytest.approx(step.mass_scale / 10)
    assert "s/100" not in found  # below 2: that is the unscaled run
    unscaled, no_heavier = found[UNSCALED].step, found[NO_HEAVIER].step
    assert (unscaled.mass_scale, unscaled.coarse_mass_scale) == (1.0, 1.0)
    assert no_heavier.mass_scale == no_heavier.coarse_mass_scale == step.mass_scale
    assert step.coarse_mass_scale > step.mass_scale
    assert not found["s, dt, nvt/sllod"].rotations
    at_10 = {v.name for v in variants(sheared, sheared.flow(10.0, SETTINGS, "automatic"))}
    assert "s/100" in at_10
    assert UNSCALED not in at_10


def test_variants_start_from_the_same_flow(tiny, slurry_force_field, tmp_path, monkeypatch):
    recipe = tiny.recipe_of("AM_1", "50")
    loose_end = SlurryConfig(volume_tolerance=0.02, energy_tolerance=0.5)
    bench = Bench(tmp_path, 1, lambda line: None)
    slurry = equilibrate(recipe, slurry_force_field, loose_end, None, bench)
    pressure_kpa = slurry.summary["particle_pressure_kpa"]
    sheared = Sheared(recipe, slurry_force_field, slurry.state, pressure_kpa)
    monkeypatch.setattr(acceleration, "STRAIN_BEFORE", 0.05)
    monkeypatch.setattr(acceleration, "STRAINS", {1000.0: 0.05})
    loose = ViscosityConfig(shear_rates_per_s=[100], contact_stokes_number=0.01)
    flow = sheared.flow(1000.0, loose, "automatic")
    same, finer = (
        sheared_on(sheared, flow, variant, bench) for variant in variants(sheared, flow)[:2]
    )
    assert finer["dt_us"][0] == same["dt_us"][0] / 2
    assert finer["viscosity_pa_s"].mean() == pytest.approx(same["viscosity_pa_s"].mean(), rel=0.05)
    first = [path.read_bytes() for path in tmp_path.glob("viscosity-*/segment-0000.dump")]
    assert len(first) == 3  # the flow before, and its copies in both variants
    assert len(set(first)) == 1
