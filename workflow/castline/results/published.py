"""What others measured, in config/published/*.csv: drawn beside a campaign's results, never mixed
with them.

Each row names its source, and by whom it is quoted where the source itself was not read.
"""

from pathlib import Path

import pandas as pd

from castline.results.dictionary import data_package
from castline.results.schema import Column, Table
from castline.results.tables import read_table

SOURCE = {
    "source": Column("-", "first author and year", kind="text"),
    "doi": Column("-", "of the source; empty where not known", kind="text", nullable=True),
    "quoted_by": Column(
        "-", "where the value was read: the paper, or a third-party digest of it", kind="text"
    ),
}
DENSITIES = Table(
    "densities",
    "one powder at one pressure",
    keys=("source", "powder", "state", "pressure_low_mpa"),
    maker="",
    columns={
        "powder": Column("-", "what was pressed", kind="text"),
        "state": Column(
            "-", "under load, or released from it", kind="text", words="under load|released"
        ),
        "pressure_low_mpa": Column("MPa", "lowest pressure of the press"),
        "pressure_high_mpa": Column("MPa", "highest; equal to the lowest for one pressure"),
        "porosity": Column("1", "1 - density / density of the solid"),
        "porosity_uncertainty": Column("1", "as the source gives it", nullable=True),
        "samples": Column("-", "how many of what", kind="text"),
        **SOURCE,
    },
)
MODULI = Table(
    "moduli",
    "one modulus of one material",
    keys=("source", "material", "quantity"),
    maker="",
    columns={
        "material": Column("-", "what was tested", kind="text"),
        "quantity": Column("-", "which modulus", kind="text"),
        "value_gpa": Column("GPa", "its value"),
        "uncertainty_gpa": Column("GPa", "as the source gives it", nullable=True),
        "poisson_ratio": Column("1", "where the source gives it", nullable=True),
        "porosity": Column("1", "of the tested body, where known", nullable=True),
        "method": Column("-", "how it was found", kind="text"),
        **SOURCE,
    },
)

COMPOSITES = Table(
    "composites",
    "one quantity of one composite",
    keys=("set", "sample", "quantity"),
    maker="",
    columns={
        "set": Column("-", "publication, as campaigns name it", kind="text"),
        "sample": Column("-", "composite; pure_se and pure_am are the pure powders", kind="text"),
        "quantity": Column(
            "-",
            "conductivity in mS/cm, ionic conductivity over that of the pure electrolyte, "
            "tortuosity tau = phi sigma_0 / sigma with the fraction phi, or porosity",
            kind="text",
            words="sigma_ion_ms_per_cm|sigma_e_ms_per_cm|sigma_ion_over_pure|tortuosity_ion|porosity",
        ),
        "low": Column("see quantity", "lowest value"),
        "high": Column("see quantity", "highest value; equal to the lowest for one value"),
        "mean": Column("see quantity", "where the source gives one beside a range", nullable=True),
        "uncertainty": Column("see quantity", "as the source gives it", nullable=True),
        "se_volume_fraction": Column("1", "phi of a tortuosity", nullable=True),
        "note": Column(
            "-", "what the value stands for, where that is not plain", kind="text", nullable=True
        ),
        **SOURCE,
    },
)

PUBLISHED = {table.name: table for table in (DENSITIES, MODULI, COMPOSITES)}


def published_package() -> dict:
    """What the columns of all these tables mean, as a Frictionless tabular data package."""
    columns = {name: list(table.columns) for name, table in PUBLISHED.items()}
    package = data_package("published", columns, PUBLISHED)
    return package | {"title": "Published values, quoted by others; none is data of castline"}


def read_published(folder: str | Path, table: Table) -> pd.DataFrame:
    """One of the tables of published values.

    Raises
    ------
    InputError
        See `castline.results.tables.read_table`.
    """
    return read_table(Path(folder) / f"{table.name}.csv", table)
