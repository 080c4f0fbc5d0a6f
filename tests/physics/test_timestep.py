"""Time step and mass scale against closed formulas."""

from dataclasses import replace

import numpy as np
import pytest

from castline.base.errors import SimulationError
from castline.lammps.forcefield import Bonds
from castline.lammps.texts import contact_variables
from castline.lammps.timestep import (
    DAMPING_FRACTION,
    ELASTIC_FRACTION,
    OVERLAP,
    PROTOCOL_STEP_US,
    Scales,
    coarse_factor,
    critical_mass_scale,
    inertial_number,
    kinetic_to_elastic,
    pair_scales,
    quasi_static_step,
    shear_mass_scale,
    time_step,
)
from castline.line.viscosity import Sheared, ViscosityConfig
from castline.packing.placement import box_lengths, place


@pytest.fixture
def slurry(tiny):
    recipe = tiny.recipe_of("AM_1", "50")
    return place(recipe, box_lengths(recipe, 0.3, (1, 1, 1)), seed=1)


def test_frequency_of_the_stiffest_pair(slurry, slurry_force_field):
    """SE-SE is the lightest and so the fastest pair; evaluate its formulas by hand."""
    hertz = slurry_force_field.hertz
    rule = slurry_force_field.pair_rule("SE", "SE")
    se = slurry.phases == 2
    diameter = slurry.diameter_m[se][0] * 1e6
    mass = slurry.mass_kg[se][0] * 1e15 / 2
    root = np.sqrt(diameter / 4 * OVERLAP * diameter)
    k = 1.5 * hertz.normal_stiffness_kpa * root
    k += 72 * rule.well_fj_per_um * diameter / (rule.distance * diameter) ** 2
    scales = pair_scales(slurry_force_field, slurry)
    assert scales.elastic_per_us == pytest.approx(np.sqrt(k / mass), rel=1e-9)


def test_stiff_bonds_are_the_fastest_pair_where_they_act(slurry, dry_force_field):
    bonds = Bonds(modulus_kpa=1e10, strain_at_break=0.1)
    bonded_set = dry_force_field.model_copy(update={"bonds": bonds})
    cbd = slurry.phases == 3
    diameter, mass = slurry.diameter_m[cbd][0] * 1e6, slurry.mass_kg[cbd][0] * 1e15
    shortest = (1 - OVERLAP) * diameter
    bond = 1e10 * np.pi / 4 * diameter**2 / shortest / (mass / 2)
    fastest = pair_scales(bonded_set, slurry, bonded=True).elastic_per_us
    without = pair_scales(bonded_set, slurry).elastic_per_us
    assert without == pair_scales(dry_force_field, slurry).elastic_per_us
    assert np.sqrt(bond) < fastest <= np.hypot(np.sqrt(bond), without)
    assert fastest > 5 * without


def test_forces_scale_both_frequencies(slurry, slurry_force_field):
    one = pair_scales(slurry_force_field, slurry)
    four = pair_scales(slurry_force_field, slurry, factor=4.0)
    assert four.elastic_per_us == pytest.approx(2 * one.elastic_per_us)
    assert four.damping_per_us == pytest.approx(4 * one.damping_per_us)


def test_mass_scale_is_equal_to_heavier_particles(slurry, slurry_force_field):
    light = time_step(pair_scales(slurry_force_field, slurry), 100.0)
    heavy = replace(slurry, mass_kg=slurry.mass_kg * 100)
    assert light.elastic_per_us == pytest.approx(
        pair_scales(slurry_force_field, heavy).elastic_per_us
    )


@pytest.mark.parametrize(("scale", "bound"), [(1.0, "damping"), (1e4, "elastic")])
def test_step_takes_the_tighter_bound(scale, bound):
    step = time_step(Scales(2.0, damping_per_us=50.0, slowest_damping_per_us=5.0), scale)
    limits = {
        "elastic": ELASTIC_FRACTION / (2.0 / np.sqrt(scale)),
        "damping": DAMPING_FRACTION / (50.0 / scale),
    }
    assert step.dt_us == pytest.approx(limits[bound])
    assert step.dt_us == pytest.approx(min(limits.values()))


def test_critical_scale_is_never_below_one():
    assert critical_mass_scale(Scales(10.0, 1.0, 1.0)) == 1.0
    assert critical_mass_scale(Scales(1.0, 20.0, 1.0)) == pytest.approx(100.0)


def test_inertial_number():
    assert inertial_number(1e-4, 1.5, 1.35, 0.1) == pytest.approx(1e-4 * 1.5 * np.sqrt(13.5))


