"""A damaged table ends a script with its name; the scripts are run as Snakemake runs them."""

from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from castline.figures import style

STORED = Path("results/paper/tables")
MATRIX = {"psds": {"AM_1": {}}, "solid_content_percent": ["50"], "replicates": 1}
PARAMS = {"matrix": MATRIX, "voxel_um": 0.2, "settings": {}, "campaign": "paper", "figures": "."}
# Stored table of each input, where they are not called alike.
SCRIPTS = {
    "figure_calendering": {"table": "calendering"},
    "figure_conductivity": {"table": "transport"},
    "figure_contacts_percolation": {"structure": "structure", "transport": "transport"},
    "figure_density_porosity": {"table": "structure"},
    "figure_impedance": {"predicted": "predicted_spectra"},
    "figure_overview": {"trends": "trends"},
    "figure_profiles": {"table": "profiles"},
    "figure_viscosity": {"table": "viscosity", "fits": "flow_curves"},
    "figure_voxel_convergence": {"series": "voxel_series", "error": "voxel_error"},
    "impedance_prediction": {"transport": "transport", "structure": "structure"},
    "results_page": dict.fromkeys(
        ("viscosity", "structure", "transport", "trends", "cost", "voxel_error")
    ),
    "summary": dict.fromkeys(("viscosity", "structure", "transport", "trends", "cost")),
    "trends": dict.fromkeys(("viscosity", "structure", "transport")),
}
NEEDED = [(script, key, name or key) for script in SCRIPTS for key, name in SCRIPTS[script].items()]


class Items(dict):
    """Input or parameters of a rule: by name, as attribute or not."""

    __getattr__ = dict.__getitem__


@pytest.fixture
def log(tmp_path, monkeypatch):
    """Runs a script on tables; returns its log, which ends with "done" if it had no complaint."""
    monkeypatch.setattr(style, "save", lambda figure, paths: None)

    def run(script: str, tables: dict[str, pd.DataFrame]) -> str:
        given = Items()
        for key, table in tables.items():
            given[key] = str(tmp_path / f"{(SCRIPTS[script][key] or key)}.csv")
            table.to_csv(given[key], index=False)
        files = {name: str(tmp_path / name) for name in ("spectra", "parameters")}
        snakemake = SimpleNamespace(
            input=given,
            output=type("Output", (list,), files)([str(tmp_path / "out")]),
            params=Items(PARAMS),
            log=[str(tmp_path / "log")],
            rule=script,
            wildcards=SimpleNamespace(),
        )
        code = compile(Path(f"scripts/{script}.py").read_text(), script, "exec")
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


@pytest.mark.parametrize(("script", "key", "name"), NEEDED)
def test_a_damaged_table_is_named_or_does_no_harm(log, script, key, name):
    whole = {k: stored(table or k) for k, table in SCRIPTS[script].items()}
    assert log(script, whole).splitlines()[-1].startswith("done")

    def refused(table: pd.DataFrame) -> bool:
        text = log(script, {**whole, key: table})
        if "ERROR" not in text:
            return False
        assert name in text.splitlines()[-1], text
        assert "Traceback" not in text, text
        return True

    table = whole[key]
    refused(table.iloc[:0])
    needed = [column for column in table if refused(table.drop(columns=column))]
    assert len(needed) > 1
    for column in needed:
        nonsense = table.copy()
        nonsense.loc[nonsense.index[-1], column] = "nonsense"
        refused(nonsense)
