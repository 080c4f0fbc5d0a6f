rule impedance_prediction:
    input:
        transport=rules.tables.output.transport,
        structure=rules.tables.output.structure,
    output:
        spectra=report_table("predicted_spectra"),
        parameters=report_table("predicted_tlm"),
    log:
        f"{LOGS}/impedance_prediction/impedance_prediction.log",
    benchmark:
        f"{LOGS}/impedance_prediction/impedance_prediction.tsv"
    conda:
        "../../envs/castline.yaml"
    params:
        settings=SETTINGS["impedance"],
    script:
        "../../scripts/impedance_prediction.py"
