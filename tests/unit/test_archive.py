"""What an archive says about itself, by schema; what it holds, to the byte; what it refuses."""

import hashlib
import json
import tomllib
import zipfile
from pathlib import Path

import jsonschema
import pytest
import yaml
from pydantic import ValidationError

from castline import __version__
from castline.base.errors import InputError
from castline.campaign.config import load_campaign
from castline.campaign.described import TABLES
from castline.campaign.given import given_files
from castline.campaign.verification import Verdict, _sort, verdict_lines
from castline.cli import main
from castline.exchange.archive import SUMS, unpack, write_archive
from castline.exchange.ro_crate import crate_metadata
from castline.results.dictionary import data_package
from castline.results.publication import METHOD_DOI, PublicationConfig, citation, zenodo

SCHEMAS = Path(__file__).parents[1] / "data" / "repository_schemas"
WHOSE = {
    "title": "Six cathodes",
    "description": "Simulated from the slurry on.",
    "creators": [
        {
            "family_names": "Müller",
            "given_names": "Jana",
            "affiliation": "An institute",
            "orcid": "0000-0002-1825-0097",
        },
        {"group": "A group"},
    ],
    "license": "CC-BY-4.0",
}


@pytest.fixture
def publication() -> PublicationConfig:
    return PublicationConfig.model_validate(WHOSE)


def check(content, name: str) -> None:
    schema = json.loads((SCHEMAS / f"{name}.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(content, schema, jsonschema.Draft202012Validator)


def as_cff(text: str) -> dict:
    """CITATION.cff as its readers take it: dates are texts."""
    return yaml.load(text, yaml.BaseLoader)


def test_metadata_of_a_data_set_meet_the_schemas(publication):
    check(zenodo(publication), "zenodo")
    check(as_cff(citation(publication)), "cff")
    assert as_cff(citation(publication))["authors"][0]["family-names"] == "Müller"


@pytest.mark.parametrize("key", ["title", "creators", "license", "upload_type"])
def test_the_schema_of_zenodo_misses_what_is_left_out(publication, key):
    content = {k: v for k, v in zenodo(publication).items() if k != key}
    with pytest.raises(jsonschema.ValidationError):
        check(content, "zenodo")


def test_metadata_of_castline_itself_meet_the_schemas_and_each_other():
    software, cff = json.loads(Path(".zenodo.json").read_text()), Path("CITATION.cff").read_text()
    cff, project = as_cff(cff), tomllib.loads(Path("pyproject.toml").read_text())["project"]
    check(software, "zenodo")
    check(cff, "cff")
    assert cff["version"] == software["version"] == project["version"] == __version__
    assert cff["title"] == software["title"]
    assert cff["license"] == software["license"] == project["license"]
    authors = [author["name"] for author in cff["authors"]]
    assert authors == [creator["name"] for creator in software["creators"]]
    [related] = software["related_identifiers"]
    assert related["identifier"] == cff["references"][0]["doi"] == METHOD_DOI


@pytest.mark.parametrize("license_", ["", "my own", "cc-by-4.0", "MIT OR Apache-2.0", "CC-BY-9.0"])
def test_a_licence_is_one_identifier_of_spdx(license_):
    with pytest.raises(ValidationError, match="one identifier"):
        PublicationConfig.model_validate({**WHOSE, "license": license_})


@pytest.mark.parametrize(
    "creator",
    [{}, {"family_names": "Doe"}, {"group": "A", "family_names": "B", "given_names": "C"}],
)
def test_a_creator_is_a_person_or_a_group(creator):
    with pytest.raises(ValidationError, match="needs family_names and given_names, or group"):
        PublicationConfig.model_validate({**WHOSE, "creators": [creator]})


def test_crate_and_data_package_state_licence_and_creators(publication, tmp_path):
    crate = crate_metadata("unit", tmp_path, [], {}, TABLES, publication)
    graph = {entity["@id"]: entity for entity in crate["@graph"]}
    root, url = graph["./"], "https://spdx.org/licenses/CC-BY-4.0"
    assert root["license"] == {"@id": url}
    assert graph[url]["name"] == "CC-BY-4.0"
    people = [graph[author["@id"]] for author in root["author"]]
    assert [(p["@type"], p["name"]) for p in people] == [
        ("Person", "Müller, Jana"),
        ("Organization", "A group"),
    ]
    assert root["name"] == "Six cathodes"
    package = data_package("unit", {}, TABLES, publication)
    assert package["licenses"] == [{"name": "CC-BY-4.0", "path": url}]
    assert [person["title"] for person in package["contributors"]] == ["Müller, Jana", "A group"]


@pytest.fixture
def packed(tmp_path) -> Path:
    path = tmp_path / "packed.zip"
    write_archive(path, {"tables/a.csv": b"x\n1\n", "états.txt": b"two"})
    return path


def test_the_bytes_of_an_archive_hang_on_its_files_alone(packed, tmp_path):
    source = tmp_path / "a.csv"
    source.write_bytes(b"x\n1\n")
    again = tmp_path / "again.zip"
    write_archive(again, {"états.txt": b"two", "tables/a.csv": source})
    assert again.read_bytes() == packed.read_bytes()
    assert unpack(packed, tmp_path / "out") == ["tables/a.csv", "états.txt"]
    sums = (tmp_path / "out" / SUMS).read_text()
    assert f"{hashlib.sha256(b'two').hexdigest()}  états.txt\n" in sums


def repacked(path: Path, changes: dict[str, bytes | None]) -> Path:
    """The archive with other contents; None leaves a file out."""
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()} | changes
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            if content is not None:
                archive.writestr(name, content)
    return path


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tables/a.csv": b"x\n2\n"}, "tables/a.csv: is not the file that was packed"),
        ({"tables/a.csv": None}, "tables/a.csv: is missing"),
        ({"extra.csv": b""}, "extra.csv: has no checksum"),
        ({SUMS: None}, "no archive of castline"),
        ({"../out.txt": b""}, "leads out of the archive"),
        ({"/etc/out.txt": b""}, "leads out of the archive"),
    ],
)
def test_a_changed_archive_is_refused_by_the_name_of_the_file(packed, tmp_path, changes, message):
    with pytest.raises(InputError, match=message):
        unpack(repacked(packed, changes), tmp_path / "out")


