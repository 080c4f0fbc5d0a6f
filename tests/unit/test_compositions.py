"""Active materials of several kinds, and compositions as an axis of the matrix."""

import numpy as np
import pytest

from castline.base.errors import ConfigError, InputError
from castline.campaign.config import load_campaign
from castline.campaign.plan import plan_text
from castline.campaign.prediction import Planner
from castline.figures.common import Electrodes
from castline.packing.placement import box_lengths, place
from castline.packing.state import initial_arrays
from castline.recipe.electrode import Electrode
from castline.recipe.materials import crystal_density
from castline.recipe.phases import Phase
from castline.recipe.recipe import Recipe
from castline.recipe.settings import MaterialConfig, PsdConfig

BIMODAL = {
    "kinds": {
        "coarse": {"mass_fraction": 0.7, "d50_um": 6.0, "active_material": {"crystal": "NMC811"}},
        "fine": {
            "mass_fraction": 0.3,
            "d50_um": 2.0,
            "active_material": {"density_g_per_cm3": 3.6},
        },
    }
}
COMPOSITIONS = {"am60": {"am": 0.60, "se": 0.34, "cbd": 0.06}, "pure": {"am": 0.92, "cbd": 0.08}}


def with_matrix(campaign_dict: dict, **matrix) -> dict:
    return {**campaign_dict, "matrix": {**campaign_dict["matrix"], **matrix}}


def test_each_kind_has_its_mass_its_density_and_its_sizes(campaign_dict):
    campaign = load_campaign(with_matrix(campaign_dict, psds={"bimodal": BIMODAL}))
    recipe = campaign.recipe_of("bimodal", "50")
    nmc = crystal_density("NMC811").value_kg_per_m3
    for kind, share, d50_um, density in (("coarse", 0.7, 6.0, nmc), ("fine", 0.3, 2.0, 3600.0)):
        classes = [c for c in recipe.classes if c.kind == kind]
        mass = sum(c.count * c.solids_mass_kg for c in classes)
        assert mass == pytest.approx(0.64 * share * recipe.dry_mass_kg, rel=1e-9)
        for c in classes:
            assert c.diameter_dry_m == pytest.approx(d50_um * 1e-6, rel=0.02)  # counts are whole
            volume = np.pi / 6 * c.diameter_dry_m**3
            assert c.solids_mass_kg / volume == pytest.approx(density, rel=1e-9)
    am = recipe.dry_mass_kg * 0.64 * (0.7 / nmc + 0.3 / 3600)
    rest = recipe.dry_mass_kg * (0.30 / 1640 + 0.06 / 1860)
    assert recipe.skeleton_volume_m3 == pytest.approx(am + rest, rel=1e-9)
    assert Recipe.from_dict(recipe.to_dict()) == recipe


def test_all_kinds_are_one_phase_to_everything_after_the_recipe(campaign_dict):
    small = {
        **with_matrix(campaign_dict, psds={"bimodal": BIMODAL}),
        "recipe": {"dry_mass_g": 3e-9},
    }
    recipe = load_campaign(small).recipe_of("bimodal", "50")
    arrays = initial_arrays(recipe, dry=False)
    am = arrays["phases"] == Phase.AM
    assert set(arrays["types"][am]) == {1, 2}
    assert am.sum() == sum(c.count for c in recipe.classes if c.phase == "AM")
    state = place(recipe, box_lengths(recipe, 0.2, (1, 1, 1)), seed=2)
    assert state.mass_kg.sum() == pytest.approx(recipe.dry_mass_kg + recipe.solvent_mass_kg)


def test_one_powder_has_no_kind_in_its_recipe(study):
    assert all("kind" not in c for c in study.recipe_of("AM_1", "50").to_dict()["classes"])


def test_distribution_of_all_kinds_by_volume():
    sizes = PsdConfig(**BIMODAL).size_classes()
    nmc = crystal_density("NMC811").value_kg_per_m3
    fine = (0.3 / 3600) / (0.3 / 3600 + 0.7 / nmc)
    np.testing.assert_allclose(sizes.diameter_m, [2e-6, 6e-6])
    np.testing.assert_allclose(sizes.volume_fraction, [fine, 1 - fine])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"d50_um": 4.0}, "needs exactly one of csv and d50_um and kinds"),
        ({"sigma": 0.3}, "sigma belongs to each of the kinds"),
        (
            {"kinds": {**BIMODAL["kinds"], "third": {"mass_fraction": 0.1, "d50_um": 1.0}}},
            "sum to 1.1; must be 1",
        ),
        (
            {
                "kinds": {
                    "one": {"mass_fraction": 0.5, "d50_um": 6.0},
                    "two": {**BIMODAL["kinds"]["fine"], "mass_fraction": 0.5},
                }
            },
            "either all kinds give their active_material, or none",
        ),
    ],
)
def test_kinds_that_leave_something_open_are_refused(campaign_dict, change, message):
    with pytest.raises(ConfigError, match=message) as caught:
        load_campaign(with_matrix(campaign_dict, psds={"bimodal": {**BIMODAL, **change}}))
    assert len(str(caught.value).splitlines()) == 1


