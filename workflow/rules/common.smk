MEASURED = {
    name: f"{ROOT}/tables/measured_{name}.csv"
    for name in ("cells", "electrodes", "tlm_fits", "spectra", "viscosity")
    if CAMPAIGN.measurements is not None
}
DISCHARGES = {
    name: f"{ROOT}/tables/{name}.csv"
    for name in ("discharge", "discharge_curves", "cell_sensitivity")
    if CAMPAIGN.cell is not None
}
HALF_CELLS = [
    f"{ROOT}/exchange/half_cells.{kind}.json"
    for kind in ("pybamm", "bpx")
    if CAMPAIGN.cell is not None
]


def replicates(pattern, stage="drying", of=REPLICATES, **others):
    """Files of all replicates that a stage has; of films unless told otherwise."""
    return [
        path
        for (psd, sc), number in of.items()
        for rep in range(1, number.of_stage(stage) + 1)
        for path in expand(pattern, psd=psd, sc=sc, rep=rep, **others)
    ]


def costed_files(of=REPLICATES):
    """The JSON of every job whose cost is kept."""
    return [
        path
        for stage, state in stage_jobs(LINE)
        for path in replicates(
            f"{CELL}/{stage}_{state}.json" if state else f"{CELL}/{stage}.json",
            stage,
            of,
        )
    ]


FORCE_FIELDS = {name: located(path) for name, path in SETTINGS["force_fields"].items()}


def electrolyte_files():
    """The CSV that gives the sizes of the solid electrolyte, if one does."""
    path = CAMPAIGN.recipe.solid_electrolyte_psd.csv
    return [] if path is None else [located(path)]


def psd_files(wildcards):
    """The CSVs that a recipe reads, where its distributions are given that way."""
    sizes, _ = CAMPAIGN.matrix.of_powder(wildcards.psd, CAMPAIGN.recipe)
    return [*map(located, sizes.csv_files()), *electrolyte_files()]


def campaign_psd_files():
    """The CSVs that give active-material distributions of the campaign."""
    return [
        located(path)
        for psd in CAMPAIGN.matrix.psds.values()
        for path in psd.csv_files()
    ]


def sizes_in_recipe(wildcards):
    """The sizes of the active material in a recipe, as of the campaign file."""
    return CAMPAIGN.matrix.of_powder(wildcards.psd, CAMPAIGN.recipe)[0].model_dump(
        mode="json"
    )


def settings_of_recipe(wildcards):
    """The section of a recipe, with the composition that the powder has."""
    return CAMPAIGN.matrix.of_powder(wildcards.psd, CAMPAIGN.recipe)[1].model_dump(
        mode="json"
    )


def csvs_of_cell():
    """The CSV that gives the open-circuit potential of the active material, where there is one."""
    path = CAMPAIGN.cell.open_circuit_potential_csv
    return [] if path is None else located(path)


def redrawing():
    """`snakemake figures` draws from the stored tables and states, whatever their age."""
    return set(workflow.dag_settings.targets) == {"figures"}


def table(name):
    """One of the campaign's tables as input of a figure; in a redraw no rule is asked for it."""
    path = f"{ROOT}/tables/{name}.csv"

    def in_use(wildcards):
        if not redrawing():
            return path
        if not Path(
            path
        ).exists():  # Snakemake would keep an older figure and say nothing
            raise WorkflowError(f"figures: {path} is missing")
        return before_update(
            path
        )  # the path of a plain run, which then redraws nothing

    return in_use


def states_of(*names):
    """States of the first replicate of all electrodes; in a redraw those that are there."""
    first = {**ELECTRODES, "rep": 1}
    paths = expand(f"{CELL}/{{state}}.dump.gz", state=names, **first)

    def in_use(wildcards):
        if not redrawing():
            return paths
        return [before_update(path) for path in paths if Path(path).exists()]

    return in_use


def figure_input(figure):
    """Inputs of a figure by name: its tables, none where nothing was measured, states and files."""
    tables = {
        name: [] if needs.if_measured and not MEASURED else table(name)
        for name, needs in figure.tables.items()
    }
    states = figure.states_of(SETTINGS)
    states = {"states": states_of(*states)} if states else {}
    return {**tables, **states, **{name: FIGURE_FILES[name] for name in figure.files}}


def figure_files(figure):
    """Files of a figure as output; the report shows the SVG, with the caption of that name."""
    drawn = report(
        f"{ROOT}/figures/{figure.file}.svg",
        caption=f"../report/{figure.file}.rst",
        category="Figures",
        labels={"figure": figure.number or "beyond", "shows": figure.shows},
    )
    return [drawn, *multiext(f"{ROOT}/figures/{figure.file}", ".pdf", ".png")]


