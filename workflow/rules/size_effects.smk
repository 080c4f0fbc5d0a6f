include: "size_effects_requests.smk"


if CAMPAIGN.size_effects is not None:
    SIZES = CAMPAIGN.size_effects.sizes
    SIZED_ELECTRODES = CAMPAIGN.size_effects.electrodes_of(*ELECTRODES.values())
    SIZED_PLANNERS = {
        f"{area:g}x{thickness:g}": Planner(
            sized_line(CAMPAIGN, (area, thickness)), None
        )
        for area, thickness in SIZES
    }

    wildcard_constraints:
        size=r"[\d.]+x[\d.]+",

    rule size_effects_film:
        input:
            slurry_set=FORCE_FIELDS["slurry"],
            dry_set=FORCE_FIELDS["dry"],
            psd=psd_files,
        output:
            f"{ROOT}/size_effects/{{size}}/{{psd}}_sc{{sc}}_r{{rep}}.csv",
        log:
            f"{LOGS}/size_effects_film/{{size}}_{{psd}}_sc{{sc}}_r{{rep}}.log",
        benchmark:
            f"{LOGS}/size_effects_film/{{size}}_{{psd}}_sc{{sc}}_r{{rep}}.tsv"
        conda:
            "../../envs/castline.yaml"
        threads: sized_ranks
        resources:
            runtime=sized_minutes,
            mem_mb=sized_memory,
            tasks=sized_ranks,
            cpus_per_task=1,
            nodes=1,
            mpi=sized_mpi,
        params:
            line=CALIBRATED,
            work=f"{ROOT}/work/size_effects",
        script:
            "../../scripts/size_effects_film.py"

    rule size_effects:
        input:
            [
                path
                for psd, sc in SIZED_ELECTRODES
                for path in expand(
                    rules.size_effects_film.output,
                    size=SIZED_PLANNERS,
                    psd=psd,
                    sc=sc,
                    rep=range(1, CAMPAIGN.size_effects.replicates + 1),
                )
            ],
        output:
            table=report_table("size_effects"),
            ratios=report_table("size_ratios"),
            figure=multiext(f"{ROOT}/figures/size_effects", ".svg", ".pdf", ".png"),
        log:
            f"{LOGS}/size_effects/size_effects.log",
        conda:
            "../../envs/castline.yaml"
        script:
            "../../scripts/size_effects.py"
