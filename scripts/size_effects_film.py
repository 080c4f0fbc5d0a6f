"""One electrode of another size through the line, and what its films conduct."""

from pathlib import Path

from castline.base.files import write_table
from castline.campaign.script import run_script
from castline.campaign.size_effects_films import sized_films
from castline.lammps.forcefield import load_force_field
from castline.line.settings import LineSettings
from castline.recipe.electrode import Electrode


def main(report):
    area, thickness = map(float, snakemake.wildcards.size.split("x"))
    table = sized_films(
        LineSettings(**snakemake.params.line),
        (area, thickness),
        Electrode.of_wildcards(snakemake.wildcards),
        load_force_field(snakemake.input.slurry_set),
        load_force_field(snakemake.input.dry_set),
        Path(snakemake.params.work),
        report,
        snakemake.threads,
    )
    write_table(snakemake.output[0], table)


run_script(snakemake, main)
