"""The powder route: what a campaign of it may say, and what it then is."""

import copy
from pathlib import Path

import pytest

from castline.base.errors import ConfigError
from castline.campaign.config import load_campaign
from castline.campaign.plan import plan_text
from castline.campaign.prediction import Planner
from castline.campaign.routes import as_in_its_file
from castline.figures.catalogue import FIGURES, states_in
from castline.figures.common import Electrodes
from castline.line.calendering import CALENDERING
from castline.line.order import ROUTES
from castline.recipe.electrode import PRESS, SOLID_CONTENT, Electrode

POWDER = {
    "campaign": "pellets",
    "route": "powder",
    "matrix": {
        "press_pressure_mpa": ["50", "100"],
        "psds": {"A": {"d50_um": 4.0}},
        "replicates": 2,
    },
    "recipe": {"dry_mass_g": 4e-10},
    "assembling": {"pressure_mpa": 50},
}
SLURRY = {
    "campaign": "films",
    "matrix": {"solid_content_percent": ["50"], "psds": {"A": {"d50_um": 4.0}}},
    "viscosity": {"shear_rates_per_s": [100]},
}


def changed(base: dict, changes: dict) -> dict:
    config = copy.deepcopy(base)
    for path, value in changes.items():
        *parents, last = path.split(".")
        node = config
        for key in parents:
            node = node.setdefault(key, {})
        node[last] = value
    return config


@pytest.mark.parametrize("given", [POWDER, SLURRY])
def test_all_settings_of_a_campaign_are_a_campaign_file(given):
    campaign = load_campaign(given)
    assert load_campaign(as_in_its_file(campaign.model_dump(mode="json"))) == campaign


STOPS = {"matrix.press_pressure_mpa": []}
FAULTS = [
    (POWDER, {"viscosity": {"shear_rates_per_s": [100]}}, "viscosity: no section of route: powder"),
    (POWDER, {"drying.shrinkage": {"stages": 20}}, "drying: no section of route: powder"),
    (POWDER, {"slurry": {}}, "slurry: no section of route: powder, whose stages are settling"),
    (POWDER, {"matrix.solid_content_percent": ["50"]}, "matrix.solid_content_percent: not with"),
    (POWDER, {"recipe.solvent_density_g_per_cm3": 0.8}, "a powder has no solvent"),
    (POWDER, {"force_fields.slurry": "config/forcefields/slurry.yaml"}, "force_fields.slurry: not"),
    (POWDER, {"measurements": "m.yaml"}, "measurements: not with route: powder"),
    (POWDER, {"cell": {}}, "cell: not with route: powder"),
    (POWDER, {"matrix.press_pressure_mpa": ["0"]}, "'0' is not a pressure in MPa above 0"),
    (POWDER, {"matrix.press_pressure_mpa": ["50", "50.0"]}, "names a pressure twice"),
    (POWDER, {"calendering.pressure_mpa": 80}, "calendering.pressure_mpa: the press ends at each"),
    (POWDER, {"calendering.porosity": 0.2}, "calendering.porosity: the press ends at each"),
    (POWDER, {"assembling.pressure_mpa": 70}, "70 MPa would press the pellet further than the 50"),
    (POWDER, {"calendering.rest_pressure_mpa": 60}, "are above the 50 MPa of the press"),
    (POWDER, {"assembling": {}}, "125 MPa would press the pellet further"),
    (POWDER, {**STOPS, "calendering.pressure_mpa": 40}, "than the 40 MPa of the press"),
    (POWDER, {"route": "melt"}, "route: "),
    (SLURRY, {"route": "powder", "viscosity": None}, "matrix.solid_content_percent: not with"),
    (SLURRY, {"settling": {"max_windows": 9}}, "settling: no section of route: slurry"),
    (SLURRY, {"matrix.press_pressure_mpa": ["50"]}, "press_pressure_mpa: only with route: powder"),
    (SLURRY, {"matrix.solid_content_percent": ["100"]}, "100 % is no slurry"),
    (SLURRY, {"matrix.solid_content_percent": []}, "needs at least one solid content"),
    (SLURRY, {"viscosity": None}, "viscosity: Field required"),
    (SLURRY, {"calendering": {"rest_pressure_mpa": 103}}, "are above the 102 MPa"),
]


