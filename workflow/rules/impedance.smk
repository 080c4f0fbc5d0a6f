MEASURED = {
    name: f"{ROOT}/tables/measured_{name}.csv"
    for name in ("cells", "electrodes", "tlm_fits", "spectra", "viscosity")
    if CAMPAIGN.measurements is not None
}


rule impedance_prediction:
    input:
        transport=rules.tables.output.transport,
        structure=rules.tables.output.structure,
    output:
        spectra=f"{ROOT}/tables/predicted_spectra.csv",
        parameters=f"{ROOT}/tables/predicted_tlm.csv",
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


rule figure_impedance:
    input:
        predicted=rules.impedance_prediction.output.spectra,
        measured=MEASURED.get("spectra", []),
    output:
        multiext(f"{ROOT}/figures/figure7_impedance", ".svg", ".pdf", ".png"),
    log:
        f"{LOGS}/figure_impedance/figure_impedance.log",
    benchmark:
        f"{LOGS}/figure_impedance/figure_impedance.tsv"
    conda:
        "../../envs/castline.yaml"
    script:
        "../../scripts/figure_impedance.py"


if CAMPAIGN.measurements is not None:

    rule impedance:
        input:
            measurements=CAMPAIGN.measurements,
            files=measured_files(),
        output:
            **MEASURED,
        log:
            f"{LOGS}/impedance/impedance.log",
        benchmark:
            f"{LOGS}/impedance/impedance.tsv"
        conda:
            "../../envs/castline.yaml"
        script:
            "../../scripts/impedance.py"
