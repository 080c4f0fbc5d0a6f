"""What the text columns of the tables may hold."""

import re

import pandas as pd

from castline.results.stated import SENTENCES

# By column, as regular expressions. Columns of free text, such as sentences, have none.
WORDS = {
    "state": "slurry|dried|calendered",
    "phase": "press|release|relax",
    "model": "herschel_bulkley|power_law",
    "replicate": r"\d+|pooled",
    "solid_content_percent": r"[\d.]+( [\d.]+)*",
    "statement": "|".join(map(re.escape, SENTENCES)),
    "kind": "level|trend",
    "verdict": "supported|not resolved|contradicted|not tested: .+",
}


def strange(column: pd.Series) -> pd.Series:
    """Where a text column holds what it cannot hold; missing values are not counted."""
    if column.name not in WORDS:
        return pd.Series(False, column.index)
    return column.notna() & ~column.astype(str).str.fullmatch(WORDS[column.name])
