import copy
import re
from pathlib import Path

import pytest
import yaml

from castline.base.errors import ConfigError
from castline.campaign.config import load_campaign, read_campaign
from castline.campaign.config_docs import published, reference, schemas
from castline.line.drying_settings import DryingConfig


@pytest.mark.parametrize("path", sorted(Path("config").glob("*.yaml")), ids=lambda p: p.name)
def test_shipped_campaigns_are_valid(path):
    name = read_campaign(path).campaign
    assert name == ("my_campaign" if path.stem == "config" else path.stem)


def examples() -> list[str]:
    text = Path("config/README.md").read_text()
    return re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)


@pytest.mark.parametrize("text", examples())
def test_documented_examples_are_valid(text):
    load_campaign(yaml.safe_load(text))


def test_there_are_documented_examples():
    assert len(examples()) >= 3


def parts_of_campaigns() -> list[str]:
    return re.findall(r"^```yaml\n(.*?)^```", Path("docs/own-recipe.md").read_text(), re.M | re.S)


@pytest.mark.parametrize("text", parts_of_campaigns())
def test_documented_parts_make_a_valid_campaign(text, campaign_dict):
    part = yaml.safe_load(text)
    if part.get("route") == "powder":
        matrix = {"psds": campaign_dict["matrix"]["psds"]}
        campaign_dict = {"campaign": "unit", "matrix": matrix, "assembling": {"pressure_mpa": 50}}
    load_campaign({**campaign_dict, **part})


def test_reference_and_schemas_match_the_models():
    assert Path("config/REFERENCE.md").read_text() == reference(), "run `make docs`"
    package = Path("config/published/datapackage.json")
    assert package.read_text() == published(), "run `make docs`"
    for name, text in schemas().items():
        path = Path(f"workflow/schemas/{name}.schema.json")
        assert path.read_text() == text, "run `make docs`"


def changed(base: dict, path: str, value) -> dict:
    config = copy.deepcopy(base)
    *parents, last = path.split(".")
    node = config
    for key in parents:
        node = node.setdefault(key, {})
    node[last] = value
    return config


def wet(capillary: dict) -> dict:
    return {"shrinkage": {"stages": 20}, "capillary": capillary}


FAULTS = [
    ("viscosty", {}, "viscosty"),
    ("campaign", "../escape", "campaign"),
    ("campaign", "a; rm -rf", "campaign"),
    ("seed", -1, "seed"),
    ("acceleration", "some", "acceleration"),
    (
        "viscosity.coating",
        {"blade_speed_m_per_s": 0.01, "gap_um": {"AM_9": 100}},
        "viscosity.coating.gap_um: has no gap for AM_1",
    ),
    ("transport.interface_resistance_ohm_m2", {"am_se": 1}, "am_se: no current of this model"),
    ("transport.interface_resistance_ohm_m2.se_se", -1, "interface_resistance_ohm_m2.se_se"),
    ("transport.interface_resistance_ohm_m2", {"am_cd": 1}, "am_cbd"),
    ("seed", "many", "seed"),
    ("matrix.replicates", 0, "matrix.replicates"),
    ("matrix.replicates", True, "matrix.replicates"),
    ("matrix.replicates", {"films": 3}, "matrix.replicates.by_stage.viscosity: Field required"),
    ("matrix.replicates", {"films": 3, "viscosity": 0}, "replicates.by_stage.viscosity"),
    ("matrix.replicates", {"films": 3, "viscosity": 1, "slurry": 2}, "allowed: films, viscosity"),
    ("matrix.solid_content_percent", [50], "matrix.solid_content_percent"),
    ("matrix.solid_content_percent", ["150"], "matrix.solid_content_percent"),
    ("matrix.solid_content_percent", ["50", "50.0"], "twice"),
    ("matrix.psds", {"AM-1": {"d50_um": 4}}, "matrix.psds"),
    ("matrix.psds.AM_1", {"d50_um": 4, "csv": "x.csv"}, "exactly one"),
    ("matrix.psds.AM_1", {"csv": "no_such.csv"}, "no_such.csv"),
    ("recipe.composition", {"am": 0.7, "se": 0.3, "cbd": 0.06}, "must be 1"),
    ("recipe.active_material", {"crystal": "LNMO"}, "NMC811"),
    ("recipe.active_material", {}, "needs a crystal, or density_g_per_cm3"),
    ("recipe.dry_mass_g", 1e-14, "recipe.dry_mass_g"),
    ("recipe.cbd.nanoporosity", 1.2, "recipe.cbd.nanoporosity"),
    ("viscosity.shear_rates_per_s", [100, 0], "viscosity.shear_rates_per_s.1"),
    ("viscosity.shear_rates_per_s", [100, 100], "twice"),
    ("viscosity.max_strain", 0.5, "below min_strain"),
    ("matrix.psds.AM_1.sigma", 1e30, "matrix.psds.AM_1.sigma"),
    ("recipe.dry_mass_g", 1e10, "particles"),
    ("viscosity.shear_rates_per_s", [1e-300], "viscosity.shear_rates_per_s.0"),
    ("slurry.pressure", 3, "allowed: box, pressure_bar"),
    ("drying.shrinkage", {"stages": 0}, "drying.shrinkage.stages"),
    ("drying.shrinkage", 20, "drying.shrinkage"),
    ("drying.shrinkage", {"steps": 20, "stages": 20}, "allowed: stages"),
    (
        "drying",
        {"capillary": {"pressure_kpa": 50}, "shrinkage": {"stages": 1}},
        "needs shrinkage",
    ),
    ("drying", wet({}), "needs either pressure_kpa, or all of"),
    ("drying", wet({"pressure_kpa": 50, "pore_radius_um": 0.5}), "needs either pressure_kpa"),
    ("drying", wet({"surface_tension_mn_per_m": 25, "pore_radius_um": 1}), "contact_angle_deg"),
    ("drying", wet({"pressure_kpa": -5}), "drying.capillary.pressure_kpa"),
    ("calendering", 1e308, "calendering"),
    ("calendering", {"porosity": 0.2, "thickness_um": 9}, "at most one stop"),
    ("transport.voxel_um", "small", "transport.voxel_um"),
    ("transport.voxel_um", float("inf"), "transport.voxel_um"),
    ("transport.voxel_series_um", [0.2, 0.4], "three different sizes"),
    ("transport.voxel_um", 1e-9, "at most 1e+10"),
    ("transport.voxel_um", 100.0, "larger than the largest particle"),
    ("impedance.frequency_min_hz", 1e9, "is not below frequency_max_hz"),
    ("impedance.points_per_decade", 0, "impedance.points_per_decade"),
    ("measurements", "none.yaml", "none.yaml"),
    ("force_fields.dry", "missing.yaml", "missing.yaml"),
    ("force_fields.slurry", "config/forcefields/dry.yaml", "gel"),
]


