"""What a campaign will cost, before it runs: every job's core-hours, memory, wall time and disk.

The same predictions set the jobs' requests on a cluster. `docs/scaling.md` has the measurements.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from castline.campaign.config import Campaign
from castline.campaign.cost_model import StageCost, load_cost_model
from castline.campaign.decided import campaign_matrix
from castline.composites.films import measured_state, stages_of
from castline.composites.recipes import recipe_of
from castline.composites.settings import CompositeSetConfig
from castline.lammps.ranks import ranks_for
from castline.line.order import ROUTES, STAGES, Line
from castline.line.stage import Stage
from castline.recipe.recipe import Recipe
from castline.recipe.replicates import counts

# Each further rank of a LAMMPS run costs this share of the time of one; assumed (docs/scaling.md).
PARALLEL_LOSS = 0.01
# Requests: twice the prediction times its error factor, but at least so much.
SAFETY = 2.0
SHORTEST_REQUEST_MIN = 10
LONGEST_REQUEST_MIN = 24 * 60
# Two nested Snakemakes and Python itself, beside what a stage was measured to use.
OVERHEAD_MB = 500
# Start of a job on a node: two nested Snakemakes, Python.
JOB_START_SECONDS = 10.0
# Measured on results/demo: states and series per particle, label images per voxel, and small files.
RESULT_BYTES_PER_PARTICLE = 40
RESULT_BYTES_PER_VOXEL = 0.1
RESULT_BYTES_PER_JOB = 50_000
# Measured on stored films: the rounds in which a conserved image finds its radii.
CONSERVED_SECONDS_PER_VOXEL = 1.5e-6
# Two restart files, two dumps and the data file of every LAMMPS chain, until work/ is deleted.
WORK_BYTES_PER_PARTICLE = 1100


def stage_jobs(line: Line) -> list[tuple[str, str]]:
    """What the cost model covers of a route, with the state where a stage has one job for each."""
    return [
        *((stage.name, "") for stage in line),
        *(("voxels", state) for state in line.states),
        *(("transport", state) for state in line.films),
    ]


@dataclass(frozen=True)
class Prediction:
    """Predicted cost of one job; `log_error` is the standard deviation of ln(true / predicted)."""

    stage: str
    core_seconds: float
    ranks: int
    wall_seconds: float
    memory_mb: float
    disk_mb: float
    log_error: float


class Planner:
    """Predictions for the jobs of one campaign.

    Parameters
    ----------
    results : folder of all campaigns, whose past runs correct the speeds; None for none of them.
    without : a campaign whose own runs are left out.
    """

    def __init__(self, campaign: Campaign, results: Path | None, without: str | None = None):
        self.campaign = campaign
        self.line = ROUTES[campaign.route]
        root = None if results is None else results / campaign.campaign
        self.replicates = counts(campaign_matrix(campaign, root))
        steps = {stage.name: stage.cost.steps for stage in STAGES}
        self.model = load_cost_model(results, steps, without)
        self._recipes: dict[tuple[str, str], Recipe] = {}

    @property
    def stages(self) -> tuple[str, ...]:
        """What the cost model covers, by name, in the order of the route."""
        return tuple(dict.fromkeys(stage for stage, _ in stage_jobs(self.line)))

    def recipe(self, psd: str, solid_content: str) -> Recipe:
        key = (psd, solid_content)
        if key not in self._recipes:
            self._recipes[key] = self.campaign.recipe_of(psd, solid_content)
        return self._recipes[key]

    def ranks(self, psd: str, solid_content: str) -> int:
        return ranks_for(self.recipe(psd, solid_content).particle_count)

    def voxels(self, recipe: Recipe, state: str) -> int:
        """Voxels of one state's label image."""
        volume = (
            recipe.skeleton_volume_m3 / (1 - self.line.maker_of(state).cost.porosity)
            if state in self.line.films
            else recipe.slurry_volume_m3
        )
        return round(volume / (self.campaign.transport.voxel_um * 1e-6) ** 3)

    def predict(self, stage: str, psd: str, solid_content: str, state: str = "") -> Prediction:
        """Cost of one job of a stage: a stage of the line, voxels or transport."""
        return self.predict_recipe(stage, self.recipe(psd, solid_content), state)

    def predict_recipe(self, stage: str, recipe: Recipe, state: str = "") -> Prediction:
        """As `predict`, of particles that need not be in the matrix."""
        cost = self.model[stage]
        for made in self.line:
            if made.name == stage:
                return self._particle_job(made, recipe, cost)
        size = self.voxels(recipe, state)
        seconds = cost.core_seconds(size)
        conserved = self.campaign.transport.voxel_rule == "conserved"
        if stage == "voxels" and state in self.line.films and conserved:
            seconds += CONSERVED_SECONDS_PER_VOXEL * size
        image_bytes = RESULT_BYTES_PER_VOXEL * size if stage == "voxels" else 0.0
        return Prediction(
            stage=stage,
            core_seconds=seconds,
            ranks=1,
            wall_seconds=seconds + JOB_START_SECONDS,
            memory_mb=cost.peak_memory_mb(size),
            disk_mb=(RESULT_BYTES_PER_JOB + image_bytes) / 1e6,
            log_error=cost.log_error,
        )

    def _particle_job(self, stage: Stage, recipe: Recipe, cost: StageCost) -> Prediction:
        size = recipe.particle_count
        ranks = ranks_for(size)
        chains = stage.cost.chains(self.campaign.of_stage(stage), cost)
        seconds = sum(cost.core_seconds(size, steps) for steps in chains)
        seconds *= 1 + PARALLEL_LOSS * (ranks - 1)
        particle_bytes = RESULT_BYTES_PER_PARTICLE + len(chains) * WORK_BYTES_PER_PARTICLE
        return Prediction(
            stage=stage.name,
            core_seconds=seconds,
            ranks=ranks,
            wall_seconds=seconds / ranks + JOB_START_SECONDS,
            memory_mb=cost.memory_mb * ranks + cost.memory_mb_per_unit * size,
            disk_mb=(RESULT_BYTES_PER_JOB + size * particle_bytes) / 1e6,
            log_error=math.hypot(cost.log_error, cost.steps_log_error),
        )

    def cell(self, psd: str, solid_content: str) -> list[Prediction]:
        """The jobs of one electrode that the cost model covers."""
        jobs = stage_jobs(self.line)
        return [self.predict(stage, psd, solid_content, state) for stage, state in jobs]

    @cached_property
    def jobs(self) -> list[Prediction]:
        """As `cell`, of all electrodes, each job as often as its stage has replicates."""
        return [
            job
            for electrode, number in self.replicates.items()
            for job in self.cell(*electrode)
            for _ in range(number.of_stage(job.stage))
        ]

    @property
    def runs(self) -> dict[str, int]:
        """Runs of each particle stage."""
        numbers = self.replicates.values()
        names = [stage.name for stage in self.line]
        return {stage: sum(n.of_stage(stage) for n in numbers) for stage in names}


