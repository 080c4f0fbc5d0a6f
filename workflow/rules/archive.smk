rule archive:
    input:
        published,
        rules.crate.input,
        expand(f"{CELL}/{{file}}", file=simulated_files(LINE), **ELECTRODES),
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
