"""Predictions of jobs, their requests, and the printed plan."""

import math
import re

import pytest

from castline.campaign.config import load_campaign, read_campaign
from castline.campaign.cost_model import MEASURED, read_runs
from castline.campaign.plan import LIGHT_JOB_SECONDS, plan_text, used_text
from castline.campaign.prediction import (
    LONGEST_REQUEST_MIN,
    Planner,
    composite_jobs,
    error_of_sum,
    request_memory_mb,
    request_minutes,
)
from castline.lammps.ranks import NODE_CORES
from castline.line.order import ROUTES


@pytest.fixture
def planner_of(campaign_dict, tmp_path):
    def make(**changes) -> Planner:
        return Planner(load_campaign({**campaign_dict, **changes}), tmp_path)

    return make


def test_every_electrode_and_replicate_has_its_jobs(planner_of, campaign_dict):
    matrix = {**campaign_dict["matrix"], "solid_content_percent": ["48", "50"], "replicates": 3}
    planner = planner_of(matrix=matrix)
    assert planner.runs == dict.fromkeys([stage.name for stage in ROUTES["slurry"]], 6)
    count = {stage: sum(j.stage == stage for j in planner.jobs) for stage in ("slurry", "voxels")}
    assert count == {"slurry": 6, "voxels": 6 * len(ROUTES["slurry"].states)}
    assert "2 solid contents), 3 replicates each" in plan_text(planner, {"all": 0}, {}, nodes=1)


def test_films_and_sheared_slurries_have_numbers_of_their_own(planner_of, campaign_dict):
    def planner(films, viscosity):
        replicates = {"films": films, "viscosity": viscosity}
        return planner_of(matrix={**campaign_dict["matrix"], "replicates": replicates})

    more_films = planner(5, 2)
    films = dict.fromkeys(("drying", "calendering", "assembling"), 5)
    assert more_films.runs == {"slurry": 5, "viscosity": 2, **films}
    assert sum(job.stage == "transport" for job in more_films.jobs) == 5 * len(
        ROUTES["slurry"].films
    )
    text = plan_text(more_films, {"all": 0}, {}, nodes=1)
    assert "5 films and 2 sheared slurries each" in text
    assert row(text, "viscosity")[1:3] == ["2", "2"]
    assert row(text, "drying")[1:3] == ["5", "5"]
    assert planner(2, 5).runs["slurry"] == 5


def test_plan_names_what_has_a_target_of_its_own(planner_of):
    rounds = {"films": 9, "viscosity": 5, "core_hours": 2.5}
    sizes = {"area": [2], "thickness": [4], "replicates": 3}
    text = plan_text(planner_of(decide=rounds, size_effects=sizes), {"all": 0}, {}, nodes=1)
    assert "up to 9 films and 5 sheared slurries each, in 2.5 core-hours more" in text
    [films, hours] = re.search(
        r"size_effects` (\d+) films of 3 sizes, ([\d.]+) core-", text
    ).groups()
    assert films == "9"
    jobs = [job for job in planner_of().cell("AM_1", "50") if job.stage != "viscosity"]
    assert float(hours) * 3600 > 3 * (1 + 2 + 4) * sum(job.core_seconds for job in jobs) * 0.5


def test_plan_names_the_films_of_published_composites():
    campaign = read_campaign("config/composites.yaml")
    planner = Planner(campaign, None)
    text = plan_text(planner, {"all": 0}, {}, nodes=1)
    [films, powders, hours] = re.search(
        r"validate_composites` (\d+) films of (\d+) powders, ([\d.]+) core-", text
    ).groups()
    assert int(films) == 3 * int(powders)
    given = campaign.composites.sets["ketter_2025_porosity"]
    small, large = (composite_jobs(planner, given, name) for name in ("pure_se", "ncm_40"))
    assert float(hours) * 3600 > 3 * sum(job.core_seconds for job in large)
    pressing = [sum(job.core_seconds for job in film[:2]) for film in (small, large)]
    assert pressing[1] / pressing[0] == pytest.approx(2500 / 600, rel=0.2)


def test_small_box_takes_one_core_and_a_large_one_its_ranks(planner_of):
    small = planner_of().predict("slurry", "AM_1", "50")
    assert small.ranks == 1
    large = planner_of(recipe={"dry_mass_g": 2.75e-6}).predict("slurry", "AM_1", "50")
    assert large.ranks == NODE_CORES
    assert large.wall_seconds < large.core_seconds / 20


