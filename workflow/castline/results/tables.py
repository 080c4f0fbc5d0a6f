"""The campaign's tables: rows gathered from the sidecars and tables of its electrodes."""

from collections.abc import Iterable
from difflib import get_close_matches

import numpy as np
import pandas as pd

from castline.base.errors import InputError
from castline.base.files import read_json
from castline.results.words import strange

KEYS = ["psd", "solid_content_percent", "replicate"]
TEXT_COLUMNS = {
    *("psd", "state", "phase", "stage", "cell", "data_origin", "status", "parameter", "scale"),
    *("target_a", "target_b", "statement", "kind", "sentence", "test", "unit", "verdict"),
}
VISCOSITY = [
    *KEYS,
    "shear_rate_per_s",
    "viscosity_pa_s",
    "viscosity_stderr_pa_s",
    "strain",
    "transient_strain",
    "converged",
    "first_normal_stress_difference_pa",
    "first_normal_stress_difference_stderr_pa",
    "particle_pressure_pa",
    "inertial_number",
    "contact_stokes_number",
    "stokes_number",
    "from_shear_rate_per_s",
]
TRANSPORT = [
    *KEYS,
    "state",
    "sigma_e_s_per_m",
    "sigma_ion_s_per_m",
    "diffusivity_ratio",
    "sigma_e_core_s_per_m",
    "sigma_ion_core_s_per_m",
    "electronic_percolates",
    "ionic_percolates",
    "cbd_percolates",
    "electronic_percolating_fraction",
    "ionic_percolating_fraction",
    "electronic_flux_imbalance",
    "ionic_flux_imbalance",
]
COST = [
    "stage",
    *KEYS,
    "shear_rate_per_s",
    "state",
    "particles_or_voxels",
    "steps",
    "strain",
    "ranks",
    "core_seconds",
    "peak_memory_mb",
]


def read_table(
    path: str,
    required: Iterable[str],
    may_be_empty: bool = False,
    may_be_nan: Iterable[str] = (),
    text: Iterable[str] = (),
) -> pd.DataFrame:
    """Read a CSV and check that it has rows and its columns, and that these hold what they may.

    Parameters
    ----------
    required : columns that must be there, every value given and finite.
    may_be_empty : whether a table without rows will do.
    may_be_nan : columns that must be there, where NaN means "none", as the standard deviation of
        a single replicate.
    text : those of these columns that hold words in this table.

    Raises
    ------
    InputError
        Unreadable or empty table, missing column or unit, text or infinity for a number, a word
        that the column cannot hold, NaN in a required column; with the line of the first.
    """
    required, may_be_nan = list(required), list(may_be_nan)
    try:
        table = pd.read_csv(path)
    except (OSError, ValueError) as error:
        raise InputError(f"table {path}: cannot be read ({error})") from error
    for column in [*required, *may_be_nan]:
        if column not in table.columns:
            raise InputError(f"table {path}: missing column {column}{_similar(column, table)}")
    if table.empty and not may_be_empty:
        raise InputError(f"table {path}: no rows")
    for column in [*required, *may_be_nan]:
        bad = table[column].isna() if column in required else pd.Series(False, table.index)
        if column in TEXT_COLUMNS.union(text):
            wanted = "a word it may hold"
            bad |= strange(table[column])
        else:
            wanted = "a number"
            number = pd.to_numeric(table[column], errors="coerce").astype(float)
            bad |= np.isinf(number) | (number.isna() & table[column].notna())
        if bad.any():
            row = int(bad.to_numpy().argmax())
            raise InputError(f"table {path}, line {row + 2}: {column} is missing or not {wanted}")
    return table


def _similar(column: str, table: pd.DataFrame) -> str:
    """A hint at a column that differs from the missing one only by its unit."""
    stem = column.split("_")[0]
    near = [c for c in table.columns if c.split("_")[0] == stem and c not in KEYS]
    near = get_close_matches(column, near, n=1, cutoff=0.5)
    return f" (there is {near[0]}: is its unit missing or another?)" if near else ""


