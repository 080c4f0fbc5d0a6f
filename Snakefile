"""castline: from a slurry recipe to effective conductivities and figures.

snakemake                                     the default campaign, config/demo.yaml
snakemake --configfile config/paper.yaml      another campaign
snakemake figures                             its figures again, from the stored tables and states
snakemake validate_acceleration               proof that mass scaling leaves the viscosity alone
"""

from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.utils import min_version

from castline.campaign.config import load_campaign
from castline.campaign.described import TABLES as DESCRIBED_TABLES
from castline.campaign.cost_model import read_runs
from castline.figures.catalogue import FIGURES
from castline.base.errors import CastlineError
from castline.base.files import date_future_files_now, write_json
from castline.lammps.program import check_lammps, mpi_launcher
from castline.base.locking import hold_until_exit
from castline.campaign.plan import used_text
from castline.campaign.prediction import (
    PARTICLE_STAGES,
    STAGE_JOBS,
    Planner,
    request_memory_mb,
    request_minutes,
)
from castline.line.order import FILMS, LINE, STATES, before
from castline.base.yaml_files import read_yaml

min_version("9.0")

try:
    for path in workflow.configfiles:
        read_yaml(path)  # Snakemake has read it already, less strictly
    CAMPAIGN = load_campaign(config)
    PLANNER = Planner(CAMPAIGN, Path("results"))
except CastlineError as error:
    raise WorkflowError(str(error))

SETTINGS = CAMPAIGN.model_dump(mode="json")
ROOT = f"results/{CAMPAIGN.campaign}"
LOGS = f"logs/{CAMPAIGN.campaign}"
ELECTRODE = f"{ROOT}/{{psd}}/sc{{sc}}"
CELL = f"{ELECTRODE}/r{{rep}}"
ELECTRODES = {
    "psd": list(CAMPAIGN.matrix.psds),
    "sc": CAMPAIGN.matrix.solid_content_percent,
    "rep": range(1, CAMPAIGN.matrix.replicates + 1),
}
COSTED = [f"{stage}_{state}" if state else stage for stage, state in STAGE_JOBS]


report: "workflow/report/workflow.rst"


onstart:
    if not redrawing():
        # Snakemake's own lock outlives a kill -9; this one does not (profiles/default sets nolock).
        try:
            check_lammps()
            hold_until_exit(f"{ROOT}/work/campaign.lock")
            if future := date_future_files_now(ROOT):
                print(f"{ROOT}: {future} files were dated in the future and are dated now")
        except CastlineError as error:
            raise WorkflowError(str(error))
        cells = len(ELECTRODES["psd"]) * len(ELECTRODES["sc"]) * len(ELECTRODES["rep"])
        # on a cluster: jobs at once
        cores = workflow.resource_settings.cores or workflow.resource_settings.nodes
        plan = {"root": ROOT, "stages": PARTICLE_STAGES, "cells": cells, "cores": cores}
        write_json(f"{ROOT}/work/plan.json", plan)


onsuccess:
    cost = Path(ROOT, "tables/cost.csv")
    if cost.exists() and not redrawing():
        # as predicted before: this campaign's own runs are left out of the model
        planner = Planner(CAMPAIGN, Path("results"), without=CAMPAIGN.campaign)
        print(used_text(planner, read_runs(cost)))


# On a cluster these seconds of work stay on the login node.
localrules:
    recipe,
    tables,
    flow_curves,
    trends,
    summary,
    voxel_error,
    impedance_prediction,
    data_dictionary,
    electrode_models,
    crate,


wildcard_constraints:
    psd="[A-Za-z][A-Za-z0-9_]*",
    sc=r"\d+(\.\d+)?",
    rep=r"\d+",
    state="|".join(STATES),


include: "workflow/rules/common.smk"
include: "workflow/rules/recipe.smk"
include: "workflow/rules/line.smk"
include: "workflow/rules/validation.smk"
include: "workflow/rules/voxels.smk"
include: "workflow/rules/transport.smk"
include: "workflow/rules/tables.smk"
include: "workflow/rules/measurements.smk"
include: "workflow/rules/impedance.smk"
include: "workflow/rules/cbd_refit.smk"
include: "workflow/rules/cell.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/calibration.smk"
include: "workflow/rules/exchange.smk"


rule all:
    default_target: True
    input:
        f"{ROOT}/summary.txt",
        rules.figures.input,
        TABLES,
        rules.data_dictionary.output,
        rules.electrode_models.output,
        HALF_CELLS,
        rules.crate.output,


include: "workflow/rules/report.smk"
