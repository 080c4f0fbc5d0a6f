rule archive:
    input:
        published,
        rules.crate.input,
        rounds_there(CAMPAIGN, ROOT),
        [
            path
            for stage in LINE
            for path in replicates(
                f"{CELL}/{{file}}", stage.name, file=simulated_files([stage])
            )
        ],
    output:
        f"{ROOT}/castline-{CAMPAIGN.campaign}.zip",
    log:
        f"{LOGS}/archive/archive.log",
    conda:
        "../../envs/castline.yaml"
    params:
        settings=SETTINGS,
    script:
        "../../scripts/archive.py"
