"""Drying at a rate: its keys, the rates as an axis, solvent and solids, table and figure."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from castline.base.errors import ConfigError, InputError
from castline.campaign.config import load_campaign
from castline.campaign.described import TABLES
from castline.campaign.plan import plan_text
from castline.campaign.prediction import Planner
from castline.figures.common import Electrodes
from castline.figures.drying_rates import drying_rates_figure
from castline.line.box import BoxConfig, initial_state
from castline.line.drying import DRYING
from castline.line.drying_settings import MOST_PECLET, DryingConfig
from castline.line.evaporation import cast
from castline.line.slurry import SLURRY
from castline.line.solvent import CBD_TYPES, Coating
from castline.packing.state import type_properties
from castline.recipe.phases import Phase
from castline.results.drying_rates import carbon_and_binder, drying_rate_table
from castline.results.tables import require

RATES = {"slow": 0.1, "fast": 10.0}
BINDER = {"diffusivity_um2_per_s": 100.0, "wet_thickness_um": 100.0}


def with_rates(campaign_dict: dict, **drying) -> dict:
    matrix = {**campaign_dict["matrix"], "drying_rates": RATES}
    return {**campaign_dict, "matrix": matrix, "drying": {"binder": BINDER, **drying}}


def test_rates_are_an_axis_of_the_matrix(campaign_dict, tmp_path):
    campaign = load_campaign(with_rates(campaign_dict))
    assert campaign.matrix.powders == ["AM_1-slow", "AM_1-fast"]
    assert campaign.settings_of(DRYING, "AM_1-fast")["rate_um_per_s"] == 10.0
    assert campaign.settings_of(DRYING, "AM_1-slow")["rate_um_per_s"] == 0.1
    assert campaign.settings_of(SLURRY, "AM_1-slow") == campaign.slurry.model_dump(mode="json")
    slow, fast = (campaign.recipe_of(powder, "50") for powder in campaign.matrix.powders)
    assert slow == fast
    text = plan_text(Planner(campaign, tmp_path), {"slurry": 2}, {}, nodes=1)
    assert "2 electrodes (1 PSDs x 2 drying rates x 1 solid contents)" in text


def test_without_a_rate_drying_is_as_it_was(campaign_dict):
    campaign = load_campaign(campaign_dict)
    assert campaign.drying.rate_um_per_s is campaign.drying.binder is None
    assert campaign.matrix.drying_rate_of("AM_1") is None
    assert campaign.settings_of(DRYING, "AM_1") == campaign.drying.model_dump(mode="json")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"binder": {"peclet": 1.0}}, "diffusivity_um2_per_s: needed with matrix.drying_rates"),
        ({"binder": None}, "diffusivity_um2_per_s: needed with matrix.drying_rates"),
        ({"rate_um_per_s": 1.0}, "beside matrix.drying_rates; only one may be"),
        ({"binder": {}}, "needs either peclet or diffusivity_um2_per_s"),
        ({"binder": {"peclet": 1.0, **BINDER}}, "needs either peclet or diffusivity_um2_per_s"),
        ({"binder": {"peclet": 1.0, "wet_thickness_um": 9}}, "not with peclet"),
        ({"binder": {"peclet": 2 * MOST_PECLET}}, "less than or equal to 100"),
        (
            {"binder": {**BINDER, "diffusivity_um2_per_s": 5.0}},
            r"matrix\.drying_rates\.fast: drying: rate_um_per_s 10, .* Peclet number of 200",
        ),
        ({"shrinkage": {"stages": 1}}, "binder needs shrinkage.stages above 1"),
    ],
)
def test_rates_that_leave_something_open_are_refused(campaign_dict, change, message):
    with pytest.raises(ConfigError, match=message) as refused:
        load_campaign(with_rates(campaign_dict, **change))
    assert len(str(refused.value).splitlines()) == 1


def test_one_rate_needs_its_binder_and_a_binder_its_rate(campaign_dict):
    with pytest.raises(ConfigError, match="rate_um_per_s needs binder"):
        load_campaign({**campaign_dict, "drying": {"rate_um_per_s": 1.0}})
    with pytest.raises(ConfigError, match=r"drying\.binder: needs drying\.rate_um_per_s or"):
        load_campaign({**campaign_dict, "drying": {"binder": {"peclet": 1.0}}})
    twice = with_rates(campaign_dict)
    twice["matrix"]["compositions"] = {"study": {"am": 0.64, "se": 0.3, "cbd": 0.06}}
    with pytest.raises(ConfigError, match="compositions and drying_rates; only one may be"):
        load_campaign(twice)


def test_peclet_number_is_given_or_that_of_the_coating():
    def settings(**binder):
        return DryingConfig(rate_um_per_s=2.0, binder=binder)

    assert settings(peclet=3.0).peclet(30.0) == 3.0
    assert settings(diffusivity_um2_per_s=20.0).peclet(30.0) == 3.0
    assert settings(diffusivity_um2_per_s=20.0, wet_thickness_um=100).peclet(30.0) == 10.0
    with pytest.raises(InputError, match=r"a Peclet number of 300; at most 100 is allowed"):
        settings(diffusivity_um2_per_s=0.2).peclet(30.0)


def test_bonds_are_for_cbd_of_one_size(campaign_dict, tmp_path):
    bonded = yaml.safe_load(Path("config/forcefields/dry.yaml").read_text())
    bonded["bonds"] = {"modulus_kpa": 2e6, "strain_at_break": 0.1}
    (tmp_path / "bonded.yaml").write_text(yaml.safe_dump(bonded))
    campaign = with_rates(campaign_dict)
    campaign["force_fields"] = {"dry": str(tmp_path / "bonded.yaml")}
    with pytest.raises(ConfigError, match="a section bonds, for CBD of one size"):
        load_campaign(campaign)


@pytest.fixture
def coating(tiny):
    recipe = tiny.recipe_of("AM_1", "50")
    slurry = initial_state(recipe, BoxConfig(), seed=1)
    return Coating(recipe, slurry), slurry, recipe


def test_solvent_and_solids_fill_a_film_without_voids(coating):
    coated, slurry, recipe = coating
    full_um = recipe.slurry_volume_m3 / np.prod(slurry.lengths_m[:2]) * 1e6
    assert coated.saturation(full_um) == pytest.approx(1.0, rel=1e-9)
    assert coated.saturation(0.9 * full_um) == 1.0
    solvent_um = coated.lost_um(0.0)
    coated.shrink(0.5)
    # as many voids as solvent
    assert coated.saturation(full_um) == pytest.approx(0.5, rel=1e-9)
    assert coated.lost_um(0.25) == pytest.approx(0.25 * solvent_um, rel=1e-9)


def test_solvent_sinks_from_above_and_is_conserved(coating):
    coated, _, _ = coating
    heights = np.linspace(0.0, 10.0, len(coated.solvent))
    coated.shrink(0.5)
    np.testing.assert_allclose(coated.solvent, 0.5, rtol=1e-12)
    coated.sink(heights, 10.0, 0.2)
    assert coated.left == pytest.approx(0.2, rel=1e-9)
    assert (np.diff(coated.solvent) <= 1e-12).all()
    assert coated.solvent[-1] == 0.0
    assert coated.solvent.max() <= 0.5 + 1e-9
    coated.sink(heights, 10.0, 0.0)
    assert (coated.solvent == 0).all()


def test_what_one_cbd_loses_another_gains(coating):
    coated, slurry, recipe = coating
    cbd = slurry.of_phase(Phase.CBD)
    before = coated.state(slurry)
    np.testing.assert_allclose(before.diameter_m, slurry.diameter_m, rtol=1e-12)
    np.testing.assert_allclose(before.mass_kg, slurry.mass_kg, rtol=1e-12)
    heights = (slurry.position_m[cbd, 2] - slurry.low_m[2]) * 1e6
    coated.migrate(heights, 10.0, 0.3, 10.0)
    coated.shrink(0.3)
    after = coated.state(slurry)
    lost = 0.7 * recipe.solvent_mass_kg
    assert after.mass_kg.sum() == pytest.approx(slurry.mass_kg.sum() - lost, rel=1e-12)
    np.testing.assert_array_equal(after.mass_kg[~cbd], slurry.mass_kg[~cbd])
    assert coated.solids.sum() == pytest.approx(cbd.sum(), rel=1e-12)
    order = np.argsort(heights)
    assert (np.diff(coated.solids[order]) > 0).all()
    # types of like size: no CBD of one is larger than any of the next
    phases, diameter = type_properties(after)
    types = after.types[cbd]
    assert len(np.unique(types)) == min(CBD_TYPES, cbd.sum())
    assert [p for p in phases if p == "CBD"] == ["CBD"] * len(np.unique(types))
    assert (np.diff(diameter[-len(np.unique(types)) :]) >= 0).all()


def test_casting_keeps_every_sphere_between_the_planes(coating):
    _, slurry, _ = coating
    film = cast(slurry)
    z, radius = film.position_m[:, 2], film.diameter_m / 2
    assert (z - radius >= film.low_m[2] - 1e-15).all()
    assert (z + radius <= film.high_m[2] + 1e-15).all()
    assert film.periodic == (True, True, False)
    np.testing.assert_array_equal(film.lengths_m, slurry.lengths_m)


def test_where_carbon_and_binder_lie():
    z = np.arange(10) + 0.5
    even = carbon_and_binder(pd.DataFrame({"z_um": z, "cbd": 0.1}), 10.0)
    assert even == pytest.approx(
        {
            "cbd_in_adhesion_layer": 0.1,
            "cbd_in_film": 0.1,
            "cbd_upper_over_lower": 1.0,
            "cbd_mean_height": 0.5,
        }
    )
    # 0.02 a um from the collector up; slabs of 4 um are cut at 2 um
    rising = carbon_and_binder(pd.DataFrame({"z_um": [2.0, 6.0], "cbd": [0.1, 0.3]}), 8.0)
    assert rising["cbd_in_adhesion_layer"] == pytest.approx(0.1)
    assert rising["cbd_upper_over_lower"] == pytest.approx(3.0)
    assert rising["cbd_mean_height"] == pytest.approx((0.1 * 2 + 0.3 * 6) / 0.4 / 8)
    thin = carbon_and_binder(pd.DataFrame({"z_um": [0.5], "cbd": [0.2]}), 1.0)
    assert thin["cbd_in_adhesion_layer"] == pytest.approx(0.2)


def tables() -> dict[str, pd.DataFrame]:
    """Two rates in two replicates; fast films have their CBD above."""
    profiles, structure, transport = [], [], []
    for rate, top in (("slow", 0.1), ("fast", 0.3)):
        for replicate in (1, 2):
            for state in ("slurry", "dried", "calendered"):
                key = {"psd": f"AM_1-{rate}", "solid_content_percent": 50.0}
                key |= {"replicate": replicate, "state": state}
                for z, cbd in ((5.0, 0.2 - top / 2), (15.0, top)):
                    profiles.append({**key, "z_um": z, "am": 0.3, "se": 0.3, "cbd": cbd})
                structure.append({**key, "thickness_um": 20.0, "density_g_per_cm3": 2.0})
                if state != "slurry":
                    transport.append(
                        {**key, "sigma_e_s_per_m": 0.5 + top, "sigma_ion_s_per_m": 0.013}
                    )
    return {
        "profiles": pd.DataFrame(profiles),
        "structure": pd.DataFrame(structure),
        "transport": pd.DataFrame(transport),
    }


def test_each_film_has_a_row_with_its_rate():
    found = drying_rate_table(**tables(), rates=RATES)
    require(found, "unit", TABLES["drying_rates"], found.columns)
    assert list(found.columns) == list(TABLES["drying_rates"].columns)
    assert len(found) == 8
    assert set(found["psd"]) == {"AM_1"}
    fast = found[found["drying_rate_um_per_s"] == 10.0]
    assert set(fast["drying_rate"]) == {"fast"}
    assert fast["cbd_upper_over_lower"].to_numpy() == pytest.approx(0.3 / 0.05)
    assert fast["sigma_e_s_per_m"].to_numpy() == pytest.approx(0.8)


def test_the_figure_shows_each_rate():
    given = tables()
    drawn = {"drying_rates": drying_rate_table(**given, rates=RATES), "profiles": given["profiles"]}
    electrodes = Electrodes(("AM_1-fast", "AM_1-slow"), (50.0,), 2)
    figure = drying_rates_figure(drawn, electrodes)
    profile, layer, electrons, _ = figure.axes
    assert [text.get_text() for text in profile.get_legend().get_texts()] == [
        "0.1 µm/s",
        "10 µm/s",
    ]
    np.testing.assert_allclose(profile.lines[1].get_xdata(), [0.05 / 0.175, 0.3 / 0.175])
    calendered = layer.containers[1].lines[0]
    assert list(calendered.get_xdata()) == pytest.approx([0.1, 10.0])
    assert list(calendered.get_ydata()) == pytest.approx([15.0, 5.0])
    assert list(electrons.containers[0].lines[0].get_ydata()) == pytest.approx([0.6, 0.8])
    _, caps, bars = layer.containers[1]
    assert caps  # an interval that reaches below 0 ends at the frame
    assert all(part.get_clip_on() for part in (*caps, *bars))
    assert not any("not in the results" in text.get_text() for text in figure.texts)
