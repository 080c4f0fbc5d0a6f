"""Calender one dried film."""

from pathlib import Path

from castline.base.files import read_json, write_table
from castline.campaign.config import CalenderingConfig
from castline.campaign.script import run_script, total_cost, write_sidecar
from castline.lammps.forcefield import load_force_field
from castline.line.calendering import calender
from castline.packing.state import read_state, write_state
from castline.recipe.recipe import Recipe


def main(report):
    recipe = Recipe.from_dict(read_json(snakemake.input.recipe))
    force_field = load_force_field(snakemake.input.force_field)
    settings = CalenderingConfig(**snakemake.params.settings)
    dried = read_state(snakemake.input.state)
    state, curve, summary = calender(
        recipe,
        force_field,
        settings,
        dried,
        Path(snakemake.params.work),
        report,
        snakemake.threads,
        snakemake.params.acceleration,
    )
    write_state(state, snakemake.output.state)
    write_table(snakemake.output.curve, curve)
    summary["cost"] = total_cost(summary["cost"])
    write_sidecar(snakemake, snakemake.output.sidecar, summary)


run_script(snakemake, main)
