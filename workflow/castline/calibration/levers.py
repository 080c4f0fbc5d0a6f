"""Films dried, pressed and put into a cell from a stored slurry, with levers set by hand."""

import sys
from pathlib import Path

import pandas as pd

from castline.base.errors import CastlineError
from castline.base.seeds import seed_for
from castline.images.film import film_image
from castline.lammps.forcefield import ForceField
from castline.line.assembling import ASSEMBLING
from castline.line.calendering import CALENDERING
from castline.line.drying import DRYING
from castline.line.drying_settings import DryingConfig
from castline.line.settings import LineSettings
from castline.line.stage import Bench, Result
from castline.packing.state import ParticleState
from castline.packing.structure import structure_metrics
from castline.recipe.electrode import Electrode
from castline.recipe.recipe import Recipe
from castline.results.statistics import over_replicates
from castline.transport.film import core_conductivities, film_conductivities
from castline.transport.settings import TransportConfig

OF_A_FILM = {
    "density_g_per_cm3": "g_per_cm3",
    "porosity": "porosity",
    "coordination_cbd_cbd": "cbd_coordination",
    "cbd_percolates": "cbd_percolates",
    "sigma_e_s_per_m": "sigma_e_s_per_m",
    "sigma_e_core_s_per_m": "sigma_e_core_s_per_m",
    "sigma_ion_s_per_m": "sigma_ion_s_per_m",
}
# Columns of the summary of levers, and how they are written.
SHOWN = {
    "dried_g_per_cm3": "{:.2f}",
    "dried_porosity": "{:.3f}",
    "calendered_porosity": "{:.3f}",
    "calendered_cbd_percolates": None,
    "assembled_cbd_percolates": None,
    "calendered_sigma_e_s_per_m": "{:.2f}",
    "assembled_sigma_e_s_per_m": "{:.2f}",
    "calendered_sigma_ion_s_per_m": "{:.4f}",
    "assembled_sigma_ion_s_per_m": "{:.4f}",
    "core_s": "{:.0f}",
}
OF_CONSERVED = ("cbd_percolates", *(name for name in OF_A_FILM if name.startswith("sigma_")))


def changed(force_field: ForceField, changes: dict[str, float]) -> ForceField:
    """The force field with other values at dotted keys; what is missing is added.

    That is a pair rule with the default's other values, or a section of bonds.
    """
    data = force_field.model_dump()
    for key, value in changes.items():
        *path, last = key.split(".")
        section = data
        for part in path:
            if section is data["lennard_jones"]:
                section.setdefault(part, dict(section["default"]))
            if section[part] is None:
                section[part] = {}
            section = section[part]
        section[last] = value
    return ForceField.model_validate(data)


def film_numbers(
    state: ParticleState, recipe: Recipe, transport: TransportConfig, film: str
) -> dict[str, float]:
    """The columns of one film."""
    found = {}
    for rule in ("plain", "conserved"):
        settings = transport.model_copy(update={"voxel_rule": rule})
        try:
            image, spacing_m = film_image(state, settings)
        except CastlineError as error:
            if rule == "plain":
                raise
            # Films in the cell can hold more sphere than box: conserved columns stay empty.
            print(f"{film}: {error}", file=sys.stderr)
            continue
        values = structure_metrics(recipe, state, film, image)
        values |= film_conductivities(image, spacing_m, recipe, settings)
        values |= core_conductivities(image, spacing_m, recipe, settings)
        names = OF_A_FILM if rule == "plain" else {key: f"conserved_{key}" for key in OF_CONSERVED}
        found |= {f"{film}_{name}": values[key] for key, name in names.items()}
    return found


