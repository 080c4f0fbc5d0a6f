"""Figures on tiny tables: what is drawn, with which labels and limits."""

import itertools

import numpy as np
import pandas as pd
import pytest

from castline.figures.common import Electrodes
from castline.figures.conductivity import conductivity_figure
from castline.figures.density_porosity import density_porosity_figure
from castline.figures.impedance import impedance_figure
from castline.figures.pictures.grid import phase_patches, picture_grid
from castline.figures.pictures.render import Picture
from castline.figures.style import save
from castline.figures.viscosity import viscosity_figure
from castline.results import stated
from castline.results.schema import TABLES
from castline.results.statistics import over_replicates
from castline.results.summary import summary_rows

ELECTRODES = Electrodes(("AM_1", "AM_2"), (48.0, 50.0, 52.0), 3)
CELLS = list(itertools.product(["AM_1", "AM_2"], [48.0, 50.0, 52.0], [1, 2, 3]))


@pytest.fixture
def viscosity() -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "psd": psd,
                "solid_content_percent": sc,
                "replicate": rep,
                "shear_rate_per_s": rate,
                "viscosity_pa_s": 0.2 * (100 / rate) ** 0.5 + 0.01 * rep,
                "viscosity_stderr_pa_s": 0.01,
                "converged": not (rate == 10 and sc == 48.0),
            }
            for (psd, sc, rep), rate in itertools.product(CELLS, [10.0, 100.0, 1000.0])
        ]
    )


@pytest.fixture
def structure() -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "psd": psd,
                "solid_content_percent": sc,
                "replicate": rep,
                "state": state,
                "density_g_per_cm3": density + 0.01 * rep,
                "porosity": porosity,
            }
            for (psd, sc, rep), (state, density, porosity) in itertools.product(
                CELLS, [("slurry", 1.3, 0.0), ("dried", 1.2, 0.6), ("calendered", 2.1, 0.25)]
            )
        ]
    )


@pytest.fixture
def transport() -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "psd": psd,
                "solid_content_percent": sc,
                "replicate": rep,
                "state": state,
                "sigma_e_s_per_m": 0.9 + 0.1 * rep,
                "sigma_ion_s_per_m": 0.013,
            }
            for (psd, sc, rep), state in itertools.product(CELLS, ["dried", "calendered"])
        ]
    )


def test_interval_over_replicates():
    table = pd.DataFrame({"g": [1, 1, 1], "v": [1.0, 2.0, 3.0]})
    [row] = over_replicates(table, "v", ["g"]).to_dict("records")
    assert row["mean"] == 2.0
    assert row["half_width"] == pytest.approx(4.3027 / np.sqrt(3), rel=1e-4)
    single = over_replicates(table.iloc[:1], "v", ["g"])
    assert np.isnan(single["half_width"][0])


def flow_curve_fits() -> pd.DataFrame:
    """0.2 (100 / rate)^0.5 Pa.s for every slurry; too few rates for AM_2."""
    rows = []
    for psd, content in ELECTRODES.cells:
        fitted = {"yield_stress_pa": 0.0, "consistency_pa_s_n": 2.0, "flow_index": 0.5}
        values = fitted if psd == "AM_1" else dict.fromkeys(fitted, np.nan)
        for replicate, model in itertools.product(("1", "pooled"), ("herschel_bulkley", "other")):
            keys = {"psd": psd, "solid_content_percent": content, "replicate": replicate}
            rows.append({**keys, "model": model, **values})
    return pd.DataFrame(rows)


def test_flow_curve_fits_are_drawn_where_there_are_any(viscosity):
    left, right = viscosity_figure(viscosity, flow_curve_fits(), ELECTRODES).axes
    fits = [line for line in left.lines if len(line.get_xdata()) == 100]
    assert len(fits) == 3
    assert fits[0].get_ydata()[[0, -1]] == pytest.approx([2 / 10**0.5, 2 / 1000**0.5])
    assert not [line for line in right.lines if len(line.get_xdata()) == 100]


def test_viscosity_figure(viscosity):
    figure = viscosity_figure(viscosity, flow_curve_fits(), ELECTRODES)
    left, right = figure.axes
    assert left.get_xlabel() == "shear rate / s⁻¹"
    assert "Pa s" in left.get_ylabel()
    assert left.get_xscale() == left.get_yscale() == "log"
    assert [left.get_title(), right.get_title()] == ["AM_1", "AM_2"]
    labels = [t.get_text() for t in figure.legends[0].get_texts()]
    assert labels[:4] == ["stated range, 50 %", "48 %", "50 %", "52 %"]
    assert labels[4] == "standard error above target"
    hollow = [x for x in left.lines if x.get_mfc() == "white" and len(x.get_xdata())]
    assert [x.get_xdata().tolist() for x in hollow] == [[10.0]]


