# Published composites, predicted beside measured: snakemake validate_composites --configfile
# config/composites.yaml (docs/composites.md).
include: "composites_inputs.smk"


wildcard_constraints:
    set="[A-Za-z][A-Za-z0-9_]*",
    sample="[A-Za-z][A-Za-z0-9_]*",


rule composite_film:
    input:
        force_field=FORCE_FIELDS["dry"],
        psds=composite_psds,
    output:
        state=f"{COMPOSITE}.dump.gz",
        sidecar=f"{COMPOSITE}_film.json",
    log:
        f"{LOGS}/composite_film/{{set}}_{{sample}}_r{{rep}}.log",
    benchmark:
        f"{LOGS}/composite_film/{{set}}_{{sample}}_r{{rep}}.tsv"
    conda:
        "../../envs/castline.yaml"
    resources:
        **composite_requests([stage.name for stage in ROUTES["powder"]]),
    params:
        line=PRESSED,
        given=pressed_sample,
        work=f"{ROOT}/work/composites",
    script:
        "../../scripts/composite_film.py"


rule composite_transport:
    input:
        state=rules.composite_film.output.state,
        sidecar=rules.composite_film.output.sidecar,
    output:
        f"{COMPOSITE}.json",
    log:
        f"{LOGS}/composite_transport/{{set}}_{{sample}}_r{{rep}}.log",
    benchmark:
        f"{LOGS}/composite_transport/{{set}}_{{sample}}_r{{rep}}.tsv"
    conda:
        "../../envs/castline.yaml"
    resources:
        **composite_requests(["voxels", "transport"]),
    params:
        transport=SETTINGS["transport"],
        given=one_sample,
    script:
        "../../scripts/composite_transport.py"


rule composites:
    input:
        published=(
            [] if CAMPAIGN.composites is None else located(CAMPAIGN.composites.table)
        ),
        films=composite_results,
    output:
        films=f"{COMPOSITES}/composite_films.csv",
        comparison=f"{COMPOSITES}/composites.csv",
        dictionary=f"{COMPOSITES}/README.md",
        package=f"{COMPOSITES}/datapackage.json",
        figure=multiext(f"{COMPOSITES}/composites", ".svg", ".pdf", ".png"),
        summary=f"{COMPOSITES}/summary.txt",
    log:
        f"{LOGS}/composites/composites.log",
    conda:
        "../../envs/castline.yaml"
    params:
        campaign=SETTINGS["campaign"],
        settings=SETTINGS["composites"],
    script:
        "../../scripts/composites.py"


rule validate_composites:
    input:
        rules.composites.output,
