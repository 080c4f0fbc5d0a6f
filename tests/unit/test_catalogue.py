"""The catalogue of figures: every figure can be drawn, and asks for columns that exist."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from castline.figures.catalogue import FIGURES, FigureSpec, figure_of
from castline.results.schema import TABLES

CAMPAIGN = {"transport": {"voxel_um": 0.2, "voxel_series_um": []}, "matrix": {"psds": {}}}


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.name)
def test_a_figure_has_what_draws_it_a_caption_and_columns_that_are_declared(figure):
    assert callable(import_module(figure.module).draw)
    assert Path(f"workflow/report/{figure.file}.rst").exists()
    for name, needs in figure.tables.items():
        assert all(map(TABLES[name].column, needs.columns))
    assert figure.tables or figure.states or figure.files
    assert figure_of(figure.rule) is figure


def test_files_are_numbered_as_in_the_study():
    files = [figure.file for figure in FIGURES]
    assert len(set(files)) == len(files)
    assert {"figure4_viscosity", "figure9a_phases", "figureS3_psd", "overview"} <= set(files)


def test_a_figure_takes_its_settings_and_no_others():
    spec = FigureSpec("a", "", "a", settings={"voxel": "transport.voxel_um", "all": ""})
    assert spec.settings_of(CAMPAIGN) == {"voxel": 0.2, "all": CAMPAIGN}


def test_a_figure_of_a_series_is_drawn_where_there_is_one():
    series = figure_of("figure_voxel_convergence")
    assert not series.is_drawn(CAMPAIGN)
    assert series.is_drawn({"transport": {"voxel_series_um": [0.1, 0.2, 0.4]}})


def test_snakemake_reads_the_catalogue_without_importing_what_draws():
    code = "import sys, castline.figures.catalogue; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