@pytest.mark.parametrize(("stokes_limit", "power"), [(0.002, 1), (1.0, 2)])
def test_shear_scale_meets_the_tighter_limit(stokes_limit, power):
    """The Stokes number falls as 1/s, the inertial number as 1/sqrt(s)."""
    contacts = Scales(2.0, 50.0, 5.0)

    def scale(rate):
        unscaled = inertial_number(rate, 1.5, 1.35, 0.1)
        return shear_mass_scale(rate, contacts, unscaled, 0.05, stokes_limit)

    assert scale(5e-5) == pytest.approx(2**power * scale(1e-4))
    stokes = 1e-4 * scale(1e-4) / 5.0
    inertial = inertial_number(1e-4, 1.5, 1.35 * scale(1e-4), 0.1)
    assert (stokes if power == 1 else inertial) == pytest.approx(0.002 if power == 1 else 0.05)


@pytest.mark.parametrize(
    ("unscaled", "words"), [(0.2, "inertial number 0.2 exceeds 0.05"), (0.001, "Stokes number 0.2")]
)
def test_too_high_a_shear_rate_is_a_named_error(unscaled, words):
    with pytest.raises(SimulationError, match=rf"shear rate 1e\+06 1/s.*{words}.*lower the rate"):
        shear_mass_scale(1.0, Scales(2.0, 50.0, 5.0), unscaled, 0.05, 0.002)


def test_steps_of_a_unit_strain(tiny, slurry, slurry_force_field):
    """As many at every shear rate while damping bounds the step; then they grow as rate^-1/2."""
    settings = ViscosityConfig(shear_rates_per_s=[10.0])
    sheared = Sheared(tiny.recipe_of("AM_1", "50"), slurry_force_field, slurry, 0.1)

    def steps(rate: float) -> float:
        return 1 / sheared.flow(rate, settings, "automatic").strain(1)

    assert steps(100.0) == pytest.approx(steps(1000.0))
    assert steps(10.0) < 2.5 * steps(1000.0) < 35_000
    assert steps(2.5) == pytest.approx(2 * steps(10.0), rel=1e-6)


def test_coarse_particles_are_as_slow_as_fine_ones_and_no_force_changes(
    tiny, slurry, slurry_force_field
):
    """A heavier particle with damping over mass unchanged: its rate falls by the factor."""
    factor = coarse_factor(slurry)
    coarse = slurry.diameter_m > 1.5e-6
    assert factor == pytest.approx(slurry.diameter_m[coarse].min() / slurry.diameter_m.min())
    real = pair_scales(slurry_force_field, slurry)
    heavy = pair_scales(slurry_force_field, slurry, coarse_factor=factor)
    assert heavy.damping_per_us == pytest.approx(real.damping_per_us / factor)
    assert heavy.slowest_damping_per_us == pytest.approx(real.slowest_damping_per_us)
    # contacts of all coarse particles would be slower than the slowest fine one with any more
    more = pair_scales(slurry_force_field, slurry, coarse_factor=1.01 * factor)
    assert more.slowest_damping_per_us < 0.995 * real.slowest_damping_per_us
    step = time_step(heavy, 10.0)
    assert (step.mass_scale, step.coarse_mass_scale) == (10.0, pytest.approx(10.0 * factor))
    # what LAMMPS multiplies: damping times mass is the same with any masses
    hertz = slurry_force_field.hertz
    light = contact_variables(hertz, 1.0)
    scaled = contact_variables(hertz, step.mass_scale, coarse_mass_scale=step.coarse_mass_scale)
    for name, scale in (("gn", 10.0), ("gt", 10.0), ("coarse_gn", 10.0 * factor)):
        assert scaled[name] * scale == pytest.approx(light[name])


def test_protocol_keeps_real_masses_and_the_study_step_where_contacts_allow():
    soft, stiff = Scales(2.0, 50.0, 5.0), Scales(2000.0, 50.0, 5.0)
    step = quasi_static_step(soft, "none")
    assert (step.mass_scale, step.dt_us) == (1.0, PROTOCOL_STEP_US)
    assert quasi_static_step(stiff, "none").dt_us == pytest.approx(ELASTIC_FRACTION / 2000.0)


def test_a_stage_lasts_as_long_with_any_step():
    contacts = Scales(2.0, 50.0, 5.0)
    automatic, protocol = (quasi_static_step(contacts, kind) for kind in ("automatic", "none"))
    assert automatic.steps(4000) == 4000
    assert automatic.halved().steps(4000) == 8000
    for step in (automatic, automatic.halved(), protocol):
        assert step.steps(4000) * step.dt_us == pytest.approx(4000 * automatic.dt_us, rel=0.01)
        assert step.steps(4000) % 200 == 0


def test_kinetic_to_elastic_of_an_ideal_gas_under_its_own_pressure():
    """P V = 2/3 E_kin."""
    assert kinetic_to_elastic(1.5 * 7.0 * 3.0, 3.0, -7.0) == pytest.approx(1.0)
