"""What a campaign of pressed powders found, for its printed summary and the report's page."""

import pandas as pd

from castline.base.text_table import aligned
from castline.recipe.electrode import axis_of
from castline.results.schema import KEYS
from castline.results.statistics import over_replicates

NEEDS = {
    "structure": [*KEYS, "state", "density_g_per_cm3", "porosity", "thickness_um"],
    "transport": [*KEYS, "state", "sigma_e_s_per_m", "sigma_ion_s_per_m"],
    "mechanics": [
        *(*KEYS, "peak_pressure_mpa", "relative_density_pressed", "relative_density_released"),
        *("spring_back", "heckel_constant_per_gpa", "unloading_modulus_gpa"),
    ],
    "cost": ["stage", "core_seconds", "peak_memory_mb"],
}
# Released to the rest pressure of the press, and at the pressure at which it is measured.
STATES = {"calendered": "released", "assembled": "measured"}
PAGE_NOTE = "mean and half width of the 95 % interval over replicates"


def pellet_rows(
    structure: pd.DataFrame, transport: pd.DataFrame, mechanics: pd.DataFrame
) -> tuple[list[str], list[list[str]]]:
    """One row a pellet: density under the press, released and measured, conductivities, mechanics.

    Returns
    -------
    Names of the columns with units, and texts: mean and half width of the 95 % interval over
    replicates, the mean alone for one replicate, empty where nothing carries a current.
    """
    axis = axis_of(structure.columns)
    by = ["psd", axis.column]
    quantities = [("density pressed / %", mechanics, "relative_density_pressed", 100.0)]
    for state, shown in STATES.items():
        film = structure[structure["state"] == state]
        film = film.assign(relative_density=1 - film["porosity"])
        quantities.append((f"density {shown} / %", film, "relative_density", 100.0))
    for name, shown, factor in (
        ("sigma_ion", "sigma_ion / mS/cm", 10.0),
        ("sigma_e", "sigma_e / S/m", 1.0),
    ):
        film = transport[transport["state"] == "assembled"]
        quantities.append((shown, film, f"{name}_s_per_m", factor))
    quantities += [
        ("spring-back / %", mechanics, "spring_back", 100.0),
        ("Heckel K / 1/GPa", mechanics, "heckel_constant_per_gpa", 1.0),
        ("modulus / GPa", mechanics, "unloading_modulus_gpa", 1.0),
    ]
    pellets = sorted(structure[by].drop_duplicates().itertuples(index=False, name=None))
    texts = {pellet: [pellet[0], f"{pellet[1]:g}"] for pellet in pellets}
    for _, table, column, factor in quantities:
        known = table.dropna(subset=[column])
        points = {} if known.empty else over_replicates(known, column, by).set_index(by)
        for pellet, row in texts.items():
            there = len(points) and pellet in points.index
            row.append(_estimate(points.loc[pellet], factor) if there else "")
    names = ["AM", axis.label, *(name for name, *_ in quantities)]
    kept = [k for k in range(len(names)) if any(row[k] for row in texts.values())]
    return [names[k] for k in kept], [[row[k] for k in kept] for row in texts.values()]


def _estimate(point, factor: float) -> str:
    mean, half_width = point["mean"] * factor, point["half_width"] * factor
    return f"{mean:.3g}" if pd.isna(half_width) else f"{mean:.3g} ± {half_width:.2g}"


def pellet_caveats(mechanics: pd.DataFrame) -> list[str]:
    """What a reader must know before trusting the numbers."""
    lines = []
    if len(mechanics["replicate"].unique()) == 1:
        lines.append("One replicate: no number here has an interval over realisations.")
    dense = mechanics[mechanics["relative_density_pressed"] > 1]
    if len(dense):
        lines.append(
            f"{len(dense)} of {len(mechanics)} pellets are denser under the press than their "
            f"solids (up to {100 * dense['relative_density_pressed'].max():.0f} %): spheres "
            "overlap, and the dry force field is too soft for these pressures. Numbers from them "
            "mean nothing physically (docs/powder.md)."
        )
    kept = mechanics[mechanics["relative_density_released"] > 1]
    if len(kept):
        lines.append(
            f"{len(kept)} of them are so when released, too: their porosity is below 0, and their "
            "conductivity near that of the bulk."
        )
    return lines


def pellet_summary(
    campaign: str,
    structure: pd.DataFrame,
    transport: pd.DataFrame,
    mechanics: pd.DataFrame,
    cost: pd.DataFrame,
    figures: str,
) -> str:
    """The printed summary of a campaign of pressed powders.

    Parameters
    ----------
    structure, transport, mechanics, cost : tables with the columns `NEEDS`.
    figures : folder of the figures.
    """
    names, rows = pellet_rows(structure, transport, mechanics)
    replicates = structure["replicate"].nunique()
    head = (
        f"Campaign {campaign}, pressed powders: {len(rows)} pellet(s) x {replicates} replicate(s), "
        f"{cost['core_seconds'].sum() / 3600:.2f} core-hours"
    )
    tail = [
        f"density: solids over film; {PAGE_NOTE}; conductivities as measured under pressure",
        f"tables:  results/{campaign}/tables/",
        f"figures: {figures}; mechanics.png has published powders beside these",
    ]
    return (
        "\n".join([head, "", *aligned(names, rows), "", *pellet_caveats(mechanics), *tail]) + "\n"
    )
