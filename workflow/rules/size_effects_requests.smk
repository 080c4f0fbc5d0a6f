# What the films of size_effects.smk ask of a cluster.
def sized_jobs(wildcards):
    """Predicted stages of a film of another size: the line, then images and fields."""
    planner = SIZED_PLANNERS[wildcards.size]
    jobs = planner.cell(wildcards.psd, wildcards.sc)
    return [job for job in jobs if job.stage != "viscosity"]


def sized_ranks(wildcards):
    return SIZED_PLANNERS[wildcards.size].ranks(wildcards.psd, wildcards.sc)


def sized_mpi(wildcards):
    return mpi_launcher() if sized_ranks(wildcards) > 1 else None


def sized_minutes(wildcards, attempt):
    minutes = sum(request_minutes(job, attempt) for job in sized_jobs(wildcards))
    return min(minutes, LONGEST_REQUEST_MIN)


def sized_memory(wildcards, attempt):
    return max(request_memory_mb(job, attempt) for job in sized_jobs(wildcards))
