# Made for films cast from slurries only: the study's trends, flow curves, spectra of its cells.
OF_SLURRIES = (
    [
        *rules.trends.output,
        *rules.flow_curves.output,
        *rules.impedance_prediction.output,
    ]
    if CAMPAIGN.route == "slurry"
    else []
)
TABLES = [
    *rules.tables.output,
    *rules.mechanics.output,
    *OF_SLURRIES,
    *(rules.composition_trends.output if CAMPAIGN.matrix.compositions else []),
    *(rules.drying_rates.output if CAMPAIGN.matrix.drying_rates else []),
    *MEASURED.values(),
    *(rules.cbd_refit.output if CAMPAIGN.measurements is not None else []),
    *DISCHARGES.values(),
    *(rules.voxel_error.output if CAMPAIGN.transport.voxel_series_um else []),
]


rule data_dictionary:
    input:
        TABLES,
    output:
        readme=report(
            f"{ROOT}/tables/README.md",
            caption="../report/data_dictionary.rst",
            category="Tables",
            labels={"table": "what the columns mean"},
        ),
        package=f"{ROOT}/tables/datapackage.json",
    log:
        f"{LOGS}/data_dictionary/data_dictionary.log",
    conda:
        "../../envs/castline.yaml"
    params:
        campaign=SETTINGS["campaign"],
        publication=SETTINGS["publication"],
    script:
        "../../scripts/data_dictionary.py"


rule electrode_models:
    input:
        structure=rules.tables.output.structure,
        transport=rules.tables.output.transport,
        recipes=expand(rules.recipe.output, **ELECTRODES),
    output:
        bpx=expand(f"{ROOT}/exchange/{{psd}}_sc{{sc}}.bpx.json", **ELECTRODES),
        pybamm=f"{ROOT}/exchange/pybamm_parameters.json",
        sidecar=f"{ROOT}/exchange/electrode_models.json",
    log:
        f"{LOGS}/electrode_models/electrode_models.log",
    conda:
        "../../envs/castline.yaml"
    params:
        settings=SETTINGS["transport"],
    script:
        "../../scripts/electrode_models.py"


ELECTRODE_MODELS = rules.electrode_models.output if CAMPAIGN.route == "slurry" else []


rule structure_files:
    input:
        expand(f"{CELL}/{{state}}.dump.gz", state=LINE.states, allow_missing=True),
    output:
        expand(f"{CELL}/{{state}}.data", state=LINE.states, allow_missing=True),
    log:
        f"{LOGS}/structure_files/{{psd}}_sc{{sc}}_r{{rep}}.log",
    conda:
        "../../envs/castline.yaml"
    script:
        "../../scripts/structure_files.py"


rule crate:
    input:
        TABLES,
        rules.data_dictionary.output,
        rules.summary.output,
        ELECTRODE_MODELS,
        HALF_CELLS,
        expand(rules.recipe.output, **ELECTRODES),
        replicates(rules.structure_files.input),
        replicates(rules.structure_files.output),
        replicates(f"{CELL}/{{state}}.vti", state=LINE.states),
        costed_files(),
    output:
        crate=f"{ROOT}/ro-crate-metadata.json",
        settings=f"{ROOT}/campaign.json",
    log:
        f"{LOGS}/crate/crate.log",
    conda:
        "../../envs/castline.yaml"
    params:
        settings=as_in_its_file(SETTINGS),
    script:
        "../../scripts/crate.py"
