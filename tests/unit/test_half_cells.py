"""Half-cells: what is taken from tables and config, what is refused, what is written and drawn."""

import json
import re
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from castline.base.errors import ConfigError, InputError
from castline.campaign import config as campaign_config
from castline.campaign.config import load_campaign
from castline.campaign.described import TABLES
from castline.cell.film import (
    NEEDS,
    Faces,
    Film,
    capacity_per_area,
    capacity_per_gram,
    films,
    mean_film,
    no_path,
    size_classes,
    thicknesses_m,
)
from castline.cell.potential import MEASURED_POTENTIAL_V, MEASURED_STOICHIOMETRY
from castline.cell.settings import CellConfig
from castline.figures.cell_sensitivity import sensitivity_figure
from castline.figures.common import Electrodes
from castline.figures.discharge import discharge_figure
from castline.recipe.psd import mean_diameter_m
from castline.results.limits import INPUTS, limits, sentences
from castline.results.summary import NEEDS as SUMMARY_NEEDS
from castline.results.summary import summary_text
from castline.results.tables import require

pytest.importorskip("pybamm")
BULK = 0.125
FILM = Film(10e-6, 0.35, 0.39, 3e5, 0.7, 0.0258, (1e-6, 2e-6, 3e-6), (0.2, 0.5, 0.3), 4770.0)
KEYS = {"psd": "AM_1", "solid_content_percent": 50.0, "replicate": 1, "state": "assembled"}
FACES = Faces(1.2, 0.027)
ELECTRODES = Electrodes(("AM_1", "AM_2"), (48.0, 50.0), 1)


@pytest.fixture
def recipe(study):
    return study.recipe_of("AM_1", "50")


def tables(**changed) -> dict[str, pd.DataFrame]:
    values = {
        "thickness_um": 8.0,
        "volume_fraction_am": 0.35,
        "voxel_fraction_se": 0.39,
        "contact_area_am_se_per_m": 3e5,
        "sigma_e_s_per_m": 0.7,
        "sigma_ion_s_per_m": 0.0258,
        "sigma_e_core_s_per_m": 1.2,
        "sigma_ion_core_s_per_m": 0.027,
    }
    row = {**KEYS, **values, **changed}
    other = {**row, "state": "calendered", "thickness_um": 12.0}
    return {
        name: pd.DataFrame([row, other])[columns].reset_index(drop=True)
        for name, columns in NEEDS.items()
    }


def refusal(campaign_dict, **cell) -> str:
    with pytest.raises(ConfigError) as error:
        load_campaign({**campaign_dict, "cell": cell})
    return str(error.value)


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ({"c_rates": [0]}, r"cell.c_rates.0: .*greater than or equal to 0.001; given 0"),
        ({"c_rates": [80]}, r"cell.c_rates.0: .*less than or equal to 50; given 80"),
        ({"c_rates": [1, 1]}, r"c_rates .* names a value twice"),
        ({"thickness_um": [1]}, r"cell.thickness_um.0: .*greater than or equal to 2"),
        ({"thickness_um": [900]}, r"cell.thickness_um.0: .*less than or equal to 500"),
        ({"loading_mah_per_cm2": [0]}, r"cell.loading_mah_per_cm2.0: .*0.05"),
        ({"thickness_um": [20], "loading_mah_per_cm2": [1]}, "not both"),
        ({"voltage_min_v": 4.2, "voltage_max_v": 4.1}, "voltage_min_v 4.2 is not below"),
        ({"voltage_max_v": 4.4}, r"cell.voltage_max_v: 4.4 V; allowed: 3.561 to 4.285 V"),
        ({"voltage_max_v": 3.2}, r"cell.voltage_max_v: 3.2 V; allowed: 3.561 to 4.285 V"),
        ({"material": "Xu2019"}, "cell.material: .*Chen2020"),
        ({"open_circuit_potential_csv": "none.csv"}, "potential_csv: none.csv: not there"),
    ],
)
def test_what_is_out_of_range_is_one_clear_line(campaign_dict, cell, says):
    text = refusal(campaign_dict, **cell)
    assert len(text.splitlines()) == 1
    assert re.search(says, text), text


def test_cells_without_pybamm_are_refused_before_anything_runs(campaign_dict, monkeypatch):
    monkeypatch.setattr(campaign_config, "find_spec", lambda name: None)
    assert "pip install castline[cell]" in refusal(campaign_dict)


