"""RO-Crate of the campaign, with the settings that made it."""

from pathlib import Path

from castline.exchange.ro_crate import crate_metadata
from castline.files import write_json
from castline.lammps_run import lammps_version
from castline.script import run_script


def main(report):
    settings = snakemake.output.settings
    write_json(settings, snakemake.params.settings)
    metadata = crate_metadata(
        snakemake.params.settings["campaign"],
        Path(snakemake.output.crate).parent,
        [*snakemake.input, settings],
        {"LAMMPS": lammps_version()},
    )
    write_json(snakemake.output.crate, metadata)
    report(f"{len(snakemake.input)} files described")


run_script(snakemake, main)
