"""One electrode through one stage of the line."""

from pathlib import Path

from castline.base.files import read_json, write_table
from castline.base.seeds import seed_for
from castline.campaign.script import rule_name, run_script, total_cost, write_sidecar
from castline.lammps.forcefield import load_force_field
from castline.line.order import before, stage_named
from castline.line.stage import Bench, Result
from castline.packing.state import read_state, write_state
from castline.recipe.electrode import Electrode
from castline.recipe.recipe import Recipe


def main(report):
    given, out, params = snakemake.input, snakemake.output, snakemake.params
    stage = stage_named(rule_name(snakemake))
    electrode = Electrode.of_wildcards(snakemake.wildcards)
    start = None
    if before(stage) is not None:
        state = before(stage).state
        start = Result({state: read_state(given.state)}, summary=read_json(given.sidecar))
    seed = seed_for(params.seed, *electrode, stage.name) if stage.seeded else None
    bench = Bench(
        work=Path(params.work),
        seed=seed,
        report=report,
        ranks=snakemake.threads,
        acceleration=params.acceleration,
    )
    result = stage.run(
        Recipe.from_dict(read_json(given.recipe)),
        load_force_field(given.force_field),
        stage.section(**params.settings),
        start,
        bench,
    )
    for name, state in result.states.items():
        write_state(state, out[name])
    for table in stage.tables:
        write_table(out[table.file], result.tables[table.file])
    summary = {**result.summary, "cost": total_cost(result.summary["cost"])}
    write_sidecar(snakemake, out.sidecar, summary, seed)


run_script(snakemake, main)
