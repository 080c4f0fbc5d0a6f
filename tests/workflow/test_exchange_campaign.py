"""What a finished campaign gives away: data dictionary, cell-model files, RO-Crate."""

import csv
import hashlib
import json

import frictionless
import pytest

from castline.exchange.bpx_export import check_bpx
from castline.results.schema import TABLES
from castline.results.tables import read_table

pytestmark = pytest.mark.workflow


@pytest.fixture(scope="module")
def root(finished):
    return finished / "results/test"


def test_every_column_of_every_table_is_in_the_data_dictionary(root):
    sections = (root / "tables/README.md").read_text().split("\n## ")
    described = {section.splitlines()[0]: section for section in sections[1:]}
    tables = list((root / "tables").glob("*.csv"))
    assert len(tables) >= 8
    for path in tables:
        with path.open() as table:
            for column in next(csv.reader(table)):
                assert f"| `{column}` |" in described[path.name], (path.name, column)


def test_every_electrode_has_a_valid_bpx_file(root):
    [path] = (root / "exchange").glob("*_sc*.bpx.json")
    data = json.loads(path.read_text())
    check_bpx(data)
    assert data["Parameterisation"]["User-defined"]["Number of replicates"] == 2
    assert "Porosity, 95 % half width" in data["Parameterisation"]["User-defined"]


def test_every_electrode_has_pybamm_parameters_or_a_reason(root):
    parameters = json.loads((root / "exchange/pybamm_parameters.json").read_text())
    reasons = json.loads((root / "exchange/electrode_models.json").read_text())
    assert {*parameters, *reasons["pybamm_not_exported"]} == {"AM_1_sc50"}


def test_crate_has_the_sum_of_every_file_it_names(root):
    crate = json.loads((root / "ro-crate-metadata.json").read_text())
    files = [entity for entity in crate["@graph"] if entity["@type"] == "File"]
    for file in files:
        content = (root / file["@id"]).read_bytes()
        assert file["sha256"] == hashlib.sha256(content).hexdigest(), file["@id"]
    named = {file["@id"] for file in files}
    assert {f"tables/{path.name}" for path in (root / "tables").iterdir()} <= named
    assert {"campaign.json", "AM_1/sc50/r1/calendered.dump.gz"} <= named


@pytest.mark.parametrize("name", ["viscosity_history", "calendering_curve"])
def test_series_of_an_electrode_are_as_declared(root, name):
    for replicate in (1, 2):
        rows = read_table(root / f"AM_1/sc50/r{replicate}/{name}.csv", TABLES[name])
        assert list(rows.columns) == list(TABLES[name].columns)


def test_the_data_package_of_the_campaign_is_valid(root):
    package = frictionless.Package(str(root / "tables/datapackage.json"))
    assert {resource.name for resource in package.resources} == {
        path.stem for path in (root / "tables").glob("*.csv")
    }
    assert package.validate().valid
