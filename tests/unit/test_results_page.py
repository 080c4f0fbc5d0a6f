"""The report's results page: its numbers, its gaps, and nothing fetched from elsewhere."""

import itertools

import numpy as np
import pandas as pd
import pytest

from castline.report.results_page import (
    caveats,
    results_page,
    shown_electrodes,
    shown_viscosities,
    voxel_caveat,
)
from castline.results.trends import trends_table

CELLS = list(itertools.product(["AM_1", "AM_2"], [48.0, 52.0], [1, 2, 3]))


def cells(**columns) -> pd.DataFrame:
    rows = [
        {"psd": psd, "solid_content_percent": sc, "replicate": rep, **columns}
        for psd, sc, rep in CELLS
    ]
    return pd.DataFrame(rows)


@pytest.fixture
def tables() -> dict[str, pd.DataFrame]:
    viscosity = pd.concat(
        [
            cells(shear_rate_per_s=rate, viscosity_pa_s=value, converged=True)
            for rate, value in ((10.0, 1.0), (100.0, 0.25))
        ],
        ignore_index=True,
    )
    structure = cells(
        state="calendered",
        density_g_per_cm3=2.1,
        porosity=0.25,
        thickness_um=50.0,
        porosity_without_nanopores=0.2,
        volume_fraction_se=0.36,
        contact_area_se_se_per_m=4e5,
    )
    structure["density_g_per_cm3"] += 0.1 * (structure["replicate"] - 2)
    transport = cells(
        state="calendered",
        sigma_e_s_per_m=0.4,
        sigma_ion_s_per_m=0.015,
        cbd_percolates=True,
        ionic_percolates=True,
    )
    cost = pd.DataFrame({"stage": ["slurry"], "core_seconds": [7200.0], "peak_memory_mb": [150.0]})
    return {"viscosity": viscosity, "structure": structure, "transport": transport, "cost": cost}


def page(tables, missing=()) -> str:
    trends = trends_table(tables["viscosity"], tables["structure"], tables["transport"])
    return results_page("unit", "1 Jan 2025", tables, trends, list(missing))


def test_page_has_the_numbers_and_no_address(tables):
    text = page(tables)
    assert "4 electrodes, 3 replicates each, 2.00 core-hours" in text
    assert "2.10\u00a0±\u00a00.25" in text  # t(0.975, 2) 0.1 / sqrt(3)
    assert "sigma_ion, calendered / mS/cm" in text
    assert "not resolved" in text
    assert "http" not in text


def test_missing_cells_are_named(tables):
    assert "<li>transport: no row for AM_2 52 % r3.</li>" in page(
        tables, ["transport: no row for AM_2 52 % r3."]
    )


def test_text_of_the_campaign_is_escaped(tables):
    trends = trends_table(tables["viscosity"], tables["structure"], tables["transport"])
    assert "<b>" not in results_page("<b>", "LAMMPS", tables, trends, [])


def test_electrodes_show_mean_interval_and_percolating_replicates(tables):
    tables["transport"].loc[0, "cbd_percolates"] = False
    shown = shown_electrodes(tables["structure"], tables["transport"])
    assert shown.rows[0][:4] == ["AM_1", "48", "2.10 ± 0.25", "25.0 ± 0.0"]
    assert shown.rows[0][6:] == ["0.150 ± 0.0", "2, 3 of 3"]
    assert shown.rows[1][-1] == "3, 3 of 3"


def test_films_in_the_cell_have_columns_of_their_own(tables):
    table = tables["transport"]
    pressed = table.assign(state="assembled", sigma_e_s_per_m=0.9)
    denser = tables["structure"].assign(state="assembled", porosity=0.1)
    shown = shown_electrodes(
        pd.concat([tables["structure"], denser], ignore_index=True),
        pd.concat([table, pressed], ignore_index=True),
    )
    row = dict(zip(shown.columns, shown.rows[0], strict=True))
    assert row["σ_e / S/m"] == "0.400 ± 0.0"
    assert row["σ_e in the cell / S/m"] == "0.900 ± 0.0"
    assert row["porosity in the cell / %"] == "10.0 ± 0.0"


def test_viscosities_that_did_not_settle_carry_a_star(tables):
    tables["viscosity"].loc[0, "converged"] = False
    shown = shown_viscosities(tables["viscosity"])
    assert shown.columns[:3] == ["shear rate / 1/s", "AM_1 48 %", "AM_1 52 %"]
    assert [row[:2] for row in shown.rows] == [["10", "1.00 ± 0.0 *"], ["100", "0.250 ± 0.0"]]


def test_caveats_name_what_is_weak(tables):
    assert caveats(tables["viscosity"], tables["transport"], 3) == []
    tables["viscosity"].loc[0, "converged"] = False
    tables["transport"].loc[1, "cbd_percolates"] = False
    late, apart = caveats(tables["viscosity"], tables["transport"], 3)
    assert late.startswith("1 of 24 viscosities")
    assert "AM_1 48 % r1 at 10 1/s" in late
    assert apart.endswith("AM_1 48 % r2.")
    assert caveats(tables["viscosity"], tables["transport"], 1)[0].startswith("One replicate")


def test_voxel_error_is_shown_or_said_to_be_unknown():
    error = pd.DataFrame(
        {
            "sigma_e_voxel_error_percent": [-3.0, 12.0],
            "sigma_ion_voxel_error_percent": [np.nan] * 2,
        }
    )
    assert "σ_e -3 to +12 %, σ_ion not known" in voxel_caveat(error)
    assert "not known: no transport.voxel_series_um" in voxel_caveat(None)
