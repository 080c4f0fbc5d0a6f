"""Solve one calendered film at several voxel sizes and extrapolate to none."""

from castline.base.files import read_json, write_table
from castline.campaign.script import run_script, total_cost, write_sidecar
from castline.packing.state import read_state
from castline.recipe.recipe import Recipe
from castline.transport.film import voxel_series
from castline.transport.settings import TransportConfig


def main(report):
    settings = TransportConfig(**snakemake.params.settings)
    recipe = Recipe.from_dict(read_json(snakemake.input.recipe))
    table, summary = voxel_series(read_state(snakemake.input.state), recipe, settings)
    write_table(snakemake.output.table, table)
    write_sidecar(snakemake, snakemake.output.sidecar, {**summary, "cost": total_cost()})
    report(table.to_string(index=False))


run_script(snakemake, main)
