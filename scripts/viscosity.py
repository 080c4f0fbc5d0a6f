"""Shear one slurry at every shear rate, from high to low."""

from pathlib import Path

import pandas as pd

from castline.base.files import read_json, write_table
from castline.campaign.config import ViscosityConfig
from castline.campaign.script import run_script, total_cost, write_sidecar
from castline.lammps.forcefield import load_force_field
from castline.line.viscosity import flow_table, shear
from castline.packing.state import read_state
from castline.recipe.recipe import Recipe


def main(report):
    recipe = Recipe.from_dict(read_json(snakemake.input.recipe))
    force_field = load_force_field(snakemake.input.force_field)
    settings = ViscosityConfig(**snakemake.params.settings)
    slurry = read_state(snakemake.input.state)
    pressure = read_json(snakemake.input.sidecar)["particle_pressure_kpa"]
    curve = shear(
        recipe,
        force_field,
        settings,
        slurry,
        pressure,
        settings.shear_rates_per_s,
        Path(snakemake.params.work),
        report,
        snakemake.threads,
        snakemake.params.acceleration,
    )
    points, histories, costs = [], [], {}
    for point, history, cost in curve:
        points.append(point)
        histories.append(history)
        costs[f"{point.shear_rate_per_s:.10g}"] = {**cost, "strain": round(point.strain, 4)}
    write_table(snakemake.output.table, flow_table(points))
    write_table(snakemake.output.history, pd.concat(histories, ignore_index=True))
    total = {
        "core_seconds": sum(cost["core_seconds"] for cost in costs.values()),
        "peak_memory_mb": max(cost["peak_memory_mb"] for cost in costs.values()),
    }
    summary = {"cost_by_shear_rate": costs, "cost": total_cost(total)}
    write_sidecar(snakemake, snakemake.output.sidecar, summary)


run_script(snakemake, main)
