"""The campaign's tables: read and checked, or gathered from the files of its electrodes."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path

import numpy as np
import pandas as pd

from castline.base.errors import InputError
from castline.base.files import read_json
from castline.results.schema import KEYS, TABLES, Column, Table

FLAGS = [True, False, "True", "False"]
WANTED = {"number": "a number", "integer": "an integer", "text": "a text", "flag": "True or False"}


def read_table(
    path: str | Path,
    table: Table,
    columns: Iterable[str] | None = None,
    may_be_empty: bool = False,
) -> pd.DataFrame:
    """Read a CSV and check that it has rows and its columns, each of its kind.

    Parameters
    ----------
    table : its declaration.
    columns : those that must be there and are checked; None for all that the table always has.
    may_be_empty : whether a table without rows will do.

    Raises
    ------
    InputError
        Unreadable or empty table, missing column or unit, another kind of value, infinity, an
        empty field in a column that is not nullable; with the line of the first.
    """
    needed = {c: table.column(c) for c in (table.required if columns is None else columns)}
    try:
        rows = pd.read_csv(path)
    except (OSError, ValueError) as error:
        raise InputError(f"table {path}: cannot be read ({error})") from error
    for name in needed:
        if name not in rows.columns:
            raise InputError(f"table {path}: missing column {name}{_similar(name, rows)}")
    if rows.empty and not may_be_empty:
        raise InputError(f"table {path}: no rows")
    for name, column in needed.items():
        bad = _misfits(rows[name], column)
        if bad.any():
            row = int(bad.to_numpy().argmax())
            wanted = WANTED[column.kind]
            raise InputError(f"table {path}, line {row + 2}: {name} is missing or not {wanted}")
    return rows


def _misfits(values: pd.Series, column: Column) -> pd.Series:
    """Which values are not what the column is declared to hold."""
    given = values.notna()
    wrong = pd.Series(False, values.index)
    if column.kind == "flag":
        wrong = given & ~values.isin(FLAGS)
    elif column.kind != "text":
        number = pd.to_numeric(values, errors="coerce").astype(float)
        wrong = given & ~np.isfinite(number)
        if column.kind == "integer":
            wrong |= given & (number % 1 != 0)
    return wrong if column.nullable else wrong | ~given


def read_tables(
    paths: Mapping[str, str],
    needs: Mapping[str, Iterable[str]],
    tables: Mapping[str, Table] = TABLES,
) -> dict[str, pd.DataFrame]:
    """Several tables by name, each with the columns that are needed of it; see `read_table`."""
    return {name: read_table(paths[name], tables[name], needs[name]) for name in needs}


def _similar(column: str, table: pd.DataFrame) -> str:
    """A hint at a column that differs from the missing one only by its unit."""
    stem = column.split("_")[0]
    near = [c for c in table.columns if c.split("_")[0] == stem and c not in KEYS]
    near = get_close_matches(column, near, n=1, cutoff=0.5)
    return f" (there is {near[0]}: is its unit missing or another?)" if near else ""


def _sorted(rows: pd.DataFrame, table: Table) -> pd.DataFrame:
    return rows.sort_values(list(table.keys), ignore_index=True)


def _with_cells(parts: Iterable[tuple[pd.DataFrame, str]], table: Table) -> pd.DataFrame:
    """Tables of single cells, each with the sidecar that names its cell, one under the other."""
    keyed = []
    for part, sidecar in parts:
        cell = read_json(sidecar)
        keyed.append(part.assign(**{key: cell[key] for key in KEYS})[list(table.columns)])
    return _sorted(pd.concat(keyed), table)


def _of_cells(tables: list[str], sidecars: list[str], table: Table) -> pd.DataFrame:
    """Tables that hold all columns but the keys of their cell."""
    own = [name for name in table.columns if name not in KEYS]
    parts = [read_table(path, table, own) for path in tables]
    return _with_cells(zip(parts, sidecars, strict=True), table)


def viscosity_table(tables: list[str], sidecars: list[str]) -> pd.DataFrame:
    """One row per electrode, replicate and shear rate."""
    return _of_cells(tables, sidecars, TABLES["viscosity"])


def stacked_table(paths: list[str], table: Table) -> pd.DataFrame:
    """Tables that carry their own keys, one under the other."""
    return _sorted(pd.concat([read_table(path, table) for path in paths]), table)


def transport_table(sidecars: list[str]) -> pd.DataFrame:
    """One row per electrode, replicate and state."""
    table = TABLES["transport"]
    return _sorted(pd.DataFrame([read_json(s) for s in sidecars])[list(table.columns)], table)


def calendering_table(curves: list[str], sidecars: list[str]) -> pd.DataFrame:
    """Force-gap curves of all electrodes."""
    parts = []
    for path in curves:
        curve = read_table(path, TABLES["calendering_curve"])
        in_mpa = {
            "plane_pressure_mpa": curve["plane_kpa"] / 1e3,
            "base_pressure_mpa": curve["base_kpa"] / 1e3,
        }
        parts.append(curve.assign(step=curve["step"].astype(int), **in_mpa))
    return _with_cells(zip(parts, sidecars, strict=True), TABLES["calendering"])


def voxel_series_table(tables: list[str], sidecars: list[str]) -> pd.DataFrame:
    """Conductivities of every calendered film at every voxel size."""
    return _of_cells(tables, sidecars, TABLES["voxel_series"])


def voxel_error_table(sidecars: list[str]) -> pd.DataFrame:
    """Extrapolated conductivities of every calendered film with the error of its voxel size."""
    table = TABLES["voxel_error"]
    return _sorted(pd.DataFrame([read_json(s) for s in sidecars])[list(table.columns)], table)


def cost_table(sidecars: list[str]) -> pd.DataFrame:
    """One row per stage run, and per shear rate for the viscosity."""
    table, rows = TABLES["cost"], []
    for path in sidecars:
        cell = read_json(path)
        key = {name: cell.get(name) for name in ("stage", *KEYS, "state")}
        by_rate = cell.get("cost_by_shear_rate", {"": cell["cost"]})
        for rate, cost in by_rate.items():
            rows.append({**key, "shear_rate_per_s": float(rate) if rate else None, **cost})
    return _sorted(pd.DataFrame(rows).reindex(columns=list(table.columns)), table)
