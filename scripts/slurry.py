"""Place the slurry's particles and equilibrate them at the outer pressure."""

from pathlib import Path

from castline.base.files import read_json, write_table
from castline.campaign.config import SlurryConfig
from castline.campaign.script import run_script, total_cost, write_sidecar
from castline.lammps.chain import seed_for
from castline.lammps.forcefield import load_force_field
from castline.line.slurry import equilibrate, initial_state
from castline.packing.state import write_state
from castline.recipe.recipe import Recipe


def main(report):
    cell = snakemake.wildcards
    seed = seed_for(snakemake.params.seed, cell.psd, cell.sc, cell.rep, "slurry")
    recipe = Recipe.from_dict(read_json(snakemake.input.recipe))
    force_field = load_force_field(snakemake.input.force_field)
    settings = SlurryConfig(**snakemake.params.settings)
    start = initial_state(recipe, settings, seed)
    state, history, summary = equilibrate(
        recipe,
        force_field,
        settings,
        start,
        seed,
        Path(snakemake.params.work),
        report,
        snakemake.threads,
        snakemake.params.acceleration,
    )
    write_state(start, snakemake.output.initial)
    write_state(state, snakemake.output.state)
    write_table(snakemake.output.history, history)
    summary["cost"] = total_cost(summary["cost"])
    write_sidecar(snakemake, snakemake.output.sidecar, summary, seed)


run_script(snakemake, main)
