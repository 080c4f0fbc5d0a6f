rule figure_viscosity:
    input:
        table=table("viscosity"),
        measured=measured_table("viscosity"),
    output:
        multiext(f"{ROOT}/figures/figure4_viscosity", ".svg", ".pdf", ".png"),
    log:
        f"{LOGS}/figure_viscosity/figure_viscosity.log",
    benchmark:
        f"{LOGS}/figure_viscosity/figure_viscosity.tsv"
    conda:
        "../../envs/castline.yaml"
    params:
        matrix=SETTINGS["matrix"],
    script:
        "../../scripts/figure_viscosity.py"


rule figure_density_porosity:
    input:
        table=table("structure"),
        measured=measured_table("electrodes"),
    output:
        multiext(f"{ROOT}/figures/figure5_density_porosity", ".svg", ".pdf", ".png"),
    log:
        f"{LOGS}/figure_density_porosity/figure_density_porosity.log",
    benchmark:
        f"{LOGS}/figure_density_porosity/figure_density_porosity.tsv"
    conda:
        "../../envs/castline.yaml"
    params:
        matrix=SETTINGS["matrix"],
    script:
        "../../scripts/figure_density_porosity.py"


rule figure_microstructure:
    input:
        states_of(*STATES),
    output:
        multiext(f"{ROOT}/figures/figure6_microstructure", ".svg", ".pdf", ".png"),
    log:
        f"{LOGS}/figure_microstructure/figure_microstructure.log",
    benchmark:
        f"{LOGS}/figure_microstructure/figure_microstructure.tsv"
    conda:
        "../../envs/castline.yaml"
    params:
        matrix=SETTINGS["matrix"],
    script:
        "../../scripts/figure_microstructure.py"


rule figure_impedance:
    input:
        predicted=table("predicted_spectra"),
        measured=measured_table("spectra"),
    output:
        multiext(f"{ROOT}/figures/figure7_impedance", ".svg", ".pdf", ".png"),
    log:
        f"{LOGS}/figure_impedance/figure_impedance.log",
    benchmark:
        f"{LOGS}/figure_impedance/figure_impedance.tsv"
    conda:
        "../../envs/castline.yaml"
    params:
        matrix=SETTINGS["matrix"],
    script:
        "../../scripts/figure_impedance.py"


rule figure_conductivity:
    input:
        table=table("transport"),
        measured=measured_table("electrodes"),
    output:
        multiext(f"{ROOT}/figures/figure8_conductivity", ".svg", ".pdf", ".png"),
    log:
        f"{LOGS}/figure_conductivity/figure_conductivity.log",
    benchmark:
        f"{LOGS}/figure_conductivity/figure_conductivity.tsv"
    conda:
        "../../envs/castline.yaml"
    params:
        matrix=SETTINGS["matrix"],
    script:
        "../../scripts/figure_conductivity.py"


rule figure_phases:
    input:
        states_of("calendered"),
    output:
        multiext(f"{ROOT}/figures/figure9a_phases", ".svg", ".pdf", ".png"),
    log:
        f"{LOGS}/figure_phases/figure_phases.log",
    benchmark:
        f"{LOGS}/figure_phases/figure_phases.tsv"
    conda:
        "../../envs/castline.yaml"
    params:
        matrix=SETTINGS["matrix"],
        voxel_um=SETTINGS["transport"]["voxel_um"],
    script:
        "../../scripts/figure_phases.py"


rule figure_cross_sections:
    input:
        states_of(*FILMS),
    output:
        multiext(f"{ROOT}/figures/figure9b_cross_sections", ".svg", ".pdf", ".png"),
    log:
        f"{LOGS}/figure_cross_sections/figure_cross_sections.log",
    benchmark:
        f"{LOGS}/figure_cross_sections/figure_cross_sections.tsv"
    conda:
        "../../envs/castline.yaml"
    params:
        matrix=SETTINGS["matrix"],
        voxel_um=SETTINGS["transport"]["voxel_um"],
    script:
        "../../scripts/figure_cross_sections.py"


