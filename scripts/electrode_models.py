"""Cell-model parameters of every calendered electrode: BPX files, PyBaMM parameters."""

from bpx import __version__ as bpx_version

from castline import __version__
from castline.base.errors import InputError
from castline.base.files import read_json, write_json
from castline.campaign.described import TABLES
from castline.campaign.script import run_script
from castline.exchange.bpx_export import bpx_electrode
from castline.exchange.electrode import NEEDS, electrode
from castline.exchange.pybamm_export import OPTIONS, pybamm_parameters
from castline.recipe.electrode import Electrode
from castline.recipe.recipe import Recipe
from castline.results.tables import read_tables


def main(report):
    given, settings = snakemake.input, snakemake.params.settings
    tables = read_tables(given, NEEDS, TABLES)
    parameters, not_exported = {}, {}
    for recipe, path in zip(given.recipes, snakemake.output.bpx, strict=True):
        psd, content, _ = Electrode.of_path(recipe)
        one = electrode(
            **tables,
            recipe=Recipe.from_dict(read_json(recipe)),
            psd=psd,
            solid_content_percent=float(content),
            sigma_cbd_s_per_m=settings["sigma_cbd_s_per_m"],
        )
        write_json(path, bpx_electrode(one))
        try:
            parameters[f"{psd}_sc{content}"] = pybamm_parameters(one)
        except InputError as error:
            not_exported[f"{psd}_sc{content}"] = str(error)
            report(str(error), show=True)
    write_json(snakemake.output.pybamm, parameters)
    write_json(
        snakemake.output.sidecar,
        {
            "castline_version": __version__,
            "bpx_version": bpx_version,
            "pybamm_options": OPTIONS,
            "pybamm_not_exported": not_exported,
            "sources": [given.structure, given.transport, *given.recipes],
            "parameters": settings,
        },
    )
    report(f"{len(snakemake.output.bpx)} electrodes")


run_script(snakemake, main)