@pytest.mark.parametrize(("base", "changes", "named"), FAULTS)
def test_each_fault_of_a_route_is_one_line(base, changes, named):
    with pytest.raises(ConfigError) as caught:
        load_campaign(changed(base, changes))
    lines = str(caught.value).splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("config: ")
    assert named in lines[0]


@pytest.mark.parametrize("base", [POWDER, SLURRY])
def test_a_press_need_not_let_go(base):
    held = load_campaign(changed(base, {"calendering": {"rest_pressure_mpa": None}}))
    assert held.calendering.rest_pressure_mpa is None
    assert held.calendering.pressure_mpa is not None


def test_bonds_need_a_solvent(tmp_path):
    path = tmp_path / "dry.yaml"
    text = Path("config/forcefields/dry.yaml").read_text()
    path.write_text(text + "\nbonds: {modulus_kpa: 1.0e+6, strain_at_break: 0.1}\n")
    with pytest.raises(ConfigError, match=r"force_fields\.dry: .*a powder has none"):
        load_campaign(changed(POWDER, {"force_fields.dry": str(path)}))


def test_a_powder_is_all_solids_and_its_pellets_are_named_by_their_pressure():
    campaign = load_campaign(POWDER)
    assert campaign.matrix.contents == ["100_50MPa", "100_100MPa"]
    recipe = campaign.recipe_of("A", "100_50MPa")
    assert recipe.solid_content == 1.0
    assert recipe.solvent_mass_kg == 0.0
    assert all(c.diameter_slurry_m == c.diameter_dry_m for c in recipe.classes)
    pellet = Electrode.of_path("results/pellets/A/sc100_50MPa/r2/settled.dump.gz")
    assert pellet == Electrode("A", "100_50MPa", 2)
    assert (pellet.label, pellet.level, pellet.axis) == ("A 50 MPa r2", 50.0, PRESS)
    assert pellet.keys == {"psd": "A", "press_pressure_mpa": 50.0, "replicate": 2}


def test_without_the_axis_a_powder_is_pressed_as_calendering_says():
    changes = {"matrix.press_pressure_mpa": [], "calendering.porosity": 0.2}
    campaign = load_campaign(changed(POWDER, changes))
    assert campaign.matrix.contents == ["100"]
    assert campaign.matrix.axis is SOLID_CONTENT
    assert campaign.calendering.porosity == 0.2


def test_the_pressure_of_the_pellet_is_that_of_its_press():
    settings = load_campaign(POWDER).calendering.model_dump(mode="json")
    assert CALENDERING.section_of(settings, 50.0).pressure_mpa == 50.0
    assert CALENDERING.section_of(settings, None).pressure_mpa == settings["pressure_mpa"]


def test_stages_and_states_follow_from_the_route():
    line = ROUTES["powder"]
    assert [stage.name for stage in line] == ["settling", "calendering", "assembling"]
    assert line.states == line.films == ("settled", "calendered", "assembled")
    assert line.before(CALENDERING).name == "settling"
    assert ROUTES["slurry"].before(CALENDERING).name == "drying"
    assert [stage.name for stage in line.chain_to(line[-1])] == [s.name for s in line]


def test_the_plan_is_of_the_route(tmp_path):
    planner = Planner(load_campaign(POWDER), tmp_path)
    assert planner.runs == dict.fromkeys([stage.name for stage in planner.line], 4)
    assert planner.stages == ("settling", "calendering", "assembling", "voxels", "transport")
    text = plan_text(planner, {"settling": 4}, {}, nodes=1)
    assert "1 PSDs x 2 press pressures), 2 replicates each" in text
    assert "slurry" not in text


def test_figures_are_of_the_route_and_its_axis():
    settings = load_campaign(POWDER).model_dump(mode="json")
    drawn = {figure.name for figure in FIGURES if figure.is_drawn(settings)}
    assert {"mechanics", "conductivity", "microstructure"} <= drawn
    assert not {"viscosity", "impedance", "overview"} & drawn
    assert states_in("powder", ("slurry", "dried", "calendered")) == ("settled", "calendered")
    electrodes = Electrodes.from_matrix(settings["matrix"])
    assert (electrodes.contents, electrodes.axis, electrodes.route) == (
        (50.0, 100.0), PRESS, "powder",
    )  # fmt: skip
    assert electrodes.name("A", 50.0) == "A 50 MPa"
