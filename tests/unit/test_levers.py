"""Levers of the dry set on films: what is changed, and the means over replicates."""

from pathlib import Path

import pandas as pd
import pytest

from castline.calibration.levers import campaign_rows, changed, differences, summary_of
from castline.lammps.forcefield import load_force_field
from castline.results.schema import TABLES

DRY = "config/forcefields/dry.yaml"


def test_a_pair_without_a_rule_gets_the_defaults_others():
    dry = load_force_field(DRY)
    other = changed(dry, {"lennard_jones.SE-SE.cutoff": 1.4, "hertz.friction": 3.0})
    assert other.hertz.friction == 3.0
    pair = other.lennard_jones["SE-SE"]
    assert (pair.cutoff, pair.distance) == (1.4, dry.lennard_jones["default"].distance)
    assert dry.hertz.friction != 3.0


def test_bonds_can_be_added():
    added = changed(load_force_field(DRY), {"bonds.modulus_kpa": 2e6, "bonds.strain_at_break": 0.1})
    assert added.bonds.strain_at_break == 0.1


def test_summary_counts_films_and_faults_and_leaves_broken_films_out_of_the_means():
    table = pd.DataFrame(columns=list(TABLES["film_levers"].columns))
    for replicate, density, fault in ((1, 1.0, None), (2, 1.2, None), (3, 9.0, "jammed")):
        table.loc[len(table), ["note", "electrode", "replicate", "fault"]] = [
            *("bonds", "AM_1/48", replicate, fault)
        ]
        films = ["dried_g_per_cm3", "calendered_cbd_percolates", "drying_core_s"]
        table.loc[len(table) - 1, films] = [density, replicate == 1, 100.0]
    [row] = summary_of(table.infer_objects()).to_dict("records")
    assert (row["levers"], row["electrode"], row["films"], row["faults"]) == (
        *("bonds", "AM_1/48", 3, 1),
    )
    assert row["dried_g_per_cm3"] == "1.10 ± 0.14"
    assert row["calendered_cbd_percolates"] == "1 of 2"
    assert row["assembled_sigma_e_s_per_m"] == ""
    assert row["core_s"] == "100 ± 0"


def test_films_of_a_campaign_stand_beside_those_with_levers():
    tables = Path("results/paper/tables")
    rows = campaign_rows(tables, "as shipped")
    assert set(rows) <= {*TABLES["film_levers"].columns, "psd", "solid_content_percent"}
    of = rows[(rows["electrode"] == "AM_2/48") & (rows["replicate"] == 2)]
    [row] = of.to_dict("records")
    named = {"psd": "AM_2", "solid_content_percent": 48, "replicate": 2}
    for name, column, stored in (
        ("structure", "density_g_per_cm3", "dried_g_per_cm3"),
        ("transport", "sigma_e_s_per_m", "assembled_sigma_e_s_per_m"),
    ):
        table = pd.read_csv(tables / f"{name}.csv")
        table = table[table["state"] == stored.split("_")[0]]
        [value] = table[(table[list(named)] == named).all(axis=1)][column]
        assert row[stored] == value
    cost = pd.read_csv(tables / "cost.csv")
    cost = cost[(cost[list(named)] == named).all(axis=1)]
    [drying] = cost[cost["stage"] == "drying"]["core_seconds"]
    assert row["drying_core_s"] == pytest.approx(drying)


def test_levers_are_compared_in_films_of_the_same_slurries():
    """Slurries differ by far more than the lever changes; pairs tell, means would not."""
    keys = {"electrode": "AM_1/48", "replicate": [1, 2, 3]}
    shipped = pd.DataFrame({**keys, "dried_g_per_cm3": [1.0, 2.0, 3.0]})
    bonds = pd.DataFrame({**keys, "dried_g_per_cm3": [1.1, 2.2, 3.3]}).assign(note="bonds")
    [row] = differences(shipped, bonds.iloc[::-1]).to_dict("records")
    assert (row["note"], row["quantity"], row["count"]) == ("bonds", "dried_g_per_cm3", 3)
    assert row["mean"] == pytest.approx(0.2)
    # t for two degrees of freedom, standard deviation 0.1
    assert row["half_width"] == pytest.approx(4.30265 * 0.1 / 3**0.5, rel=1e-5)
