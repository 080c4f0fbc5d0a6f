# What stages make for the campaign's tables.
STAGE_TABLES = [
    (stage, table) for stage in LINE for table in stage.tables if table.table
]


rule tables:
    input:
        **{
            table.file: replicates(f"{CELL}/{table.file}.csv", stage.name)
            for stage, table in STAGE_TABLES
        },
        **{
            f"{stage.name}_sidecars": replicates(
                f"{CELL}/{stage.name}.json", stage.name
            )
            for stage, _ in STAGE_TABLES
        },
        structure=replicates(f"{CELL}/structure.csv"),
        profiles=replicates(f"{CELL}/profiles.csv"),
        transport=replicates(f"{CELL}/transport_{{state}}.json", state=LINE.films),
        costed=costed_files(),
    output:
        **{
            table.table.name: report_table(table.table.name)
            for _, table in STAGE_TABLES
        },
        structure=report_table("structure"),
        profiles=report_table("profiles"),
        transport=report_table("transport"),
        cost=report_table("cost"),
    log:
        f"{LOGS}/tables/tables.log",
    conda:
        "../../envs/castline.yaml"
    params:
        compositions=SETTINGS["matrix"]["compositions"],
    script:
        "../../scripts/tables.py"


rule mechanics:
    input:
        calendering=rules.tables.output.calendering,
        structure=rules.tables.output.structure,
    output:
        mechanics=report_table("mechanics"),
        densification=report_table("densification"),
    log:
        f"{LOGS}/mechanics/mechanics.log",
    benchmark:
        f"{LOGS}/mechanics/mechanics.tsv"
    conda:
        "../../envs/castline.yaml"
    script:
        "../../scripts/mechanics.py"


# What the study states is about slurries and the films cast from them.
if CAMPAIGN.route == "slurry":

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
        localrule: True
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
        localrule: True
        conda:
            "../../envs/castline.yaml"
        params:
            compositions=SETTINGS["matrix"]["compositions"],
            in_rounds=CAMPAIGN.decide is not None,
        script:
            "../../scripts/trends.py"


if CAMPAIGN.matrix.compositions:

    rule composition_trends:
        input:
            structure=rules.tables.output.structure,
            transport=rules.tables.output.transport,
        output:
            report_table("composition_trends"),
        log:
            f"{LOGS}/composition_trends/composition_trends.log",
        benchmark:
            f"{LOGS}/composition_trends/composition_trends.tsv"
        localrule: True
        conda:
            "../../envs/castline.yaml"
        script:
            "../../scripts/composition_trends.py"


if CAMPAIGN.matrix.drying_rates:

    rule drying_rates:
        input:
            profiles=rules.tables.output.profiles,
            structure=rules.tables.output.structure,
            transport=rules.tables.output.transport,
        output:
            report_table("drying_rates"),
        log:
            f"{LOGS}/drying_rates/drying_rates.log",
        benchmark:
            f"{LOGS}/drying_rates/drying_rates.tsv"
        localrule: True
        conda:
            "../../envs/castline.yaml"
        params:
            rates=SETTINGS["matrix"]["drying_rates"],
        script:
            "../../scripts/drying_rates.py"


# What the summary and the report's page are about, by table.
RESULTS = {
    "structure": rules.tables.output.structure,
    "transport": rules.tables.output.transport,
    "cost": rules.tables.output.cost,
}
if CAMPAIGN.route == "slurry":
    RESULTS |= {
        "viscosity": rules.tables.output.viscosity,
        "trends": rules.trends.output[0],
    }
else:
    RESULTS |= {"mechanics": rules.mechanics.output.mechanics}


rule summary:
    input:
        **RESULTS,
        cell_sensitivity=DISCHARGES.get("cell_sensitivity", []),
    output:
        f"{ROOT}/summary.txt",
    log:
        f"{LOGS}/summary/summary.log",
    conda:
        "../../envs/castline.yaml"
    params:
        campaign=SETTINGS["campaign"],
        compositions=SETTINGS["matrix"]["compositions"],
        figures=f"{ROOT}/figures/",
    script:
        "../../scripts/summary.py"


# A series costs as much as its film, so that of the config's replicates must do: those that rounds
# add are to decide statements, not the voxel size.
rule voxel_error:
    input:
        tables=replicates(f"{CELL}/voxel_series.csv", of=IN_CONFIG),
        sidecars=replicates(f"{CELL}/voxel_series.json", of=IN_CONFIG),
    output:
        series=report_table("voxel_series"),
        error=report_table("voxel_error"),
    log:
        f"{LOGS}/voxel_error/voxel_error.log",
    conda:
        "../../envs/castline.yaml"
    script:
        "../../scripts/voxel_error.py"