def test_density_porosity_figure(structure):
    figure = density_porosity_figure(structure, ELECTRODES)
    assert len(figure.axes) == 4
    assert "g cm" in figure.axes[0].get_ylabel()
    assert "%" in figure.axes[2].get_ylabel()
    assert figure.axes[3].get_xlabel() == "solid content / wt.%"
    band = figure.axes[1].patches[0].get_extents().transformed(figure.axes[1].transData.inverted())
    assert [band.y0, band.y1] == pytest.approx([2.0, 2.5])


def test_conductivity_figure_is_in_the_stated_units(transport):
    left, right = conductivity_figure(transport, ELECTRODES).axes
    assert "S m" in left.get_ylabel()
    assert "mS cm" in right.get_ylabel()
    drawn = [x for x in right.lines if x.get_marker() == "o"]
    np.testing.assert_allclose(np.asarray(drawn[0].get_ydata(), float), 0.13)


def test_figures_are_the_same_bytes_twice(tmp_path, transport):
    for name in ("a", "b"):
        save(
            conductivity_figure(transport, ELECTRODES),
            [str(tmp_path / f"{name}.{k}") for k in ("svg", "pdf", "png")],
        )
    for kind in ("svg", "pdf", "png"):
        assert (tmp_path / f"a.{kind}").read_bytes() == (tmp_path / f"b.{kind}").read_bytes()


def test_summary_counts_what_is_in_range(viscosity, structure, transport):
    rows = {row[0]: row for row in summary_rows(viscosity, structure, transport)}
    assert rows["density, calendered / g/cm3"][3] == "6 of 6 in range"
    assert rows["sigma_ion, calendered / mS/cm"][1].startswith("0.13")
    assert rows["sigma_ion, calendered / mS/cm"][3] == "6 of 6 in range"
    assert rows["porosity, dried, AM_1 52 % / %"][3] == "1 of 1 in range"
    assert rows["porosity, dried, AM_1 48 % / %"][3] == "1 of 1 in range"
    assert rows["sigma_e, calendered / S/m"][3] == "6 of 6 in range"


def test_stated_values_are_the_papers():
    assert (stated.DENSITY["dried"].low, stated.DENSITY["dried"].high) == (1.0, 1.5)
    assert (stated.POROSITY_CALENDERED.low, stated.POROSITY_CALENDERED.high) == (20, 30)
    assert stated.SIGMA_E.low == pytest.approx(15.93 * (1 - 0.935), rel=0.05)


def test_impedance_figure_says_when_nothing_conducts():
    empty = pd.DataFrame(columns=list(TABLES["predicted_spectra"].columns))
    figure = impedance_figure(empty, ELECTRODES)
    assert "no spectrum to predict" in figure.texts[0].get_text()


def test_measured_points_are_drawn_over_the_simulation(transport):
    measured = pd.DataFrame(
        {
            "psd": ["AM_1"],
            "solid_content_percent": [50.0],
            "state": ["calendered"],
            "data_origin": ["synthetic"],
            "sigma_e_impedance_mean_s_per_m": [0.7],
            "sigma_e_impedance_std_s_per_m": [0.1],
            "sigma_ion_mean_s_per_m": [0.012],
            "sigma_ion_std_s_per_m": [0.001],
        }
    )
    left, right = conductivity_figure(transport, ELECTRODES, measured).axes
    for panel, value in ((left, 0.7), (right, 0.12)):
        [points] = [c for c in panel.containers if c.get_label() == "AM_1, synthetic example"]
        assert points.lines[0].get_ydata() == pytest.approx([value])


def test_ratios_beyond_the_axis_do_not_overlap():
    from matplotlib.figure import Figure

    from castline.figures.voxel_convergence import _name_beyond

    panel = Figure().subplots()
    for ratio in (140.0, 2.4):
        _name_beyond(panel, [0.4], [ratio], "black")
    first, second = panel.texts
    assert (first.get_text(), second.get_text()) == ("140 ▴", "2.4 ▴")
    assert first.get_position()[1] - second.get_position()[1] > 0.1


@pytest.mark.parametrize(("contents", "places"), [((50.0,), (3, 1)), ((48.0, 52.0), (2, 3))])
def test_pictures_of_one_electrode_stand_side_by_side(contents, places):
    electrodes, rows = Electrodes(("AM_1",), contents), ["slurry", "dried", "calendered"]
    picture = Picture(np.ones((20, 30, 4)), 1e-7, 0.0, 0.0)
    pictures = {(row, *cell): picture for row in rows for cell in electrodes.cells}
    figure = picture_grid(pictures, rows, electrodes, phase_patches())
    corners = [axes.get_position().p0 for axes in figure.axes[: len(pictures)]]
    assert tuple(len({round(p[k], 6) for p in corners}) for k in (0, 1)) == places
    words = " ".join(text.get_text() for text in figure.texts)
    assert all(name in words for name in (*rows, "AM_1", *(f"{c:g} %" for c in contents)))
