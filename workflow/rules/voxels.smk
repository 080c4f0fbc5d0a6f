rule voxels:
    input:
        state=f"{CELL}/{{state}}.dump.gz",
    output:
        image=f"{CELL}/{{state}}.vti",
        sidecar=f"{CELL}/voxels_{{state}}.json",
    log:
        f"{LOGS}/voxels/{{psd}}_sc{{sc}}_r{{rep}}_{{state}}.log",
    benchmark:
        f"{LOGS}/voxels/{{psd}}_sc{{sc}}_r{{rep}}_{{state}}.tsv"
    conda:
        "../../envs/castline.yaml"
    resources:
        **requests("voxels"),
    params:
        settings=SETTINGS["transport"],
    script:
        "../../scripts/voxels.py"


rule structure:
    input:
        recipe=rules.recipe.output[0],
        states=expand(
            f"{CELL}/{{state}}.dump.gz", state=LINE.states, allow_missing=True
        ),
        images=expand(f"{CELL}/{{state}}.vti", state=LINE.states, allow_missing=True),
    output:
        metrics=f"{CELL}/structure.csv",
        profiles=f"{CELL}/profiles.csv",
    log:
        f"{LOGS}/structure/{{psd}}_sc{{sc}}_r{{rep}}.log",
    benchmark:
        f"{LOGS}/structure/{{psd}}_sc{{sc}}_r{{rep}}.tsv"
    conda:
        "../../envs/castline.yaml"
    script:
        "../../scripts/structure.py"
