CALIBRATION = f"{ROOT}/calibration"
SEARCH = f"{ROOT}/work/calibration/{{search}}"
SEARCHES = CAMPAIGN.calibration.stages if CAMPAIGN.calibration is not None else []
# What the searches read of the campaign file.
CALIBRATED = {
    name: SETTINGS[name]
    for name in (
        *("campaign", "acceleration", "seed", "matrix", "recipe"),
        *(stage.name for stage in LINE),
        "transport",
    )
}


wildcard_constraints:
    search="slurry|dry",
    worker=r"\d+",
    place=r"\d+",


rule calibration_worker:
    input:
        start=starting_set,
        slurry_set=slurries_of,
        psd=searched_psd_files,
    output:
        f"{SEARCH}/worker-{{worker}}.json",
    log:
        f"{LOGS}/calibration_worker/{{search}}_{{worker}}.log",
    benchmark:
        f"{LOGS}/calibration_worker/{{search}}_{{worker}}.tsv"
    conda:
        "../../envs/castline.yaml"
    params:
        line=CALIBRATED,
        settings=searched_settings,
    script:
        "../../scripts/calibration_worker.py"


SEARCHED = expand(
    rules.calibration_worker.output,
    worker=range(1, CAMPAIGN.calibration.workers + 1) if SEARCHES else [],
    allow_missing=True,
)


rule calibration_finalist:
    input:
        start=starting_set,
        slurry_set=slurries_of,
        psd=searched_psd_files,
        workers=SEARCHED,
    output:
        f"{CALIBRATION}/finalists/{{search}}_{{place}}.json",
    log:
        f"{LOGS}/calibration_finalist/{{search}}_{{place}}.log",
    benchmark:
        f"{LOGS}/calibration_finalist/{{search}}_{{place}}.tsv"
    conda:
        "../../envs/castline.yaml"
    params:
        line=CALIBRATED,
        settings=searched_settings,
    script:
        "../../scripts/calibration_finalist.py"


rule calibration:
    input:
        start=starting_set,
        workers=SEARCHED,
        finalists=finalist_files,
    output:
        force_field=f"{CALIBRATION}/{{search}}.yaml",
        trials=f"{CALIBRATION}/{{search}}_trials.csv",
        parameters=f"{CALIBRATION}/{{search}}_parameters.csv",
        residuals=f"{CALIBRATION}/{{search}}_residuals.csv",
        trade_offs=f"{CALIBRATION}/{{search}}_trade_offs.csv",
    log:
        f"{LOGS}/calibration/{{search}}.log",
    benchmark:
        f"{LOGS}/calibration/{{search}}.tsv"
    conda:
        "../../envs/castline.yaml"
    params:
        line=CALIBRATED,
        settings=searched_settings,
    script:
        "../../scripts/calibration.py"


rule calibration_figures:
    input:
        trials=rules.calibration.output.trials,
        parameters=rules.calibration.output.parameters,
        trade_offs=rules.calibration.output.trade_offs,
    output:
        convergence=multiext(
            f"{CALIBRATION}/{{search}}_convergence", ".svg", ".pdf", ".png"
        ),
        importance=multiext(
            f"{CALIBRATION}/{{search}}_importance", ".svg", ".pdf", ".png"
        ),
        profiles=multiext(f"{CALIBRATION}/{{search}}_profiles", ".svg", ".pdf", ".png"),
        trade_offs=multiext(
            f"{CALIBRATION}/{{search}}_trade_offs", ".svg", ".pdf", ".png"
        ),
    log:
        f"{LOGS}/calibration_figures/{{search}}.log",
    benchmark:
        f"{LOGS}/calibration_figures/{{search}}.tsv"
    conda:
        "../../envs/castline.yaml"
    params:
        margin=lookup("calibration/margin", within=SETTINGS, default=None),
    script:
        "../../scripts/calibration_figures.py"


rule calibration_electrode:
    input:
        slurry_set=set_in_use("slurry"),
        dry_set=set_in_use("dry"),
        psd=searched_psd_files,
    output:
        f"{CALIBRATION}/confirmation/{{psd}}_sc{{sc}}_r{{rep}}.csv",
    log:
        f"{LOGS}/calibration_electrode/{{psd}}_sc{{sc}}_r{{rep}}.log",
    benchmark:
        f"{LOGS}/calibration_electrode/{{psd}}_sc{{sc}}_r{{rep}}.tsv"
    conda:
        "../../envs/castline.yaml"
    params:
        line=CALIBRATED,
        settings=SETTINGS["calibration"],
        work=f"{ROOT}/work",
    script:
        "../../scripts/calibration_electrode.py"


if SEARCHES and CAMPAIGN.calibration.confirmation is not None:

    rule calibration_confirmation:
        input:
            expand(
                rules.calibration_electrode.output,
                psd=ELECTRODES["psd"],
                sc=ELECTRODES["sc"],
                rep=range(1, CAMPAIGN.calibration.confirmation.replicates + 1),
            ),
        output:
            f"{CALIBRATION}/confirmation.csv",
        log:
            f"{LOGS}/calibration_confirmation/calibration_confirmation.log",
        benchmark:
            f"{LOGS}/calibration_confirmation/calibration_confirmation.tsv"
        conda:
            "../../envs/castline.yaml"
        params:
            line=CALIBRATED,
            settings=SETTINGS["calibration"],
        script:
            "../../scripts/calibration_confirmation.py"


rule calibrate:
    input:
        calibrated_files,
