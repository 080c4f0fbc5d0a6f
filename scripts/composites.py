"""Published composites, predicted beside measured: tables, what they say, and a figure."""

import pandas as pd

from castline.base.files import read_json, write_atomically, write_json, write_table
from castline.campaign.described import TABLES
from castline.campaign.script import run_script
from castline.composites.settings import CompositesConfig
from castline.figures.composites import composites_figure
from castline.figures.style import save
from castline.results.composites import comparison, laboratory_spread, summary_text
from castline.results.dictionary import data_dictionary, data_package
from castline.results.published import COMPOSITES
from castline.results.tables import read_table


def main(report):
    out, settings = snakemake.output, CompositesConfig(**snakemake.params.settings)
    published = read_table(snakemake.input.published, COMPOSITES)
    films = pd.DataFrame([read_json(path) for path in snakemake.input.films])
    films = films[list(TABLES["composite_films"].columns)]
    names = {
        (name, sample): (given.published, given.published_name(sample))
        for name, given in settings.chosen.items()
        for sample in given.samples
    }
    pure = {name: settings.pure_set(name) for name in settings.chosen}
    table = comparison(films, published, names, pure)
    labels = {name: given.label for name, given in settings.chosen.items()}
    write_table(out.films, films)
    write_table(out.comparison, table)
    columns = {name: list(TABLES[name].columns) for name in ("composite_films", "composites")}
    write_atomically(out.dictionary, data_dictionary(columns, TABLES).encode())
    write_json(out.package, data_package(snakemake.params.campaign, columns, TABLES))
    save(composites_figure(table, labels, laboratory_spread(published)), out.figure)
    text = summary_text(table)
    write_atomically(out.summary, text.encode())
    report(text, show=True)


run_script(snakemake, main)