def film_row(
    settings: LineSettings,
    force_field: ForceField,
    drying: DryingConfig,
    electrode: Electrode,
    slurry: ParticleState,
    work: Path,
) -> dict[str, object]:
    """The columns of the table `film_levers` from the dried film on.

    A film that cannot be made leaves its columns out; `fault` says why.
    """
    psd, percent, replicate = electrode.psd, electrode.solid_content_percent, electrode.replicate
    recipe = settings.recipe_of(psd, percent)
    row, bench = {}, Bench(work, seed_for(settings.seed, psd, percent, replicate, "drying"))
    try:
        film = Result({"slurry": slurry})
        for stage in (DRYING, CALENDERING, ASSEMBLING):
            section = drying if stage is DRYING else settings.of_stage(stage)
            film = stage.run(recipe, force_field, section, film, bench)
            row |= film_numbers(film.state, recipe, settings.transport, stage.state)
            row[f"{stage.name}_core_s"] = film.summary["cost"]["core_seconds"]
    except CastlineError as error:
        row["fault"] = str(error)
    return row


def campaign_rows(tables: Path, note: str) -> pd.DataFrame:
    """Films of a campaign as rows of the table `film_levers`, from its own tables.

    Parameters
    ----------
    tables : folder with its structure.csv, transport.csv and cost.csv.
    note : what names these rows.
    """
    keys = ["psd", "solid_content_percent", "replicate"]
    structure, transport, cost = (
        pd.read_csv(tables / f"{name}.csv", dtype={"solid_content_percent": str})
        for name in ("structure", "transport", "cost")
    )
    films = structure.merge(transport, on=[*keys, "state"]).set_index(keys)
    rows = pd.DataFrame(index=films.index.unique())
    stages = cost.pivot_table("core_seconds", index=keys, columns="stage", aggfunc="sum")
    for stage in (DRYING, CALENDERING, ASSEMBLING):
        own = films[films["state"] == stage.state]
        for key, name in OF_A_FILM.items():
            rows[f"{stage.state}_{name}"] = own[key]
        rows[f"{stage.name}_core_s"] = stages[stage.name]
    rows = rows.reset_index()
    electrode = rows["psd"] + "/" + rows["solid_content_percent"]
    return rows.assign(electrode=electrode, note=note, fault=None)


def summary_of(table: pd.DataFrame) -> pd.DataFrame:
    """Of each lever (`note`) and electrode: films, and mean +- standard deviation over replicates.

    Percolation is counted as films that conduct of films that were reached; faults are counted.
    """
    table = table.assign(
        core_s=table[["drying_core_s", "calendering_core_s", "assembling_core_s"]].sum(axis=1)
    )
    rows = []
    for (note, electrode), films in table.groupby(["note", "electrode"], sort=False, dropna=False):
        row = {"levers": note, "electrode": electrode, "films": len(films)}
        whole = films[films["fault"].isna()]
        for name, form in SHOWN.items():
            values = whole[name].dropna()
            if form is None:
                row[name] = f"{int(values.sum())} of {len(values)}"
            elif values.empty:
                row[name] = ""
            else:
                spread = f" ± {form.format(values.std(ddof=1))}" if len(values) > 1 else ""
                row[name] = form.format(values.mean()) + spread
        rows.append(row | {"faults": int(films["fault"].notna().sum())})
    return pd.DataFrame(rows)


def differences(shipped: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """What each lever (`note`) changes in the films of the same slurries, over all of them.

    Parameters
    ----------
    shipped : rows of the films without levers (`campaign_rows`).
    table : rows of the table `film_levers`.

    Returns
    -------
    Mean difference and half width of its 95 % interval, and the number of films, one row for each
    lever and quantity.
    """
    keys = ["electrode", "replicate"]
    quantities = [name for name, form in SHOWN.items() if form and name in shipped]
    changes = table.set_index(keys)[quantities] - shipped.set_index(keys)[quantities].reindex(
        pd.MultiIndex.from_frame(table[keys])
    )
    changes = changes.assign(note=table["note"].to_numpy())
    parts = [
        over_replicates(changes.dropna(subset=name), name, ["note"]).assign(quantity=name)
        for name in quantities
    ]
    return pd.concat(parts)[["note", "quantity", "mean", "half_width", "count"]]
