# One rule for each stage of the route (castline.line.order), named like the stage.
def stage_inputs(stage):
    """What a stage starts from: recipe, force field, and the state before with its JSON."""
    inputs = {
        "recipe": rules.recipe.output[0],
        "force_field": FORCE_FIELDS[stage.force_field],
    }
    if (start := LINE.before(stage)) is not None:
        inputs["state"] = f"{CELL}/{start.state}.dump.gz"
        inputs["sidecar"] = f"{CELL}/{start.name}.json"
    return inputs


for stage in LINE:

    rule:
        name:
            stage.name
        input:
            **stage_inputs(stage),
        output:
            **{state: f"{CELL}/{state}.dump.gz" for state in stage.makes},
            **{table.file: f"{CELL}/{table.file}.csv" for table in stage.tables},
            sidecar=f"{CELL}/{stage.name}.json",
        log:
            f"{LOGS}/{stage.name}/{{psd}}_sc{{sc}}_r{{rep}}.log",
        benchmark:
            f"{LOGS}/{stage.name}/{{psd}}_sc{{sc}}_r{{rep}}.tsv"
        conda:
            "../../envs/castline.yaml"
        threads: ranks
        resources:
            **mpi_requests(stage.name),
        params:
            settings=settings_of(stage),
            acceleration=SETTINGS["acceleration"],
            seed=SETTINGS["seed"],
            work=f"{ROOT}/work",
            progress=f"{ROOT}/work/plan.json",
        script:
            "../../scripts/stage.py"
