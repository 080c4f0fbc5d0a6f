if CAMPAIGN.measurements is not None:

    rule measurements:
        input:
            measurements=located(CAMPAIGN.measurements),
            files=measured_files(),
        output:
            **{name: report_table(f"measured_{name}") for name in MEASURED},
        log:
            f"{LOGS}/measurements/measurements.log",
        benchmark:
            f"{LOGS}/measurements/measurements.tsv"
        conda:
            "../../envs/castline.yaml"
        script:
            "../../scripts/measurements.py"
