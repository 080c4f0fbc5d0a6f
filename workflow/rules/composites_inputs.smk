# What the rules of composites.smk read of the campaign.
COMPOSITES = f"{ROOT}/composites"
COMPOSITE = f"{COMPOSITES}/{{set}}/{{sample}}/r{{rep}}"
COMPOSITE_SETS = {} if CAMPAIGN.composites is None else CAMPAIGN.composites.chosen
# What a film reads of the campaign file.
PRESSED = {
    name: SETTINGS[name]
    for name in (
        "campaign",
        "acceleration",
        "route",
        "seed",
        "matrix",
        *PARTICLE_STAGES,
    )
}


def composite_set(wildcards):
    """The section of a set of composites."""
    return SETTINGS["composites"]["sets"][wildcards.set]


def one_sample(wildcards):
    """The section of a set with no sample but the one that is wanted."""
    given = composite_set(wildcards)
    return {**given, "samples": {wildcards.sample: given["samples"][wildcards.sample]}}


def pressed_sample(wildcards):
    """The same, without what a film that is pressed does not depend on."""
    unused = {"label": wildcards.set, "published": wildcards.set, "face_margin_um": 0.0}
    return {**one_sample(wildcards), **unused, "pure_from": None}


def composite_psds(wildcards):
    """The CSVs that the sizes of a set are given by, where they are."""
    given = COMPOSITE_SETS[wildcards.set]
    sizes = given.active_material_psd, given.solid_electrolyte_psd
    return [located(one.csv) for one in sizes if one.csv is not None]


def composite_results(wildcards):
    """The numbers of all films; an error where the campaign has no composites section."""
    if not COMPOSITE_SETS:
        raise WorkflowError(
            f"config: campaign {CAMPAIGN.campaign} has no composites section; name one that has, "
            "such as --configfile config/composites.yaml (docs/composites.md)"
        )
    return [
        f"{COMPOSITES}/{name}/{sample}/r{film}.json"
        for name, given in COMPOSITE_SETS.items()
        for sample in given.samples
        for film in range(1, CAMPAIGN.composites.replicates + 1)
    ]


def composite_requests(stages):
    """What a job of these stages asks a cluster for; more with every attempt."""

    def jobs(wildcards):
        given = COMPOSITE_SETS[wildcards.set]
        each = composite_jobs(PLANNER, given, wildcards.sample)
        return [job for job in each if job.stage in stages]

    def runtime(wildcards, attempt):
        minutes = sum(request_minutes(job, attempt) for job in jobs(wildcards))
        return min(minutes, LONGEST_REQUEST_MIN)

    def mem_mb(wildcards, attempt):
        return max(request_memory_mb(job, attempt) for job in jobs(wildcards))

    return {"runtime": runtime, "mem_mb": mem_mb}