def report_table(name):
    """A table as output, which the report offers with what its rows are."""
    return report(
        f"{ROOT}/tables/{name}.csv",
        caption="../report/table.rst",
        category="Tables",
        labels={"table": name, "one row": DESCRIBED_TABLES[name].row},
    )


def measured_files():
    """The data files that the campaign's measurements name."""
    if CAMPAIGN.measurements is None:
        return []
    from castline.measured.measurements import measurement_files

    return measurement_files(located(CAMPAIGN.measurements))


def settings_of(stage):
    """The section of a stage; where drying rates are an axis, that of each powder."""

    def of_powder(wildcards):
        return CAMPAIGN.settings_of(stage, wildcards.psd)

    return (
        of_powder
        if stage.rate_key and CAMPAIGN.matrix.drying_rates
        else SETTINGS[stage.name]
    )


def ranks(wildcards):
    """MPI ranks of a LAMMPS stage."""
    return PLANNER.ranks(wildcards.psd, wildcards.sc)


def predicted(stage, wildcards):
    state = wildcards.get("state", "")
    return PLANNER.predict(stage, wildcards.psd, wildcards.sc, state)


def requests(stage):
    """What a stage asks a cluster for, from its predicted cost; more with every attempt."""

    def runtime(wildcards, attempt):
        return request_minutes(predicted(stage, wildcards), attempt)

    def mem_mb(wildcards, attempt):
        return request_memory_mb(predicted(stage, wildcards), attempt)

    return {"runtime": runtime, "mem_mb": mem_mb}


def mpi_requests(stage):
    """As `requests`, for a stage on MPI ranks: one task each, and no thread beside them."""

    def mpi(wildcards):
        return mpi_launcher() if ranks(wildcards) > 1 else None

    return {
        **requests(stage),
        "tasks": ranks,
        "cpus_per_task": 1,
        "nodes": 1,
        "mpi": mpi,
    }


def searched_psd_files(wildcards):
    """The CSVs that the recipes of a search read, where distributions are given that way."""
    return campaign_psd_files() + electrolyte_files()


def set_in_use(name):
    """The calibrated set where there is a search for it, else the campaign's own."""
    return f"{CALIBRATION}/{name}.yaml" if name in SEARCHES else FORCE_FIELDS[name]


def starting_set(wildcards):
    """The set a search starts from; refuses to plan on a study of another space."""
    from castline.calibration.study import check_plan

    try:
        folder = SEARCH.format(search=wildcards.search)
        check_plan(CAMPAIGN, CAMPAIGN.calibration, wildcards.search, folder)
    except CastlineError as error:
        raise WorkflowError(str(error))
    return FORCE_FIELDS[wildcards.search]


def slurries_of(wildcards):
    """The set that makes the slurries of a search: a slurry search makes its own, and stored ones
    are those of the campaign's own set.
    """
    if wildcards.search == "slurry" or SETTINGS["calibration"]["dry"].get("slurries"):
        return FORCE_FIELDS["slurry"]
    return set_in_use("slurry")


def searched_settings(wildcards):
    """What a search reads of the campaign file: not the other search, which may change freely."""
    settings = {
        k: v for k, v in SETTINGS["calibration"].items() if k not in ("slurry", "dry")
    }
    return {**settings, wildcards.search: SETTINGS["calibration"][wildcards.search]}


def finalist_files(wildcards):
    """What the finalists of a search found, the best of its trials first."""
    settings = CAMPAIGN.calibration.stage(wildcards.search).finalists
    places = [] if settings is None else range(1, settings.trials + 1)
    return expand(rules.calibration_finalist.output, place=places, allow_missing=True)


def calibrated_files(wildcards):
    """All that `calibrate` makes; an error where the campaign has no calibration section."""
    if not SEARCHES:
        raise WorkflowError(
            f"config: campaign {CAMPAIGN.campaign} has no calibration section; add one "
            "(docs/calibration.md) or name a campaign that has one, such as "
            "--configfile config/calibration.yaml"
        )
    files = expand(rules.calibration.output, search=SEARCHES)
    files += expand(rules.calibration_figures.output, search=SEARCHES)
    if CAMPAIGN.calibration.confirmation is not None:
        files += rules.calibration_confirmation.output
    return files


def published(wildcards):
    """What an archive starts from; an error where the campaign does not say whose it is."""
    if CAMPAIGN.publication is None:
        raise WorkflowError(
            f"config: campaign {CAMPAIGN.campaign} has no publication section; an archive needs "
            "its title, creators and licence (docs/archive.md)"
        )
    return rules.all.input
