"""Refit of the CBD conductivity: known roots, intervals, and what cannot be met."""

import math

import numpy as np
import pandas as pd
import pytest

from castline.recipe.phases import Phase
from castline.transport.cbd_refit import (
    HIGHEST,
    Film,
    Measured,
    find_conductivity,
    measured_conductivity,
    refit_campaign,
    refit_electrode,
)
from castline.transport.settings import TransportConfig

SETTINGS = TransportConfig()
SPACING = (2e-7, 2e-7, 2e-7)


def bars(cbd: int, am: int, replicate: int = 1) -> Film:
    """Straight bars of CBD and AM along z in a 10 x 10 section: sigma_e is their weighted sum."""
    image = np.full((10, 10, 4), Phase.PORE, np.uint8)
    image.reshape(100, 4)[:cbd] = Phase.CBD
    image.reshape(100, 4)[cbd : cbd + am] = Phase.AM
    return Film(replicate, image, SPACING, recipe=None)


def test_root_of_parallel_bars():
    """0.1 sigma_CBD + 0.3 sigma_AM = measured, so sigma_CBD is known."""
    measured = Measured(0.5, half_width_95=0.05, cells=3)
    row = refit_electrode([bars(10, 30)], measured, SETTINGS)
    expected = (0.5 - 0.3 * SETTINGS.sigma_am_s_per_m) / 0.1
    assert row["cbd_conductivity_s_per_m"] == pytest.approx(expected, rel=1e-3)
    assert row["sigma_e_simulated_s_per_m"] == pytest.approx(0.1 * 15.93 + 0.3 * 0.005, rel=1e-5)
    slope = 0.1 * expected / 0.5
    assert row["measurement_percent"] == pytest.approx(10 / slope, rel=0.01)
    assert row["simulation_percent"] is None
    assert row["interval_covers"] == "measurement"


def test_replicates_widen_the_interval():
    measured = Measured(0.5, half_width_95=0.005, cells=3)
    row = refit_electrode([bars(9, 0, 1), bars(11, 0, 2)], measured, SETTINGS)
    assert row["cbd_conductivity_s_per_m"] == pytest.approx(5.0, rel=1e-3)
    # 95 % half width of the mean of 9 and 11: 12.706 x 1, over their mean 10
    assert row["simulation_percent"] == pytest.approx(127.06, rel=0.01)
    width = math.exp(math.hypot(0.01, 1.2706))
    assert row["cbd_conductivity_high_95_s_per_m"] == pytest.approx(5.0 * width, rel=0.02)
    assert row["interval_covers"] == "measurement and replicates"


@pytest.mark.parametrize(
    ("film", "measured", "why"),
    [
        (bars(10, 90), 1e-3, "active material alone carries more"),
        (bars(0, 50), 1.0, f"not even a CBD of {HIGHEST:g} S/m"),
    ],
)
def test_what_no_conductivity_meets_is_named(film, measured, why):
    row = refit_electrode([film], Measured(measured, 0.0, 1), SETTINGS)
    assert row["status"] == "failed"
    assert why in row["reason"]
    assert "cbd_conductivity_s_per_m" not in row


def test_root_is_found_from_far_away():
    def curved(cbd):
        return 0.005 + cbd**0.3

    found = find_conductivity(curved, curved(0.02), start=1000.0)
    assert found == pytest.approx(0.02, rel=1e-3)


def measured_row(**values) -> dict:
    empty = {
        f"sigma_e_{method}_{part}_s_per_m": np.nan
        for method in ("impedance", "dc")
        for part in ("mean", "std", "mean_uncertainty")
    }
    cell = {"psd": "AM_1", "solid_content_percent": 48.0, "state": "calendered"}
    return {**cell, "data_origin": "synthetic", "n_cells": 1, **empty, **values}


def test_measured_interval_takes_scatter_and_uncertainty():
    name = "sigma_e_impedance_{}_s_per_m"
    values = {name.format("mean"): 1.0, name.format("mean_uncertainty"): 0.1}
    one = measured_conductivity(pd.Series(measured_row(**values)))
    assert one.half_width_95 == pytest.approx(0.196)
    values |= {name.format("std"): 0.2, "n_cells": 4}
    four = measured_conductivity(pd.Series(measured_row(**values)))
    assert four.half_width_95 == pytest.approx(math.hypot(0.196, 3.1824 * 0.1), rel=1e-4)


def test_dc_stands_in_where_impedance_is_missing():
    row = measured_row(sigma_e_dc_mean_s_per_m=2.0, sigma_e_dc_mean_uncertainty_s_per_m=0.1)
    assert measured_conductivity(pd.Series(row)).value_s_per_m == 2.0
    assert measured_conductivity(pd.Series(measured_row())) is None


def test_campaign_refits_electrodes_and_one_value_per_distribution():
    def films_of(psd, content):
        return [bars(10, 0)] if (psd, content) != ("AM_1", 52.0) else []

    rows = [
        measured_row(
            solid_content_percent=content,
            sigma_e_impedance_mean_s_per_m=value,
            sigma_e_impedance_mean_uncertainty_s_per_m=0.01,
        )
        for content, value in ((48.0, 0.4), (50.0, 0.9), (52.0, 0.5))
    ]
    rows.append({**rows[0], "state": "dried", "solid_content_percent": 60.0})
    refit, refitted = refit_campaign(films_of, pd.DataFrame(rows), SETTINGS, lambda line: None)
    assert refit["solid_content_percent"].tolist() == ["48", "50", "all"]
    joint = refit.iloc[-1]
    assert joint["cbd_conductivity_s_per_m"] == pytest.approx(6.0, rel=1e-3)  # sqrt(4 x 9)
    assert joint["cbd_conductivity_low_95_s_per_m"] < 4.0
    assert refitted["sigma_e_refitted_s_per_m"].tolist() == pytest.approx([0.6, 0.6], rel=1e-3)
    assert set(refit["data_origin"]) == {"synthetic"}


def test_campaign_without_the_measured_electrodes_has_empty_tables():
    rows = pd.DataFrame([measured_row(sigma_e_dc_mean_s_per_m=1.0)])
    refit, refitted = refit_campaign(lambda *_: [], rows, SETTINGS, lambda line: None)
    assert refit.empty
    assert refitted.empty
