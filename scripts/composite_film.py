"""Settle, press and load one film of a published composite."""

from pathlib import Path

from castline.base.files import write_json
from castline.campaign.script import run_script, total_cost
from castline.composites.films import measured_state, press_film
from castline.composites.settings import CompositeSetConfig
from castline.lammps.forcefield import load_force_field
from castline.line.settings import LineSettings
from castline.packing.state import write_state


def main(report):
    given, out, params = snakemake.input, snakemake.output, snakemake.params
    names = (snakemake.wildcards.set, snakemake.wildcards.sample, int(snakemake.wildcards.rep))
    composites = CompositeSetConfig(**params.given)
    result = press_film(
        LineSettings(**params.line),
        load_force_field(given.force_field),
        composites,
        names,
        Path(params.work),
        report,
    )
    write_state(result.states[measured_state(composites.samples[names[1]])], out.state)
    cost = total_cost(result.summary["cost"])
    write_json(out.sidecar, {**result.summary, "set": params.given, "cost": cost})


run_script(snakemake, main)
