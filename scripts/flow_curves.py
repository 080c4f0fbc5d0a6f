"""Fits of the flow curves, and the start-up curves, from the viscosities of all slurries."""

from castline.base.files import read_json, write_table
from castline.campaign.script import run_script
from castline.line.viscosity import ViscosityConfig
from castline.results.flow_curve import POINTS, flow_curves, start_up_table
from castline.results.tables import KEYS, read_table

HISTORY = ["shear_rate_per_s", "from_shear_rate_per_s", "strain", "viscosity_pa_s"]


def main(report):
    given, out = snakemake.input, snakemake.output
    coating = ViscosityConfig(**snakemake.params.settings).coating
    curves = flow_curves(read_table(given.viscosity, POINTS), coating)
    histories = []
    for path, sidecar in zip(given.histories, given.sidecars, strict=True):
        cell = read_json(sidecar)
        histories.append(({key: cell[key] for key in KEYS}, read_table(path, HISTORY)))
    write_table(out.curves, curves)
    write_table(out.start_up, start_up_table(histories))
    report(f"{len(curves)} fits")


run_script(snakemake, main)
