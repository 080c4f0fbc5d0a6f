"""The campaign on a real Slurm: packed, killed, resumed. Each test says what survived."""

import os
import re

import pytest
from toy_campaign import PATIENCE, SLURRY
from toy_slurm import is_alive, wait_until

pytestmark = [pytest.mark.slurm, pytest.mark.timeout(3600)]

RESULTS = ["slurry_history.csv", "slurry.dump.gz"]


def same_as(uninterrupted, campaign) -> bool:
    return all(campaign.read(name) == uninterrupted.read(name) for name in RESULTS)


def kept(before: dict[str, int], campaign) -> bool:
    """Whether every segment that was finished then is still the same file."""
    return before.items() <= campaign.segments().items()


def test_campaign_runs_through_the_executor_one_core_a_job(uninterrupted):
    """Survives: every table; no job holds more of the node than it uses."""
    tables = {p.stem for p in (uninterrupted.folder / "results/toy/tables").iterdir()}
    assert {"viscosity", "structure", "transport", "calendering", "cost"} <= tables
    assert (uninterrupted.folder / "results/toy/summary.txt").exists()
    jobs = uninterrupted.cluster.jobs()
    simulations = [j for j, rule in jobs.items() if rule in ("slurry", "viscosity", "drying")]
    assert len(simulations) >= 3
    for number in simulations:
        job = uninterrupted.cluster.job(number)
        assert (job["NumCPUs"], job["NumTasks"], job["OverSubscribe"]) == ("1", "1", "OK")


def test_stage_stops_itself_before_its_walltime_and_resumes(uninterrupted, campaign):
    """Survives: finished segments, and the result to the byte. The job ends itself before Slurm
    ends it; LAMMPS is frozen so that one minute is too short on any machine."""
    campaign.start_and_freeze("--set-resources", "slurry:runtime=attempt")
    job, segments = campaign.running_job(), campaign.segments()
    campaign.finish()
    assert campaign.cluster.job(job)["JobState"] == "FAILED"
    assert "slurry: stopped before the walltime inside segment 2" in campaign.job_logs()
    assert kept(segments, campaign)
    assert same_as(uninterrupted, campaign)


def test_cancelled_job_is_submitted_again_and_goes_on(uninterrupted, campaign):
    """Survives a scancel: finished segments, and the result to the byte."""
    campaign.start_and_freeze()
    job, segments = campaign.running_job(), campaign.segments()
    campaign.cluster.run("scancel", job)
    campaign.finish()
    assert campaign.cluster.job(job)["JobState"] == "CANCELLED"
    assert kept(segments, campaign)
    assert same_as(uninterrupted, campaign)


def test_node_that_loses_its_daemon_then_its_power(uninterrupted, campaign):
    """Survives slurmd's death: the running job itself. Survives the node's: finished segments, and
    the result to the byte, in a job that Slurm requeues or Snakemake sends again."""
    lammps = campaign.start_and_freeze()
    job, segments = campaign.running_job(), campaign.segments()
    campaign.cluster.kill_daemon()
    campaign.cluster.start_node()
    assert is_alive(lammps)
    assert campaign.running_job() == job

    campaign.cluster.kill_node()
    assert not is_alive(lammps)
    campaign.cluster.start_node()
    wait_until(lambda: job not in campaign.cluster.jobs("running"), "Slurm misses the job")
    campaign.cluster.release_requeued()
    campaign.finish()
    assert kept(segments, campaign)
    assert same_as(uninterrupted, campaign)


def test_second_snakemake_waits_for_the_job_of_a_killed_one(uninterrupted, campaign):
    """Survives a kill -9 of Snakemake: the job that it had sent. The second Snakemake sends
    another, which waits for the first, writes nothing beside it, and takes its segments."""
    lammps = campaign.start_and_freeze()
    first, segments = campaign.running_job(), campaign.segments()
    campaign.kill()
    assert is_alive(lammps)

    campaign.start(SLURRY)
    log = campaign.folder / "logs/toy/slurry/AM_1_sc50_r1.log"
    wait_until(lambda: log.exists() and "in use by process" in log.read_text(), "waits", PATIENCE)
    assert len(campaign.cluster.jobs("running")) == 2
    assert campaign.segments() == segments
    assert [p.pid for p in campaign.lammps()] == [lammps.pid]
    lammps.resume()
    campaign.finish()
    wait_until(lambda: not campaign.cluster.jobs("running"), "the first job ends", PATIENCE)
    assert campaign.cluster.job(first)["JobState"] in ("COMPLETED", "FAILED")
    assert kept(segments, campaign)
    assert same_as(uninterrupted, campaign)


@pytest.mark.parametrize("ranks", [2, 4])
def test_large_box_runs_on_several_mpi_ranks(uninterrupted, campaign, ranks):
    """A job of several tasks runs one LAMMPS on as many ranks; its slurry fills the same volume."""
    cpus = len(os.sched_getaffinity(0))
    assert cpus >= 2, "Snakemake starts no more ranks than there are CPUs; this test needs two"
    if cpus < ranks:
        pytest.skip(f"Snakemake starts no more ranks than there are CPUs, {cpus}")
    rule = campaign.folder / "workflow/castline/lammps/ranks.py"
    text, count = re.subn(
        r"PARTICLES_PER_RANK = [\d_]+", "PARTICLES_PER_RANK = 50", rule.read_text()
    )
    assert count == 1
    rule.write_text(text.replace("NODE_CORES = 40", f"NODE_CORES = {ranks}"))
    campaign.package = campaign.folder / "workflow"
    campaign.start(SLURRY)
    campaign.finish()
    jobs = campaign.cluster.jobs_of(campaign.folder)
    assert {campaign.cluster.job(job)["NumTasks"] for job in jobs} == {str(ranks)}
    parallel, serial = campaign.sidecar("slurry"), uninterrupted.sidecar("slurry")
    assert parallel["cost"]["ranks"] == ranks
    assert serial["cost"]["ranks"] == 1
    volume = "density_kg_per_m3"
    assert parallel[volume] == pytest.approx(serial[volume], rel=1e-3)


def test_job_over_its_memory_is_sent_again_with_more(uninterrupted, campaign):
    """Survives the kill of a job that used more memory than it had asked for: the campaign, in an
    attempt that asks for more. Snakemake alone takes more than the 100 MB of the first one."""
    campaign.start(SLURRY, "--set-resources", "slurry:mem_mb=100 * 10 ** (attempt - 1)")
    campaign.finish()
    jobs = campaign.cluster.jobs_of(campaign.folder)
    first, second = [campaign.cluster.job(job) for job in sorted(jobs, key=int)]
    assert (first["MinMemoryNode"], second["MinMemoryNode"]) == ("100M", "1000M")
    assert (first["JobState"], second["JobState"]) == ("FAILED", "COMPLETED")
    assert "exceeded memory limit" in campaign.job_logs()
    assert same_as(uninterrupted, campaign)
