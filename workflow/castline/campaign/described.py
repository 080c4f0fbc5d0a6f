"""Every table of a campaign: those of castline.results.schema and those that stages declare.

Here the line is known: columns that hold the names of its states or stages take no other word.
"""

from dataclasses import replace

from castline.line.order import STAGES as LINE_STAGES
from castline.line.order import STATES
from castline.results import schema
from castline.results.schema import Column, Table

STAGES = (*(stage.name for stage in LINE_STAGES), "voxels", "transport")
WORDS = {"state": "|".join(STATES), "stage": "|".join(STAGES)}


def _named(column: Column) -> Column:
    return replace(column, words=WORDS[column.names]) if column.names else column


def _described(table: Table) -> Table:
    columns = {name: _named(column) for name, column in table.columns.items()}
    return replace(table, columns=columns)


OF_STAGES = {
    made.table.name: made.table for stage in LINE_STAGES for made in stage.tables if made.table
}
TABLES = {name: _described(table) for name, table in {**schema.TABLES, **OF_STAGES}.items()}