def test_cost_grows_with_what_the_config_asks_for(planner_of, campaign_dict):
    def viscosity(**settings):
        changed = {**campaign_dict["viscosity"], **settings}
        return planner_of(viscosity=changed).predict("viscosity", "AM_1", "50").core_seconds

    assert viscosity(shear_rates_per_s=[10, 100]) > viscosity(shear_rates_per_s=[100])
    long = viscosity(min_strain=40, max_strain=40) / viscosity(min_strain=4, max_strain=4)
    assert long == pytest.approx(10, rel=0.3)

    def calendering(speed):
        planner = planner_of(calendering={"strain_per_step": speed})
        return planner.predict("calendering", "AM_1", "50").core_seconds

    assert calendering(1e-5) == pytest.approx(2 * calendering(2e-5), rel=0.2)

    def voxels(rule, state):
        planner = planner_of(transport={"voxel_rule": rule})
        return planner.predict("voxels", "AM_1", "50", state).core_seconds

    assert voxels("conserved", "calendered") > voxels("plain", "calendered")
    assert voxels("conserved", "slurry") == voxels("plain", "slurry")

    def drying(**shrinkage):
        planner = planner_of(drying={"shrinkage": shrinkage})
        return planner.predict("drying", "AM_1", "50").core_seconds

    longer = drying(stages=40) - drying(stages=20)
    assert longer > 0
    assert drying(stages=20, steps_per_stage=1000) - drying(stages=20) == pytest.approx(longer)
    assert drying(stages=1) < drying(stages=20)


def test_requests_grow_with_the_attempt_up_to_the_longest(planner_of):
    job = planner_of().predict("drying", "AM_1", "50")
    minutes = [request_minutes(job, attempt) for attempt in (1, 2, 3)]
    assert minutes == [minutes[0] * k for k in (1, 2, 3)]
    assert minutes[0] * 60 > job.wall_seconds
    assert request_minutes(job, 10**6) == LONGEST_REQUEST_MIN
    memory = [request_memory_mb(job, attempt) for attempt in (1, 2)]
    assert memory[1] > memory[0] > job.memory_mb


def test_error_of_a_sum_lies_between_its_parts(planner_of):
    jobs = planner_of().jobs
    errors = [job.log_error for job in jobs]
    assert 0 < error_of_sum(jobs) < max(errors)
    one_stage = [job for job in jobs if job.stage == "drying"]
    assert error_of_sum(one_stage * 3) == pytest.approx(one_stage[0].log_error)


def row(text: str, stage: str) -> list[str]:
    [line] = [line for line in text.splitlines() if line.startswith(f"{stage} ")]
    return line.split()


def test_plan_counts_what_is_done_and_says_why_the_rest_runs(planner_of, campaign_dict):
    planner = planner_of(matrix={**campaign_dict["matrix"], "replicates": 4})
    to_run = {"slurry": 1, "viscosity": 4, "structure": 2, "all": 1}
    reasons = {
        "input files updated by another job": ["all", "structure", "viscosity"],
        "code has changed since last execution": ["slurry", "viscosity"],
    }
    text = plan_text(planner, to_run, reasons, nodes=2)
    assert row(text, "slurry")[1:4] == ["4", "3", "1"]
    assert row(text, "drying")[1:4] == ["4", "4", "0"]
    assert row(text, "others")[3] == "2"
    assert "code has changed since last execution: slurry (1), viscosity (4)\n" in text
    assert "input files updated by another job: structure (2)\n" in text
    [hours] = re.findall(r"core-hours to run +([\d.]+)", text)
    predicted = [j.core_seconds for j in planner.jobs if j.stage == "viscosity"]
    predicted.append(next(j.core_seconds for j in planner.jobs if j.stage == "slurry"))
    assert float(hours) * 3600 == pytest.approx(
        math.fsum(predicted) + 2 * LIGHT_JOB_SECONDS, rel=0.01
    )
    assert "on 2 node(s)" in text


def test_plan_says_what_the_cost_model_does_not_know(planner_of):
    text = plan_text(planner_of(acceleration="none"), {"slurry": 1}, {}, nodes=1)
    assert "acceleration: none is not in the cost model" in text


def test_finished_campaign_has_nothing_to_run(planner_of):
    text = plan_text(planner_of(), {"all": 0}, {}, nodes=1)
    assert "Nothing to run" in text
    assert re.search(r"core-hours to run +0,", text)


def test_more_nodes_shorten_the_wall_time_down_to_one_electrode(planner_of, campaign_dict):
    planner = planner_of(matrix={**campaign_dict["matrix"], "replicates": 900})
    to_run = {"slurry": 900, "viscosity": 900, "drying": 900, "calendering": 900}

    def hours(nodes):
        text = plan_text(planner, to_run, {}, nodes)
        return [float(x) for x in re.search(r"time +([\d.]+) h.*than ([\d.]+) h", text).groups()]

    assert hours(1)[0] == pytest.approx(2 * hours(2)[0], rel=0.02)
    wall, slowest = hours(1000)
    assert wall == slowest


def test_used_beside_predicted(planner_of):
    planner = planner_of()
    runs = [r for r in read_runs(MEASURED) if r.stage == "slurry"][:1]
    cells = row(used_text(planner, runs), "slurry")
    predicted = planner.predict("slurry", "AM_1", "50").core_seconds
    assert float(cells[3]) == pytest.approx(runs[0].core_seconds / predicted, abs=0.01)
    assert used_text(planner, []) == "No cost table yet.\n"