def composite_jobs(planner: Planner, given: CompositeSetConfig, name: str) -> list[Prediction]:
    """The stages of one film of a published composite: the line, then image and fields.

    Parameters
    ----------
    planner : of the campaign, on the powder route.
    given : the set.
    name : of the sample.
    """
    sample = given.samples[name]
    recipe, state = recipe_of(sample, given), measured_state(sample)
    return [
        *(planner.predict_recipe(stage.name, recipe) for stage in stages_of(sample)),
        *(planner.predict_recipe(job, recipe, state) for job in ("voxels", "transport")),
    ]


def request_minutes(job: Prediction, attempt: int) -> int:
    """Walltime to ask for: generous, and more with every attempt.

    A stage that needs longer than the longest request stops itself before the end and goes on in
    the next attempt.
    """
    minutes = SAFETY * math.exp(job.log_error) * job.wall_seconds / 60
    return min(max(math.ceil(minutes), SHORTEST_REQUEST_MIN) * attempt, LONGEST_REQUEST_MIN)


def request_memory_mb(job: Prediction, attempt: int) -> int:
    """Memory to ask for, in whole 100 MB, and more with every attempt."""
    return 100 * math.ceil((OVERHEAD_MB + 1.3 * job.memory_mb) * attempt / 100)


def error_of_sum(jobs: Iterable[Prediction]) -> float:
    """Standard deviation of ln(true / predicted) of the sum of core-seconds.

    Errors within a stage count as fully correlated, between stages as independent.
    """
    sums: dict[str, float] = {}
    seconds = 0.0
    for job in jobs:
        sums[job.stage] = sums.get(job.stage, 0.0) + job.core_seconds * job.log_error
        seconds += job.core_seconds
    return math.hypot(*sums.values()) / seconds if seconds else 0.0
