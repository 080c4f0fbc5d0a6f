rule figure_workflow:
    input:
        snakefile=workflow.main_snakefile,
    output:
        figure_files("figure2_workflow", "2", "the workflow"),
    log:
        f"{LOGS}/figure_workflow/figure_workflow.log",
    benchmark:
        f"{LOGS}/figure_workflow/figure_workflow.tsv"
    conda:
        "../../envs/castline.yaml"
    params:
        settings=SETTINGS,
    script:
        "../../scripts/figure_workflow.py"


rule figure_viscosity:
    input:
        table=table("viscosity"),
        fits=table("flow_curves"),
        measured=measured_table("viscosity"),
    output:
        figure_files("figure4_viscosity", "4", "viscosity against shear rate"),
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
        figure_files("figure5_density_porosity", "5", "density and porosity"),
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
        figure_files("figure6_microstructure", "6", "microstructures"),
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
        figure_files("figure7_impedance", "7", "impedance"),
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
        refitted=table("cbd_refit_sigma_e") if MEASURED else [],
    output:
        figure_files("figure8_conductivity", "8", "effective conductivities"),
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
        figure_files("figure9a_phases", "9a", "CBD and pores"),
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
        figure_files("figure9b_cross_sections", "9b", "cross-sections"),
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
        figure_files("figureS3_psd", "S3", "particle sizes"),
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


rule figure_initial_box:
    input:
        states_of("initial"),
    output:
        figure_files("figureS4_initial_box", "S4", "initial box"),
    log:
        f"{LOGS}/figure_initial_box/figure_initial_box.log",
    benchmark:
        f"{LOGS}/figure_initial_box/figure_initial_box.tsv"
    conda:
        "../../envs/castline.yaml"
    params:
        matrix=SETTINGS["matrix"],
    script:
        "../../scripts/figure_initial_box.py"


rule figure_profiles:
    input:
        table=table("profiles"),
    output:
        figure_files("figureS5_profiles", "S5", "profiles along z"),
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
        figure_files("calendering", "beyond", "pressing and release"),
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
        figure_files("contacts_percolation", "beyond", "contacts and percolation"),
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


rule figure_current_paths:
    input:
        states_of("calendered"),
    output:
        figure_files("current_paths", "beyond", "paths of the current"),
    log:
        f"{LOGS}/figure_current_paths/figure_current_paths.log",
    benchmark:
        f"{LOGS}/figure_current_paths/figure_current_paths.tsv"
    conda:
        "../../envs/castline.yaml"
    params:
        matrix=SETTINGS["matrix"],
        recipe=SETTINGS["recipe"],
        transport=SETTINGS["transport"],
    script:
        "../../scripts/figure_current_paths.py"


rule figure_overview:
    input:
        trends=table("trends"),
    output:
        figure_files("overview", "beyond", "simulated against stated"),
    log:
        f"{LOGS}/figure_overview/figure_overview.log",
    benchmark:
        f"{LOGS}/figure_overview/figure_overview.tsv"
    conda:
        "../../envs/castline.yaml"
    params:
        matrix=SETTINGS["matrix"],
    script:
        "../../scripts/figure_overview.py"


if CAMPAIGN.transport.voxel_series_um:

    rule figure_voxel_convergence:
        input:
            series=table("voxel_series"),
            error=table("voxel_error"),
        output:
            figure_files("voxel_convergence", "beyond", "voxel error"),
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
        rules.figure_workflow.output,
        rules.figure_viscosity.output,
        rules.figure_density_porosity.output,
        rules.figure_microstructure.output,
        rules.figure_impedance.output,
        rules.figure_conductivity.output,
        rules.figure_phases.output,
        rules.figure_cross_sections.output,
        rules.figure_psd.output,
        rules.figure_initial_box.output,
        rules.figure_profiles.output,
        rules.figure_calendering.output,
        rules.figure_contacts_percolation.output,
        rules.figure_current_paths.output,
        rules.figure_overview.output,
        rules.figure_voxel_convergence.output if CAMPAIGN.transport.voxel_series_um else [],
