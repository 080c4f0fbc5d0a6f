"""Voxels and conductivities of one film of a published composite."""

from castline.base.files import read_json, write_json
from castline.campaign.script import run_script, total_cost
from castline.composites.numbers import film_numbers
from castline.composites.settings import CompositeSetConfig
from castline.packing.state import read_state
from castline.transport.settings import TransportConfig


def main(report):
    given, names = snakemake.input, snakemake.wildcards
    numbers = film_numbers(
        read_state(given.state),
        CompositeSetConfig(**snakemake.params.given),
        names.sample,
        TransportConfig(**snakemake.params.transport),
        report,
    )
    pressing = read_json(given.sidecar)["cost"]["core_seconds"]
    row = {"set": names.set, "sample": names.sample, "replicate": int(names.rep), **numbers}
    row["core_seconds"] = round(pressing + total_cost()["core_seconds"], 2)
    write_json(snakemake.output[0], row)
    report(", ".join(f"{key} {value}" for key, value in row.items()))


run_script(snakemake, main)
