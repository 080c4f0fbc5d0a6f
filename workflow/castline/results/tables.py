"""The campaign's tables: read and checked, or gathered from the files of its electrodes."""

from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path

import numpy as np
import pandas as pd

from castline.base.errors import InputError
from castline.base.files import read_json
from castline.results.schema import KEYS, TABLES, Column, Table

FLAGS = [True, False, "True", "False"]
WANTED = {
    "number": "a number",
    "integer": "an integer",
    "text": "a word it may hold",
    "flag": "True or False",
}


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
        Unreadable or empty table, missing column or unit, another kind of value, a word that the
        column cannot hold, infinity, an empty field in a column that is not nullable; with the line
        of the first.
    """
    rows = read_csv(path)
    require(rows, path, table, table.required if columns is None else columns)
    if rows.empty and not may_be_empty:
        raise InputError(f"table {path}: no rows")
    return rows


def read_csv(path: str | Path) -> pd.DataFrame:
    """A CSV as it is; `require` checks it.

    Raises
    ------
    InputError
        It cannot be read.
    """
    try:
        return pd.read_csv(path)
    except (OSError, ValueError) as error:
        raise InputError(f"table {path}: cannot be read ({error})") from error


def require(rows: pd.DataFrame, path: str | Path, table: Table, columns: Iterable[str]) -> None:
    """Refuse rows that lack a column of the table, or hold what it cannot; see `read_table`."""
    needed = {name: table.column(name) for name in columns}
    for name in needed:
        if name not in rows.columns:
            raise InputError(f"table {path}: missing column {name}{_similar(name, rows)}")
    for name, column in needed.items():
        bad = _misfits(rows[name], column)
        if bad.any():
            row = int(bad.to_numpy().argmax())
            wanted = WANTED[column.kind]
            raise InputError(f"table {path}, line {row + 2}: {name} is missing or not {wanted}")


def _misfits(values: pd.Series, column: Column) -> pd.Series:
    """Which values are not what the column is declared to hold."""
    given = values.notna()
    wrong = pd.Series(False, values.index)
    if column.kind == "flag":
        wrong = given & ~values.isin(FLAGS)
    elif column.kind == "text":
        if column.words:
            wrong = given & ~values.astype(str).str.fullmatch(column.words)
    else:
        number = pd.to_numeric(values, errors="coerce").astype(float)
        wrong = given & ~np.isfinite(number)
        if column.kind == "integer":
            wrong |= given & (number % 1 != 0)
    return wrong if column.nullable else wrong | ~given


def read_tables(
    paths: Mapping[str, str],
    needs: Mapping[str, Iterable[str]],
    tables: Mapping[str, Table],
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


def gathered(
    tables: list[str],
    sidecars: list[str],
    table: Table,
    columns: Callable[[pd.DataFrame], pd.DataFrame] = lambda rows: rows,
) -> pd.DataFrame:
    """Tables of single electrodes, each with the sidecar that names its own, under each other.

    Parameters
    ----------
    columns : makes the table's columns, all but the electrode's keys, from those of the file.
    """
    own = [name for name in table.columns if name not in KEYS]
    parts = []
    for path, sidecar in zip(tables, sidecars, strict=True):
        cell = read_json(sidecar)
        try:
            rows = columns(read_csv(path))
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"table {path}: a column is missing or damaged ({error})") from error
        require(rows, path, table, own)
        parts.append(rows.assign(**{key: cell[key] for key in KEYS})[list(table.columns)])
    return _sorted(pd.concat(parts), table)


def stacked_table(paths: list[str], table: Table) -> pd.DataFrame:
    """Tables that carry their own keys, one under the other."""
    return _sorted(pd.concat([read_table(path, table) for path in paths]), table)


def transport_table(sidecars: list[str]) -> pd.DataFrame:
    """One row per electrode, replicate and state."""
    table = TABLES["transport"]
    return _sorted(pd.DataFrame([read_json(s) for s in sidecars])[list(table.columns)], table)


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
