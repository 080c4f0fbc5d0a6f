"""Published composites: what is read, what is pressed, and what is said of the comparison."""

import copy
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from frictionless import Package
from geometry import state_of

from castline.base.errors import ConfigError, InputError
from castline.campaign.config import load_campaign
from castline.composites.films import measured_state, section_of, stages_of
from castline.composites.numbers import film_numbers
from castline.composites.recipes import recipe_of
from castline.figures.composites import composites_figure
from castline.recipe.phases import Phase
from castline.recipe.recipe import sphere_volume
from castline.results.composites import (
    comparison,
    laboratory_spread,
    measured_porosity,
    measured_ratio,
    summary_text,
)
from castline.results.published import COMPOSITES, PUBLISHED, read_published
from castline.results.schema import TABLES
from castline.transport.settings import TransportConfig

CONFIG = Path("config/composites.yaml")


@pytest.fixture(scope="module")
def given() -> dict:
    return yaml.safe_load(CONFIG.read_text())


@pytest.fixture(scope="module")
def campaign(given):
    return load_campaign(copy.deepcopy(given))


@pytest.fixture(scope="module")
def published() -> pd.DataFrame:
    return read_published("config/published", COMPOSITES)


def film(name, sample, replicate, ionic, electronic, se=0.5, am=0.3) -> dict:
    numbers = dict.fromkeys(TABLES["composite_films"].columns, 0.0)
    return numbers | {
        "set": name,
        "sample": sample,
        "replicate": replicate,
        "porosity": 0.2,
        "voxel_fraction_se": se,
        "voxel_fraction_am": am,
        "diffusivity_ratio_core": ionic,
        "sigma_e_core_s_per_m": electronic,
    }


PUBLISHED_AS = {
    ("k", "pure_se"): ("ketter_2025", "pure_se"),
    ("k", "pure_am"): ("ketter_2025", "pure_am"),
    ("k", "ncm_40"): ("ketter_2025", "ncm_40"),
    ("k", "ncm_80"): ("ketter_2025", "ncm_80"),
}


@pytest.fixture(scope="module")
def compared(published) -> pd.DataFrame:
    films = [
        *(film("k", "pure_se", r, 0.7, np.nan) for r in (1, 2)),
        *(film("k", "pure_am", r, np.nan, 0.004) for r in (1, 2)),
        film("k", "ncm_40", 1, 0.09, 0.0),
        film("k", "ncm_40", 2, 0.11, 0.0004),
        *(film("k", "ncm_80", r, 0.0, 0.002, se=0.15, am=0.6) for r in (1, 2)),
    ]
    return comparison(pd.DataFrame(films), published, PUBLISHED_AS, {"k": "k"})


def test_a_ratio_is_read_from_what_was_published(published):
    ketter = measured_ratio(published, "ketter_2025", "ncm_40", "ionic")
    assert (ketter.low, ketter.high) == pytest.approx((0.330 / 2.33,) * 2)
    electronic = measured_ratio(published, "ketter_2025", "ncm_60", "electronic")
    assert electronic.middle == pytest.approx(1.035 / 5.22)
    glass = measured_ratio(published, "froboese_2019", "glass_60", "ionic")
    assert (glass.low, glass.high) == (0.004, 0.03)
    kaiser = measured_ratio(published, "kaiser_2018", "se_49_3", "ionic")
    assert (kaiser.low, kaiser.high) == pytest.approx((0.493 / 10, 0.493 / 8.5))
    assert measured_ratio(published, "kaiser_2018", "se_49_3", "electronic") is None
    assert measured_porosity(published, "ketter_2025", "ncm_20") == 0.156
    assert measured_porosity(published, "bazzoun_2026", "nmc_70") is None
    low, high = laboratory_spread(published)
    assert low < 1 < high


def test_every_published_value_says_where_it_was_read(published):
    assert set(published["quoted_by"]) == {"third-party digest"}
    assert published["doi"].str.startswith("10.").all()
    assert not published.duplicated(list(COMPOSITES.keys)).any()
    assert (published["low"] <= published["high"]).all()


@pytest.mark.parametrize("table", PUBLISHED.values(), ids=PUBLISHED)
def test_the_published_tables_are_as_they_are_described(table):
    rows = read_published("config/published", table)
    assert list(rows.columns) == list(table.columns)
    resource = Package("config/published/datapackage.json").get_resource(table.name)
    assert resource.validate().valid


