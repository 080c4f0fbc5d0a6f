rule calendering:
    input:
        recipe=rules.recipe.output[0],
        force_field=SETTINGS["force_fields"]["dry"],
        state=rules.drying.output.state,
    output:
        state=f"{CELL}/calendered.dump.gz",
        curve=f"{CELL}/calendering_curve.csv",
        sidecar=f"{CELL}/calendering.json",
    log:
        f"{LOGS}/calendering/{{psd}}_sc{{sc}}_r{{rep}}.log",
    benchmark:
        f"{LOGS}/calendering/{{psd}}_sc{{sc}}_r{{rep}}.tsv"
    conda:
        "../../envs/castline.yaml"
    threads: ranks
    resources:
        **mpi_requests("calendering"),
    params:
        settings=SETTINGS["calendering"],
        acceleration=SETTINGS["acceleration"],
        work=f"{ROOT}/work",
        progress=f"{ROOT}/work/plan.json",
    script:
        "../../scripts/calendering.py"
