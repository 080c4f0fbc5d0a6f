"""Run trials of one search until all have been given out; several workers may do so at once."""

from pathlib import Path

from castline.base.files import write_json
from castline.calibration.settings import CalibrationConfig
from castline.calibration.space import space_of
from castline.calibration.study import work_on
from castline.campaign.script import run_script
from castline.lammps.forcefield import load_force_field
from castline.lammps.program import lammps_version
from castline.line.settings import LineSettings


def main(report):
    line = LineSettings(**snakemake.params.line)
    settings = CalibrationConfig(**snakemake.params.settings)
    search, worker = snakemake.wildcards.search, snakemake.wildcards.worker
    start = load_force_field(snakemake.input.start)
    slurry_set = load_force_field(snakemake.input.slurry_set)
    space = space_of(line, settings, search, start, lammps_version(), slurry_set)
    done = work_on(
        line,
        settings,
        search,
        start,
        slurry_set,
        space,
        Path(snakemake.output[0]).parent,
        lambda line: report(f"{search} search, worker {worker}, {line}"),
    )
    write_json(snakemake.output[0], {"search": search, "worker": int(worker), **done})


run_script(snakemake, main)
