rule transport:
    input:
        recipe=rules.recipe.output[0],
        image=f"{CELL}/{{state}}.vti",
    output:
        sidecar=f"{CELL}/transport_{{state}}.json",
    log:
        f"{LOGS}/transport/{{psd}}_sc{{sc}}_r{{rep}}_{{state}}.log",
    benchmark:
        f"{LOGS}/transport/{{psd}}_sc{{sc}}_r{{rep}}_{{state}}.tsv"
    conda:
        "../../envs/castline.yaml"
    resources:
        **requests("transport"),
    params:
        settings=SETTINGS["transport"],
    script:
        "../../scripts/transport.py"


rule voxel_series:
    input:
        recipe=rules.recipe.output[0],
        state=f"{CELL}/calendered.dump.gz",
    output:
        table=f"{CELL}/voxel_series.csv",
        sidecar=f"{CELL}/voxel_series.json",
    log:
        f"{LOGS}/voxel_series/{{psd}}_sc{{sc}}_r{{rep}}.log",
    benchmark:
        f"{LOGS}/voxel_series/{{psd}}_sc{{sc}}_r{{rep}}.tsv"
    conda:
        "../../envs/castline.yaml"
    params:
        settings=SETTINGS["transport"],
    script:
        "../../scripts/voxel_series.py"