def read_measured(
    inputs, required: Iterable[str], may_be_nan: Iterable[str] = ()
) -> pd.DataFrame | None:
    """The measured table among a rule's inputs (`measured`), None when the campaign has none."""
    path = inputs.get("measured")
    return read_table(path, required, may_be_empty=True, may_be_nan=may_be_nan) if path else None


def _sorted(table: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    return table.sort_values(keys, ignore_index=True)


def viscosity_table(tables: list[str], sidecars: list[str]) -> pd.DataFrame:
    """One row per electrode, replicate and shear rate."""
    parts = []
    for path, sidecar in zip(tables, sidecars, strict=True):
        cell = read_json(sidecar)
        part = read_table(path, VISCOSITY[3:])
        parts.append(part.assign(**{key: cell[key] for key in KEYS})[VISCOSITY])
    return _sorted(pd.concat(parts), [*KEYS, "shear_rate_per_s"])


def stacked_table(tables: list[str], keys: list[str]) -> pd.DataFrame:
    """Tables that carry their own keys, one under the other."""
    return _sorted(pd.concat([read_table(path, keys) for path in tables]), keys)


def transport_table(sidecars: list[str]) -> pd.DataFrame:
    """One row per electrode, replicate and state."""
    return _sorted(pd.DataFrame([read_json(s) for s in sidecars])[TRANSPORT], [*KEYS, "state"])


def calendering_table(curves: list[str], sidecars: list[str]) -> pd.DataFrame:
    """Force-gap curves of all electrodes."""
    parts = []
    for path, sidecar in zip(curves, sidecars, strict=True):
        cell = read_json(sidecar)
        curve = read_table(path, ["step", "gap_um", "plane_kpa", "base_kpa", "phase"])
        part = pd.DataFrame(
            {
                **{key: cell[key] for key in KEYS},
                "phase": curve["phase"],
                "step": curve["step"].astype(int),
                "gap_um": curve["gap_um"],
                "plane_pressure_mpa": curve["plane_kpa"] / 1e3,
                "base_pressure_mpa": curve["base_kpa"] / 1e3,
            }
        )
        parts.append(part)
    return _sorted(pd.concat(parts), [*KEYS, "step"])


def voxel_series_table(tables: list[str], sidecars: list[str]) -> pd.DataFrame:
    """Conductivities of every calendered film at every voxel size."""
    parts = []
    for path, sidecar in zip(tables, sidecars, strict=True):
        cell = read_json(sidecar)
        part = read_table(path, ["voxel_um", "sigma_e_s_per_m", "sigma_ion_s_per_m"])
        for key in reversed(KEYS):
            part.insert(0, key, cell[key])
        parts.append(part)
    return _sorted(pd.concat(parts), [*KEYS, "voxel_um"])


def voxel_error_table(sidecars: list[str]) -> pd.DataFrame:
    """Extrapolated conductivities of every calendered film with the error of its voxel size."""
    rows = pd.DataFrame([read_json(s) for s in sidecars])
    columns = [c for c in rows.columns if c.startswith(("sigma_e_", "sigma_ion_"))]
    return _sorted(rows[[*KEYS, *columns]], KEYS)


def cost_table(sidecars: list[str]) -> pd.DataFrame:
    """One row per stage run, and per shear rate for the viscosity."""
    rows = []
    for path in sidecars:
        cell = read_json(path)
        key = {name: cell.get(name) for name in ("stage", *KEYS, "state")}
        by_rate = cell.get("cost_by_shear_rate", {"": cell["cost"]})
        for rate, cost in by_rate.items():
            rows.append({**key, "shear_rate_per_s": float(rate) if rate else None, **cost})
    table = pd.DataFrame(rows).reindex(columns=COST)
    return _sorted(table, ["stage", *KEYS, "state", "shear_rate_per_s"])