def test_a_material_needs_a_crystal_or_a_density():
    assert MaterialConfig(density_g_per_cm3=2.6).density().value_kg_per_m3 == 2600
    with pytest.raises(ValueError, match="needs a crystal, or density_g_per_cm3"):
        MaterialConfig()


def test_compositions_are_an_axis_of_the_matrix(campaign_dict, tmp_path):
    campaign = load_campaign(with_matrix(campaign_dict, compositions=COMPOSITIONS))
    assert campaign.matrix.powders == ["AM_1-am60", "AM_1-pure"]
    masses = {}
    for powder in campaign.matrix.powders:
        recipe = campaign.recipe_of(powder, "50")
        masses[powder] = {
            phase: sum(c.count * c.solids_mass_kg for c in recipe.classes if c.phase == phase)
            / recipe.dry_mass_kg
            for phase in ("AM", "SE", "CBD")
        }
    assert masses["AM_1-am60"] == pytest.approx({"AM": 0.60, "SE": 0.34, "CBD": 0.06})
    assert masses["AM_1-pure"] == pytest.approx({"AM": 0.92, "SE": 0.0, "CBD": 0.08})
    planner = Planner(campaign, tmp_path)
    assert len(planner.replicates) == 2
    text = plan_text(planner, {"slurry": 2}, {}, nodes=1)
    assert "2 electrodes (1 PSDs x 2 compositions x 1 solid contents), 1 replicate each" in text
    electrodes = Electrodes.from_matrix(campaign.model_dump(mode="json")["matrix"])
    assert electrodes.psds == ("AM_1-am60", "AM_1-pure")


def test_an_electrode_with_a_composition_is_read_from_its_path():
    path = "results/mix/AM_1-am60/sc50/r2/dried.dump.gz"
    assert Electrode.of_path(path) == ("AM_1-am60", "50", 2)
    assert Electrode.of_path(path).label == "AM_1-am60 50 % r2"
    with pytest.raises(InputError, match="not in the folder of an electrode"):
        Electrode.of_path("results/mix/AM_1-am60-x/sc50/r2/dried.dump.gz")


def test_two_places_for_the_composition_are_refused(campaign_dict):
    both = with_matrix(campaign_dict, compositions=COMPOSITIONS)
    both["recipe"] = {"composition": COMPOSITIONS["am60"]}
    with pytest.raises(ConfigError, match="gives recipe.composition and matrix.compositions"):
        load_campaign(both)


def test_a_composition_that_cannot_be_is_named(campaign_dict):
    wrong = {**COMPOSITIONS, "dry": {"am": 0.7, "se": 0.3}}
    with pytest.raises(ConfigError, match=r"compositions\.dry: recipe.composition: cbd is 0"):
        load_campaign(with_matrix(campaign_dict, compositions=wrong))


def test_a_search_for_what_no_phase_carries_is_refused(campaign_dict):
    target = {"observable": "sigma_ion_s_per_m", "state": "calendered", "band": [0.01, 0.02]}
    free = {"hertz.friction": {"low": 0.1, "high": 20.0}}
    search = {"trials": 3, "random_trials": 2, "free": free, "targets": {"ions": target}}
    given = {
        **with_matrix(campaign_dict, compositions=COMPOSITIONS),
        "calibration": {"dry": search},
    }
    with pytest.raises(ConfigError) as caught:
        load_campaign(given)
    assert str(caught.value) == (
        "config: calibration.dry.targets.ions: sigma_ion_s_per_m of AM_1-pure: no ionic "
        "conductivity: the composition holds no SE"
    )
    target["psds"] = ["AM_1-am60"]
    load_campaign(given)


def test_a_composition_that_conducts_nothing_is_one_line(campaign_dict):
    nothing = {**campaign_dict, "recipe": {"composition": {"am": 0.9, "cbd": 0.1}}}
    nothing["transport"] = {"sigma_am_s_per_m": 0.0, "sigma_cbd_s_per_m": 0.0}
    with pytest.raises(ConfigError, match="transport: nothing to compute") as caught:
        load_campaign(nothing)
    assert len(str(caught.value).splitlines()) == 1
