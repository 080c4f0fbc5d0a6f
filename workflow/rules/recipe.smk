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
