"""Tables, slopes, summary and figure of a campaign with several compositions."""

import numpy as np
import pandas as pd
import pytest
from geometry import state_of

from castline.base.errors import InputError
from castline.campaign.described import TABLES
from castline.exchange.bpx_export import bpx_electrode
from castline.exchange.electrode import STRUCTURE, TRANSPORT, electrode
from castline.exchange.pybamm_export import pybamm_parameters
from castline.figures.common import Electrodes
from castline.figures.composition import composition_figure
from castline.figures.contacts_percolation import PAIRS, contacts_percolation_figure
from castline.recipe.phases import Phase
from castline.report.results_page import caveats, shown_electrodes
from castline.report.viewer import microstructure_page
from castline.results.compositions import (
    NEEDS,
    composition_rows,
    composition_trends,
    of_the_study,
    with_compositions,
)
from castline.results.summary import summary_rows
from castline.results.tables import require
from castline.results.trends import trends_table

COMPOSITIONS = {
    "am60": {"am": 0.60, "se": 0.34, "cbd": 0.06},
    "study": {"am": 0.64, "se": 0.30, "cbd": 0.06},
    "no_se": {"am": 0.94, "se": 0.0, "cbd": 0.06},
}
ELECTRODES = Electrodes(tuple(f"AM_1-{name}" for name in sorted(COMPOSITIONS)), (50.0,), 2)