def test_verify_refuses_what_is_no_archive_in_one_line(tmp_path, packed, capsys):
    other = tmp_path / "other.zip"
    other.write_text("no zip")
    for path, message in ((other, "cannot be unpacked"), (packed, "has no campaign.json")):
        assert main(["verify", str(path)]) == 2
        [line] = capsys.readouterr().err.splitlines()
        assert message in line


def test_files_that_a_campaign_was_given_have_a_place_in_the_archive(campaign_dict, tmp_path):
    example = "castline:examples/synthetic_measurements/measurements.yaml"
    names = given_files(load_campaign({**campaign_dict, "measurements": example}))
    assert "inputs/castline/config/forcefields/slurry.yaml" in names
    folder = "inputs/castline/examples/synthetic_measurements"
    assert f"{folder}/measurements.yaml" in names
    assert f"{folder}/synthetic_am1_sc48_a_dc.csv" in names
    outside = tmp_path / "dry.yaml"
    outside.write_bytes(Path("config/forcefields/dry.yaml").read_bytes())
    campaign = load_campaign({**campaign_dict, "force_fields": {"dry": str(outside)}})
    with pytest.raises(InputError, match="force_fields.dry: .*outside of the campaign's folder"):
        given_files(campaign)


def test_only_time_memory_and_date_are_left_out_of_a_comparison():
    verdict = Verdict()
    old = {"cost": {"core_seconds": 1.0}, "sigma": [{"value": 2.0, "cost": 1}]}
    for name, new in {
        "same.json": old,
        "time.json": {"cost": {"core_seconds": 3.0}, "sigma": [{"value": 2.0, "cost": 9}]},
        "value.json": {"cost": {"core_seconds": 1.0}, "sigma": [{"value": 2.1, "cost": 1}]},
    }.items():
        _sort(name, json.dumps(old).encode(), json.dumps(new).encode(), verdict)
    _sort("table.csv", b"1\n", b"2\n", verdict)
    assert (verdict.same, verdict.same_result) == (["same.json"], ["time.json"])
    assert verdict.different == ["value.json", "table.csv"]
    assert not verdict.holds
    lines = list(verdict_lines(verdict, many=1))
    assert "different: value.json" in lines
    assert "different: and 1 more" in lines
