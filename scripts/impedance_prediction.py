"""Predict the impedance spectra of the calendered electrodes from their simulated properties."""

import pandas as pd

from castline.files import write_table
from castline.impedance_prediction import ImpedanceConfig, predict_spectra
from castline.script import run_script


def main(report):
    spectra, parameters = predict_spectra(
        pd.read_csv(snakemake.input.transport),
        pd.read_csv(snakemake.input.structure),
        ImpedanceConfig(**snakemake.params.settings),
    )
    write_table(snakemake.output.spectra, spectra)
    write_table(snakemake.output.parameters, parameters)
    for row in parameters[parameters["status"] == "failed"].itertuples():
        report(f"{row.psd} {row.solid_content_percent} % r{row.replicate}: {row.reason}")
    report(f"{(parameters['status'] == 'ok').sum()} of {len(parameters)} replicates predicted")


run_script(snakemake, main)