rule figure_psd:
    input:
        psd=campaign_psd_files(),
        states=states_of("dried"),
    output:
        multiext(f"{ROOT}/figures/figureS3_psd", ".svg", ".pdf", ".png"),
    log:
        f"{LOGS}/figure_psd/figure_psd.log",
    benchmark:
        f"{LOGS}/figure_psd/figure_psd.tsv"
    conda:
        "../../envs/castline.yaml"
    params:
        matrix=SETTINGS["matrix"],
    script:
        "../../scripts/figure_psd.py"


rule figure_profiles:
    input:
        table=table("profiles"),
    output:
        multiext(f"{ROOT}/figures/figureS5_profiles", ".svg", ".pdf", ".png"),
    log:
        f"{LOGS}/figure_profiles/figure_profiles.log",
    benchmark:
        f"{LOGS}/figure_profiles/figure_profiles.tsv"
    conda:
        "../../envs/castline.yaml"
    params:
        matrix=SETTINGS["matrix"],
    script:
        "../../scripts/figure_profiles.py"


rule figure_calendering:
    input:
        table=table("calendering"),
    output:
        multiext(f"{ROOT}/figures/calendering", ".svg", ".pdf", ".png"),
    log:
        f"{LOGS}/figure_calendering/figure_calendering.log",
    benchmark:
        f"{LOGS}/figure_calendering/figure_calendering.tsv"
    conda:
        "../../envs/castline.yaml"
    params:
        matrix=SETTINGS["matrix"],
    script:
        "../../scripts/figure_calendering.py"


rule figure_contacts_percolation:
    input:
        structure=table("structure"),
        transport=table("transport"),
    output:
        multiext(f"{ROOT}/figures/contacts_percolation", ".svg", ".pdf", ".png"),
    log:
        f"{LOGS}/figure_contacts_percolation/figure_contacts_percolation.log",
    benchmark:
        f"{LOGS}/figure_contacts_percolation/figure_contacts_percolation.tsv"
    conda:
        "../../envs/castline.yaml"
    params:
        matrix=SETTINGS["matrix"],
    script:
        "../../scripts/figure_contacts_percolation.py"


if CAMPAIGN.transport.voxel_series_um:

    rule figure_voxel_convergence:
        input:
            series=table("voxel_series"),
            error=table("voxel_error"),
        output:
            multiext(f"{ROOT}/figures/voxel_convergence", ".svg", ".pdf", ".png"),
        log:
            f"{LOGS}/figure_voxel_convergence/figure_voxel_convergence.log",
        benchmark:
            f"{LOGS}/figure_voxel_convergence/figure_voxel_convergence.tsv"
        conda:
            "../../envs/castline.yaml"
        params:
            matrix=SETTINGS["matrix"],
            voxel_um=SETTINGS["transport"]["voxel_um"],
        script:
            "../../scripts/figure_voxel_convergence.py"


rule figures:
    input:
        rules.figure_viscosity.output,
        rules.figure_density_porosity.output,
        rules.figure_microstructure.output,
        rules.figure_impedance.output,
        rules.figure_conductivity.output,
        rules.figure_phases.output,
        rules.figure_cross_sections.output,
        rules.figure_psd.output,
        rules.figure_profiles.output,
        rules.figure_calendering.output,
        rules.figure_contacts_percolation.output,
        rules.figure_voxel_convergence.output if CAMPAIGN.transport.voxel_series_um else [],


# On a cluster these seconds of work stay on the login node.
localrules:
    figure_viscosity,
    figure_density_porosity,
    figure_microstructure,
    figure_impedance,
    figure_conductivity,
    figure_phases,
    figure_cross_sections,
    figure_psd,
    figure_profiles,
    figure_calendering,
    figure_contacts_percolation,
    figure_voxel_convergence,
