"""Shipped files are found from any folder; a folder of one's own holds a valid campaign."""

import re
from pathlib import Path

import pytest
import yaml

from castline.base.errors import ConfigError, InputError
from castline.base.paths import PROJECT, located
from castline.campaign.config import Campaign, read_campaign
from castline.campaign.merged import merge_warnings
from castline.cli import main
from castline.commands.init import campaign_files, write_folder

SHIPPED = sorted((PROJECT / "config").glob("*.yaml"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_shipped_campaigns_are_valid_in_any_folder(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    read_campaign(path)


def test_a_shipped_file_has_its_short_name_in_the_project_alone(tmp_path, monkeypatch):
    assert located("castline:config/demo.yaml") == "config/demo.yaml"
    assert located("config/demo.yaml") == "config/demo.yaml"
    monkeypatch.chdir(tmp_path)
    assert located("castline:config/demo.yaml") == str(PROJECT / "config/demo.yaml")
    assert located("config/demo.yaml") == "config/demo.yaml"


@pytest.mark.parametrize("path", ["castline:/etc/passwd", "castline:../secret"])
def test_no_file_outside_of_castline_is_called_shipped(path, campaign_dict):
    with pytest.raises(ValueError, match="castline ships"):
        Campaign.model_validate({**campaign_dict, "measurements": path})


def test_a_missing_file_that_castline_ships_is_pointed_out(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "mine.yaml"
    config = yaml.safe_load((PROJECT / "config/demo.yaml").read_text())
    config["force_fields"] = {"dry": "config/forcefields/dry.yaml"}
    path.write_text(yaml.safe_dump(config))
    with pytest.raises(ConfigError, match="ships castline:config/forcefields/dry.yaml"):
        read_campaign(path)


def test_merged_files_are_told_by_what_of_each_counts(tmp_path):
    first, last = tmp_path / "first.yaml", tmp_path / "last.yaml"
    first.write_text("seed: 1\nmatrix: {psds: {A: {d50_um: 1}, B: {d50_um: 2}}, replicates: 1}\n")
    last.write_text("seed: 2\nmatrix: {psds: {B: {d50_um: 3}, C: {d50_um: 4}}}\n")
    assert merge_warnings([first]) == []
    told = [line.split(" gives ")[1] for line in merge_warnings([first, last])]
    assert told == ["matrix.psds.A, matrix.replicates", "seed, matrix.psds.B.d50_um, matrix.psds.C"]


def test_the_commented_campaign_is_the_demo():
    demo = read_campaign("config/demo.yaml").model_dump()
    assert read_campaign("config/config.yaml").model_dump() == {**demo, "campaign": "my_campaign"}


def test_what_the_commented_campaign_leaves_out_is_the_default():
    text = Path("config/config.yaml").read_text()
    left_out = re.sub(r"^( *)# (composition|calendering)(: \{)", r"\1\2\3", text, flags=re.M)
    assert left_out.count("{") == text.count("{")
    given = Campaign.model_validate(yaml.safe_load(left_out))
    assert given == read_campaign("config/config.yaml")
    assert {"composition", "calendering"} <= {
        *given.recipe.model_fields_set,
        *given.model_fields_set,
    }


def test_init_writes_a_campaign_of_the_folders_name(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["init", "mine", "--like", "test"]) == 0
    made = {str(path.relative_to("mine")) for path in Path("mine").rglob("*") if path.is_file()}
    assert made == set(campaign_files("mine", "test"))
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    named = read_campaign("mine/config/config.yaml")
    shipped = read_campaign(PROJECT / "config/test.yaml")
    assert named == shipped.model_copy(update={"campaign": "mine"})
    for profile in ("default", "slurm"):
        settings = yaml.safe_load(Path(f"mine/profiles/{profile}/profile.yaml").read_text())
        assert settings["configfile"] == ["config/config.yaml"]


def test_init_leaves_what_is_there_alone(tmp_path, capsys):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "notes.txt").write_text("mine")
    assert main(["init", str(folder)]) == 2
    assert "not empty" in capsys.readouterr().err
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_init_refuses_a_name_that_no_campaign_may_have(tmp_path):
    with pytest.raises(InputError, match="'2-x' names the campaign"):
        campaign_files("2-x", "config")


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="init: .*file/mine"):
        write_folder(tmp_path / "file/mine", {"a": "b"})