def test_a_conductivity_without_that_of_the_pure_powder_is_refused(published):
    without = published[published["sample"] != "pure_se"]
    with pytest.raises(InputError, match="set bazzoun_2026 has .* of nmc_70 and none of pure_se"):
        measured_ratio(without, "bazzoun_2026", "nmc_70", "ionic")
    bare = published.assign(se_volume_fraction=np.nan)
    with pytest.raises(InputError, match="se_39_8: tortuosity_ion needs se_volume_fraction"):
        measured_ratio(bare, "kaiser_2018", "se_39_8", "ionic")


def test_predicted_beside_measured(compared):
    table = compared.set_index(["sample", "carrier"])
    row = table.loc["ncm_40", "ionic"]
    assert row["predicted_over_pure"] == pytest.approx(0.1 / 0.7)
    # two films: t is 12.706, the standard error of the mean 0.01
    assert row["predicted_half_width"] == pytest.approx(12.7062 * 0.01 / 0.7, rel=1e-5)
    assert row["predicted_over_measured"] == pytest.approx(0.1 / 0.7 / (0.330 / 2.33))
    assert (row["goal_factor"], row["verdict"]) == (1.5, "within")
    assert row["porosity_measured"] == 0.212
    row = table.loc["ncm_40", "electronic"]
    assert (row["films"], row["films_conducting"], row["verdict"]) == (2, 1, "no goal")
    row = table.loc["ncm_80", "electronic"]
    assert row["predicted_over_measured"] == pytest.approx(0.5 / (1.985 / 5.22))
    assert row["verdict"] == "within"
    row = table.loc["ncm_80", "ionic"]
    assert (row["predicted_over_pure"], row["goal_factor"], row["verdict"]) == (0, 3, "no path")
    assert len(table) == 4
    text = summary_text(compared)
    assert "ionic: 1 of 2 within their goal" in text
    assert "electronic: 1 of 1 within their goal" in text


@pytest.mark.parametrize(("small", "said"), [(0.05, "yes"), (0.2, "no")])
def test_the_order_of_sizes_is_judged_where_sets_share_a_sample(published, small, said):
    names = {
        (f"f_{size}", sample): ("froboese_2019", f"{sample}{of_size}")
        for size in ("small", "large")
        for sample, of_size in (("pure_se", ""), ("glass_47_5", f"_{size}"))
    }
    values = {"f_small": small, "f_large": 0.1}
    films = [
        film(name, sample, 1, 1.0 if sample == "pure_se" else values[name], np.nan)
        for name, sample in names
    ]
    table = comparison(pd.DataFrame(films), published, names, {n: n for n in values})
    assert table["predicted_half_width"].isna().all()
    assert f"glass_47_5, ionic: f_small below f_large as measured: {said}" in summary_text(table)


def test_a_pure_powder_that_does_not_conduct_is_refused(published):
    films = pd.DataFrame([film("k", "ncm_40", 1, 0.1, 0.1), film("k", "pure_se", 1, 0.0, np.nan)])
    with pytest.raises(InputError, match="set k has no film of a pure powder that conducts"):
        comparison(films, published, PUBLISHED_AS, {"k": "k"})


def test_the_figure_shows_each_value_once(compared):
    figure = composites_figure(compared, {"k": "Ketter"}, (0.24, 1.66))
    ionic, electronic, ratio = figure.axes
    assert len(ionic.containers) == 1
    assert [line.get_marker() for line in ionic.lines].count("v") == 1
    assert len(electronic.containers) == 2
    assert len(ratio.containers) == 3
    ions = compared[compared["carrier"] == "ionic"]
    _, electronic, _ = composites_figure(ions, {"k": "Ketter"}, (0.24, 1.66)).axes
    assert [text.get_text() for text in electronic.texts] == ["nothing measured", "electronic"]


def test_samples_hold_what_the_config_says(campaign):
    sets = campaign.composites.sets
    for given in sets.values():
        for name, sample in given.samples.items():
            recipe = recipe_of(sample, given)
            wanted = sample.particles or given.particles
            assert recipe.particle_count == pytest.approx(wanted, rel=0.02), name
            if given.percent_by == "volume":
                of = {
                    p: sum(
                        c.count * sphere_volume(c.diameter_dry_m)
                        for c in recipe.classes
                        if c.phase == p
                    )
                    for p in ("AM", "SE")
                }
                assert of["AM"] / sum(of.values()) == pytest.approx(sample.am / 100, abs=1e-9)
            else:
                mass = sum(c.count * c.solids_mass_kg for c in recipe.classes if c.phase == "AM")
                assert mass / recipe.dry_mass_kg == pytest.approx(sample.am / 100, abs=1e-9)