def tables() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Structure and transport; sigma_e is 0.1 + 0.01 per wt.% AM, give or take 0.005."""
    structure, transport = [], []
    for name, shares in COMPOSITIONS.items():
        for replicate, noise in ((1, -0.005), (2, 0.005)):
            key = {"psd": f"AM_1-{name}", "solid_content_percent": 50.0, "replicate": replicate}
            key |= {"state": "calendered"}
            contacts = {
                f"contact_area_{pair}_per_m": np.nan if "se" in pair and not shares["se"] else 1e5
                for pair in PAIRS
            }
            film = {"density_g_per_cm3": 2.0 + noise, "porosity": 0.3, "thickness_um": 20.0}
            structure.append({**key, **film, **contacts})
            se = shares["se"] > 0
            transport.append(
                {
                    **key,
                    "sigma_e_s_per_m": 0.1 + shares["am"] + noise,
                    "sigma_ion_s_per_m": 0.0135 if se else np.nan,
                    "electronic_percolating_fraction": 1.0,
                    "ionic_percolating_fraction": 1.0 if se else np.nan,
                    "cbd_percolates": True,
                    "ionic_percolates": True if se else np.nan,
                    "reason": np.nan
                    if se
                    else "no ionic conductivity: the composition holds no SE",
                }
            )
    return pd.DataFrame(structure), pd.DataFrame(transport)


def test_tables_have_the_composition_behind_their_keys():
    structure, _ = tables()
    found = with_compositions(structure, COMPOSITIONS)
    added = ["composition", "am_wt_percent", "se_wt_percent", "cbd_wt_percent"]
    assert list(found.columns[3:7]) == added
    require(found, "unit", TABLES["structure"], added)
    assert found["composition"].tolist() == ["am60"] * 2 + ["study"] * 2 + ["no_se"] * 2
    assert found["se_wt_percent"].tolist() == pytest.approx([34, 34, 30, 30, 0, 0])
    assert with_compositions(structure, None) is structure


def test_the_slope_against_the_active_material_has_an_interval():
    structure, transport = (with_compositions(table, COMPOSITIONS) for table in tables())
    found = composition_trends(structure, transport).set_index("observable")
    row = found.loc["sigma_e_s_per_m"]
    assert row["slope"] == pytest.approx(0.01)
    assert row["slope_low_95"] < 0.01 < row["slope_high_95"]
    assert (row["verdict"], row["unit"], row["psd"]) == ("rises", "S/m/wt.%", "AM_1")
    assert row["am_wt_percents"] == "60 64 94"
    # without SE there is no ionic conductivity to compare
    assert found.loc["sigma_ion_s_per_m", "am_wt_percents"] == "60 64"
    assert found.loc["density_g_per_cm3", "verdict"] == "not resolved"
    assert found.loc["porosity", "verdict"] == "not tested: replicates do not differ"
    one = structure[structure["replicate"] == 1], transport[transport["replicate"] == 1]
    assert set(composition_trends(*one)["verdict"]) == {"not tested: one replicate"}
    for name, table in (("structure", structure), ("transport", transport)):
        require(table, "unit", TABLES[name], NEEDS[name])
    require(found.reset_index(), "unit", TABLES["composition_trends"], found.columns)


def test_only_the_studys_composition_is_held_against_the_study():
    structure, transport = tables()
    assert of_the_study(structure, None) is structure
    compared = of_the_study(structure, COMPOSITIONS)
    assert compared["psd"].tolist() == ["AM_1"] * 2
    others = {name: shares for name, shares in COMPOSITIONS.items() if name != "study"}
    left = structure[structure["psd"] != "AM_1-study"]
    assert of_the_study(left, others).empty
    nothing = of_the_study(left, others).assign(
        porosity_without_nanopores=0.2, volume_fraction_se=0.3, contact_area_se_se_per_m=1.0
    )
    viscosity = nothing.assign(shear_rate_per_s=100.0, viscosity_pa_s=0.2)
    found = trends_table(viscosity, nothing, of_the_study(transport, COMPOSITIONS)[:0])
    assert set(found["verdict"].str[:10]) == {"not tested"}


def test_what_no_phase_carries_is_a_dash_with_its_reason_on_the_page():
    structure, transport = tables()
    page = shown_electrodes(structure, transport)
    row = next(row for row in page.rows if row[0] == "AM_1-no_se")
    assert row[page.columns.index("σ_ion / mS/cm")] == "–"
    assert row[-1] == "2, – of 2"
    viscosity = pd.DataFrame({"converged": [True]})
    lines = caveats(viscosity, transport, 2)
    assert lines == ["AM_1-no_se 50 %: no ionic conductivity: the composition holds no SE."]
    names, rows = composition_rows(structure, transport)
    assert dict(zip(names, rows[1], strict=True))["sigma_ion / mS/cm"] == "none"
    assert rows[1][0] == "AM_1-no_se 50 %"


def test_the_summary_counts_electrodes_that_have_the_quantity():
    structure, transport = tables()
    viscosity = structure.assign(shear_rate_per_s=100.0, viscosity_pa_s=0.2)
    rows = {row[0]: row for row in summary_rows(viscosity, structure, transport)}
    assert rows["sigma_ion, calendered / mS/cm"][3] == "2 of 2 in range"
    assert rows["sigma_e, calendered / S/m"][3].endswith("of 3 in range")


def test_the_figure_draws_what_there_is_against_the_active_material():
    structure, transport = (with_compositions(table, COMPOSITIONS) for table in tables())
    figure = composition_figure({"structure": structure, "transport": transport}, ELECTRODES)
    *_, electronic, ionic = figure.axes
    [line] = electronic.containers
    assert list(line.lines[0].get_xdata()) == pytest.approx([60, 64, 94])
    assert list(line.lines[0].get_ydata()) == pytest.approx([0.70, 0.74, 1.04])
    assert list(ionic.containers[0].lines[0].get_xdata()) == pytest.approx([60, 64])
    assert line.get_label() == "AM_1 50 %"
    assert figure.get_supxlabel() == "no phase carries ions in AM_1-no_se"


def test_a_panel_without_any_value_says_so():
    structure, transport = tables()
    no_se = [table[table["psd"] == "AM_1-no_se"] for table in (structure, transport)]
    figure = contacts_percolation_figure(*no_se, Electrodes(("AM_1-no_se",), (50.0,), 2))
    said = {panel.get_title(): [text.get_text() for text in panel.texts] for panel in figure.axes}
    assert said["AM–SE"] == ["no phase of these\ncompositions has it"]
    assert said["AM–CBD"] == []


def film(**missing) -> tuple[pd.DataFrame, pd.DataFrame]:
    key = {"psd": "x", "solid_content_percent": 50.0, "replicate": 1, "state": "calendered"}
    structure = pd.DataFrame([{**key, **dict.fromkeys(STRUCTURE, 0.2)}])
    transport = pd.DataFrame([{**key, **dict.fromkeys(TRANSPORT, 0.1)}])
    return structure.assign(**missing), transport.assign(**missing)


def test_cell_models_leave_out_an_absent_phase_and_name_it(study):
    recipe = study.recipe_of("AM_1", "50")
    no_se = film(sigma_ion_s_per_m=np.nan, diffusivity_ratio=np.nan)
    one = electrode(*no_se, recipe, "x", 50.0, 15.9)
    data = bpx_electrode(one)
    positive = data["Parameterisation"]["Positive electrode"]
    assert "Porosity" not in positive
    assert "Transport efficiency" not in positive
    assert positive["Conductivity [S.m-1]"] == pytest.approx(0.1)
    assert "(no solid electrolyte)" in data["Header"]["Description"]
    with pytest.raises(InputError, match="no phase carries sigma_ion_s_per_m"):
        pybamm_parameters(one)


def test_the_viewer_lists_the_phases_that_are_there():
    state = state_of([(Phase.AM, 5, 5, 5, 4.0), (Phase.SE, 2, 2, 2, 1.0)])
    colours = {"AM": (0, 0, 0), "SE": (1, 1, 0), "CBD": (1, 0, 0)}
    page = microstructure_page({"settled": state}, "pellet", colours)
    assert '"name": "SE"' in page
    assert '"name": "CBD"' not in page
