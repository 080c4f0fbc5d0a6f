DRAWN = [figure for figure in FIGURES if figure.is_drawn(SETTINGS)]
FIGURE_FILES = {"snakefile": located("castline:workflow/Snakefile"), "psds": campaign_psd_files()}


for figure in DRAWN:

    rule:
        name:
            figure.rule
        input:
            **figure_input(figure),
        output:
            figure_files(figure),
        log:
            f"{LOGS}/{figure.rule}/{figure.rule}.log",
        benchmark:
            f"{LOGS}/{figure.rule}/{figure.rule}.tsv"
        localrule: figure.light
        conda:
            "../../envs/castline.yaml"
        params:
            matrix=MATRIX,
            settings=figure.settings_of(SETTINGS),
            stages=PARTICLE_STAGES,
        script:
            "../../scripts/figure.py"


rule figures:
    input:
        [getattr(rules, figure.rule).output for figure in DRAWN],
