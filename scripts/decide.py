"""What the last round found, in words."""

from castline.base.files import read_json, write_atomically
from castline.campaign.script import run_script


def main(report):
    facts = read_json(snakemake.input[0])
    write_atomically(snakemake.output[0], ("\n".join(facts["summary"]) + "\n").encode())
    report(f"{facts['summary'][-1]}; `snakemake` makes tables and figures of all replicates",
           show=True)  # fmt: skip


run_script(snakemake, main)
