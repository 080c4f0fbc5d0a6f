"""Binder migration among CBD against the moving-boundary equation solved by other means."""

from itertools import pairwise

import numpy as np
import pytest

from castline.campaign.config import load_campaign
from castline.line.binder_profiles import CELLS, equation_profile
from castline.line.drying_settings import CapillaryFlowConfig
from castline.line.migration import bernoulli, migrated
from castline.line.solvent import Coating
from castline.packing.state import ParticleState, initial_arrays
from castline.recipe.recipe import Recipe

WET_SOLIDS, END = 0.3, 0.6


def saturated(t: float) -> float:
    """Height of a film that its solvent fills, over that of the wet film."""
    return 1 - t


def lagging(t: float) -> float:
    """Height of a film that follows with half the speed: its pores empty."""
    return 1 - t / 2


def reference_profile(
    peclet: float, height=saturated, solids: float = WET_SOLIDS, end: float = END
) -> np.ndarray:
    """(CELLS,) binder per x where 1 - t is `end`, mean 1."""
    times = np.linspace(0, 1 - end, 21)
    return equation_profile(solids, times, height(times), peclet)


def test_equation_carries_all_up_where_nothing_diffuses():
    """Along dx/dt = x / phi, that is x / x0 = phi0 / phi, the profile thins by phi / phi0."""
    profile = reference_profile(peclet=40.0)
    left = (END - WET_SOLIDS) / (1 - WET_SOLIDS)
    np.testing.assert_allclose(profile[: CELLS // 2], left, rtol=1e-3)
    assert profile.mean() == pytest.approx(1.0, rel=1e-6)


def test_equation_keeps_the_binder_level_where_it_diffuses_fast():
    np.testing.assert_allclose(reference_profile(peclet=1e-3), 1.0, atol=2e-3)


def particle_profile(peclet: float, n: int, stages: int, seed: int = 0) -> np.ndarray:
    """(n,) binder of CBD at random heights after stages of equal volume, in order of height."""
    height = np.random.default_rng(seed).random(n)
    solids = np.ones(n)
    edges = np.linspace(1.0, END, stages + 1)
    for before, after in pairwise(edges):
        drift = np.log((before - WET_SOLIDS) / (after - WET_SOLIDS))
        solids = migrated(height, solids, drift, (1 / after - 1 / before) / peclet)
    return solids[np.argsort(height)]


@pytest.mark.parametrize("peclet", [0.1, 1.0, 10.0])
def test_profile_is_that_of_the_moving_boundary_equation(peclet):
    reference = reference_profile(peclet).reshape(20, -1).mean(axis=1)
    found = particle_profile(peclet, 400, 40).reshape(20, -1).mean(axis=1)
    np.testing.assert_allclose(found, reference, atol=0.02 * reference.max())


def many_cbd(campaign_dict) -> tuple[Recipe, ParticleState]:
    """A recipe with some hundred CBD, and its slurry without voids."""
    matrix = {**campaign_dict["matrix"], "psds": {"AM_1": {"d50_um": 3.0}}}
    small = {"dry_mass_g": 4e-10, "cbd": {"dry_diameter_um": 0.8}}
    study = load_campaign({**campaign_dict, "matrix": matrix, "recipe": small})
    recipe = study.recipe_of("AM_1", "50")
    edge_m = recipe.slurry_volume_m3 ** (1 / 3)
    box = {"low_m": np.zeros(3), "high_m": np.full(3, edge_m), "periodic": (True, True, True)}
    place = np.zeros((recipe.particle_count, 3))
    return recipe, ParticleState(**box, position_m=place, **initial_arrays(recipe, dry=False))


@pytest.mark.parametrize("peclet", [0.1, 1.0, 10.0])
def test_films_have_the_profile_of_the_equation_within_their_sampling_error(campaign_dict, peclet):
    """Five films of some hundred CBD at random heights, taken through the stages of drying; they
    shrink half as fast as their solvent leaves.
    """
    recipe, slurry = many_cbd(campaign_dict)
    wet_um = slurry.lengths_m[2] * 1e6
    solids = recipe.skeleton_volume_m3 / recipe.slurry_volume_m3
    stages, least = 20, 0.2
    films = []
    for seed in range(5):
        coating = Coating(recipe, slurry)
        at = np.random.default_rng(seed).random(recipe.cbd.count)
        for left in np.linspace(1, least, stages + 1)[1:]:
            film_um = wet_um * lagging((1 - coating.left) * (1 - solids))
            coating.evaporate(at * film_um, film_um, left, peclet, least_saturation=0.0)
        films.append(10 * np.histogram(at, 10, (0, 1), weights=coating.solids)[0] / len(at))
    end = 1 - (1 - least) * (1 - solids)
    wanted = reference_profile(peclet, height=lagging, solids=solids, end=end)
    wanted = wanted.reshape(10, -1).mean(axis=1)
    error = np.std(films, axis=0, ddof=1) / np.sqrt(len(films))
    deviation = (np.mean(films, axis=0) - wanted) / error
    assert np.sqrt((deviation**2).mean()) < 2
    # and it tells these Peclet numbers apart
    assert np.mean(films, axis=0)[-1] / np.mean(films, axis=0)[0] == pytest.approx(
        wanted[-1] / wanted[0], rel=0.3
    )


def gradient(recipe, slurry, rate=0.3, diameter_um=2.0, tension=25.0, viscosity=500.0) -> float:
    """Binder in the upper over that in the lower third of a coating of 100 um, D 30 um2/s."""
    flow = CapillaryFlowConfig(viscosity_mpa_s=viscosity, surface_tension_mn_per_m=tension)
    coating, wet_um = Coating(recipe, slurry), slurry.lengths_m[2] * 1e6
    at = (np.arange(recipe.cbd.count) + 0.5) / recipe.cbd.count
    for left in np.linspace(1, 0, 101)[1:]:
        film_um = wet_um * max(0.6, 1 - 0.5 * (1 - coating.left))
        least = flow.least_saturation(
            rate, 100 * film_um / wet_um, coating.porosity(film_um), diameter_um
        )
        coating.evaporate(at * film_um, film_um, left, rate * 100 / 30, least)
    assert coating.left == 0
    return coating.solids[at > 2 / 3].sum() / coating.solids[at < 1 / 3].sum()


def test_gradients_follow_particles_rate_and_surface_tension_as_published(campaign_dict):
    """Weichel 2026, arXiv 2603.18860: smaller particles level, a higher rate and a higher surface
    tension steepen, the viscosity of the solvent matters little.
    """
    film = many_cbd(campaign_dict)
    usual = gradient(*film)
    assert usual > 1.2
    assert gradient(*film, diameter_um=0.5) < usual < gradient(*film, diameter_um=8.0)
    assert gradient(*film, rate=0.1) < usual < gradient(*film, rate=1.0)
    assert gradient(*film, tension=10.0) < usual < gradient(*film, tension=70.0)
    # twice the viscosity changes less than twice the rate or half the particles
    by_viscosity = abs(gradient(*film, viscosity=1000.0) / usual - 1)
    assert by_viscosity < abs(gradient(*film, rate=0.6) / usual - 1)
    assert by_viscosity <= abs(gradient(*film, diameter_um=1.0) / usual - 1)


def test_the_saturation_at_which_capillaries_give_up():
    """Where the pressure drop over the height is that of the menisci; 1 um, half solid, by hand."""
    flow = CapillaryFlowConfig(viscosity_mpa_s=100.0, surface_tension_mn_per_m=25.0)
    permeability_um2, radius_um = 1 * 0.125 / (180 * 0.25), 1 / 3
    least = flow.least_saturation(2.0, 50.0, 0.5, 1.0)
    drop_kpa = 100.0 * 2.0 * 50.0 / (permeability_um2 * least**3) * 1e-6
    assert drop_kpa == pytest.approx(2 * 25.0 / radius_um)
    assert flow.least_saturation(1e9, 50.0, 0.5, 1.0) == 1.0
    leaning = flow.model_copy(update={"contact_angle_deg": 60.0})
    assert leaning.least_saturation(2.0, 50.0, 0.5, 1.0) == pytest.approx(2 ** (1 / 3) * least)


def test_the_number_of_stages_does_not_matter():
    halved = particle_profile(1.0, 100, 20) / particle_profile(1.0, 100, 10)
    quartered = particle_profile(1.0, 100, 40) / particle_profile(1.0, 100, 20)
    assert np.abs(quartered - 1).max() < 0.6 * np.abs(halved - 1).max() < 0.02


def test_error_falls_with_the_number_of_cbd():
    reference = reference_profile(3.0)

    def error(n):
        return np.abs(particle_profile(3.0, n, 80) - reference.reshape(n, -1).mean(axis=1)).max()

    assert error(80) < 0.6 * error(20)


@pytest.mark.parametrize(("drift", "spread"), [(5.0, 0.0), (0.0, 10.0), (50.0, 1e-3)])
def test_solids_are_conserved_and_stay_positive(drift, spread):
    rng = np.random.default_rng(3)
    solids = rng.random(97)
    found = migrated(rng.random(97), solids, drift, spread)
    assert found.sum() == pytest.approx(solids.sum(), rel=1e-14)
    assert (found >= 0).all()


def test_diffusion_alone_levels_and_drift_alone_lifts():
    height = np.array([0.3, 0.1, 0.2, 0.9])
    solids = np.array([1.0, 2.0, 3.0, 4.0])
    np.testing.assert_allclose(migrated(height, solids, 0.0, 1e3), 2.5, rtol=1e-3)
    lifted = migrated(height, solids, 100.0, 0.0)
    assert lifted[3] == pytest.approx(10.0, rel=1e-6)


def test_bernoulli_function_is_smooth_at_zero():
    x = np.array([-1e-3, -1e-9, 0.0, 1e-9, 1e-3])
    np.testing.assert_allclose(bernoulli(x), 1 - x / 2 + x**2 / 12, rtol=1e-10)
