"""RO-Crate of the campaign, with the settings that made it."""

from pathlib import Path

from castline.base.files import write_json
from castline.campaign.config import Campaign
from castline.campaign.described import TABLES
from castline.campaign.script import run_script
from castline.exchange.ro_crate import crate_metadata
from castline.lammps.chain import lammps_version


def main(report):
    settings = snakemake.output.settings
    write_json(settings, snakemake.params.settings)
    metadata = crate_metadata(
        snakemake.params.settings["campaign"],
        Path(snakemake.output.crate).parent,
        [*snakemake.input, settings],
        {"LAMMPS": lammps_version()},
        TABLES,
        Campaign.model_validate(snakemake.params.settings).publication,
    )
    write_json(snakemake.output.crate, metadata)
    report(f"{len(snakemake.input)} files described")


run_script(snakemake, main)
