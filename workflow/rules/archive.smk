def published(wildcards):
    """What an archive starts from; an error where the campaign does not say whose it is."""
    if CAMPAIGN.publication is None:
        raise WorkflowError(
            f"config: campaign {CAMPAIGN.campaign} has no publication section; an archive needs "
            "its title, creators and licence (docs/archive.md)"
        )
    return rules.all.input


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
