"""The locks pin everything, cover what pyproject.toml asks for, and conda takes the same pins."""

import re
import tomllib
from pathlib import Path

import yaml

ENVS = Path("envs")


def locked(name: str = "requirements.txt") -> dict[str, str]:
    """Version by package of a lock in envs/."""
    lines = (ENVS / name).read_text().splitlines()
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


def asked_for(*extras: str) -> set[str]:
    """Names that pyproject.toml asks for, with its extras."""
    project = tomllib.loads(Path("pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"]]
    for extra in extras:
        wanted += project["optional-dependencies"][extra]
    return {re.match(r"[\w.-]+", entry)[0].lower() for entry in wanted}


def test_locks_cover_what_the_project_asks_for():
    assert asked_for("build", "instruments", "cluster", "cell") <= set(locked())
    assert asked_for("dev") <= set(locked("requirements-dev.txt"))


def test_tools_are_added_to_what_a_campaign_needs_and_change_nothing_of_it():
    campaign, tools = locked(), locked("requirements-dev.txt")
    assert campaign.items() < tools.items()
    assert not {"pytest", "ruff", "sphinx"} & set(campaign)


def test_large_packages_that_castline_does_without_stay_out():
    """615, 75 and 70 MB of what is installed (docs/scaling.md)."""
    assert {"vtk", "plotly", "statsmodels"}.isdisjoint(locked())
