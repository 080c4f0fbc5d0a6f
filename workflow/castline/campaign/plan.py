"""The printed plan of a campaign, and how past predictions met what was used."""

import math
from collections.abc import Iterable, Mapping

from castline.base.text_table import aligned
from castline.campaign.config import Campaign
from castline.campaign.cost_model import Run
from castline.campaign.prediction import (
    Planner,
    Prediction,
    composite_jobs,
    error_of_sum,
    request_memory_mb,
)
from castline.campaign.size_effects import sized_line
from castline.lammps.ranks import NODE_CORES
from castline.line.order import Line

# Everything that the cost model does not cover: tables, figures, structure; seconds a job, the mean
# of the demo (docs/scaling.md).
LIGHT_JOB_SECONDS = 4.0
# The reason of every job that stands behind another one in the line. A rule that has a reason of
# its own is listed under that one only.
FOLLOWS = "input files updated by another job"


def ways(line: Line) -> list[list[str]]:
    """Stages of one electrode that wait for each other.

    Images and fields follow where a state is made.
    """
    return [
        [
            *(part.name for part in line.chain_to(stage)),
            *(("voxels", "transport") if stage.state else ()),
        ]
        for stage in line
    ]


def times(log_error: float) -> str:
    """An error factor such as x/1.4: the truth lies between value / 1.4 and value * 1.4."""
    return f"x/{math.exp(log_error):.2f}"


def _share(jobs: list[Prediction], wanted: int) -> float:
    """Part of a stage's predicted cost that is still to run, all its jobs taken as equal."""
    return min(wanted / len(jobs), 1.0) if jobs else 0.0


def longest_cell_hours(planner: Planner) -> float:
    """Wall time of the slowest electrode when nothing waits for a core."""
    slowest = 0.0
    matrix = planner.campaign.matrix
    for psd in matrix.powders:
        for solid_content in matrix.contents:
            wall: dict[str, float] = {}
            for job in planner.cell(psd, solid_content):
                wall[job.stage] = max(wall.get(job.stage, 0.0), job.wall_seconds)
            slowest = max(
                slowest, *(sum(wall[stage] for stage in way) for way in ways(planner.line))
            )
    return slowest / 3600


def plan_text(
    planner: Planner, to_run: Mapping[str, int], reasons: Mapping[str, list[str]], nodes: int
) -> str:
    """What would run, what it costs, and why it runs.

    Parameters
    ----------
    to_run : jobs that the workflow would run, by rule.
    reasons : rules by reason.
    nodes : nodes of 40 cores.
    """
    by_stage = {s: [job for job in planner.jobs if job.stage == s] for s in planner.stages}
    rows, core_hours, busy_hours, disk_gb = [], 0.0, 0.0, 0.0
    weighted: list[Prediction] = []
    for stage, jobs in by_stage.items():
        wanted = to_run.get(stage, 0)
        share = _share(jobs, wanted)
        hours = share * sum(job.core_seconds for job in jobs) / 3600
        core_hours += hours
        busy_hours += share * sum(job.wall_seconds * job.ranks for job in jobs) / 3600
        disk_gb += share * sum(job.disk_mb for job in jobs) / 1e3
        weighted += jobs if wanted else []
        ranks = sorted({job.ranks for job in jobs})
        rows.append(
            [
                stage,
                str(len(jobs)),
                str(len(jobs) - wanted),
                str(wanted),
                f"{sum(j.core_seconds for j in jobs) / len(jobs) / 3600:.3g}",
                f"{hours:.3g}",
                times(jobs[0].log_error),
                "-".join(str(r) for r in dict.fromkeys([ranks[0], ranks[-1]])),
                f"{max(request_memory_mb(j, 1) for j in jobs)}",
            ]
        )
    others = {rule: n for rule, n in to_run.items() if rule not in planner.stages and rule != "all"}
    light = sum(others.values())
    hours = light * LIGHT_JOB_SECONDS / 3600
    core_hours, busy_hours = core_hours + hours, busy_hours + hours
    each = f"{LIGHT_JOB_SECONDS / 3600:.3g}"
    rows.append(
        [f"others ({len(others)} rules)", "", "", str(light), each, f"{hours:.3g}"] + [""] * 3
    )

    header = ["stage", "jobs", "done", "to run", "core-h each", "core-h to run", "error", "ranks"]
    header.append("MB asked")
    matrix = planner.campaign.matrix
    particles = [planner.recipe(p, c).particle_count for p in matrix.powders
                 for c in matrix.contents]  # fmt: skip
    nothing = not any(to_run.values())
    wall = 0.0 if nothing else max(busy_hours / (nodes * NODE_CORES), longest_cell_hours(planner))
    lines = [
        f"Campaign {planner.campaign.campaign}: {len(planner.replicates)} electrodes "
        f"({len(matrix.psds)} PSDs x "
        + (f"{len(matrix.compositions)} compositions x " if matrix.compositions else "")
        + (f"{len(matrix.drying_rates)} drying rates x " if matrix.drying_rates else "")
        + f"{len(matrix.contents)} {matrix.axis.name}s), "
        f"{_replicates(planner)}, {min(particles)} to {max(particles)} particles",
        "",
        *aligned(header, rows, right=range(1, len(header))),
        "",
        f"core-hours to run       {core_hours:.3g}, error {times(error_of_sum(weighted))}",
        f"node-hours              {busy_hours / NODE_CORES:.3g} on {NODE_CORES}-core nodes, packed",
        f"wall time               {wall:.3g} h on {nodes} node(s), without queueing; no less than "
        f"{longest_cell_hours(planner):.3g} h, the slowest electrode",
        f"memory                  {_node_memory_gb(weighted):.3g} GB on a full node at most",
        f"disk                    {disk_gb:.3g} GB in results/{planner.campaign.campaign}/, most "
        "of it in work/",
        *_beyond(planner.campaign),
        "",
        *_reason_lines(to_run, reasons),
        "",
        _source(planner),
    ]
    return "\n".join(lines) + "\n"