def test_a_film_is_pressed_at_the_pressures_of_its_set_or_to_its_porosity(campaign):
    given = campaign.composites.sets["froboese_2019_small"]

    def sections(sample) -> dict:
        return {s.name: section_of(s, campaign, given, sample) for s in stages_of(sample)}

    sample = given.samples["glass_35"]
    pressed = sections(sample)
    assert pressed["calendering"].pressure_mpa == 732
    assert pressed["assembling"].pressure_mpa == 50
    assert pressed["settling"] == campaign.settling
    assert measured_state(sample) == "assembled"
    held_at = sample.model_copy(update={"porosity": 0.1})
    held = sections(held_at)
    assert list(held) == ["settling", "calendering"]
    assert held["calendering"].porosity == 0.1
    assert held["calendering"].pressure_mpa is None
    assert held["calendering"].rest_pressure_mpa is None
    assert measured_state(held_at) == "calendered"


def test_numbers_of_a_film_are_those_of_its_core(campaign):
    """A column of SE from plane to plane, of spheres that overlap, and one of AM with a gap."""
    given = campaign.composites.sets["kaiser_2018"]
    spheres = [(Phase.SE, 1.0, 1.0, 0.5 + k, 2.0) for k in range(8)]
    spheres += [(Phase.AM, 3.0, 1.0, z, 2.0) for z in (0.5, 2.0, 6.0, 7.5)]
    state = state_of(spheres, (4.0, 2.0, 8.0), (True, True, False))
    settings = TransportConfig(voxel_um=0.25)
    numbers = film_numbers(state, given, "se_66_5", settings, print)
    assert numbers["diffusivity_ratio_core"] > numbers["diffusivity_ratio"] > 0
    assert numbers["sigma_e_core_s_per_m"] == 0
    assert numbers["particles"] == 12
    table = TABLES["composite_films"]
    added = {"set", "sample", "replicate", "core_seconds"}
    assert {*numbers} == {*table.columns} - added
    thick = given.model_copy(update={"face_margin_um": 2.5})
    with pytest.raises(InputError, match="leaves less than half of a film of 8 um"):
        film_numbers(state, thick, "se_66_5", settings, print)


FAULTS = [
    ("sets.kaiser_2018.published", "kaiser_1918", "published: kaiser_1918 is not in the table"),
    ("sets.kaiser_2018.samples.se_66_5.am", 30, "am + se + cbd = 96.5 %; must be 100"),
    ("sets.kaiser_2018.samples.pure_se", {"se": 90, "am": 10}, "samples.pure_se: se must be 100"),
    ("sets.kaiser_2018.samples", {"se_66_5": {"am": 33.5, "se": 66.5}}, "samples: needs pure_se"),
    (
        "sets.kaiser_2018.samples.odd",
        {"am": 50, "se": 50},
        "samples.odd: no conductivity of odd is published",
    ),
    ("sets.ketter_2025_fine.pure_from", "none", "none is not one of ketter_2025"),
    ("only", ["ketter"], "only: ketter is not one of"),
    (
        "table",
        "config/published/none.csv",
        "composites.table: config/published/none.csv: not there",
    ),
    ("sets.kaiser_2018.press_mpa", 0, "press_mpa"),
]


@pytest.mark.parametrize(("path", "value", "message"), FAULTS)
def test_each_fault_is_named(given, path, value, message):
    config = copy.deepcopy(given)
    *parents, last = path.split(".")
    node = config["composites"]
    for key in parents:
        node = node[key]
    node[last] = value
    with pytest.raises(ConfigError) as fault:
        load_campaign(config)
    assert message in str(fault.value)
    assert "composites" in str(fault.value)


def test_composites_are_pressed_powders(given, campaign_dict):
    with pytest.raises(ConfigError, match="composites.route: slurry in this campaign"):
        load_campaign({**campaign_dict, "composites": copy.deepcopy(given["composites"])})