@pytest.mark.parametrize(("path", "value", "named"), FAULTS)
def test_each_fault_is_one_line_that_names_it(campaign_dict, path, value, named):
    with pytest.raises(ConfigError) as caught:
        load_campaign(changed(campaign_dict, path, value))
    lines = str(caught.value).splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("config: ")
    assert named in lines[0]


def test_a_contact_does_not_resist_twice(campaign_dict):
    config = changed(campaign_dict, "transport.interface_resistance_ohm_m2.am_cbd", 1e-4)
    load_campaign(config)
    with pytest.raises(ConfigError, match="both add the same contacts") as fault:
        load_campaign(changed(config, "impedance.interface.am_cbd_resistance_ohm_m2", 1e-4))
    assert "\n" not in str(fault.value)


def test_bonds_in_a_slurry_are_refused(campaign_dict, tmp_path):
    text = Path("config/forcefields/slurry.yaml").read_text()
    path = tmp_path / "slurry.yaml"
    path.write_text(text + "\nbonds: {modulus_kpa: 1.0e+6, strain_at_break: 0.1}\n")
    with pytest.raises(ConfigError, match=r"force_fields\.slurry: .* only a dry set may"):
        load_campaign(changed(campaign_dict, "force_fields.slurry", str(path)))


def test_a_rule_of_the_collector_in_a_slurry_is_refused(campaign_dict, tmp_path):
    force_field = yaml.safe_load(Path("config/forcefields/slurry.yaml").read_text())
    rules = force_field["lennard_jones"]
    rules["collector-CBD"] = rules["default"]
    path = tmp_path / "slurry.yaml"
    path.write_text(yaml.safe_dump(force_field))
    with pytest.raises(ConfigError, match=r"force_fields\.slurry: .* collector-CBD; only a dry"):
        load_campaign(changed(campaign_dict, "force_fields.slurry", str(path)))


def test_two_faults_are_two_lines(campaign_dict):
    config = changed(changed(campaign_dict, "seed", -1), "typo", 3)
    with pytest.raises(ConfigError) as caught:
        load_campaign(config)
    assert len(str(caught.value).splitlines()) == 2


def test_calendering_defaults_to_the_press_of_the_study(campaign_dict):
    assert load_campaign(campaign_dict).calendering.pressure_mpa == 102.0
    other = load_campaign(changed(campaign_dict, "calendering", {"porosity": 0.3}))
    assert other.calendering.pressure_mpa is None


def test_capillary_pressure_is_given_or_that_of_a_meniscus():
    surface = {"surface_tension_mn_per_m": 25.1, "contact_angle_deg": 60, "pore_radius_um": 0.5}
    assert DryingConfig(**wet(surface)).capillary.kpa == pytest.approx(50.2)
    assert DryingConfig(**wet({"pressure_kpa": 50})).capillary.kpa == 50


def test_unreadable_campaign_file(tmp_path):
    path = tmp_path / "c.yaml"
    path.write_text("campaign: [")
    with pytest.raises(ConfigError, match=re.escape(str(path))):
        read_campaign(path)
