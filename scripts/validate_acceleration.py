"""Shear the same small slurries unscaled and scaled; tables and figure of the comparison."""

from pathlib import Path

import pandas as pd

from castline.base.files import write_table
from castline.campaign.script import run_script
from castline.figures.acceleration import acceleration_figure
from castline.figures.style import save
from castline.lammps.forcefield import load_force_field
from castline.line.acceleration import (
    AUTOMATIC,
    TOLERANCE,
    agreement,
    along_strain,
    histories,
    small_recipe,
)
from castline.line.stage import Bench
from castline.line.viscosity import ViscosityConfig
from castline.recipe.settings import PsdConfig, RecipeConfig


def main(report):
    params, out = snakemake.params, snakemake.output
    recipe = small_recipe(RecipeConfig(**params.recipe), PsdConfig(**params.psd))
    runs = histories(
        recipe,
        load_force_field(snakemake.input.force_field),
        ViscosityConfig(**params.viscosity),
        list(range(1, params.seeds + 1)),
        Bench(Path(params.work), report=report),
    )
    history = pd.concat(runs, ignore_index=True)
    along = along_strain(history)
    write_table(out.along, along)
    write_table(out.agreement, agreement(history))
    save(acceleration_figure(along, AUTOMATIC, TOLERANCE), [out.figure])


run_script(snakemake, main)
