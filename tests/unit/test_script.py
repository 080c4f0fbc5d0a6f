"""What the stage scripts share; every name that a script or benchmark imports exists."""

import ast
from pathlib import Path
from types import SimpleNamespace

import pytest
from snakemake.iocontainers import Wildcards

from castline.base.errors import SimulationError
from castline.campaign.script import rule_name, run_script

ROOT = Path(__file__).parents[2]
SCRIPTS = [*ROOT.glob("scripts/*.py"), *ROOT.glob("benchmarks/*.py")]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_script_imports_only_what_the_package_has(script):
    """Scripts of optional targets run late; the name they miss must not wait until then."""
    for node in ast.walk(ast.parse(script.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module.split(".")[0] == "castline":
            for name in node.names:
                try:
                    exec(f"from {node.module} import {name.name}", {})
                except ImportError as error:
                    pytest.fail(f"{script.name}: {error}")


@pytest.mark.parametrize(
    ("rule", "log", "name"),
    [
        ("slurry", "logs/mine/slurry/AM_1_sc50_r1.log", "slurry"),
        ("castline_slurry", "logs/mine/slurry/AM_1_sc50_r1.log", "slurry"),
        ("figure_psd_of_castline", "logs/mine/figure_psd/figure_psd.log", "figure_psd"),
        ("validate_acceleration", "logs/validation/validate_acceleration.log", None),
    ],
)
def test_a_rule_that_a_module_renamed_is_known_by_its_log(rule, log, name):
    assert rule_name(SimpleNamespace(rule=rule, log=[log])) == (name or rule)


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (SimulationError("slurry: lost"), "ERROR slurry: lost (log: "),
        (OSError(28, "No space left on device"), "ERROR OSError: [Errno 28] No space left"),
        (OverflowError("too large"), "ERROR OverflowError: too large (log: "),
    ],
)
def test_failing_script_says_so_in_one_line(tmp_path, capsys, error, line):
    """The terminal shows no traceback; the log has it where castline did not foresee the error."""
    log = tmp_path / "logs/slurry.log"
    wildcards = Wildcards(fromdict={"psd": "AM_1", "sc": "50"})
    job = SimpleNamespace(rule="slurry", wildcards=wildcards, log=[str(log)], params={})

    def main(report):
        raise error

    with pytest.raises(SystemExit):
        run_script(job, main)
    [shown] = capsys.readouterr().err.splitlines()
    assert line in shown
    assert ("Traceback" in log.read_text()) == (not isinstance(error, SimulationError))
