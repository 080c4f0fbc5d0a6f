import numpy as np
import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from castline.base.errors import ConfigError
from castline.recipe.materials import crystal_density
from castline.recipe.phases import Phase
from castline.recipe.psd import log_normal, monodisperse
from castline.recipe.recipe import Composition, Densities, Recipe, make_recipe, sphere_volume
from castline.recipe.settings import CompositionConfig


def test_study_mass_gives_the_stated_number_of_particles(study):
    recipe = study.recipe_of("AM_1", "50")
    counts = {"AM": 0, "SE": 0, "CBD": 0}
    for c in recipe.classes:
        counts[c.phase] += c.count
    assert counts == {"AM": 98, "SE": 4856, "CBD": 97}
    assert recipe.particle_count == 5051


def test_densities_of_the_crystals():
    assert crystal_density("NMC811").value_kg_per_m3 == pytest.approx(4770, rel=0.005)
    assert crystal_density("Li6PS5Cl").value_kg_per_m3 == pytest.approx(1860, rel=0.005)
    assert "9.86" in crystal_density("Li6PS5Cl").provenance


@pytest.mark.parametrize(
    ("crystal", "density_g_per_cm3"),
    [("NMC622", 4.76), ("LCO", 5.05), ("LFP", 3.60), ("Li7La3Zr2O12", 5.10), ("Li3InCl6", 2.72)],
)
def test_densities_of_other_crystals(crystal, density_g_per_cm3):
    """X-ray densities of the literature, which know nothing of the coordinates here."""
    density = crystal_density(crystal).value_kg_per_m3
    assert density == pytest.approx(1e3 * density_g_per_cm3, rel=0.005)


@pytest.mark.parametrize(
    ("crystal", "density_kg_per_m3"),
    [
        ("NMC811", 4777.639832274657),
        ("Li6PS5Cl", 1859.7614224589811),
        ("LFP", 3596.5148007059793),
        ("Li7La3Zr2O12", 5097.543398278212),
        ("Li3InCl6", 2723.0616031022086),
    ],
)
def test_densities_are_those_of_all_sites_of_the_cell(crystal, density_kg_per_m3):
    """As pymatgen 2026.10.24 finds them from space group, site coordinates and occupancies."""
    assert crystal_density(crystal).value_kg_per_m3 == pytest.approx(density_kg_per_m3, rel=1e-12)


def test_unknown_crystal():
    with pytest.raises(ConfigError, match="LNMO"):
        crystal_density("LNMO")


def test_slurry_cbd_grows_as_solid_content_falls(study):
    diameters = [
        study.recipe_of("AM_1", sc).classes[-1].diameter_slurry_m * 1e6 for sc in ("48", "50", "52")
    ]
    assert diameters[0] > diameters[1] > diameters[2]
    assert 6.6 < diameters[2] < diameters[0] < 8.0


masses = st.floats(5e-13, 1e-10)
fractions = st.tuples(st.floats(0.1, 0.8), st.floats(0.1, 0.8), st.floats(0.02, 0.3)).map(
    lambda f: np.array(f) / sum(f)
)


@given(
    masses,
    fractions,
    st.floats(0.2, 0.9),
    st.floats(1.5e-6, 6e-6),
    st.floats(0.0, 0.6),
    st.floats(0.0, 0.7),
)
def test_bookkeeping_closes(mass, fraction, solid_content, d50, sigma, nanoporosity):
    composition = Composition(fraction[0], fraction[1], 1.0 - fraction[0] - fraction[1])
    densities = Densities(4770.0, 1640.0, 1860.0, 880.0)
    try:
        recipe = make_recipe(
            composition,
            densities,
            solid_content,
            mass,
            log_normal(d50, sigma, 5),
            monodisperse(1e-6),
            2.6e-6,
            nanoporosity,
        )
    except ConfigError:  # too little mass for one particle of a phase
        reject()
    by_phase = {"AM": composition.am, "SE": composition.se, "CBD": composition.cbd}
    for phase, share in by_phase.items():
        classes = [c for c in recipe.classes if c.phase == phase]
        solids = sum(c.count * c.solids_mass_kg for c in classes)
        assert solids == pytest.approx(share * mass, rel=1e-9)
        assert all(c.count >= 1 for c in classes)
    solids = sum(c.count * c.solids_mass_kg for c in recipe.classes)
    solvent = sum(c.count * c.solvent_mass_kg for c in recipe.classes)
    assert solids / (solids + solvent) == pytest.approx(solid_content, rel=1e-9)
    spheres = sum(c.count * sphere_volume(c.diameter_slurry_m) for c in recipe.classes)
    assert spheres == pytest.approx(recipe.slurry_volume_m3, rel=1e-9)
    cbd = recipe.classes[-1]
    dry_solids = sphere_volume(cbd.diameter_dry_m) * (1 - nanoporosity) * densities.cbd_solids
    assert dry_solids == pytest.approx(cbd.solids_mass_kg, rel=1e-9)