def test_pybamm_is_imported_by_cells_alone():
    code = (
        "import sys, castline.campaign.script, castline.campaign.config, castline.line.order, "
        "castline.results.summary, castline.cell.film; sys.exit('pybamm' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_films_take_the_numbers_of_their_state_and_recipe(recipe):
    [(keys, film, faces)] = films(**tables(), recipes={("AM_1", 50.0): recipe}, state="assembled")
    assert keys == KEYS
    radii, shares = size_classes(recipe)
    assert film == replace(
        FILM,
        thickness_m=8.0 * 1e-6,
        radii_m=radii,
        volume_shares=shares,
        am_density_kg_per_m3=recipe.densities.am,
    )
    assert faces == FACES


def test_sauter_radius_is_that_of_the_size_distribution(recipe, campaign_dict, study):
    radii, shares = size_classes(recipe)
    film = replace(FILM, radii_m=radii, volume_shares=shares)
    sizes = study.matrix.psds["AM_1"].size_classes()
    assert 2 * film.sauter_radius_m == pytest.approx(mean_diameter_m(sizes, 3, 2), rel=0.02)
    assert film.contact_share == pytest.approx(3e5 * film.sauter_radius_m / (3 * 0.35))
    assert film.with_particles(2).contact_share == pytest.approx(2 * film.contact_share)


def test_a_film_in_one_table_only_is_named(recipe):
    given = tables()
    given["transport"] = given["transport"].assign(replicate=2)
    with pytest.raises(InputError, match=r"table: no assembled AM_1, 50 %, replicate [12]"):
        films(**given, recipes={("AM_1", 50.0): recipe}, state="assembled")
    with pytest.raises(InputError, match="no recipe of AM_1, 50 %"):
        films(**tables(), recipes={}, state="assembled")


def test_a_grown_film_has_the_same_faces_and_more_core():
    def resistance(film: Film) -> float:
        return film.thickness_m / film.sigma_ion_s_per_m

    more = FACES.grown(FILM, 100e-6)
    assert resistance(more) - resistance(FILM) == pytest.approx(90e-6 / 0.027)
    assert FACES.grown(FILM, FILM.thickness_m) == FILM
    assert Faces(np.nan, np.nan).grown(FILM, 1e-4).sigma_e_s_per_m == FILM.sigma_e_s_per_m
    with pytest.raises(InputError, match="thinner than the faces of the simulated one, 10 um"):
        Faces(0.1, 0.027).grown(FILM, 2e-6)


def test_capacities_follow_from_faradays_law_and_loadings_from_them():
    config = CellConfig(loading_mah_per_cm2=[1.0, 3.0])
    sites = 4770.0 / 97.28e-3
    per_gram = 96485.33212 * sites * 0.6 / 3600 / 4770.0
    assert capacity_per_gram(FILM, config, 0.3) == pytest.approx(per_gram)
    grown = [replace(FILM, thickness_m=t) for t in thicknesses_m(FILM, config, 0.3)]
    loads = [capacity_per_area(film, config, 0.3) for film in grown]
    assert loads == pytest.approx([1.0, 3.0])
    assert thicknesses_m(FILM, CellConfig(), 0.3) == [FILM.thickness_m]
    assert thicknesses_m(FILM, CellConfig(thickness_um=[20]), 0.3) == pytest.approx([20e-6])


def test_shipped_potential_has_the_range_that_configs_are_checked_with():
    from castline.cell.parameters import open_circuit_potential

    for material in ("Chen2020", "ORegan2022"):
        found = open_circuit_potential(CellConfig(material=material), MEASURED_STOICHIOMETRY)
        np.testing.assert_allclose(found, MEASURED_POTENTIAL_V, atol=1e-4)


@pytest.mark.parametrize("material", ["Chen2020", "ORegan2022"])
def test_exchange_current_is_the_sets_at_its_own_salt_concentration(material):
    from castline.cell import parameters

    x = np.array([0.3, 0.5, 0.8])
    found = parameters.tables(CellConfig(material=material), x)[parameters.EXCHANGE]
    by_hand = {  # doi 10.1149/1945-7111/ab9050; 10.1016/j.electacta.2022.140700
        "Chen2020": 3.42e-6 * 1000**0.5 * 63104.0 * np.sqrt(x * (1 - x)),
        "ORegan2022": 5.028 * x**0.43 * (1 - x) ** 0.57,
    }
    np.testing.assert_allclose(found, by_hand[material], rtol=1e-6)
    own = CellConfig(material=material, exchange_current_a_per_m2=1.0)
    half = parameters.tables(own, np.array([0.5]))[parameters.EXCHANGE]
    np.testing.assert_allclose(half, 1.0)


def test_own_potential_and_what_is_wrong_with_one(tmp_path):
    from castline.cell.parameters import stoichiometry_at_start

    path = tmp_path / "u.csv"
    path.write_text("stoichiometry,potential_v\n0.2,4.4\n0.5,3.9\n0.9,3.4\n")
    own = CellConfig(open_circuit_potential_csv=str(path), voltage_max_v=4.4)
    assert stoichiometry_at_start(own) == pytest.approx(0.2)
    path.write_text("stoichiometry,potential_v\n0.2,4.4\n0.5,4.5\n0.9,3.4\n")
    with pytest.raises(InputError, match="must fall where stoichiometry rises"):
        stoichiometry_at_start(own)
    path.write_text("stoichiometry,potential_v\n0.2,4.4\n0.5,x\n0.9,3.4\n")
    with pytest.raises(InputError, match="needs columns"):
        stoichiometry_at_start(own)


@pytest.fixture(scope="module")
def discharged():
    """Three films, of which one has no electronic path and one more contact than surface."""
    from castline.cell.discharge import discharge_tables

    config = CellConfig(c_rates=[1.0], thickness_um=[20.0])
    cut = replace(FILM, sigma_e_s_per_m=0.0)
    odd = replace(FILM, contact_area_per_m=9e6)
    entries = [({**KEYS, "replicate": r}, f, FACES) for r, f in enumerate((FILM, cut, odd), 1)]
    return entries, config, *discharge_tables(entries, config, BULK)


def test_tables_are_as_declared_and_films_without_a_path_have_their_reason(discharged):
    _, _, rows, curves = discharged
    for name, table in (("discharge", rows), ("discharge_curves", curves)):
        require(table, name, TABLES[name], TABLES[name].required)
    assert rows["status"].tolist() == ["ok", "no path", "failed"]
    assert rows["reason"][1] == "no path: sigma_e_s_per_m is 0"
    assert "more than the whole surface of the AM" in rows["reason"][2]
    assert set(curves["replicate"]) == {1}
    [row] = rows[rows["status"] == "ok"].to_dict("records")
    assert row["utilisation"] == pytest.approx(1, rel=1e-4)
    assert row["capacity_mah_per_g"] == pytest.approx(curves["capacity_mah_per_g"].max())
    area = row["capacity_mah_per_g"] * 4.77 * 0.35 * 20e-4
    assert row["capacity_mah_per_cm2"] == pytest.approx(area)
    losses = sum(value for name, value in row.items() if name.startswith("loss_"))
    between = 1e3 * (curves["open_circuit_v"] - curves["voltage_v"])
    assert losses == pytest.approx(np.trapezoid(between) / 40, rel=0.03)  # of 41 points, and of all


def test_a_rate_that_the_film_cannot_carry_gives_no_capacity():
    from castline.cell.discharge import discharge, summary

    poor = replace(FILM, sigma_ion_s_per_m=1e-5, thickness_m=100e-6)
    config = CellConfig()
    [curve] = discharge(poor, config, BULK, [20.0])
    row = summary(curve, poor, config, 0.28)
    assert (row["capacity_mah_per_g"], row["ended_by"]) == (0.0, "voltage")
    assert np.isnan(row["mean_voltage_v"])


def test_exported_cell_gives_the_same_curve(discharged):
    from castline.cell.discharge import discharge, discharge_with
    from castline.exchange.half_cell import exported, half_cell_bpx, loaded, of_bpx

    config = CellConfig(am_se_resistance_ohm_cm2=5, collector_resistance_ohm_cm2=2)
    film = FACES.grown(FILM, 50e-6)
    [own] = discharge(film, config, BULK, [2.0])
    cell = json.loads(json.dumps(exported(film, config, BULK)))
    bpx = json.loads(json.dumps(half_cell_bpx("one", cell)))
    for given in (cell, of_bpx(bpx)):
        [again] = discharge_with(loaded(given), given["radii_m"], [2.0])
        assert again.capacity_ah_per_m2[-1] == pytest.approx(own.capacity_ah_per_m2[-1], rel=1e-4)
        charge = np.linspace(0, 0.99, 50) * own.capacity_ah_per_m2[-1]
        volts = [np.interp(charge, c.capacity_ah_per_m2, c.voltage_v) for c in (own, again)]
        np.testing.assert_allclose(*volts, atol=5e-4)


def test_elasticities_of_a_film_that_one_input_rules():
    """Hardly any ions: the overpotential is that of their path, inverse to its conductivity."""
    from castline.cell.sensitivity import sensitivity_table

    slow = replace(FILM, sigma_ion_s_per_m=5e-5, sigma_e_s_per_m=50.0)
    slow = replace(slow, radii_m=(1e-6,), volume_shares=(1.0,))
    config = CellConfig(c_rates=[0.1], exchange_current_a_per_m2=50.0)
    rows = sensitivity_table([(KEYS, slow, Faces(np.nan, np.nan))], config, BULK)
    require(rows, "cell_sensitivity", TABLES["cell_sensitivity"], rows.columns)
    by_input = rows.set_index("input")["elasticity_loss"]
    assert set(by_input.index) == set(INPUTS)
    assert by_input["sigma_ion"] < -0.8
    assert abs(by_input["sigma_e"]) < 0.01
    [limit] = limits(rows)
    assert (limit.input, limit.by_capacity) == ("sigma_ion", False)
    [line] = sentences(rows)
    assert line.startswith("AM_1 50 %, 10 um: limited by ionic conductivity (0.1 C: ")
    assert line.endswith("try more SE, or pressing harder; or a thinner film.")


def test_mean_of_replicates():
    other = replace(FILM, sigma_e_s_per_m=0.9, thickness_m=12e-6)
    mean = mean_film([FILM, other])
    assert (mean.sigma_e_s_per_m, mean.thickness_m) == pytest.approx((0.8, 11e-6))
    assert not no_path(mean)


def test_figures_show_every_electrode_and_name_films_without_discharge(discharged):
    _, _, rows, curves = discharged
    both = [rows, rows.assign(psd="AM_2", solid_content_percent=48.0)]
    drawn = [curves, curves.assign(psd="AM_2", solid_content_percent=48.0)]
    figure = discharge_figure(pd.concat(both), pd.concat(drawn), ELECTRODES)
    assert "AM_1 50 % r2" in figure.get_supxlabel()
    assert len(figure.axes) == 4
    figure.draw_without_rendering()
    none = rows[rows["status"] != "ok"]
    discharge_figure(none, curves.iloc[:0], ELECTRODES).draw_without_rendering()


def test_figure_of_limits_marks_the_largest():
    rows = pd.DataFrame(
        [
            {
                **{"psd": "AM_1", "solid_content_percent": 48.0, "thickness_um": 20.0},
                **{"c_rate": 1.0, "input": name, "utilisation": used, "loss_mv": 50.0},
                **{"elasticity_loss": -0.1 * k, "elasticity_capacity": 0.1 / (k + 1)},
            }
            for used in (1.0,)
            for k, name in enumerate(INPUTS)
        ]
    )
    figure = sensitivity_figure(rows, ELECTRODES)
    bold = [t.get_text() for t in figure.axes[0].texts if t.get_weight() == "bold"]
    assert bold == ["-0.50"]
    assert limits(rows.assign(utilisation=0.7))[0].input == "sigma_e"


def test_published_trends_show_on_the_stored_films():
    """Larger AM: more of the loss is diffusion and reaction (Strauss 2018, of capacity); thicker
    films lose by ionic transport. Nothing in the model was fitted to them.
    """
    rows = pd.read_csv("results/paper/tables/discharge.csv")
    assert set(rows["status"]) == {"ok"}
    thin, thick = sorted(rows["thickness_um"].round(6).unique())
    cell = rows.set_index(["psd", rows["thickness_um"].round(6), "c_rate"]).sort_index()
    for rate in (0.1, 1.0, 3.0):
        for loss in ("loss_diffusion_mv", "loss_kinetic_mv"):
            fine, coarse = (cell.loc[psd, thin, rate][loss] for psd in ("AM_1", "AM_2"))
            assert fine.max() < coarse.min()
        for psd in ("AM_1", "AM_2"):
            grown = {
                name: cell.loc[psd, thick, rate][name].mean()
                / cell.loc[psd, thin, rate][name].mean()
                for name in ("loss_ionic_mv", "loss_electronic_mv", "loss_kinetic_mv")
            }
            assert max(grown, key=grown.get) == "loss_ionic_mv"
    fastest = rows["c_rate"].max()
    for psd in ("AM_1", "AM_2"):
        drawn = [cell.loc[psd, t, fastest]["capacity_mah_per_g"] for t in (thin, thick)]
        assert drawn[1].max() < drawn[0].min()
        lost = cell.loc[psd, thick, fastest]
        others = [name for name in rows if name.startswith("loss_") and "ionic" not in name]
        assert (lost["loss_ionic_mv"] > lost[others].max(axis=1)).all()


def test_summary_has_a_sentence_for_every_electrode_of_the_stored_campaign():
    def stored(name: str) -> pd.DataFrame:
        return pd.read_csv(f"results/paper/tables/{name}.csv")

    given = {name: stored(name) for name in SUMMARY_NEEDS}
    text = summary_text("paper", **given, figures="", cell_sensitivity=stored("cell_sensitivity"))
    lines = [line for line in text.splitlines() if "limited by" in line]
    assert [line.split(" %")[0].strip() for line in lines] == [
        f"{psd} {content}" for psd in ("AM_1", "AM_2") for content in (48, 50, 52)
    ]
    assert "limited by" not in summary_text("paper", **given, figures="")
