"""A damaged table ends a script with its name, or its damage is seen in the result.

The scripts are run as Snakemake runs them.
"""

from contextlib import suppress
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from matplotlib.lines import Line2D
from matplotlib.text import Text

from castline.figures import style
from castline.figures.catalogue import FIGURES
from castline.results.drying_rates import drying_rate_table

STORED = Path("results/paper/tables")
MATRIX = {
    "psds": {"AM_1": {}},
    "compositions": {},
    "solid_content_percent": ["50"],
    "replicates": 1,
}
PARAMS = {
    "matrix": MATRIX,
    "campaign": "paper",
    "figures": ".",
    "stages": (),
    "compositions": {},
}
PARAMS |= {"in_rounds": False}
FIGURES_OF_TABLES = {figure.rule: figure for figure in FIGURES if figure.tables}
# Stored tables that each script reads.
SCRIPTS = {
    **{
        rule: [name for name, needs in figure.tables.items() if not needs.if_measured]
        for rule, figure in FIGURES_OF_TABLES.items()
    },
    "impedance_prediction": ["transport", "structure"],
    "results_page": ["viscosity", "structure", "transport", "trends", "cost", "voxel_error"],
    "summary": ["viscosity", "structure", "transport", "trends", "cost"],
    "trends": ["viscosity", "structure", "transport"],
}
# Other inputs of figures of tables.
FILES = {"published_densities": "config/published/densities.csv"}
# Any word is a name of a distribution or of a state: one that the campaign does not have is left
# out, which shows as the absence of the one it replaced. Text of a sentence is shown as it stands.
SOLID_CONTENT = "solid_content_percent"
NAMES = ("psd", "state", "drying_rate")
FREE_TEXT = ("sentence", "test", "unit", "stage")
NOT_THERE = [
    *("not in the results: AM_1 50 %", "no row for AM_1 50 %"),
    *("no Herschel-Bulkley fit: AM_1 50 %", "not extrapolated: AM_1 50 % r1"),
]
# A campaign whose films do not conduct has a table without rows.
NO_ROWS = "no simulated film conducts"
NEEDED = [(script, name) for script, names in SCRIPTS.items() for name in names]


class Items(dict):
    """Input or parameters of a rule: by name, as attribute or not."""

    __getattr__ = dict.__getitem__


@pytest.fixture
def result(tmp_path, monkeypatch):
    """Runs a script on tables; returns its log, and text and lines of what it drew or wrote."""
    drawn = []
    monkeypatch.setattr(style, "save", lambda figure, paths: drawn.append(figure))

    def run(script: str, tables: dict[str, pd.DataFrame]) -> tuple[str, str]:
        figure = FIGURES_OF_TABLES.get(script)
        given = Items({name: [] for name in figure.tables} if figure else {})
        given |= {name: FILES[name] for name in (figure.files if figure else ())}
        for name, table in tables.items():
            given[name] = str(tmp_path / f"{name}.csv")
            table.to_csv(given[name], index=False)
        settings = dict.fromkeys(figure.settings, 0.2) if figure else {}
        files = {name: str(tmp_path / name) for name in ("spectra", "parameters")}
        snakemake = SimpleNamespace(
            input=given,
            output=type("Output", (list,), files)([str(tmp_path / "out")]),
            params=Items(PARAMS, settings=settings),
            log=[str(tmp_path / script / "log")],  # its folder names the rule
            rule=script,
            wildcards={},
        )
        drawn.clear()
        for name in ("out", "spectra", "parameters"):
            (tmp_path / name).unlink(missing_ok=True)
        path = Path("scripts", "figure.py" if figure else f"{script}.py")
        code = compile(path.read_text(), script, "exec")
        with suppress(SystemExit):
            exec(code, {"snakemake": snakemake, "__name__": "script"})
        made = [text.get_text() for figure in drawn for text in figure.findobj(Text)]
        made += [str(line.get_xydata()) for figure in drawn for line in figure.findobj(Line2D)]
        made += [p.read_text() for p in map(tmp_path.joinpath, ("out", *files)) if p.exists()]
        return (tmp_path / script / "log").read_text(), "\n".join(made)

    return run


def dried_slowly(tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """What a campaign with a drying rate would have of the stored tables."""
    tables = {**tables, "structure": stored("structure"), "transport": stored("transport")}
    tables = {name: table.replace({"psd": {"AM_1": "AM_1-slow"}}) for name, table in tables.items()}
    needs = [
        pd.read_csv(
            StringIO(tables[name].to_csv(index=False)), dtype={"solid_content_percent": str}
        )
        for name in ("profiles", "structure", "transport")
    ]
    table = drying_rate_table(*needs, {"slow": 0.1})
    return {"drying_rates": table.astype(str), "profiles": tables["profiles"]}


def stored(name: str) -> pd.DataFrame:
    """A few rows of a stored table, as text: one electrode, one replicate."""
    table = pd.read_csv(STORED / f"{name}.csv", dtype=str)
    if "solid_content_percent" in table and name not in ("trends", "cost"):
        table = table[(table["psd"] == "AM_1") & (table["solid_content_percent"] == "50")]
    if "replicate" in table and name != "flow_curves":
        table = table[table["replicate"] == "1"]
    parts = [name for name in ("state", "input") if name in table]
    return table.groupby(parts).head(6) if parts else table.head(12)


@pytest.mark.parametrize(("script", "name"), NEEDED)
def test_a_damaged_table_is_named_or_shows_in_the_result(result, script, name):
    whole = {needed: stored(needed) for needed in SCRIPTS[script] if needed != "drying_rates"}
    if script == "figure_drying_rates":
        whole = dried_slowly(whole)
    if script == "figure_composition":  # only campaigns with several have their columns
        whole = {needed: table.assign(am_wt_percent="70") for needed, table in whole.items()}
    log, undamaged = result(script, whole)
    assert log.splitlines()[-1].startswith("done")

    def made_of(table: pd.DataFrame) -> str | None:
        """Text of the result; none where the table is refused by name."""
        log, made = result(script, {**whole, name: table})
        if "ERROR" not in log:
            return made
        assert name in log.splitlines()[-1] or "nonsense" in log.splitlines()[-1], log
        assert "Traceback" not in log, log
        return None

    table = whole[name]
    made = made_of(table.iloc[:0])
    assert made is None or NO_ROWS in made
    needed = [column for column in table if made_of(table.drop(columns=column)) is None]
    assert needed
    for column in needed:
        one = table.copy()
        one.loc[one.index[-1], column] = "nonsense"
        if column not in (*NAMES, *FREE_TEXT):
            assert made_of(one) is None, f"{column}: nonsense was taken"
            continue
        made_of(one)
        made = made_of(table.assign(**{column: "nonsense"}))
        seen = made is None or any(text in made for text in ("nonsense", *NOT_THERE))
        assert seen or made == undamaged, f"{column}: another result without a word"
