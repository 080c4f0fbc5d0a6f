"""What the columns of a campaign's tables mean: a page to read, and a package for programs."""

from collections.abc import Mapping, Sequence

from castline import __version__
from castline.base.errors import InputError
from castline.recipe.electrode import axis_of
from castline.results.publication import PublicationConfig
from castline.results.schema import Column, Table

HEAD = """# What the columns mean

Written by castline from the declarations of its tables (`workflow/castline/results/schema.py`,
and stages of their own); `datapackage.json` says the same to programs. Unit 1: a pure number;
-: text, flag or counter. AM: active material, SE: solid electrolyte, CBD: carbon-binder domain.
Empty fields: not available.
Numbers have eight significant digits; every stage's parameters, seed and versions are in the JSON
beside its result (`<psd>/sc<solid content>/r<replicate>/<stage>.json`).

From: the function that computes a table, and under it those columns that another one computes.
"""
TYPES = {"number": "number", "integer": "integer", "text": "string", "flag": "boolean"}


def declared(name: str, tables: Mapping[str, Table]) -> Table:
    """The declaration of a table.

    Raises
    ------
    InputError
        There is none.
    """
    if name not in tables:
        raise InputError(
            f"table {name}.csv: is declared neither in castline/results/schema.py nor by a stage"
        )
    return tables[name]


def data_dictionary(columns: Mapping[str, Sequence[str]], tables: Mapping[str, Table]) -> str:
    """Markdown that describes each table's columns in their order.

    Parameters
    ----------
    columns : of each table, by its name.
    tables : declarations by name.

    Raises
    ------
    InputError
        A table or a column is not declared.
    """
    lines = [HEAD]
    for name in sorted(columns):
        table = declared(name, tables).on(axis_of(columns[name]))
        lines += [f"## {name}.csv", "", f"One row: {table.row}. From: `{table.maker}`.", ""]
        lines += ["| column | unit | meaning | formula | from |", "|---|---|---|---|---|"]
        for column in columns[name]:
            it = table.column(column)
            formula = f"`{it.formula}`" if it.formula else ""
            maker = f"`{it.maker}`" if it.maker else ""
            lines.append(f"| `{column}` | {it.unit} | {it.meaning} | {formula} | {maker} |")
        lines.append("")
    return "\n".join(lines)


def data_package(
    campaign: str,
    columns: Mapping[str, Sequence[str]],
    tables: Mapping[str, Table],
    publication: PublicationConfig | None = None,
) -> dict:
    """The same as a Frictionless tabular data package (specs.frictionlessdata.io, version 1).

    Parameters
    ----------
    campaign : its name.
    columns, tables : as of `data_dictionary`, whose errors it raises.
    publication : licence and creators, where the campaign states them.
    """
    return {
        "profile": "tabular-data-package",
        "name": f"castline-{campaign.lower()}",
        "title": f"castline campaign {campaign}",
        "castline_version": __version__,
        **({} if publication is None else _terms(publication)),
        "resources": [
            _resource(declared(name, tables).on(axis_of(columns[name])), columns[name])
            for name in sorted(columns)
        ],
    }


def _terms(publication: PublicationConfig) -> dict:
    people = [{"title": creator.name, "role": "author"} for creator in publication.creators]
    licence = {"name": publication.license, "path": publication.license_url}
    return {"licenses": [licence], "contributors": people}


def _resource(table: Table, columns: Sequence[str]) -> dict:
    primary = {"primaryKey": list(table.keys)} if table.keys else {}
    return {
        "profile": "tabular-data-resource",
        "name": table.name,
        "path": f"{table.name}.csv",
        "description": f"One row: {table.row}.",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "schema": {
            "fields": [_field(c, table.column(c), table.maker_of(c)) for c in columns],
            **primary,
            "missingValues": [""],
        },
    }


def _field(name: str, column: Column, maker: str) -> dict:
    field = {
        "name": name,
        "type": TYPES[column.kind],
        "description": column.meaning,
        "unit": column.unit,
        "maker": maker,
        "constraints": {"required": not column.nullable},
    }
    if column.formula:
        field["formula"] = column.formula
    if column.kind == "flag":  # as pandas writes them
        field |= {"trueValues": ["True"], "falseValues": ["False"]}
    return field
