"""Measured files without a campaign: what the commands print and write, and what they refuse."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from castline.cli import main
from castline.results.schema import TABLES

EXAMPLE = Path(__file__).parents[2] / "examples" / "synthetic_measurements"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The example with one cell that can be analysed, one that cannot, and one slurry."""
    shutil.copytree(EXAMPLE, tmp_path, dirs_exist_ok=True)
    path = tmp_path / "measurements.yaml"
    content = yaml.safe_load(path.read_text())
    content["cells"], content["viscosity"] = content["cells"][:2], content["viscosity"][:1]
    content["cells"][1]["mass_mg"]["value"] *= 1e-3
    path.write_text(yaml.safe_dump(content, sort_keys=False))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(capsys, *arguments):
    code = main(list(arguments))
    return code, *capsys.readouterr()


OUTPUTS = ("--csv", "o.csv", "--json", "o.json", "--figure", "o.svg")


def test_impedance(folder, capsys):
    code, out, _ = run(capsys, "impedance", "measurements.yaml", *OUTPUTS)
    assert code == 1
    assert "synthetic_am1_sc48_b: porosity 0.9" in out
    cells = json.loads(Path("o.json").read_text())["cells"]
    assert [set(cell) for cell in cells] == [set(TABLES["measured_cells"].columns)] * 2
    assert [cell["status"] for cell in cells] == ["ok", "failed"]
    assert cells[0]["sigma_ion_s_per_m"] == pytest.approx(0.0115, rel=0.2)
    assert cells[1]["sigma_ion_s_per_m"] is None
    table = pd.read_csv("o.csv")
    assert list(table.columns) == list(TABLES["measured_cells"].columns)
    assert table["sigma_ion_s_per_m"][0] == pytest.approx(cells[0]["sigma_ion_s_per_m"], rel=1e-7)
    picture = Path("o.svg").read_text()
    for text in ("synthetic_am1_sc48_a", "synthetic example", "|data|"):
        assert text in picture


def test_rheology(folder, capsys):
    code, out, _ = run(capsys, "rheology", "measurements.yaml", *OUTPUTS)
    assert code == 0
    rows = json.loads(Path("o.json").read_text())["viscosity"]
    assert set(rows[0]) == set(TABLES["measured_viscosity"].columns)
    table = pd.read_csv("o.csv")
    np.testing.assert_allclose(
        [r["viscosity_mean_pa_s"] for r in rows], table["viscosity_mean_pa_s"]
    )
    assert len(out.splitlines()) == 2 + len(rows) + 3
    assert "48 %, synthetic example" in Path("o.svg").read_text()
    path = folder / "measurements.yaml"
    content = yaml.safe_load(path.read_text()) | {"cells": [], "components": []}
    path.write_text(yaml.safe_dump(content))
    Path("synthetic_viscosity_am_1_sc48_1.csv").unlink()
    code, out, _ = run(capsys, "rheology", "measurements.yaml")
    assert code == 1
    assert "failed: synthetic_viscosity_am_1_sc48_1.csv: cannot be read" in out


def test_psd_is_written_as_a_campaign_reads_it(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("m.txt").write_text("Size Classes (um)\tVolume Density (%)\n1\t25\n2\t50\n4\t24.9\n8\t0\n")
    code, _, error = run(capsys, "psd", "m.txt")
    assert code == 2
    assert error.splitlines() == [
        "castline: error: m.txt:1: 'Size Classes (um)' may be the mean of a class or one of its "
        "edges: give diameter: mean, lower or upper"
    ]
    code, out, _ = run(capsys, "psd", "m.txt", "--diameter", "lower", *OUTPUTS)
    assert code == 0
    assert "D50 2.826 um" in out
    assert "D10 within the outermost class" in out
    assert "note: amounts of 99.9 % in all made 100 %" in out
    described = json.loads(Path("o.json").read_text())
    assert described["psd"]["d50_um"] == pytest.approx(8**0.5, rel=1e-3)
    assert described["psd"]["d10_um"] is None
    mean = np.sum(pd.read_csv("o.csv").prod(axis=1))
    assert described["psd"]["d43_um"] == pytest.approx(mean)
    assert run(capsys, "psd", "o.csv")[1].splitlines()[1:3] == out.splitlines()[1:3]
    assert "D50 2.83" in Path("o.svg").read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("impedance", "--json", "measurements.yaml"), "which would be lost"),
        (("impedance", "--csv", "synthetic_am1_sc48_a_dc.csv"), "which would be lost"),
        (("rheology", "--csv", "link.csv"), "which would be lost"),
        (("rheology", "--csv", "a.csv", "--json", "./a.csv"), "is the file of --csv too"),
        (("rheology", "--csv", "none/a.csv"), "no such folder"),
        (("rheology", "--figure", "a.gif"), "a figure ends in .svg, .pdf, .png"),
        (("rheology", "--json", "."), "cannot be written"),
    ],
)
def test_inputs_are_never_replaced(folder, capsys, arguments, message):
    Path("link.csv").symlink_to("synthetic_viscosity_am_1_sc48_1.csv")
    before = {path: path.read_bytes() for path in folder.iterdir()}
    command, *outputs = arguments
    code, out, error = run(capsys, command, "measurements.yaml", *outputs)
    assert (code, out, len(error.splitlines())) == (2, "", 1)
    assert message in error
    assert before == {path: path.read_bytes() for path in folder.iterdir()}


def test_a_list_without_cells_is_named(folder, capsys):
    path = folder / "measurements.yaml"
    path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text()) | {"cells": []}))
    code, _, error = run(capsys, "impedance", "measurements.yaml")
    assert (code, error) == (2, "castline: error: measurements.yaml: lists no cells\n")
