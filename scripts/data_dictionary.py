"""What every column of the campaign's tables means."""

from pathlib import Path

from castline.base.files import write_atomically, write_json
from castline.campaign.described import TABLES
from castline.campaign.script import run_script
from castline.results.dictionary import data_dictionary, data_package, declared
from castline.results.publication import PublicationConfig
from castline.results.tables import read_table


def main(report):
    columns = {}
    for path in map(Path, snakemake.input):
        rows = read_table(path, declared(path.stem, TABLES), [], may_be_empty=True)
        columns[path.stem] = list(rows.columns)
    write_atomically(snakemake.output.readme, data_dictionary(columns, TABLES).encode())
    given = snakemake.params.publication
    publication = PublicationConfig.model_validate(given) if given else None
    package = data_package(snakemake.params.campaign, columns, TABLES, publication)
    write_json(snakemake.output.package, package)
    report(f"{len(columns)} tables described")


run_script(snakemake, main)