def test_theoretical_dry_density_has_no_voids(study):
    recipe = study.recipe_of("AM_1", "50")
    am = crystal_density("NMC811").value_kg_per_m3
    expected = 1 / (0.64 / am + 0.30 / 1640 + 0.06 / 1860)
    assert recipe.theoretical_density_kg_per_m3 == pytest.approx(expected, rel=1e-12)


def test_recipe_survives_a_round_trip(study):
    recipe = study.recipe_of("AM_1", "52")
    assert Recipe.from_dict(recipe.to_dict()) == recipe


def test_too_small_mass_is_an_error(study):
    with pytest.raises(ConfigError, match="too small for a single AM"):
        make_recipe(
            Composition(0.64, 0.30, 0.06),
            Densities(4770, 1640, 1860, 880),
            0.5,
            1e-15,
            monodisperse(6e-6),
            monodisperse(1e-6),
            2.6e-6,
            0.5,
        )


DENSITIES = Densities(4770.0, 1640.0, 1860.0, 880.0)


def of_composition(am: float, se: float, cbd: float, solid_content: float = 1.0) -> Recipe:
    sizes = (log_normal(4e-6, 0.3, 3), monodisperse(1e-6), 2.6e-6, 0.5)
    return make_recipe(Composition(am, se, cbd), DENSITIES, solid_content, 1e-12, *sizes)


@pytest.mark.parametrize(
    ("am", "se", "cbd"),
    [(0.0, 1.0, 0.0), (1.0, 0.0, 0.0), (0.0, 0.0, 1.0), (0.8, 0.2, 0.0), (0.9, 0.0, 0.1)],
)
def test_without_solvent_any_phase_may_be_absent(am, se, cbd):
    recipe = of_composition(am, se, cbd)
    present = {Phase.AM: am, Phase.SE: se, Phase.CBD: cbd}
    assert {p for p in present if recipe.holds(p)} == {p for p in present if present[p]}
    solids = sum(c.count * c.solids_mass_kg for c in recipe.classes)
    assert solids == pytest.approx(1e-12, rel=1e-9)
    volume = 1e-12 * (am / 4770 + se / 1640 + cbd / 1860)
    assert recipe.skeleton_volume_m3 == pytest.approx(volume, rel=1e-9)
    assert recipe.slurry_volume_m3 == recipe.skeleton_volume_m3
    assert all(c.diameter_slurry_m == c.diameter_dry_m for c in recipe.classes)
    assert (recipe.cbd is None) == (cbd == 0)
    assert (recipe.cbd_solids_fraction is None) == (cbd == 0)
    assert Recipe.from_dict(recipe.to_dict()) == recipe


def test_solvent_without_cbd_to_carry_it_is_refused():
    with pytest.raises(ConfigError, match="recipe.composition: cbd is 0"):
        of_composition(0.8, 0.2, 0.0, solid_content=0.6)


def test_fractions_left_out_beside_others_are_zero():
    assert CompositionConfig(am=0.8, se=0.2).cbd == 0.0
    assert CompositionConfig().model_dump() == {"am": 0.64, "se": 0.30, "cbd": 0.06}
    with pytest.raises(ValueError, match=r"am \+ se \+ cbd = 0.94"):
        CompositionConfig(am=0.64, se=0.30)
