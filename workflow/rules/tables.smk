# What stages make for the campaign's tables.
STAGE_TABLES = [(stage, table) for stage in LINE for table in stage.tables if table.table]


rule tables:
    input:
        **{
            table.file: replicates(f"{CELL}/{table.file}.csv", stage.name)
            for stage, table in STAGE_TABLES
        },
        **{
            f"{stage.name}_sidecars": replicates(f"{CELL}/{stage.name}.json", stage.name)
            for stage, _ in STAGE_TABLES
        },
        structure=replicates(f"{CELL}/structure.csv"),
        profiles=replicates(f"{CELL}/profiles.csv"),
        transport=replicates(f"{CELL}/transport_{{state}}.json", state=FILMS),
        costed=costed_files(),
    output:
        **{table.table.name: report_table(table.table.name) for _, table in STAGE_TABLES},
        structure=report_table("structure"),
        profiles=report_table("profiles"),
        transport=report_table("transport"),
        cost=report_table("cost"),
    log:
        f"{LOGS}/tables/tables.log",
    conda:
        "../../envs/castline.yaml"
    script:
        "../../scripts/tables.py"


rule flow_curves:
    input:
        viscosity=rules.tables.output.viscosity,
        histories=replicates(f"{CELL}/viscosity_history.csv", "viscosity"),
        sidecars=replicates(f"{CELL}/viscosity.json", "viscosity"),
    output:
        curves=report_table("flow_curves"),
        start_up=report_table("start_up"),
    log:
        f"{LOGS}/flow_curves/flow_curves.log",
    benchmark:
        f"{LOGS}/flow_curves/flow_curves.tsv"
    conda:
        "../../envs/castline.yaml"
    params:
        settings=SETTINGS["viscosity"],
    script:
        "../../scripts/flow_curves.py"


rule trends:
    input:
        viscosity=rules.tables.output.viscosity,
        structure=rules.tables.output.structure,
        transport=rules.tables.output.transport,
    output:
        report_table("trends"),
    log:
        f"{LOGS}/trends/trends.log",
    benchmark:
        f"{LOGS}/trends/trends.tsv"
    conda:
        "../../envs/castline.yaml"
    params:
        in_rounds=CAMPAIGN.decide is not None,
    script:
        "../../scripts/trends.py"


rule summary:
    input:
        viscosity=rules.tables.output.viscosity,
        structure=rules.tables.output.structure,
        transport=rules.tables.output.transport,
        trends=rules.trends.output[0],
        cost=rules.tables.output.cost,
        cell_sensitivity=DISCHARGES.get("cell_sensitivity", []),
    output:
        f"{ROOT}/summary.txt",
    log:
        f"{LOGS}/summary/summary.log",
    conda:
        "../../envs/castline.yaml"
    params:
        campaign=SETTINGS["campaign"],
        figures=f"{ROOT}/figures/",
    script:
        "../../scripts/summary.py"


rule voxel_error:
    input:
        tables=replicates(f"{CELL}/voxel_series.csv"),
        sidecars=replicates(f"{CELL}/voxel_series.json"),
    output:
        series=report_table("voxel_series"),
        error=report_table("voxel_error"),
    log:
        f"{LOGS}/voxel_error/voxel_error.log",
    conda:
        "../../envs/castline.yaml"
    script:
        "../../scripts/voxel_error.py"
