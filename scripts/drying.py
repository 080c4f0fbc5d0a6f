"""Dry one equilibrated slurry."""

from pathlib import Path

from castline.base.files import read_json, write_table
from castline.campaign.config import DryingConfig
from castline.campaign.script import run_script, total_cost, write_sidecar
from castline.lammps.chain import seed_for
from castline.lammps.forcefield import load_force_field
from castline.line.drying import dry
from castline.packing.state import read_state, write_state
from castline.recipe.recipe import Recipe


def main(report):
    cell = snakemake.wildcards
    seed = seed_for(snakemake.params.seed, cell.psd, cell.sc, cell.rep, "drying")
    recipe = Recipe.from_dict(read_json(snakemake.input.recipe))
    force_field = load_force_field(snakemake.input.force_field)
    settings = DryingConfig(**snakemake.params.settings)
    slurry = read_state(snakemake.input.state)
    state, history, summary = dry(
        recipe,
        force_field,
        settings,
        slurry,
        seed,
        Path(snakemake.params.work),
        report,
        snakemake.threads,
        snakemake.params.acceleration,
    )
    write_state(state, snakemake.output.state)
    write_table(snakemake.output.history, history)
    summary["cost"] = total_cost(summary["cost"])
    write_sidecar(snakemake, snakemake.output.sidecar, summary, seed)


run_script(snakemake, main)
