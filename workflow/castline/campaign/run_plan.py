"""What a run will do, kept beside its results for whoever asks how far it is."""

from collections.abc import Callable, Iterable, Mapping

from castline.campaign.plan import LIGHT_JOB_SECONDS, ways
from castline.campaign.prediction import Prediction, stage_jobs
from castline.campaign.progress import electrode_label, job_label
from castline.line.order import ROUTES, Line

# Long jobs that the cost model does not cover; every other job without a prediction is light.
UNPREDICTED = (
    *("calibration_worker", "calibration_finalist", "calibration_electrode"),
    *("validate_acceleration", "size_effects_film", "decide_round", "composite_film"),
)


def run_plan(
    jobs: Iterable,
    cores: int,
    predict: Callable[[str, Mapping], Prediction],
    line: Line = ROUTES["slurry"],
) -> dict:
    """Plan of a run, to be written as JSON and read by `castline.campaign.progress`.

    Parameters
    ----------
    jobs : Snakemake's jobs that will run; those without a log are targets and do nothing.
    cores : of this machine; on a cluster, jobs at once.
    predict : cost of a job, from its rule and wildcards.
    line : the campaign's route.
    """
    foreseen = {rule for rule, _ in stage_jobs(line)}
    rows = []
    for job in jobs:
        if not job.log:
            continue
        rule, seconds, ranks = job.rule.name, LIGHT_JOB_SECONDS, 1
        if rule in UNPREDICTED:
            seconds = None
        elif rule in foreseen:
            predicted = predict(rule, job.wildcards)
            seconds, ranks = predicted.wall_seconds, predicted.ranks
        rows.append(
            {
                "rule": rule,
                "electrode": electrode_label(job.wildcards),
                "label": job_label(job.wildcards),
                "log": str(job.log[0]),
                "wall_seconds": seconds,
                "ranks": ranks,
            }
        )
    simulations = [stage.name for stage in line]
    return {"cores": cores, "simulations": simulations, "ways": ways(line), "jobs": rows}


def lift_default_rate(workflow) -> None:
    """Take away Snakemake's own limit of 100 jobs started a second; one that was asked for stays.

    With it Snakemake looks at all open jobs once a second more for every job that has ended.
    """
    limit = getattr(workflow.scheduler, "job_rate_limiter", None)
    if limit and (limit.max_jobs, limit.timespan) == (100, 1):
        workflow.scheduler.job_rate_limiter = None
