"""Binder migration among CBD against the moving-boundary equation solved by other means."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from castline.campaign.config import load_campaign
from castline.line.migration import bernoulli, migrated
from castline.line.solvent import Coating
from castline.packing.state import ParticleState, initial_arrays

WET_SOLIDS, END = 0.3, 0.6
# Only neighbours exchange.
SOLVER = {"method": "LSODA", "lband": 1, "uband": 1, "rtol": 1e-8, "atol": 1e-10}


def saturated(t: float) -> float:
    """Height of a film that its solvent fills, over that of the wet film."""
    return 1 - t


def lagging(t: float) -> float:
    """Height of a film that follows with half the speed: its pores empty."""
    return 1 - t / 2


def reference_profile(
    peclet: float, cells: int = 400, height=saturated, solids: float = WET_SOLIDS, end: float = END
) -> np.ndarray:
    """(cells,) binder per x at the end, mean 1: central differences of the equation in heights.

    In units of the wet height H0 and of the time H0 / E. The liquid alone is 1 - t - solids high,
    whatever the height h of the film. It ends where 1 - t is `end`.
    """
    faces = np.arange(1, cells) / cells

    def rate(t, profile):
        h = height(t)
        advected = faces / (1 - t - solids) * (profile[1:] + profile[:-1]) / 2
        flux = np.zeros(cells + 1)
        flux[1:-1] = advected - np.diff(profile) * cells / (peclet * h**2)
        return -np.diff(flux) * cells

    found = solve_ivp(rate, (0, 1 - end), np.ones(cells), **SOLVER)
    return found.y[:, -1]


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


@pytest.mark.parametrize("peclet", [0.1, 1.0, 10.0])
def test_films_have_the_profile_of_the_equation_within_their_sampling_error(campaign_dict, peclet):
    """Five films of some hundred CBD at random heights, taken through the stages of drying; they
    shrink half as fast as their solvent leaves.
    """
    matrix = {**campaign_dict["matrix"], "psds": {"AM_1": {"d50_um": 3.0}}}
    recipe = {"dry_mass_g": 4e-10, "cbd": {"dry_diameter_um": 0.8}}
    study = load_campaign({**campaign_dict, "matrix": matrix, "recipe": recipe})
    recipe = study.recipe_of("AM_1", "50")
    arrays = initial_arrays(recipe, dry=False)
    edge_m = recipe.slurry_volume_m3 ** (1 / 3)
    place = np.zeros((recipe.particle_count, 3))
    box = {"low_m": np.zeros(3), "high_m": np.full(3, edge_m), "periodic": (True, True, True)}
    slurry = ParticleState(**box, position_m=place, **arrays)
    wet_um = edge_m * 1e6
    solids = recipe.skeleton_volume_m3 / recipe.slurry_volume_m3
    stages, least = 20, 0.2
    films = []
    for seed in range(5):
        coating = Coating(recipe, slurry)
        at = np.random.default_rng(seed).random(recipe.cbd.count)
        for left in np.linspace(1, least, stages + 1)[1:]:
            film_um = wet_um * lagging((1 - coating.left) * (1 - solids))
            coating.migrate(at * film_um, film_um, left, peclet)
            coating.shrink(left)
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
