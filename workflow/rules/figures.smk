rule figure_viscosity:
    input:
        table=rules.tables.output.viscosity,
        measured=MEASURED.get("viscosity", []),
    output:
        multiext(f"{ROOT}/figures/figure4_viscosity", ".svg", ".pdf", ".png"),
    log:
        f"{LOGS}/figure_viscosity/figure_viscosity.log",
    conda:
        "../../envs/castline.yaml"
    script:
        "../../scripts/figure_viscosity.py"


rule figure_density_porosity:
    input:
        table=rules.tables.output.structure,
        measured=MEASURED.get("electrodes", []),
    output:
        multiext(f"{ROOT}/figures/figure5_density_porosity", ".svg", ".pdf", ".png"),
    log:
        f"{LOGS}/figure_density_porosity/figure_density_porosity.log",
    conda:
        "../../envs/castline.yaml"
    script:
        "../../scripts/figure_density_porosity.py"


rule figure_conductivity:
    input:
        table=rules.tables.output.transport,
        measured=MEASURED.get("electrodes", []),
    output:
        multiext(f"{ROOT}/figures/figure8_conductivity", ".svg", ".pdf", ".png"),
    log:
        f"{LOGS}/figure_conductivity/figure_conductivity.log",
    conda:
        "../../envs/castline.yaml"
    script:
        "../../scripts/figure_conductivity.py"


rule figure_microstructure:
    input:
        expand(f"{CELL}/{{state}}.dump.gz", state=STATES, allow_missing=True),
    output:
        f"{ROOT}/figures/figure6_microstructure_{{psd}}_sc{{sc}}_r{{rep}}.png",
    log:
        f"{LOGS}/figure_microstructure/{{psd}}_sc{{sc}}_r{{rep}}.log",
    conda:
        "../../envs/castline.yaml"
    script:
        "../../scripts/figure_microstructure.py"


rule figures:
    input:
        rules.figure_viscosity.output,
        rules.figure_density_porosity.output,
        rules.figure_conductivity.output,
        rules.figure_impedance.output,
        expand(
            rules.figure_microstructure.output,
            psd=ELECTRODES["psd"],
            sc=ELECTRODES["sc"],
            rep=1,
        ),
