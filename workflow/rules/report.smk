rule results_page:
    input:
        **RESULTS,
        voxel_error=(
            rules.voxel_error.output.error
            if CAMPAIGN.transport.voxel_series_um
            else []
        ),
    output:
        report(
            f"{ROOT}/report/results.html",
            caption="../report/results_page.rst",
            category="Results",
            labels={"page": "results"},
        ),
    log:
        f"{LOGS}/results_page/results_page.log",
    conda:
        "../../envs/castline.yaml"
    params:
        campaign=SETTINGS["campaign"],
        matrix=MATRIX,
    script:
        "../../scripts/results_page.py"


# What the last part of an electrode's name is, such as 50 or 100_370MPa.
LEVEL = "pellet" if CAMPAIGN.matrix.press_pressure_mpa else "solid content / wt.%"


rule microstructure_page:
    input:
        expand(f"{CELL}/{{state}}.dump.gz", state=LINE.states, allow_missing=True),
    output:
        report(
            f"{ROOT}/report/microstructure_{{psd}}_sc{{sc}}_r{{rep}}.html",
            caption="../report/microstructure_page.rst",
            category="Microstructures in 3-D",
            labels={"AM": "{psd}", LEVEL: "{sc}", "replicate": "{rep}"},
        ),
    log:
        f"{LOGS}/microstructure_page/{{psd}}_sc{{sc}}_r{{rep}}.log",
    conda:
        "../../envs/castline.yaml"
    script:
        "../../scripts/microstructure_page.py"


rule report:
    input:
        rules.all.input,
        rules.results_page.output,
        replicates(rules.microstructure_page.output),
