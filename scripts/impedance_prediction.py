"""Predict the impedance spectra of the calendered electrodes from their simulated properties."""

from castline.base.files import write_table
from castline.campaign.described import TABLES
from castline.campaign.script import run_script
from castline.impedance.prediction import NEEDS, predict_spectra
from castline.impedance.settings import ImpedanceConfig
from castline.results.tables import read_tables


def main(report):
    spectra, parameters = predict_spectra(
        **read_tables(snakemake.input, NEEDS, TABLES),
        config=ImpedanceConfig(**snakemake.params.settings),
    )
    write_table(snakemake.output.spectra, spectra)
    write_table(snakemake.output.parameters, parameters)
    for row in parameters[parameters["status"] == "failed"].itertuples():
        report(f"{row.psd} {row.solid_content_percent} % r{row.replicate}: {row.reason}")
    report(f"{(parameters['status'] == 'ok').sum()} of {len(parameters)} replicates predicted")


run_script(snakemake, main)
