"""From simulated conductivities and contact areas to spectra, and their figure."""

import numpy as np
import pandas as pd
import pytest

from castline.base.errors import InputError
from castline.figures.common import Electrodes
from castline.figures.impedance import impedance_figure
from castline.figures.measured import draw_measured_means, draw_measured_viscosity
from castline.figures.measured_cells import cells_figure
from castline.figures.style import new_figure
from castline.impedance.model import InterfaceProperties, parameters_from_simulation
from castline.impedance.prediction import predict_spectra
from castline.impedance.settings import ImpedanceConfig

ELECTRODES = Electrodes(("AM_1", "AM_2"), (50.0,))


def simulated(n_replicates=3, **changes):
    rng = np.random.default_rng(5)
    rows = []
    for psd in ("AM_1", "AM_2"):
        for replicate in range(1, n_replicates + 1):
            for state in ("dried", "calendered"):
                rows.append(
                    {
                        "psd": psd,
                        "solid_content_percent": 50.0,
                        "replicate": replicate,
                        "state": state,
                        "sigma_e_s_per_m": 0.05 * rng.lognormal(0, 0.05),
                        "sigma_ion_s_per_m": 0.013 * rng.lognormal(0, 0.05),
                        "thickness_um": 40.0,
                        "contact_area_am_se_per_m": 3e5,
                        "contact_area_am_cbd_per_m": 1e5,
                    }
                    | changes
                )
    table = pd.DataFrame(rows)
    keys = ["psd", "solid_content_percent", "replicate", "state"]
    transport = table[[*keys, "sigma_e_s_per_m", "sigma_ion_s_per_m"]]
    return transport, table.drop(columns=["sigma_e_s_per_m", "sigma_ion_s_per_m"])


def test_contact_areas_scale_the_double_layer():
    parameters = parameters_from_simulation(1.0, 0.01, 4e5)
    assert parameters.sigma_e_s_per_m == 1.0
    assert parameters.ionic_ohm_m == 100.0
    assert parameters.double_layer_cpe_q == pytest.approx(0.1 * 4e5)
    assert parameters.electronic_interface_ohm_m == 0.0


def test_resistive_contacts_in_series():
    """A stack of layers of thickness d, each with contact area a d per area, by hand."""
    interface = InterfaceProperties(
        am_cbd_resistance_ohm_m2=2e-4, am_cbd_cpe_q=0.2, am_cbd_spacing_um=5.0
    )
    parameters = parameters_from_simulation(1.0, 0.01, 4e5, 1e5, interface)
    layer_resistance_ohm_m2 = 2e-4 / (1e5 * 5e-6)
    assert parameters.electronic_interface_ohm_m == pytest.approx(layer_resistance_ohm_m2 / 5e-6)
    # Resistance times capacitance is that of the contact, whatever its area.
    time_s = parameters.electronic_interface_ohm_m * parameters.interface_cpe_q
    assert time_s == pytest.approx(2e-4 * 0.2)


@pytest.mark.parametrize(
    ("arguments", "name"),
    [((0.0, 0.01, 1e5), "sigma_e"), ((1.0, 0.0, 1e5), "sigma_ion"), ((1.0, 0.01, 0.0), "contact")],
)
def test_missing_rail_is_named(arguments, name):
    with pytest.raises(InputError, match=name):
        parameters_from_simulation(*arguments)


def test_spectra_have_the_simulated_limits():
    transport, structure = simulated()
    config = ImpedanceConfig(frequency_min_hz=1e-6, frequency_max_hz=1e8)
    spectra, parameters = predict_spectra(transport, structure, config)
    assert (parameters["status"] == "ok").all()
    assert set(spectra["state"]) == {"calendered"}
    for psd, curve in spectra.groupby("psd"):
        mine = transport[(transport["psd"] == psd) & (transport["state"] == "calendered")]
        dc = (1.0 / mine["sigma_e_s_per_m"]).mean()
        fast = (1.0 / (mine["sigma_e_s_per_m"] + mine["sigma_ion_s_per_m"])).mean()
        assert curve["z_real_mean_ohm_m"].iloc[-1] == pytest.approx(dc, rel=1e-4)
        assert curve["z_real_mean_ohm_m"].iloc[0] == pytest.approx(fast, rel=1e-3)
        np.testing.assert_allclose(curve["z_real_mean_ohm_m2"], curve["z_real_mean_ohm_m"] * 40e-6)
        assert (curve["n_replicates"] == 3).all()
        assert curve["modulus_std_ohm_m"].iloc[-1] == pytest.approx(
            (1.0 / mine["sigma_e_s_per_m"]).std(), rel=1e-3
        )


