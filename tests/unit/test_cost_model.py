"""Cost model: fits known costs, learns the speed of past runs, states its error."""

import math
import re

import pytest

from castline.base.errors import InputError
from castline.campaign.cost_model import (
    EXPONENT,
    MEASURED,
    Run,
    corrected,
    fit,
    load_cost_model,
    read_runs,
)
from castline.line.order import STAGES

HEADER = (
    "stage,psd,solid_content_percent,replicate,shear_rate_per_s,state,particles_or_voxels,steps,"
    "strain,ranks,core_seconds,peak_memory_mb\n"
)


def runs(start=2.0, per_unit=1e-6, noise=(1.0, 1.0)):
    """Runs of every stage whose costs follow the law exactly, up to the factors `noise`."""
    made = []
    for stage in ("slurry", "viscosity", "drying", "calendering", "voxels", "transport"):
        for size in (300, 1000, 3000, 10000):
            for factor in noise:
                steps = 20_000 if stage not in ("voxels", "transport") else 1
                power = EXPONENT.get(stage, 1.0)
                seconds = (start + per_unit * size**power * steps) * factor
                sheared = (100.0, 2.0) if stage == "viscosity" else (None, None)
                made.append(Run(stage, size, steps, seconds, 100 + 0.01 * size, *sheared))
    return made


def test_fit_recovers_the_law_it_was_made_from():
    cost = fit(runs(start=0.0))["slurry"]
    assert cost.seconds_per_unit == pytest.approx(1e-6, rel=1e-4)
    assert cost.log_error == pytest.approx(0.0, abs=1e-6)
    assert cost.peak_memory_mb(10_000) == pytest.approx(200.0)
    assert cost.steps == 20_000


def test_start_up_time_is_told_from_the_cost_of_a_step():
    """Without a start-up term, 300 particles would make 100 000 twice too costly."""
    cost = fit(runs(start=5.0))["drying"]
    assert cost.start_seconds == pytest.approx(5.0, rel=0.1)
    assert cost.core_seconds(100_000, 20_000) == pytest.approx(2005.0, rel=0.05)


def test_error_is_the_spread_of_the_runs():
    cost = fit(runs(start=0.0, noise=(1.25, 0.8)))["transport"]
    assert cost.log_error == pytest.approx(math.log(1.25), rel=0.05)


def test_past_runs_set_the_speed_and_the_error():
    model = fit(runs())
    past = [r for r in runs(noise=(2 * 1.1, 2 / 1.1)) if r.stage == "slurry"]
    slower = corrected(model, past)
    before, after = model["slurry"], slower["slurry"]
    assert after.core_seconds(1000, 20_000) == pytest.approx(
        2 * before.core_seconds(1000, 20_000), rel=0.01
    )
    assert after.log_error == pytest.approx(math.log(1.1), rel=0.05)
    assert after.past_runs == len(past)
    assert slower["drying"] == model["drying"]


def test_shear_steps_follow_the_rate():
    sheared = [
        Run("viscosity", 1000, int(2 * 50_000 / rate**0.5), 10.0, 100.0, rate, 2.0)
        for rate in (10.0, 100.0, 1000.0)
    ]
    others = [r for r in runs() if r.stage != "viscosity"]
    shear = fit(others + sheared)["viscosity"].shear
    assert shear.power == pytest.approx(-0.5, abs=1e-3)
    assert shear.strain == 2.0
    assert shear.per_strain(100.0) == pytest.approx(5000, rel=1e-3)


def test_campaigns_in_results_are_learnt_from_except_the_named_one(tmp_path):
    row = "slurry,AM_1,50,1,,,1000,20000,,1,{},100\n"
    for name, seconds in (("mine", 1000), ("other", 2000)):
        folder = tmp_path / name / "tables"
        folder.mkdir(parents=True)
        (folder / "cost.csv").write_text(HEADER + row.format(seconds))
    both, one = load_cost_model(tmp_path, {}), load_cost_model(tmp_path, {}, without="mine")
    assert both["slurry"].past_runs == 2
    assert one["slurry"].core_seconds(1000, 20_000) == pytest.approx(2000)


def test_older_table_without_sizes_is_passed_over(tmp_path):
    table = tmp_path / "cost.csv"
    table.write_text("stage,core_seconds,peak_memory_mb\nslurry,10,100\n")
    assert read_runs(table) == []


def test_broken_table_is_named(tmp_path):
    table = tmp_path / "cost.csv"
    table.write_text(HEADER + "slurry,AM_1,50,1,,,1000,20000,,1,fast,100\n")
    with pytest.raises(InputError, match=rf"{re.escape(str(table))}.*fast"):
        read_runs(table)


def test_shipped_measurements_cover_every_stage():
    model = fit(read_runs(MEASURED))
    assert set(model) == {*(stage.name for stage in STAGES), "voxels", "transport"}
    for stage, cost in model.items():
        assert cost.log_error < 1.0, stage
