if CAMPAIGN.measurements is not None:

    rule cbd_refit:
        input:
            measured=MEASURED["electrodes"],
            images=replicates(f"{CELL}/assembled.vti"),
            recipes=expand(rules.recipe.output, **ELECTRODES),
        output:
            refit=report_table("cbd_refit"),
            sigma_e=report_table("cbd_refit_sigma_e"),
        log:
            f"{LOGS}/cbd_refit/cbd_refit.log",
        benchmark:
            f"{LOGS}/cbd_refit/cbd_refit.tsv"
        conda:
            "../../envs/castline.yaml"
        params:
            settings=SETTINGS["transport"],
        script:
            "../../scripts/cbd_refit.py"
