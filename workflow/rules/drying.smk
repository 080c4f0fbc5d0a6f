rule drying:
    input:
        recipe=rules.recipe.output[0],
        force_field=SETTINGS["force_fields"]["dry"],
        state=rules.slurry.output.state,
    output:
        state=f"{CELL}/dried.dump.gz",
        history=f"{CELL}/drying_history.csv",
        sidecar=f"{CELL}/drying.json",
    log:
        f"{LOGS}/drying/{{psd}}_sc{{sc}}_r{{rep}}.log",
    benchmark:
        f"{LOGS}/drying/{{psd}}_sc{{sc}}_r{{rep}}.tsv"
    conda:
        "../../envs/castline.yaml"
    threads: ranks
    resources:
        **mpi_requests("drying"),
    params:
        settings=SETTINGS["drying"],
        acceleration=SETTINGS["acceleration"],
        seed=SETTINGS["seed"],
        work=f"{ROOT}/work",
        progress=f"{ROOT}/work/plan.json",
    script:
        "../../scripts/drying.py"
