"""Conductivities against voxel size from the voxel series."""

from castline.campaign.script import run_script
from castline.figures.common import Electrodes
from castline.figures.style import save
from castline.figures.voxel_convergence import (
    ERROR_COLUMNS,
    SERIES_COLUMNS,
    voxel_convergence_figure,
)
from castline.results.tables import read_table


def main(report):
    series = read_table(snakemake.input.series, SERIES_COLUMNS)
    error = read_table(snakemake.input.error, ERROR_COLUMNS)
    electrodes = Electrodes.from_matrix(snakemake.params.matrix)
    figure = voxel_convergence_figure(series, error, snakemake.params.voxel_um, electrodes)
    save(figure, snakemake.output)
    report("drawn")


run_script(snakemake, main)
