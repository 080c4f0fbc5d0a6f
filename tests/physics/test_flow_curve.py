"""Fits of flow curves: known parameters come back, intervals cover them, weights count."""

import numpy as np
import pandas as pd
import pytest

from castline.results.coating import CoatingConfig
from castline.results.flow_curve import (
    POOLED,
    fit,
    flow_curves,
    intervals,
    log_viscosity,
    start_up_table,
)

RATES = np.logspace(1, 3, 9)
TRUE = {"yield_stress": 12.0, "consistency": 2.5, "index": 0.55}


def points(rates=RATES, noise=0.0, relative=0.04, seed=0, replicate=1, **true):
    """A synthetic viscosity table of one slurry."""
    true = {**TRUE, **true}
    rng = np.random.default_rng(seed)
    viscosity = np.exp(log_viscosity(rates, **true) + noise * rng.standard_normal(len(rates)))
    return pd.DataFrame(
        {
            "psd": "AM_1",
            "solid_content_percent": 50.0,
            "replicate": replicate,
            "shear_rate_per_s": rates,
            "viscosity_pa_s": viscosity,
            "viscosity_stderr_pa_s": relative * viscosity,
            "converged": True,
            "first_normal_stress_difference_pa": 0.3 * viscosity * rates,
        }
    )


def test_exact_curve_returns_its_parameters():
    result = fit("herschel_bulkley", points())
    assert {n: result.params[n].value for n in TRUE} == pytest.approx(TRUE, rel=1e-4)


def test_power_law_is_the_curve_without_yield_stress():
    result = fit("power_law", points(yield_stress=0.0))
    assert result.params["consistency"].value == pytest.approx(2.5, rel=1e-4)
    assert result.params["index"].value == pytest.approx(0.55, rel=1e-4)


def test_intervals_cover_the_truth():
    """95 % intervals of 25 noisy curves hold each true parameter in 20 at least (p < 0.01)."""
    held = dict.fromkeys(TRUE, 0)
    for seed in range(25):
        ends = intervals(fit("herschel_bulkley", points(noise=0.04, seed=seed)))
        for name, (low, high) in ends.items():
            held[name] += low <= TRUE[name] <= high
    assert min(held.values()) >= 20


def test_scatter_beyond_the_standard_errors_widens_the_interval():
    narrow = intervals(fit("power_law", points(relative=0.02, yield_stress=0.0)))["index"]
    wide = intervals(fit("power_law", points(relative=0.02, noise=0.2, seed=3, yield_stress=0.0)))[
        "index"
    ]
    assert np.ptp(wide) > 3 * np.ptp(narrow)


def test_an_uncertain_point_counts_for_less():
    """A point 50 % off pulls the fit by its weight: with ten times the error a hundredth of it."""

    def index(value, error):
        table = points(yield_stress=0.0)
        table.loc[0, "viscosity_pa_s"] *= value
        table.loc[0, "viscosity_stderr_pa_s"] = error * table["viscosity_pa_s"][0]
        return fit("power_law", table).params["index"].value

    pull, weak_pull = (abs(index(1.5, error) - TRUE["index"]) for error in (0.04, 0.4))
    assert weak_pull < 0.03 * pull


def test_points_that_did_not_converge_are_counted():
    table = points()
    table.loc[[0, 3], "converged"] = False
    assert flow_curves(table, None)["points_not_converged"].tolist() == [2, 2, 2, 2]


def test_too_few_shear_rates_leave_the_fit_empty():
    table = flow_curves(points(rates=np.array([100.0, 1000.0])), None)
    of = table.set_index(["replicate", "model"])
    assert np.isnan(of.loc[("1", "herschel_bulkley"), "yield_stress_pa"])
    assert of.loc[("1", "power_law"), "flow_index"] > 0
    assert np.isnan(of.loc[("1", "power_law"), "yield_stress_pa"])


def test_replicates_and_their_pool():
    table = pd.concat([points(noise=0.05, seed=k, replicate=k) for k in (1, 2, 3)])
    curves = flow_curves(table, None).set_index(["replicate", "model"])
    pooled = curves.loc[(POOLED, "herschel_bulkley")]
    assert pooled["points"] == 27
    width = pooled["flow_index_ci95_high"] - pooled["flow_index_ci95_low"]
    single = curves.loc[("1", "herschel_bulkley")]
    assert width < single["flow_index_ci95_high"] - single["flow_index_ci95_low"]
    assert pooled["normal_over_shear_stress"] == pytest.approx(0.3)


@pytest.mark.parametrize(("speed", "extrapolated"), [(0.02, False), (0.5, True)])
def test_coating_viscosity_lies_on_the_fit(speed, extrapolated):
    coating = CoatingConfig(blade_speed_m_per_s=speed, gap_um={"AM_1": 100.0})
    row = flow_curves(points(), coating).iloc[0]
    rate = speed / 100e-6
    assert row["coating_shear_rate_per_s"] == pytest.approx(rate)
    assert row["coating_viscosity_pa_s"] == pytest.approx(
        np.exp(log_viscosity(np.array([rate]), **TRUE))[0], rel=1e-3
    )
    low, high = (row[f"coating_viscosity_ci95_{end}_pa_s"] for end in ("low", "high"))
    assert low < row["coating_viscosity_pa_s"] < high
    assert row["coating_extrapolated"] == extrapolated


def test_start_up_keeps_the_run_from_rest_only():
    history = pd.DataFrame(
        {
            "shear_rate_per_s": [1000.0, 1000.0, 100.0],
            "from_shear_rate_per_s": [0.0, 0.0, 1000.0],
            "strain": [0.01, 0.02, 0.01],
            "viscosity_pa_s": [0.2, 0.3, 0.9],
        }
    )
    keys = {"psd": "AM_1", "solid_content_percent": 50.0, "replicate": 1}
    table = start_up_table([(keys, history)])
    assert table["strain"].tolist() == [0.01, 0.02]
    assert table["shear_stress_pa"].tolist() == pytest.approx([200.0, 300.0])
