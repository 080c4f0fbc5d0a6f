"""Discharge of every film in a solid-state half-cell: tables, elasticities, exchange files."""

from castline.base.files import read_json, write_json, write_table
from castline.campaign.described import TABLES
from castline.campaign.script import run_script
from castline.cell.discharge import discharge_tables
from castline.cell.film import NEEDS, films
from castline.cell.parameters import stoichiometry_at_start
from castline.cell.sensitivity import electrodes, sensitivity_table
from castline.cell.settings import CellConfig
from castline.exchange.half_cell import exported, half_cell_bpx
from castline.recipe.electrode import Electrode
from castline.recipe.recipe import Recipe
from castline.results.tables import read_tables


def main(report):
    given, out, params = snakemake.input, snakemake.output, snakemake.params
    config = CellConfig(**params.settings)
    bulk = params.sigma_se_bulk_ms_per_cm * 0.1
    recipes = {}
    for path in given.recipes:
        electrode = Electrode.of_path(path)
        recipes[electrode.psd, electrode.percent] = Recipe.from_dict(read_json(path))
    found = films(**read_tables(given, NEEDS, TABLES), recipes=recipes, state=config.state)
    discharges, curves = discharge_tables(found, config, bulk, report)
    sensitivity = sensitivity_table(found, config, bulk)
    cells = {
        f"{keys['psd']}_sc{keys['solid_content_percent']:g}": exported(film, config, bulk)
        for keys, film in electrodes(found, config, stoichiometry_at_start(config))
    }
    write_table(out.discharge, discharges)
    write_table(out.discharge_curves, curves)
    write_table(out.cell_sensitivity, sensitivity)
    write_json(out.pybamm, cells)
    write_json(out.bpx, {name: half_cell_bpx(name, cell) for name, cell in cells.items()})
    for row in discharges[discharges["status"] != "ok"].itertuples():
        report(f"{row.psd} {row.solid_content_percent:g} % r{row.replicate}: {row.reason}")
    report(f"{(discharges['status'] == 'ok').sum()} of {len(discharges)} discharges")


run_script(snakemake, main)