def _beyond(campaign: Campaign) -> list[str]:
    """What the campaign has targets of their own for."""
    lines = []
    if (rounds := campaign.decide) is not None:
        lines.append(
            f"`snakemake decide`      up to {rounds.films} films and {rounds.viscosity} sheared "
            f"slurries each, in {rounds.core_hours:g} core-hours more"
        )
    if (other := campaign.size_effects) is not None:
        matrix = campaign.matrix
        electrodes = other.electrodes_of(matrix.powders, matrix.contents)
        jobs = [
            job
            for planner in (Planner(sized_line(campaign, size), None) for size in other.sizes)
            for electrode in electrodes
            for job in planner.cell(*electrode)
            if job.stage != "viscosity"
        ] * other.replicates
        hours = sum(job.core_seconds for job in jobs) / 3600
        number = len(other.sizes) * len(electrodes) * other.replicates
        lines.append(
            f"`snakemake size_effects` {number} films of {len(other.sizes)} sizes, {hours:.3g} "
            f"core-hours, error {times(error_of_sum(jobs))}"
        )
    if (published := campaign.composites) is not None:
        samples = [(given, name) for given in published.chosen.values() for name in given.samples]
        planner = Planner(campaign, None)
        jobs = [job for given, name in samples for job in composite_jobs(planner, given, name)]
        hours = published.replicates * sum(job.core_seconds for job in jobs) / 3600
        lines.append(
            f"`snakemake validate_composites` {published.replicates * len(samples)} films of "
            f"{len(samples)} powders, {hours:.3g} core-hours, error {times(error_of_sum(jobs))}"
        )
    return lines


def _replicates(planner: Planner) -> str:
    """Such as '3 replicates each', or '6 to 9 films and 3 sheared slurries each'."""
    numbers = list(planner.replicates.values())

    def each(values: list[int]) -> str:
        return " to ".join(str(end) for end in sorted({min(values), max(values)}))

    films, sheared = each([n.films for n in numbers]), each([n.viscosity for n in numbers])
    if all(n.films == n.viscosity for n in numbers):
        return f"{films} replicate{'' if films == '1' else 's'} each"
    return f"{films} films and {sheared} sheared slurries each"


def _node_memory_gb(jobs: Iterable[Prediction]) -> float:
    """Memory of a node filled with the jobs that ask for most a core."""
    per_core = [request_memory_mb(job, 1) / job.ranks for job in jobs]
    return NODE_CORES * max(per_core, default=0.0) / 1e3


def _reason_lines(to_run: Mapping[str, int], reasons: Mapping[str, list[str]]) -> list[str]:
    if not any(to_run.values()):
        return ["Nothing to run: every result is there and up to date."]
    lines, told = ["Why it runs:"], {"all"}
    for reason in sorted(reasons, key=lambda reason: reason.startswith(FOLLOWS)):
        named = [rule for rule in reasons[reason] if rule in to_run and rule not in told]
        told |= set(named)
        if named:
            listed = ", ".join(f"{rule} ({to_run[rule]})" for rule in named)
            lines.append(f"  {reason}: {listed}")
    return lines


def _source(planner: Planner) -> str:
    if planner.campaign.acceleration == "none":
        return (
            "acceleration: none is not in the cost model: simulations take many times the steps "
            "assumed here (docs/method.md)."
        )
    past = {stage: planner.model[stage].past_runs for stage in planner.stages}
    if not any(past.values()):
        return "Speeds: shipped measurements only (docs/scaling.md); no past run of yours yet."
    return (
        "Speeds: shipped measurements at the speed of your past runs ("
        + ", ".join(f"{stage} {n}" for stage, n in past.items())
        + ")."
    )


def used_text(planner: Planner, runs: list[Run]) -> str:
    """Predicted and used core-hours of a finished campaign, by stage.

    `runs` are the rows of its cost table; the planner's model must not have learnt from them.
    """
    rows = []
    sums = [0.0, 0.0]
    jobs = planner.jobs
    for stage in planner.stages:
        predicted = sum(j.core_seconds for j in jobs if j.stage == stage) / 3600
        used = sum(r.core_seconds for r in runs if r.stage == stage) / 3600
        if used:
            sums = [sums[0] + predicted, sums[1] + used]
            error = next(j.log_error for j in jobs if j.stage == stage)
            rows.append([stage, f"{predicted:.3g}", f"{used:.3g}", f"{used / predicted:.2f}",
                         times(error)])  # fmt: skip
    if not rows:
        return "No cost table yet.\n"
    rows.append(["total", f"{sums[0]:.3g}", f"{sums[1]:.3g}", f"{sums[1] / sums[0]:.2f}",
                 times(error_of_sum(jobs))])  # fmt: skip
    header = ["stage", "core-h predicted", "core-h used", "used / predicted", "stated error"]
    return "\n".join(aligned(header, rows, right=range(1, len(header)))) + "\n"
