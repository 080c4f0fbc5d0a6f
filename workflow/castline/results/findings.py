"""What a campaign found on every statement of the study, in one line each."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from castline.results.trends import CONTRADICTED, NOT_RESOLVED, NOT_TESTED, SUPPORTED

COLUMNS = [
    *("statement", "kind", "sentence", "test", "n_replicates", "n_films", "connected_fraction"),
    *("effect", "unit", "wanted_low", "wanted_high", "verdict", "verdict_holm", "n_needed"),
]


@dataclass(frozen=True)
class Finding:
    """A statement, how many of its tests it passes, and the numbers behind that."""

    sentence: str
    answer: str
    numbers: str


def findings(trends: pd.DataFrame) -> list[Finding]:
    """One finding per statement, in the order of the table.

    Parameters
    ----------
    trends : the table of all tests, with `COLUMNS`.
    """
    return [
        Finding(part["sentence"].iloc[0], _answer(part), _numbers(part))
        for _, part in trends.groupby("statement", sort=False)
    ]


def together(trends: pd.DataFrame) -> str:
    """How many verdicts there are, and how many stand if all are to be right together."""
    tested = trends[~trends["verdict"].str.startswith(NOT_TESTED)]
    found = (SUPPORTED, CONTRADICTED, NOT_RESOLVED)
    alone, all_ = (
        [int((tested[c] == v).sum()) for v in found] for c in ("verdict", "verdict_holm")
    )
    return (
        f"{len(tested)} tests: {alone[0]} supported, {alone[1]} contradicted, {alone[2]} open; if "
        f"all are to be right together (Holm) {all_[0]} and {all_[1]} of these stand"
    )


def _answer(tests: pd.DataFrame) -> str:
    """Such as 'yes, in all 6 tests' or 'yes in 12 of 18 tests, 6 open'."""
    verdicts, n = tests["verdict"], len(tests)
    yes, no, open_ = (int((verdicts == v).sum()) for v in (SUPPORTED, CONTRADICTED, NOT_RESOLVED))
    if yes + no + open_ == 0:
        return verdicts.iloc[0]
    every = "in the only test" if n == 1 else f"in all {n} tests"
    for count, word in ((yes, "yes"), (no, "no"), (open_, "open")):
        if count == n:
            return f"{word}, {every}"
    untested = n - yes - no - open_
    told = ((yes, "yes in {} of {} tests"), (no, "no in {} of {} tests"), (open_, "{} open"),
            (untested, "{} not tested"))  # fmt: skip
    return ", ".join(words.format(count, n) for count, words in told if count)


def _numbers(tests: pd.DataFrame) -> str:
    """What was simulated, on how many replicates, and how many the open tests would need."""
    known = tests[tests["effect"].notna()]
    if known.empty:
        return ""
    parts = [_effect(known), f"n = {span(known['n_replicates'])}"]
    if films := int(known["n_films"].sum()):
        connected = round((known["n_films"] * known["connected_fraction"]).sum())
        if connected < films:
            parts.append(f"on the films that conduct, {connected} of {films}")
    open_ = known[known["verdict"] == NOT_RESOLVED]
    if len(open_):
        needed = open_["n_needed"].dropna()
        few = span(needed) if len(needed) else ""
        never = "" if len(needed) == len(open_) else "more than 9999"
        parts.append(f"open ones would need n = {' or '.join(filter(None, (few, never)))}")
    return "; ".join(parts)


def _effect(tests: pd.DataFrame) -> str:
    first = tests.iloc[0]
    low, high = first["wanted_low"], first["wanted_high"]
    name, unit = first["test"].split(";")[0].split(",")[0], first["unit"]
    if first["kind"] == "level":
        wanted = [span([row.wanted_low, row.wanted_high]) for row in tests.itertuples()]
        stated = " or ".join(dict.fromkeys(wanted))
        return f"{name} {span(tests['effect'])}, wanted {stated} {unit}"
    if name.startswith("least-squares slope"):
        percent = unit == "1/wt.%"
        changes = span(tests["effect"] * (100 if percent else 1))
        return f"change of {changes} {'%' if percent else unit.removesuffix('/wt.%')} per wt.%"
    if len(tests["test"].unique()) > 1:
        name = "difference"
    wanted = f", wanted above {low:g}" if not math.isnan(low) and math.isnan(high) and low else ""
    return f"{name} {span(tests['effect'])}{'' if unit == '1' else ' ' + unit}{wanted}"


def span(values: Iterable[float]) -> str:
    """Such as '0.1 to 0.3', or the one number that all of them are."""
    ends = (min(values), max(values))
    low, high = (f"{x:.0f}" if x == round(x) else f"{x:.3g}" for x in ends)
    return low if low == high else f"{low} to {high}"
