"""One figure of the catalogue, from the campaign's tables and particle states."""

from importlib import import_module

from castline.campaign.described import TABLES
from castline.campaign.script import read_states, rule_name, run_script
from castline.figures.catalogue import figure_of
from castline.figures.common import Electrodes, Given
from castline.figures.style import save
from castline.results.tables import read_table


def main(report):
    spec = figure_of(rule_name(snakemake))
    given, params = snakemake.input, snakemake.params
    tables = {
        name: read_table(given[name], TABLES[name], needs.columns, needs.may_be_empty)
        if given[name]
        else None
        for name, needs in spec.tables.items()
    }
    figure = import_module(spec.module).draw(
        Given(
            Electrodes.from_matrix(params.matrix),
            tables,
            read_states(given.states) if spec.states else {},
            params.settings,
            {name: given[name] for name in spec.files},
            params.stages,
        )
    )
    save(figure, snakemake.output)
    report("drawn")


run_script(snakemake, main)