def test_one_replicate_has_no_spread():
    spectra, _ = predict_spectra(*simulated(1), ImpedanceConfig())
    assert spectra["z_real_std_ohm_m"].isna().all()


def test_given_thickness_shifts_the_transition_but_not_the_limits():
    transport, structure = simulated(1)
    thin, _ = predict_spectra(transport, structure, ImpedanceConfig(thickness_um=20))
    thick, _ = predict_spectra(transport, structure, ImpedanceConfig(thickness_um=200))
    slowest = thin["frequency_hz"].idxmin()
    assert thin["z_real_mean_ohm_m"][slowest] == pytest.approx(
        thick["z_real_mean_ohm_m"][slowest], rel=1e-3
    )
    part = slice(0, len(thin) // 2)
    arcs = [
        table["frequency_hz"][table["z_imag_mean_ohm_m"][part].idxmin()] for table in (thin, thick)
    ]
    # The frequency goes with 1 / L^2.
    assert arcs[0] / arcs[1] == pytest.approx(100.0, rel=0.3)


def test_electrode_without_ionic_path_is_listed_not_drawn():
    transport, structure = simulated()
    transport.loc[transport["psd"] == "AM_2", "sigma_ion_s_per_m"] = 0.0
    spectra, parameters = predict_spectra(transport, structure, ImpedanceConfig())
    failed = parameters[parameters["status"] == "failed"]
    assert set(failed["psd"]) == {"AM_2"}
    assert failed["reason"].str.contains("sigma_ion_s_per_m = 0").all()
    assert set(spectra["psd"]) == {"AM_1"}


def test_missing_column_and_missing_replicate_are_named():
    transport, structure = simulated()
    with pytest.raises(InputError, match="structure table: no column thickness_um"):
        predict_spectra(transport, structure.drop(columns="thickness_um"), ImpedanceConfig())
    with pytest.raises(InputError, match="no calendered AM_2"):
        predict_spectra(transport, structure[structure["psd"] == "AM_1"], ImpedanceConfig())


def measured_spectra():
    frequency_hz = np.geomspace(1e5, 1e-1, 20)
    impedance = 10.0 + 5.0 / (1.0 + 1j * frequency_hz / 100.0)
    return pd.DataFrame(
        {
            "cell": "a",
            "psd": "AM_1",
            "solid_content_percent": 50.0,
            "state": "calendered",
            "data_origin": "synthetic",
            "thickness_um": 100.0,
            "area_mm2": 78.5,
            "frequency_hz": frequency_hz,
            "z_real_ohm": impedance.real,
            "z_imag_ohm": impedance.imag,
            "z_real_fit_ohm": impedance.real,
            "z_imag_fit_ohm": impedance.imag,
            "left_out": "",
        }
    )


def texts(figure):
    labels = [text.get_text() for legend in figure.legends for text in legend.get_texts()]
    labels += [legend.get_title().get_text() for legend in figure.legends]
    return labels + [panel.get_title() for panel in figure.axes]


def test_a_wide_interval_stays_positive_and_does_not_squeeze_the_moduli():
    spectra, _ = predict_spectra(*simulated(), ImpedanceConfig())
    worse = spectra.assign(solid_content_percent=52.0)
    worse["modulus_mean_ohm_m"] *= 30
    spectra = pd.concat([spectra, worse])
    spectra["modulus_std_ohm_m"] = 5 * spectra["modulus_mean_ohm_m"]
    modulus = impedance_figure(spectra, ELECTRODES).axes[2]
    lowest = min(line.get_ydata().min() for line in modulus.lines)
    assert modulus.get_yscale() == "log"
    assert modulus.get_ylim()[0] >= lowest / 10
    bands = np.concatenate([band.get_paths()[0].vertices[:, 1] for band in modulus.collections])
    assert bands.min() > 0


def test_bands_say_how_many_replicates_the_electrodes_have():
    few, _ = predict_spectra(*simulated(), ImpedanceConfig())
    many = few.assign(solid_content_percent=52.0, n_replicates=7)
    figure = impedance_figure(pd.concat([few.assign(n_replicates=3), many]), ELECTRODES)
    assert "95 % interval of 3 to 7 replicates (Bode plots)" in texts(figure)


def test_figure_labels_synthetic_data_and_units():
    spectra, _ = predict_spectra(*simulated(), ImpedanceConfig())
    figure = impedance_figure(spectra, ELECTRODES, measured_spectra())
    assert any("synthetic example" in text for text in texts(figure))
    for panel in figure.axes:
        assert "/" in panel.get_xlabel()
        assert "/" in panel.get_ylabel()


def test_points_left_out_of_the_fit_look_different_and_stand_in_the_legend():
    spectra, _ = predict_spectra(*simulated(), ImpedanceConfig())
    measured = measured_spectra()
    whole = impedance_figure(spectra, ELECTRODES, measured)
    assert "left out of the fit" not in texts(whole)
    measured.loc[7, "left_out"] = "outlier"
    figure = impedance_figure(spectra, ELECTRODES, measured)
    assert "left out of the fit" in texts(figure)
    modulus = next(p for p in figure.axes if p.get_ylabel().startswith("|Z|"))
    squares = [line for line in modulus.lines if line.get_marker() == "s"]
    np.testing.assert_allclose(
        np.concatenate([line.get_xdata() for line in squares]), measured["frequency_hz"].iloc[[7]]
    )


def test_cells_of_no_campaign_show_points_left_out_too_but_no_residuals_of_them():
    measured = measured_spectra()
    measured.loc[7, "left_out"] = "outlier"
    figure = cells_figure(measured)
    assert "left out of the fit" in texts(figure)
    *bode, residuals = figure.axes[1:]
    for panel in bode:
        squares = [line for line in panel.lines if line.get_marker() == "s"]
        drawn = np.concatenate([line.get_xdata() for line in squares])
        np.testing.assert_allclose(drawn, measured["frequency_hz"].iloc[[7]])
    assert {len(line.get_xdata()) for line in residuals.lines} <= {0, 2, 19}


def test_figure_without_measurements_does_not_mention_them():
    spectra, _ = predict_spectra(*simulated(1), ImpedanceConfig())
    for measured in (None, measured_spectra().iloc[:0]):
        figure = impedance_figure(spectra, ELECTRODES, measured)
        assert len(figure.axes) == 6
        assert not any("synthetic" in text or "measured" in text for text in texts(figure))
        assert any("no interval" in text for text in texts(figure))


def test_overlays_are_labelled_with_their_origin():
    panel = new_figure(3, 3).subplots()
    viscosity = pd.DataFrame(
        {
            "psd": "AM_1",
            "solid_content_percent": 50.0,
            "data_origin": "synthetic",
            "status": "ok",
            "branch": "up",
            "shear_rate_per_s": [10.0, 100.0],
            "viscosity_mean_pa_s": [0.3, 0.2],
            "viscosity_std_pa_s": [0.01, 0.01],
        }
    )
    draw_measured_viscosity(panel, viscosity, "AM_1", ELECTRODES)
    means = pd.DataFrame(
        {
            "psd": ["AM_1"],
            "solid_content_percent": [50.0],
            "state": ["calendered"],
            "data_origin": ["synthetic"],
            "porosity_mean": [0.25],
            "porosity_std": [0.01],
        }
    )
    draw_measured_means(panel, means, ("porosity", ""), "calendered", ELECTRODES, 100.0)
    labels = panel.get_legend_handles_labels()[1]
    assert len(labels) == 2
    assert all("synthetic example" in label for label in labels)
