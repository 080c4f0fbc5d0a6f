"""What a campaign will cost, before it runs: every job's core-hours, memory, wall time and disk.

The same predictions set the jobs' requests on a cluster. `docs/scaling.md` has the measurements.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from castline.config import Campaign
from castline.cost_model import PARTICLE_STAGES, CostModel, StageCost
from castline.ranks import NODE_CORES, ranks_for
from castline.recipe import Recipe

# Typical porosities, to guess the size of an image from the recipe.
TYPICAL_POROSITY = {"slurry": 0.0, "dried": 0.68, "calendered": 0.25}
# Speed of the plane at which the calendering steps of the cost model were measured.
MEASURED_STRAIN_PER_STEP = 2e-5
# Each further rank of a LAMMPS run costs this share of the time of one (docs/scaling.md).
PARALLEL_LOSS = 0.01
# Requests: twice the prediction times its error factor, but at least so much.
SAFETY = 2.0
SHORTEST_REQUEST_MIN = 10
LONGEST_REQUEST_MIN = 24 * 60
# Two nested Snakemakes and Python itself, beside what a stage was measured to use.
OVERHEAD_MB = 500
# Start of a job on a node: two nested Snakemakes, Python.
JOB_START_SECONDS = 10.0
# Compressed size of states, histories and label images; restart files while a stage runs.
BYTES_PER_PARTICLE = 400
BYTES_PER_VOXEL = 0.05
WORK_BYTES_PER_PARTICLE = 2500


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
    """Predictions for the jobs of one campaign."""

    def __init__(self, campaign: Campaign, model: CostModel):
        self.campaign, self.model = campaign, model
        self._recipes: dict[tuple[str, str], Recipe] = {}

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
            recipe.slurry_volume_m3
            if state == "slurry"
            else recipe.skeleton_volume_m3 / (1 - TYPICAL_POROSITY[state])
        )
        return round(volume / (self.campaign.transport.voxel_um * 1e-6) ** 3)

    def predict(self, stage: str, psd: str, solid_content: str, state: str = "") -> Prediction:
        """Cost of one job of a stage: slurry, viscosity, drying, calendering, voxels, transport."""
        recipe, cost = self.recipe(psd, solid_content), self.model.stages[stage]
        if stage in PARTICLE_STAGES:
            return self._particle_job(stage, recipe, cost)
        size = self.voxels(recipe, state)
        seconds = cost.core_seconds(size)
        return Prediction(
            stage=stage,
            core_seconds=seconds,
            ranks=1,
            wall_seconds=seconds + JOB_START_SECONDS,
            memory_mb=cost.peak_memory_mb(size),
            disk_mb=size * BYTES_PER_VOXEL / 1e6 if stage == "voxels" else 0.0,
            log_error=cost.log_error,
        )

    def _particle_job(self, stage: str, recipe: Recipe, cost: StageCost) -> Prediction:
        size = recipe.particle_count
        ranks = ranks_for(size)
        seconds = sum(cost.core_seconds(size, steps) for steps in self._steps(stage, cost))
        seconds *= 1 + PARALLEL_LOSS * (ranks - 1)
        return Prediction(
            stage=stage,
            core_seconds=seconds,
            ranks=ranks,
            wall_seconds=seconds / ranks + JOB_START_SECONDS,
            memory_mb=cost.memory_mb * ranks + cost.memory_mb_per_unit * size,
            disk_mb=size * (BYTES_PER_PARTICLE + WORK_BYTES_PER_PARTICLE) / 1e6,
            log_error=math.hypot(cost.log_error, cost.steps_log_error),
        )

    def _steps(self, stage: str, cost: StageCost) -> list[float]:
        """Expected steps of each LAMMPS chain of a stage."""
        if stage == "viscosity":
            settings, shear = self.campaign.viscosity, self.model.shear
            strain = min(max(shear.strain, settings.min_strain), settings.max_strain)
            return [strain * shear.per_strain(rate) for rate in settings.shear_rates_per_s]
        if stage == "calendering":
            faster = self.campaign.calendering.strain_per_step / MEASURED_STRAIN_PER_STEP
            return [cost.steps / faster]
        return [cost.steps]

    @cached_property
    def jobs(self) -> list[Prediction]:
        """Every job that the cost model covers."""
        matrix = self.campaign.matrix
        predicted = [
            self.predict(stage, psd, solid_content, state)
            for psd in matrix.psds
            for solid_content in matrix.solid_content_percent
            for stage, state in STAGE_JOBS
        ]
        return predicted * matrix.replicates


STAGE_JOBS = [
    *((stage, "") for stage in PARTICLE_STAGES),
    *(("voxels", state) for state in TYPICAL_POROSITY),
    *(("transport", state) for state in ("dried", "calendered")),
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


@dataclass(frozen=True)
class Total:
    """Sum of jobs; `factor` is the error: the truth lies between total / factor and * factor."""

    jobs: int
    core_hours: float
    factor: float
    largest_memory_mb: float
    disk_gb: float


def total(jobs: Iterable[Prediction]) -> Total:
    """Sum of predictions, whose errors are taken as fully correlated within a stage only."""
    jobs = list(jobs)
    seconds = sum(job.core_seconds for job in jobs)
    by_stage: dict[str, float] = {}
    for job in jobs:
        by_stage[job.stage] = by_stage.get(job.stage, 0.0) + job.core_seconds * job.log_error
    error = math.sqrt(sum(value**2 for value in by_stage.values()))
    return Total(
        jobs=len(jobs),
        core_hours=seconds / 3600,
        factor=math.exp(error / seconds) if seconds else 1.0,
        largest_memory_mb=max((job.memory_mb for job in jobs), default=0.0),
        disk_gb=sum(job.disk_mb for job in jobs) / 1e3,
    )


def wall_hours(jobs: Iterable[Prediction], longest_chain_hours: float, nodes: int) -> float:
    """Wall time on so many nodes: all jobs packed on their cores, but no less than one cell."""
    packed = sum(job.wall_seconds * job.ranks for job in jobs) / 3600 / (nodes * NODE_CORES)
    return max(packed, longest_chain_hours)
