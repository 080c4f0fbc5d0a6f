rule viscosity:
    input:
        recipe=rules.recipe.output[0],
        force_field=SETTINGS["force_fields"]["slurry"],
        state=rules.slurry.output.state,
        sidecar=rules.slurry.output.sidecar,
    output:
        table=f"{CELL}/viscosity.csv",
        history=f"{CELL}/viscosity_history.csv",
        sidecar=f"{CELL}/viscosity.json",
    log:
        f"{LOGS}/viscosity/{{psd}}_sc{{sc}}_r{{rep}}.log",
    benchmark:
        f"{LOGS}/viscosity/{{psd}}_sc{{sc}}_r{{rep}}.tsv"
    conda:
        "../../envs/castline.yaml"
    threads: ranks
    resources:
        **mpi_requests("viscosity"),
    params:
        settings=SETTINGS["viscosity"],
        acceleration=SETTINGS["acceleration"],
        work=f"{ROOT}/work",
        progress=f"{ROOT}/work/plan.json",
    script:
        "../../scripts/viscosity.py"
