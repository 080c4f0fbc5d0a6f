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
        settings=settings_of_recipe,
        psd=sizes_in_recipe,
    script:
        "../../scripts/recipe.py"
