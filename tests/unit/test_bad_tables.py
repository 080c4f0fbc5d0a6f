"""A damaged table ends a script with its name; the scripts are run as Snakemake runs them."""

from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from castline.figures import style
from castline.figures.catalogue import FIGURES

STORED = Path("results/paper/tables")
MATRIX = {"psds": {"AM_1": {}}, "solid_content_percent": ["50"], "replicates": 1}
PARAMS = {"matrix": MATRIX, "campaign": "paper", "figures": "."}
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
NEEDED = [(script, name) for script, names in SCRIPTS.items() for name in names]


class Items(dict):
    """Input or parameters of a rule: by name, as attribute or not."""

    __getattr__ = dict.__getitem__


@pytest.fixture
def log(tmp_path, monkeypatch):
    """Runs a script on tables; returns its log, which ends with "done" if it had no complaint."""
    monkeypatch.setattr(style, "save", lambda figure, paths: None)

    def run(script: str, tables: dict[str, pd.DataFrame]) -> str:
        figure = FIGURES_OF_TABLES.get(script)
        given = Items({name: [] for name in figure.tables} if figure else {})
        for name, table in tables.items():
            given[name] = str(tmp_path / f"{name}.csv")
            table.to_csv(given[name], index=False)
        settings = dict.fromkeys(figure.settings, 0.2) if figure else {}
        files = {name: str(tmp_path / name) for name in ("spectra", "parameters")}
        snakemake = SimpleNamespace(
            input=given,
            output=type("Output", (list,), files)([str(tmp_path / "out")]),
            params=Items(PARAMS, settings=settings),
            log=[str(tmp_path / "log")],
            rule=script,
            wildcards=SimpleNamespace(),
        )
        path = Path("scripts", "figure.py" if figure else f"{script}.py")
        code = compile(path.read_text(), script, "exec")
        with suppress(SystemExit):
            exec(code, {"snakemake": snakemake, "__name__": "script"})
        return (tmp_path / "log").read_text()

    return run


def stored(name: str) -> pd.DataFrame:
    """A few rows of a stored table, as text: one electrode, one replicate."""
    table = pd.read_csv(STORED / f"{name}.csv", dtype=str)
    if "solid_content_percent" in table and name not in ("trends", "cost"):
        table = table[(table["psd"] == "AM_1") & (table["solid_content_percent"] == "50")]
    if "replicate" in table and name != "flow_curves":
        table = table[table["replicate"] == "1"]
    return table.groupby("state").head(6) if "state" in table else table.head(12)


@pytest.mark.parametrize(("script", "name"), NEEDED)
def test_a_damaged_table_is_named_or_does_no_harm(log, script, name):
    whole = {needed: stored(needed) for needed in SCRIPTS[script]}
    assert log(script, whole).splitlines()[-1].startswith("done")

    def refused(table: pd.DataFrame) -> bool:
        text = log(script, {**whole, name: table})
        if "ERROR" not in text:
            return False
        assert name in text.splitlines()[-1], text
        assert "Traceback" not in text, text
        return True

    table = whole[name]
    refused(table.iloc[:0])
    needed = [column for column in table if refused(table.drop(columns=column))]
    assert needed
    for column in needed:
        nonsense = table.copy()
        nonsense.loc[nonsense.index[-1], column] = "nonsense"
        refused(nonsense)
