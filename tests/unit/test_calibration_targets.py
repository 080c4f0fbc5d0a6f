"""Targets and parameters of a calibration, and the faults that show before anything runs."""

import copy
import math

import pytest
from toy_line import FRICTION, START, STIFFNESS, toy_campaign

from castline.base.errors import ConfigError
from castline.calibration.candidate import electrodes_of
from castline.calibration.check import calibration_faults
from castline.calibration.parameters import candidate_set, values_by_key, with_values
from castline.calibration.settings import Target
from castline.calibration.space import code_digest, differences
from castline.calibration.targets import (
    RESIDUAL_CAP,
    Key,
    is_met,
    misfits,
    objective,
    residual,
    terms,
)
from castline.campaign.config import load_campaign
from castline.lammps.forcefield import load_force_field
from castline.recipe.electrode import Electrode

BAND = {"observable": "porosity", "state": "calendered", "band": [0.2, 0.3]}


@pytest.mark.parametrize(
    ("rule", "value", "wanted"),
    [
        (BAND, 0.25, 0.0),
        (BAND, 0.30, 0.0),
        (BAND, 0.35, 1.0),  # half the width of the band is one tolerance
        (BAND, 0.10, -2.0),
        ({**BAND, "tolerance": 0.1}, 0.35, 0.5),
        ({**BAND, "relative_tolerance": 0.1}, 0.18, -1.0),
        ({"observable": "porosity", "value": 0.7, "tolerance": 0.05}, 0.75, 1.0),
        ({"observable": "porosity", "band": [2.0, None], "relative_tolerance": 0.25}, 1.5, -1.0),
        ({"observable": "porosity", "band": [2.0, None], "relative_tolerance": 0.25}, 9.0, 0.0),
        (BAND, 50.0, RESIDUAL_CAP),
        (BAND, math.inf, RESIDUAL_CAP),
    ],
)
def test_residuals_are_distances_in_tolerances(rule, value, wanted):
    assert residual(Target(**rule), value) == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("value", "wanted"),
    [(2.0, math.log(2) / math.log(1.5)), (0.5, -math.log(2) / math.log(1.5)), (0.0, -10.0)],
)
def test_residuals_on_a_log_scale(value, wanted):
    rule = Target(observable="sigma_e_s_per_m", value=1.0, relative_tolerance=0.5, scale="log")
    assert residual(rule, value) == pytest.approx(wanted)


def test_a_value_is_met_within_its_tolerance_and_a_band_only_inside():
    value = Target(observable="porosity", value=0.7, tolerance=0.05)
    assert is_met(value, 0.74)
    assert not is_met(value, 0.76)
    assert not is_met(Target(**BAND), 0.301)


def test_a_target_without_electrodes_means_all_of_them():
    found = terms({"a": Target(**BAND)}, ["AM_1", "AM_2"], ["48", "50"])
    assert [term.name for term in found] == [
        "a: AM_1 48 %",
        "a: AM_1 50 %",
        "a: AM_2 48 %",
        "a: AM_2 50 %",
    ]


def ratio() -> Target:
    return Target(
        observable="viscosity_pa_s",
        solid_content_percent=["52"],
        shear_rates_per_s=[10],
        over={"solid_content_percent": "48"},
        band=[2.0, None],
        relative_tolerance=0.2,
    )


def test_ratio_of_means_and_its_standard_error():
    [term] = terms({"doubling": ratio()}, ["AM_1"], ["48", "52"])
    top, bottom = (Key("viscosity_pa_s", "slurry", "AM_1", c, 10.0) for c in ("52", "48"))
    observed = {top: [3.0, 5.0], bottom: [2.0, 2.0]}
    assert term.name == "doubling: AM_1 52 %, 10 1/s over AM_1 48 %, 10 1/s"
    assert term.value(observed) == 2.0
    assert term.stderr(observed) == pytest.approx(2.0 * (1.0 / 4.0))
    assert term.stderr({top: [4.0], bottom: [2.0]}) is None
    assert not term.known({top: [4.0]}, 1)
    expected = [Electrode("AM_1", content, n) for content in ("48", "52") for n in (1, 2)]
    assert electrodes_of([term], [1, 2]) == expected


def test_objective_weighs_targets_not_electrodes_and_only_grows():
    rules = {
        "porosity": Target(**BAND, weight=3.0),
        "density": Target(observable="density_g_per_cm3", state="dried", value=1.0, tolerance=0.1),
    }
    all_terms = terms(rules, ["AM_1", "AM_2"], ["50"])
    values = {
        "porosity: AM_1 50 %": 0.35,  # one tolerance
        "porosity: AM_2 50 %": 0.25,
        "density: AM_1 50 %": 1.2,  # two tolerances
        "density: AM_2 50 %": 0.8,
    }
    assert misfits(all_terms, values) == pytest.approx({"porosity": 0.5, "density": 4.0})
    assert objective(all_terms, values) == pytest.approx(3 * 0.5 + 4.0)
    growing = [objective(all_terms, dict(list(values.items())[:k])) for k in range(5)]
    assert growing == sorted(growing)


def test_values_by_key_and_back(dry_force_field):
    known = values_by_key(dry_force_field)
    reach = dry_force_field.pair_rule("CBD", "CBD").cutoff
    assert known["lennard_jones.CBD-CBD.cutoff"] == reach
    assert known["wall.friction"] == dry_force_field.wall.friction
    changed = with_values(dry_force_field, {"lennard_jones.CBD-CBD.cutoff": 2.2})
    assert changed.pair_rule("CBD", "CBD").cutoff == 2.2
    assert dry_force_field.pair_rule("CBD", "CBD").cutoff == reach
    with pytest.raises(ConfigError, match="hertz.stiffness: not a value of force field dry"):
        with_values(dry_force_field, {"hertz.stiffness": 1.0})


