"""Every column of every table is declared once: unit, meaning, kind, what makes it."""

import json
import pkgutil
import re
import shutil
from dataclasses import fields
from fnmatch import fnmatchcase
from pathlib import Path

import frictionless
import numpy as np
import pandas as pd
import pytest
from toy_line import toy_campaign

from castline.base.errors import InputError
from castline.base.files import write_json, write_table
from castline.calibration import confirmation
from castline.calibration.targets import Key
from castline.campaign.described import OF_STAGES, TABLES
from castline.campaign.size_effects_films import film_row
from castline.line.box import initial_state
from castline.measured.cells import MeasuredTables, analyse_measurements
from castline.measured.measurements import load_measurements
from castline.recipe.electrode import Electrode
from castline.recipe.phases import Phase
from castline.recipe.replicates import counts
from castline.results.composites import comparison
from castline.results.compositions import composition_trends, with_compositions
from castline.results.dictionary import data_dictionary, data_package
from castline.results.drying_rates import drying_rate_table
from castline.results.published import COMPOSITES, read_published
from castline.results.schema import Column, Table
from castline.results.tables import read_table
from castline.transport.cbd_refit import Film, refit_campaign
from castline.transport.settings import TransportConfig

REPOSITORY = Path(__file__).resolve().parents[2]
MEASURED = {f"measured_{field.name}" for field in fields(MeasuredTables)}
CAMPAIGN = {*MEASURED, *OF_STAGES} | {
    name
    for rules in Path(REPOSITORY, "workflow/rules").glob("*.smk")
    for name in re.findall(r'report_table\("(\w+)"\)', rules.read_text())
}
# Of single electrodes; tests/workflow looks at those of a campaign.
OF_ELECTRODES = {"viscosity_history", "calendering_curve"}
ENDINGS = {
    "_per_s": "1/s",
    "_um_per_s": "um/s",
    "_pa_s": "Pa s",
    "_pa": "Pa",
    "_kpa": "kPa",
    "_mpa": "MPa",
    "_g_per_cm3": "g/cm3",
    "_um": "um",
    "_us": "us",
    "_mm": "mm",
    "_mm2": "mm2",
    "_mg": "mg",
    "_ohm": "ohm",
    "_ohm_m": "ohm m",
    "_ohm_m2": "ohm m2",
    "_s_per_m": "S/m",
    "_hz": "Hz",
    "_mb": "MB",
    "_deg": "degree",
    "_fj": "fJ",
    "_k": "K",
}


