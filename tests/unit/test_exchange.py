"""Cell-model parameters, LAMMPS data files and RO-Crate metadata."""

import copy
import hashlib
import json
import os

import bpx
import numpy as np
import pandas as pd
import pytest

from castline.base.errors import InputError
from castline.campaign.described import TABLES
from castline.exchange.bpx_export import bpx_electrode, check_bpx
from castline.exchange.electrode import STRUCTURE, electrode
from castline.exchange.pybamm_export import OPTIONS, pybamm_parameters
from castline.exchange.ro_crate import crate_metadata
from castline.exchange.structures import data_file_text
from castline.lammps.texts import data_text
from castline.packing.placement import place
from castline.packing.state import initial_arrays

SIGMA_CBD = 15.93
# What a campaign does not know; values from the BPX schema's own examples.
CHEMISTRY = {
    "Minimum stoichiometry": 0.1,
    "Maximum stoichiometry": 0.9,
    "Maximum concentration [mol.m-3]": 63104.0,
    "Diffusivity [m2.s-1]": 3.3e-14,
    "OCP [V]": {"x": [0, 0.1, 1], "y": [4.3, 4.0, 3.0]},
    "Reaction rate constant [mol.m-2.s-1]": 1e-10,
}


def tables(replicates: int, **changed) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Structure and transport of one calendered electrode and, as a decoy, its dried film."""
    structure = dict.fromkeys(STRUCTURE, 0.1) | {"thickness_um": 50.0, "voxel_fraction_se": 0.36}
    structure |= {"voxel_fraction_am": 0.30, "contact_area_am_se_per_m": 2.0e5}
    transport = {"sigma_e_s_per_m": 0.4, "sigma_ion_s_per_m": 0.015, "diffusivity_ratio": 0.12}
    rows = []
    for values in (structure, transport):
        values = values | {k: v for k, v in changed.items() if k in values}
        rows.append(
            [
                {
                    "psd": "AM_1",
                    "solid_content_percent": 50.0,
                    "replicate": r,
                    "state": state,
                    **{k: v * (1 + 0.1 * r) * factor for k, v in values.items()},
                }
                for r in range(replicates)
                for state, factor in (("calendered", 1.0), ("dried", 3.0))
            ]
        )
    return pd.DataFrame(rows[0]), pd.DataFrame(rows[1])


@pytest.fixture
def recipe(study):
    return study.recipe_of("AM_1", "50")


@pytest.fixture
def one(recipe):
    return electrode(*tables(1), recipe, "AM_1", 50.0, SIGMA_CBD)


def test_means_and_intervals_are_those_of_the_calendered_replicates(recipe):
    three = electrode(*tables(3), recipe, "AM_1", 50.0, SIGMA_CBD)
    assert three.replicates == 3
    assert three.mean("thickness_um") == pytest.approx(55.0)
    # t(0.975, 2) s / sqrt(3) with s = 5
    assert three.estimates["thickness_um"].half_width == pytest.approx(4.302653 * 5 / np.sqrt(3))


def test_am_radius_is_volume_over_surface(recipe, one):
    diameters = initial_arrays(recipe, dry=True)
    am = diameters["diameter_m"][diameters["phases"] == 1]
    assert one.am_radius_m == pytest.approx((am**3).sum() / (am**2).sum() / 2)


def test_missing_electrode_is_named(recipe):
    with pytest.raises(InputError, match="structure table: no calendered AM_2, 50 %"):
        electrode(*tables(1), recipe, "AM_2", 50.0, SIGMA_CBD)


def test_bpx_porosity_is_the_electrolyte_fraction_and_voids_are_user_defined(one):
    section = bpx_electrode(one)["Parameterisation"]
    assert section["Positive electrode"]["Porosity"] == pytest.approx(0.36)
    assert section["Positive electrode"]["Transport efficiency"] == pytest.approx(0.12)
    assert section["Positive electrode"]["Conductivity [S.m-1]"] == pytest.approx(0.4)
    assert section["Positive electrode"]["Thickness [m]"] == pytest.approx(50e-6)
    assert section["User-defined"]["Void fraction"] == pytest.approx(0.1)
    assert not any("half width" in key for key in section["User-defined"])


def test_bpx_has_intervals_over_replicates(recipe):
    three = electrode(*tables(3), recipe, "AM_1", 50.0, SIGMA_CBD)
    user = bpx_electrode(three)["Parameterisation"]["User-defined"]
    half_width_um = three.estimates["thickness_um"].half_width
    assert user["Thickness [m], 95 % half width"] == pytest.approx(half_width_um * 1e-6)
    assert "Void fraction, 95 % half width" in user


def test_bpx_invents_nothing_and_is_complete_with_the_chemistry(one):
    data = json.loads(json.dumps(bpx_electrode(one)))
    positive = data["Parameterisation"]["Positive electrode"]
    assert not set(CHEMISTRY) & set(positive)
    with pytest.raises(ValueError, match="OCP"):
        bpx.parse_bpx_obj(copy.deepcopy(data))
    positive.update(CHEMISTRY)
    parsed = bpx.parse_bpx_obj(data)
    assert parsed.header.model == "Partial"
    assert parsed.parameterisation.positive_electrode.porosity == pytest.approx(0.36)


@pytest.mark.parametrize(
    ("key", "value"), [("Porosity", "much"), ("Tortuosity", 3.0), ("Thickness [m]", None)]
)
def test_bpx_check_refuses_what_the_schema_refuses(one, key, value):
    data = bpx_electrode(one)
    data["Parameterisation"]["Positive electrode"][key] = value
    with pytest.raises(InputError, match="BPX"):
        check_bpx(data)


def test_film_that_does_not_conduct(recipe):
    broken = electrode(*tables(1, sigma_e_s_per_m=0.0), recipe, "AM_1", 50.0, SIGMA_CBD)
    data = bpx_electrode(broken)
    assert "Conductivity [S.m-1]" not in data["Parameterisation"]["Positive electrode"]
    assert "no conducting path" in data["Header"]["Description"]
    with pytest.raises(InputError, match="AM_1, 50 wt.% solid content: sigma_e_s_per_m is 0"):
        pybamm_parameters(broken)


def test_pybamm_gives_back_the_simulated_conductivities(one, monkeypatch):
    """A Doyle-Fuller-Newman cell with this electrode, solved for a second."""
    monkeypatch.setitem(os.environ, "PYBAMM_DISABLE_TELEMETRY", "true")
    pybamm = pytest.importorskip("pybamm")
    values = pybamm.ParameterValues("Chen2020")
    values.update(json.loads(json.dumps(pybamm_parameters(one))), check_already_exists=False)
    other_layers = {
        "Negative electrode tortuosity factor (electrolyte)": 2.0,
        "Negative electrode tortuosity factor (electrode)": 2.0,
        "Separator tortuosity factor (electrolyte)": 1.5,
    }
    values.update(other_layers, check_already_exists=False)
    model = pybamm.lithium_ion.DFN(OPTIONS)
    solution = pybamm.Simulation(model, parameter_values=values, C_rate=0.001).solve([0, 1])
    sigma_e = solution["Positive electrode effective conductivity"].entries
    efficiency = solution["Positive electrolyte transport efficiency"].entries
    np.testing.assert_allclose(sigma_e, 0.4, rtol=1e-9)
    np.testing.assert_allclose(efficiency, 0.12, rtol=1e-9)


def test_data_file_says_units_and_phases_and_holds_the_particles(tiny):
    state = place(tiny.recipe_of("AM_1", "50"), [20e-6] * 3, 1)
    lines = data_file_text(state).splitlines()
    assert lines[0].startswith("units micro (um, pg, us); boundary p p p; types: 1 AM")
    assert lines[0].endswith("CBD")
    assert lines[1:] == data_text(state).splitlines()[1:]


def test_crate_describes_every_file(tmp_path):
    (tmp_path / "tables").mkdir()
    table = tmp_path / "tables/viscosity.csv"
    table.write_text("psd\n")
    crate = crate_metadata("unit", tmp_path, [str(table)], {"LAMMPS": "1"}, TABLES)
    graph = {entity["@id"]: entity for entity in crate["@graph"]}
    file = graph["tables/viscosity.csv"]
    assert file["sha256"] == hashlib.sha256(b"psd\n").hexdigest()
    assert file["description"] == "table, one row: one replicate at one shear rate"
    assert graph["./"]["hasPart"] == [{"@id": "tables/viscosity.csv"}]
    assert graph["#campaign"]["result"] == [{"@id": "tables/viscosity.csv"}]
    assert {e["@id"] for e in graph["#campaign"]["instrument"]} == {"#castline", "#lammps"}
