rule validate_acceleration:
    input:
        force_field=SETTINGS["force_fields"]["slurry"],
    output:
        along="results/validation/acceleration_along_strain.csv",
        agreement="results/validation/acceleration.csv",
        figure=multiext("results/validation/acceleration", ".svg", ".pdf", ".png"),
    log:
        "logs/validation/validate_acceleration.log",
    benchmark:
        "logs/validation/validate_acceleration.tsv"
    conda:
        "../../envs/castline.yaml"
    params:
        recipe=SETTINGS["recipe"],
        psd=next(iter(SETTINGS["matrix"]["psds"].values())),
        viscosity=SETTINGS["viscosity"],
        seeds=5,
        work="results/validation_work",
    script:
        "../../scripts/validate_acceleration.py"
