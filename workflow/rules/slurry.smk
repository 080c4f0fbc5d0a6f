rule recipe:
    input:
        psd=psd_files,
    output:
        f"{ELECTRODE}/recipe.json",
    log:
        f"{LOGS}/recipe/{{psd}}_sc{{sc}}.log",
    conda:
        "../../envs/castline.yaml"
    params:
        settings=SETTINGS["recipe"],
        psd=lookup("matrix/psds/{psd}", within=SETTINGS),
    script:
        "../../scripts/recipe.py"


rule slurry:
    input:
        recipe=rules.recipe.output[0],
        force_field=SETTINGS["force_fields"]["slurry"],
    output:
        initial=f"{CELL}/initial.dump.gz",
        state=f"{CELL}/slurry.dump.gz",
        history=f"{CELL}/slurry_history.csv",
        sidecar=f"{CELL}/slurry.json",
    log:
        f"{LOGS}/slurry/{{psd}}_sc{{sc}}_r{{rep}}.log",
    benchmark:
        f"{LOGS}/slurry/{{psd}}_sc{{sc}}_r{{rep}}.tsv"
    conda:
        "../../envs/castline.yaml"
    threads: ranks
    resources:
        **mpi_requests("slurry"),
    params:
        settings=SETTINGS["slurry"],
        acceleration=SETTINGS["acceleration"],
        seed=SETTINGS["seed"],
        work=f"{ROOT}/work",
        progress=f"{ROOT}/work/plan.json",
    script:
        "../../scripts/slurry.py"