def refitted() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tables of a refit of straight bars of CBD to two measured electrodes."""
    image = np.full((10, 10, 4), Phase.PORE, np.uint8)
    image.reshape(100, 4)[:10] = Phase.CBD
    film = Film(1, image, (2e-7,) * 3, recipe=None)
    measured = pd.DataFrame(
        {
            "psd": "AM_1",
            "solid_content_percent": [48.0, 50.0],
            "state": "calendered",
            "data_origin": "synthetic",
            "n_cells": 2,
            "sigma_e_impedance_mean_s_per_m": [0.5, 0.6],
            "sigma_e_impedance_std_s_per_m": 0.05,
            "sigma_e_impedance_mean_uncertainty_s_per_m": 0.01,
        }
    )
    return refit_campaign(lambda *_: [film], measured, TransportConfig(), lambda line: None)


def confirmed() -> pd.DataFrame:
    found = {
        Key("porosity", "slurry", "AM_1", "50"): [0.0, 0.1],
        Key("viscosity_pa_s", "slurry", "AM_1", "50", 100.0): [0.3, 0.3],
    }
    campaign = toy_campaign(confirmation={"replicates": 2})
    return confirmation.confirmation_table(campaign, campaign.calibration, found)


def composites() -> dict[str, pd.DataFrame]:
    """Films of one published composite, and what they predict beside the measured values."""
    films = pd.DataFrame(
        [
            {**dict.fromkeys(TABLES["composite_films"].columns, 0.5), "set": "k", "sample": sample}
            for sample in ("pure_se", "se_49_3")
        ]
    ).assign(replicate=1, particles=100)
    published = read_published("config/published", COMPOSITES)
    names = {("k", sample): ("kaiser_2018", sample) for sample in ("pure_se", "se_49_3")}
    compared = comparison(films, published, names, {"k": "k"})
    return {"composite_films": films, "composites": compared}


def of_two_compositions(folder: Path) -> pd.DataFrame:
    """Slopes, with the films of each distribution taken for two compositions of it."""
    shares = {
        "study": {"am": 0.64, "se": 0.30, "cbd": 0.06},
        "less": {"am": 0.6, "se": 0.34, "cbd": 0.06},
    }
    tables = {}
    for name in ("structure", "transport"):
        rows = pd.read_csv(folder / f"{name}.csv")
        both = pd.concat([rows.assign(psd=rows["psd"] + f"-{other}") for other in shares])
        tables[name] = with_compositions(both, shares)
    return composition_trends(**tables)


def of_two_drying_rates(folder: Path) -> pd.DataFrame:
    """Films at two drying rates, with those of each distribution taken for both."""
    tables = {}
    for name in ("profiles", "structure", "transport"):
        rows = pd.read_csv(folder / f"{name}.csv")
        tables[name] = pd.concat([rows.assign(psd=rows["psd"] + f"-{rate}") for rate in "ab"])
    return drying_rate_table(**tables, rates={"a": 1.0, "b": 10.0})


def sized() -> pd.DataFrame:
    """The row of a film of another size; spheres that do not touch stand for it."""
    campaign = toy_campaign().at_size(4e-10)
    [(psd, content), *_] = counts(campaign.matrix.model_dump(mode="json"))
    recipe = campaign.recipe_of(psd, content)
    state = initial_state(recipe, campaign.slurry.box, seed=1)
    row = film_row(recipe, state, "calendered", TransportConfig(voxel_um=0.5))
    keys = {**Electrode(psd, content, 1).keys, "area_factor": 2.0, "thickness_factor": 1.0}
    table = pd.DataFrame([{**keys, **row, "lammps_core_seconds": 1.0}])
    return table[list(TABLES["size_effects"].columns)]


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> dict[str, Path]:
    """A file of every table: the stored ones, and what the functions make that write the others."""
    folder = tmp_path_factory.mktemp("tables")
    for path in (REPOSITORY / "results/paper/tables").glob("*.csv"):
        shutil.copy(path, folder)
    for path in (REPOSITORY / "results/validation").glob("*.csv"):
        shutil.copy(path, folder)
    for path in (REPOSITORY / "results/calibration/calibration").glob("dry_*.csv"):
        shutil.copy(path, folder / path.name.replace("dry", "calibration"))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(REPOSITORY)
        example = Path("examples/synthetic_measurements")
        given = load_measurements(example / "measurements.yaml")
        measured = analyse_measurements(
            given.model_copy(update={"cells": given.cells[:2]}), example
        )
        write_table(folder / "calibration_confirmation.csv", confirmed())
        write_table(folder / "size_effects.csv", sized())
    write_table(folder / "composition_trends.csv", of_two_compositions(folder))
    write_table(folder / "drying_rates.csv", of_two_drying_rates(folder))
    for name in MEASURED:
        write_table(folder / f"{name}.csv", getattr(measured, name.removeprefix("measured_")))
    refit, sigma_e = refitted()
    write_table(folder / "cbd_refit.csv", refit)
    write_table(folder / "cbd_refit_sigma_e.csv", sigma_e)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(REPOSITORY)
        for name, table in composites().items():
            write_table(folder / f"{name}.csv", table)
    return {path.stem: path for path in folder.iterdir()}


def columns_of(path: Path) -> list[str]:
    return list(pd.read_csv(path, nrows=0).columns)


def in_declared_order(table: Table, columns: list[str]) -> list[str]:
    """What a file with these columns should have: all that are required, in their order."""
    order = []
    for name, declared in table.columns.items():
        if "*" in name:
            order += [c for c in columns if c not in table.columns and fnmatchcase(c, name)]
        elif name in columns or not declared.optional:
            order.append(name)
    return order


def test_every_table_has_a_file_that_is_looked_at(written):
    assert len(CAMPAIGN) >= 20
    assert set(written) >= CAMPAIGN
    assert set(TABLES) == {*written, *OF_ELECTRODES, "calibration_observations"}
    observations = list(TABLES["calibration_observations"].columns)
    assert sorted(observations) == sorted(confirmation.COLUMNS)


@pytest.mark.parametrize("name", sorted({*TABLES} - OF_ELECTRODES - {"calibration_observations"}))
def test_a_table_is_written_as_it_is_declared(written, name):
    table, columns = TABLES[name], columns_of(written[name])
    assert columns == in_declared_order(table, columns)
    rows = read_table(written[name], table)
    assert not table.keys or not rows.duplicated(list(table.keys)).any()


@pytest.mark.parametrize("ending", ENDINGS)
def test_units_agree_with_the_names(ending):
    longer = [other for other in ENDINGS if other != ending and other.endswith(ending)]
    for table in TABLES.values():
        for name, column in table.columns.items():
            if name.endswith(ending) and not name.endswith(tuple(longer)):
                assert column.unit == ENDINGS[ending], name


@pytest.mark.parametrize("name", TABLES)
def test_the_maker_of_every_column_is_a_function_that_exists(name):
    table = TABLES[name]
    assert set(table.keys) <= set(table.columns)
    for maker in {table.maker, *map(table.maker_of, table.required)}:
        assert callable(pkgutil.resolve_name(maker)), maker


def test_dictionary_has_a_line_for_each_column_in_its_order():
    columns = TABLES["structure"].required
    text = data_dictionary({"structure": columns}, TABLES)
    rows = [line.split("|")[1].strip() for line in text.splitlines() if line.startswith("| `")]
    assert rows == [f"`{name}`" for name in columns]
    maker = "`castline.packing.structure.structure_metrics`"
    assert f"One row: one replicate in one state. From: {maker}." in text
    assert "| `thickness_um` | um | film thickness (slurry: box height) |  |  |" in text
    assert "`castline.packing.structure.contact_metrics` |" in text


@pytest.mark.parametrize(
    "describe",
    [
        lambda columns: data_dictionary(columns, TABLES),
        lambda columns: data_package("unit", columns, TABLES),
    ],
)
def test_what_is_not_declared_is_named(describe):
    with pytest.raises(InputError, match=r"viscosity\.csv: column colour is not described"):
        describe({"viscosity": ["psd", "colour"]})
    with pytest.raises(InputError, match=r"colours\.csv: is declared neither"):
        describe({"colours": ["colour"]})


def test_a_stage_of_ones_own_brings_its_table():
    mixing = Table(
        "mixing",
        "one batch",
        keys=("batch",),
        maker="castline.results.tables.read_table",
        columns={"batch": Column("-", "name of it", kind="text")},
    )
    tables = {**TABLES, "mixing": mixing}
    assert "| `batch` | - | name of it |" in data_dictionary({"mixing": ["batch"]}, tables)
    [resource] = data_package("unit", {"mixing": ["batch"]}, tables)["resources"]
    assert resource["schema"]["fields"][0]["type"] == "string"


@pytest.fixture
def package(written, tmp_path) -> Path:
    """A folder of a campaign's tables with their data package."""
    for name in CAMPAIGN:
        shutil.copy(written[name], tmp_path)
    columns = {name: columns_of(written[name]) for name in CAMPAIGN}
    write_json(tmp_path / "datapackage.json", data_package("paper", columns, TABLES))
    return tmp_path / "datapackage.json"


def faults(package: Path) -> set[tuple[str, str]]:
    """(table, kind of fault) of what Frictionless finds in a package."""
    report = frictionless.Package(str(package)).validate()
    found = {(task.name, error.type) for task in report.tasks for error in task.errors}
    assert report.valid == (not found)
    return found


def test_a_campaigns_data_package_is_valid(package):
    data = json.loads(package.read_text())
    assert data["profile"] == "tabular-data-package"
    assert {resource["name"] for resource in data["resources"]} == CAMPAIGN
    assert faults(package) == set()


@pytest.mark.parametrize(
    ("table", "column", "value", "fault"),
    [
        ("structure", "porosity", "nonsense", "type-error"),
        ("viscosity", "converged", "perhaps", "type-error"),
        ("structure", "porosity", "", "constraint-error"),
        ("structure", "state", "assembled", "primary-key"),
    ],
)
def test_a_corrupted_cell_makes_the_package_invalid(package, table, column, value, fault):
    path = package.with_name(f"{table}.csv")
    rows = pd.read_csv(path, dtype=str)
    rows.loc[1, column] = value
    rows.to_csv(path, index=False)
    assert (table, fault) in faults(package)
