import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from castline.base.errors import InputError
from castline.results.schema import TABLES, Column, Table
from castline.results.tables import cost_table, gathered, read_table, transport_table


def table(**columns: Column) -> Table:
    return Table("t", "a row", keys=(), maker="", columns=columns)


NUMBER, TEXT = Column("1", "a number"), Column("-", "a text", kind="text")


def test_missing_file_column_rows_and_numbers_are_named(tmp_path):
    path, numbers = tmp_path / "t.csv", table(a=NUMBER, b=NUMBER)
    with pytest.raises(InputError, match=r"t\.csv: cannot be read"):
        read_table(path, numbers, ["a"])
    path.write_text("b\n1\n")
    with pytest.raises(InputError, match=r"t\.csv: missing column a"):
        read_table(path, numbers)
    path.write_text("a\n")
    with pytest.raises(InputError, match=r"t\.csv: no rows"):
        read_table(path, numbers, ["a"])
    path.write_text("a,b\n1,1\nnan,2\n")
    with pytest.raises(InputError, match=r"t\.csv, line 3: a is missing"):
        read_table(path, numbers)
    assert read_table(path, numbers, ["b"])["b"].tolist() == [1, 2]


def test_numbers_must_be_numbers_and_units_are_hinted_at(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("psd,sigma_e_ms_per_cm\nAM_1,1\n")
    with pytest.raises(InputError, match=r"missing column sigma_e_s_per_m \(there is sigma_e_ms"):
        read_table(path, table(psd=TEXT, sigma_e_s_per_m=NUMBER))
    nullable = table(psd=TEXT, a=replace(NUMBER, nullable=True), b=replace(NUMBER, nullable=True))
    for bad in ("inf", "-inf", "12 S/m"):
        path.write_text(f"psd,a\nAM_1,1\nAM_1,{bad}\n")
        with pytest.raises(InputError, match=r"t\.csv, line 3: a is missing or not a number"):
            read_table(path, nullable, ["psd", "a"])
    path.write_text("psd,a\nAM_1,1\nAM_1,\n")
    assert read_table(path, nullable, ["psd", "a"])["a"].isna().tolist() == [False, True]
    with pytest.raises(InputError, match="missing column b"):
        read_table(path, nullable)


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [("integer", "2", "2.5"), ("flag", "True", "1.5"), ("flag", "False", "yes")],
)
def test_every_value_is_of_the_kind_that_is_declared(tmp_path, kind, good, bad):
    path, one = tmp_path / "t.csv", table(a=Column("-", "", kind=kind), b=TEXT)
    path.write_text(f"a,b\n{good},12\n{good},word\n")
    assert len(read_table(path, one)) == 2
    path.write_text(f"a,b\n{good},12\n{bad},word\n")
    with pytest.raises(InputError, match=r"t\.csv, line 3: a is missing or not"):
        read_table(path, one)


def test_a_column_that_is_not_declared_cannot_be_asked_for(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,colour\n1,red\n")
    with pytest.raises(InputError, match="column colour is not described"):
        read_table(path, table(a=NUMBER), ["colour"])


def test_scripts_read_tables_with_these_checks():
    assert [p.name for p in Path("scripts").glob("*.py") if "read_csv" in p.read_text()] == []


def sidecar(path, **values):
    cell = {"psd": "AM_1", "solid_content_percent": 50.0, "replicate": 1, **values}
    path.write_text(json.dumps(cell))
    return str(path)


def test_cost_has_a_row_per_stage_and_per_shear_rate(tmp_path):
    cost = {"core_seconds": 2.0, "peak_memory_mb": 90.0}
    plain = sidecar(tmp_path / "a.json", stage="slurry", cost=cost)
    rates = {"10": cost, "1000": {**cost, "core_seconds": 5.0}}
    sheared = sidecar(tmp_path / "b.json", stage="viscosity", cost=cost, cost_by_shear_rate=rates)
    table = cost_table([sheared, plain])
    assert table["stage"].tolist() == ["slurry", "viscosity", "viscosity"]
    assert table["shear_rate_per_s"].tolist()[1:] == [10.0, 1000.0]
    assert pd.isna(table["shear_rate_per_s"][0])
    assert table["core_seconds"].tolist() == [2.0, 2.0, 5.0]


def test_transport_rows_are_sorted_by_cell(tmp_path):
    values = dict.fromkeys(list(TABLES["transport"].columns)[3:], 0.5)
    paths = [
        sidecar(tmp_path / f"{rep}.json", **{**values, "state": "dried", "replicate": rep})
        for rep in (2, 1)
    ]
    assert transport_table(paths)["replicate"].tolist() == [1, 2]


def test_viscosity_rows_take_their_cell_from_the_sidecar(tmp_path):
    row = dict.fromkeys(list(TABLES["viscosity"].columns)[3:], 1.0) | {"converged": True}
    pd.DataFrame([row, {**row, "shear_rate_per_s": 0.5}]).to_csv(tmp_path / "v.csv", index=False)
    cell = sidecar(tmp_path / "v.json", replicate=3)
    table = gathered([str(tmp_path / "v.csv")], [cell], TABLES["viscosity"])
    assert table["replicate"].tolist() == [3, 3]
    assert table["shear_rate_per_s"].tolist() == [0.5, 1.0]
