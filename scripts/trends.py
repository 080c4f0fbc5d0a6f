"""The study's statements tested over the campaign's replicates."""

from castline.base.files import write_table
from castline.campaign.script import run_script
from castline.results.tables import KEYS, read_table
from castline.results.trends import STRUCTURE, trends_table


def main(report):
    given = snakemake.input
    table = trends_table(
        read_table(given.viscosity, [*KEYS, "shear_rate_per_s", "viscosity_pa_s"]),
        read_table(given.structure, STRUCTURE),
        read_table(given.transport, [*KEYS, "state", "sigma_e_s_per_m", "sigma_ion_s_per_m"]),
    )
    write_table(snakemake.output[0], table)
    report(f"{len(table)} tests")


run_script(snakemake, main)