def test_candidate_takes_fixed_tied_and_free_values(slurry_force_field):
    free = {STIFFNESS: {"low": 0.1, "high": 9.0, "tied": ["hertz.tangential_ratio"]}}
    search = toy_campaign(slurry={"free": free, "fixed": {FRICTION: 0.05}}).calibration.slurry
    hertz = candidate_set(slurry_force_field, search, {STIFFNESS: 2.0}).hertz
    assert (hertz.normal_stiffness_kpa, hertz.tangential_ratio, hertz.friction) == (2.0, 2.0, 0.05)


def test_code_digest_ignores_comments_layout_and_docstrings():
    plain = "def f(x):\n    return x + 1\n"
    assert code_digest('"""Doc."""\ndef f(x):  # why\n    "Doc."\n    return (x + 1)\n') == (
        code_digest(plain)
    )
    assert code_digest(plain.replace("+ 1", "+ 2")) != code_digest(plain)


def test_differences_name_the_key_and_both_values():
    old, new = {"free": {"a": {"low": 1.0}}, "seed": 1}, {"free": {"a": {"low": 2.0}}, "seed": 1}
    assert differences(old, new) == ["free.a.low: 1.0 there, 2.0 here"]


SECTION = {
    "slurry": {
        "free": {STIFFNESS: {"low": 0.4, "high": 4.0, "scale": "log"}},
        "targets": {"density": {"observable": "porosity", "band": [-0.02, 0.02]}},
    },
    "dry": {
        "free": {"hertz.friction": {"low": 0.0, "high": 20.0}},
        "targets": {"pores": BAND},
    },
}
RATE = {"observable": "viscosity_pa_s", "shear_rates_per_s": [10], "band": [0.1, 0.3]}
START_KPA = load_force_field(START).hertz.normal_stiffness_kpa
FAULTS = [
    (f"slurry/free/{STIFFNESS}/low", 5.0, "low 5 is not below high 4"),
    (f"slurry/free/{STIFFNESS}/low", 0.0, "above 0 on a log scale"),
    (f"slurry/free/{STIFFNESS}/low", float("nan"), "low"),
    (
        f"slurry/free/{STIFFNESS}/low",
        1.0,
        f"{START_KPA:g}, from which the search starts",
    ),
    (f"slurry/free/{STIFFNESS}/tied", ["hertz.typo"], "tied: hertz.typo: not in"),
    (f"slurry/free/{STIFFNESS}/tied", [STIFFNESS], "already set by"),
    ("slurry/free/hertz.typo", {"low": 0.0, "high": 1.0}, "hertz.typo: not in config/forcefields"),
    ("slurry/fixed", {"gel.typo": 1.0}, "fixed.gel.typo: not in"),
    ("slurry/fixed", {"gel.exponent": -1.0}, "fixed.gel.exponent"),
    ("slurry/free/hertz.friction", {"low": -1.0, "high": 1.0}, "free.hertz.friction.low"),
    ("slurry/targets/density/observable", "sigma_e_s_per_m", "is not computed; allowed"),
    ("slurry/targets/density/state", "dried", "state: dried is not computed"),
    ("slurry/targets/density/band", [0.1, -0.1], "low end is not below"),
    ("slurry/targets/density/band", [None, None], "both ends are open"),
    ("slurry/targets/density/value", 0.1, "exactly one of value and band"),
    ("slurry/targets/density/psds", ["AM_9"], "AM_9 is not in matrix.psds"),
    ("slurry/targets/density/solid_content_percent", ["60"], "'60' is not in"),
    ("slurry/targets/density/shear_rates_per_s", [10], "only for the viscosity"),
    ("slurry/targets/density/over", {}, "divided by itself"),
    ("slurry/targets/flow", {**RATE, "shear_rates_per_s": []}, "needed for the viscosity"),
    ("slurry/targets/flow", {**RATE, "scale": "log", "band": [0, 1]}, "scale log needs"),
    ("slurry/targets/flow", {**RATE, "band": [0.1, None]}, "needs tolerance"),
    ("slurry/targets/Flow!", RATE, "Flow!"),
    ("dry/targets/pores/observable", "viscosity_pa_s", "is not computed; allowed"),
    ("dry/targets/pores/over", {"solid_content_percent": "70"}, "over.solid_content_percent"),
    ("dry/trials", 0, "dry.trials"),
    ("workers", 0, "calibration.workers"),
]


@pytest.mark.parametrize(("path", "value", "named"), FAULTS)
def test_each_fault_is_one_line_at_planning(campaign_dict, path, value, named):
    section = copy.deepcopy(SECTION)
    *parents, last = path.split("/")
    node = section
    for part in parents:
        node = node.setdefault(part, {})
    node[last] = value
    with pytest.raises(ConfigError) as caught:
        load_campaign({**campaign_dict, "calibration": section})
    [line] = str(caught.value).splitlines()
    assert line.startswith("config: calibration")
    assert named in line


def test_the_section_without_fault_is_accepted(campaign_dict, slurry_force_field):
    campaign = load_campaign({**campaign_dict, "calibration": SECTION})
    assert campaign.calibration.stages == ["slurry", "dry"]
    given = (campaign.calibration.slurry, slurry_force_field, "x", ["AM_1"], ["50"], False)
    assert not calibration_faults("slurry", *given)


def test_a_calibration_needs_a_search(campaign_dict):
    with pytest.raises(ConfigError, match="needs a slurry or a dry search"):
        load_campaign({**campaign_dict, "calibration": {"workers": 2}})
