"""Fits of the flow curves, and the start-up curves, from the viscosities of all slurries."""

from castline.base.files import read_json, write_table
from castline.campaign.described import TABLES
from castline.campaign.script import run_script
from castline.line.viscosity import ViscosityConfig
from castline.results.flow_curve import HISTORY, NEEDS, flow_curves, start_up_table
from castline.results.schema import KEYS
from castline.results.tables import read_table


def main(report):
    given, out = snakemake.input, snakemake.output
    coating = ViscosityConfig(**snakemake.params.settings).coating
    curves = flow_curves(read_table(given.viscosity, TABLES["viscosity"], NEEDS), coating)
    histories = []
    for path, sidecar in zip(given.histories, given.sidecars, strict=True):
        cell = read_json(sidecar)
        history = read_table(path, TABLES["viscosity_history"], HISTORY)
        histories.append(({key: cell[key] for key in KEYS}, history))
    write_table(out.curves, curves)
    write_table(out.start_up, start_up_table(histories))
    report(f"{len(curves)} fits")


run_script(snakemake, main)
