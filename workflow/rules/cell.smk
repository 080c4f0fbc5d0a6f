if CAMPAIGN.cell is not None:

    rule discharge:
        input:
            structure=rules.tables.output.structure,
            transport=rules.tables.output.transport,
            recipes=expand(rules.recipe.output, **ELECTRODES),
            potential=csvs_of_cell(),
        output:
            **{name: report_table(name) for name in DISCHARGES},
            pybamm=HALF_CELLS[0],
            bpx=HALF_CELLS[1],
        log:
            f"{LOGS}/discharge/discharge.log",
        benchmark:
            f"{LOGS}/discharge/discharge.tsv"
        conda:
            "../../envs/castline.yaml"
        params:
            settings=SETTINGS["cell"],
            sigma_se_bulk_ms_per_cm=SETTINGS["transport"]["sigma_se_bulk_ms_per_cm"],
        script:
            "../../scripts/discharge.py"
