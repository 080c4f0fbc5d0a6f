"""The lock pins everything, covers what pyproject.toml asks for, and conda takes the same pins."""

import re
import tomllib
from pathlib import Path

import yaml

ENVS = Path("envs")


def locked() -> dict[str, str]:
    """Version by package of envs/requirements.txt."""
    lines = (ENVS / "requirements.txt").read_text().splitlines()
    entries = [line for line in lines if line and not line.startswith((" ", "#"))]
    pairs = [re.fullmatch(r"([\w.-]+)==([\w.+!-]+)", entry.split(" ")[0]) for entry in entries]
    assert all(pairs), [e for e, p in zip(entries, pairs, strict=True) if p is None]
    return {p[1].lower().replace("_", "-"): p[2] for p in pairs}


def test_conda_takes_the_same_pins_as_pip():
    environment = yaml.safe_load((ENVS / "castline.yaml").read_text())
    [pip] = [part["pip"] for part in environment["dependencies"] if isinstance(part, dict)]
    pinned = dict(line.split("==") for line in pip)
    assert {k.lower().replace("_", "-"): v for k, v in pinned.items()} == locked(), (
        "run python envs/pins.py"
    )


def test_lock_covers_what_the_project_asks_for():
    project = tomllib.loads(Path("pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"]]
    for extra in ("dev", "instruments", "cluster"):
        wanted += project["optional-dependencies"][extra]
    names = {re.match(r"[\w.-]+", entry)[0].lower() for entry in wanted}
    assert names <= set(locked())
