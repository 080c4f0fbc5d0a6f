"""One of the best trials of a search at full size."""

from dataclasses import asdict
from pathlib import Path

from castline.base.files import write_json
from castline.calibration.finalists import run_finalist
from castline.calibration.settings import CalibrationConfig
from castline.campaign.script import run_script
from castline.lammps.forcefield import load_force_field
from castline.line.settings import LineSettings


def main(report):
    wildcards, given = snakemake.wildcards, snakemake.input
    name = f"{wildcards.search} finalist {wildcards.place}"
    found = run_finalist(
        LineSettings(**snakemake.params.line),
        CalibrationConfig(**snakemake.params.settings),
        wildcards.search,
        int(wildcards.place),
        load_force_field(given.start),
        load_force_field(given.slurry_set),
        Path(given.workers[0]).parent,
        lambda line: report(f"{name}, {line}"),
    )
    write_json(snakemake.output[0], {**found._asdict(), "outcome": asdict(found.outcome)})
    report(f"{name}: {found.outcome.state}, objective {found.outcome.objective:.4g}", show=True)


run_script(snakemake, main)
