def psd_files(wildcards):
    """The CSVs that a recipe reads, where its distributions are given that way."""
    sources = [CAMPAIGN.matrix.psds[wildcards.psd], CAMPAIGN.recipe.solid_electrolyte_psd]
    return [source.csv for source in sources if source.csv is not None]


def measured_files():
    """The data files that the campaign's measurements name."""
    if CAMPAIGN.measurements is None:
        return []
    from castline.measurements import measurement_files

    return measurement_files(CAMPAIGN.measurements)


def ranks(wildcards):
    """MPI ranks of a LAMMPS stage."""
    return PLANNER.ranks(wildcards.psd, wildcards.sc)


def predicted(stage, wildcards):
    state = wildcards.get("state", "")
    return PLANNER.predict(stage, wildcards.psd, wildcards.sc, state)


def requests(stage):
    """What a stage asks a cluster for, from its predicted cost; more with every attempt."""

    def runtime(wildcards, attempt):
        return request_minutes(predicted(stage, wildcards), attempt)

    def mem_mb(wildcards, attempt):
        return request_memory_mb(predicted(stage, wildcards), attempt)

    return {"runtime": runtime, "mem_mb": mem_mb}


def mpi_requests(stage):
    """As `requests`, for a stage on MPI ranks: one task each, and no thread beside them."""

    def mpi(wildcards):
        return mpi_launcher() if ranks(wildcards) > 1 else None

    return {**requests(stage), "tasks": ranks, "cpus_per_task": 1, "nodes": 1, "mpi": mpi}
