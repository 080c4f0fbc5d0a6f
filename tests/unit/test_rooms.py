"""What identifies a calibration study is followed from its imports; stages know no sibling."""

import json
import shutil
import subprocess
import sys

import pytest

from castline.base.paths import PACKAGE, WORKFLOW
from castline.calibration.searches import STEPS
from castline.calibration.space import DESCRIPTIONS, import_closure, imported, module_file, physics
from castline.line.order import STAGES

# Prints, for each module behind the searches, the searches that are other ones once it is changed.
CHANGED = """
import functools, json
from castline.calibration import space
from castline.calibration.space import INPUTS, module_file, physics, require_same
from castline.base.errors import InputError
from pathlib import Path

for slow in ("imported", "code_digest"):
    setattr(space, slow, functools.cache(getattr(space, slow)))
searches = ("slurry", "dry")
before = {search: physics(search) for search in searches}
refused = {}
for name in sorted({name for found in before.values() for name in found}):
    if name.endswith(".lmp"):
        path = INPUTS / name
        change = lambda text: text + "#"
    else:
        path = module_file(name)
        change = lambda text: text + "\\nx=1"
    text = path.read_text()
    path.write_text(change(text))
    refused[name] = []
    for search in searches:
        try:
            require_same({"physics": before[search]}, {"physics": physics(search)}, Path("study"))
        except InputError:
            refused[name].append(search)
    path.write_text(text)
print(json.dumps([refused, {search: sorted(before[search]) for search in searches}]))
"""


@pytest.fixture(scope="module")
def changed(tmp_path_factory):
    """Searches that refuse their study after a change of each file, in a copy of the package."""
    folder = tmp_path_factory.mktemp("changed")
    ignore = shutil.ignore_patterns("__pycache__", "*.egg-info")
    shutil.copytree(WORKFLOW, folder / "workflow", ignore=ignore)
    done = subprocess.run(
        [sys.executable, "-c", CHANGED],
        cwd=folder,
        env={"PYTHONPATH": str(folder / "workflow"), "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def test_a_change_of_any_file_behind_a_search_refuses_its_study(changed):
    refused, known = changed
    for search, names in known.items():
        for name in names:
            assert search in refused[name], f"{search}: {name}"
    for name, searches in refused.items():
        assert searches == [s for s in known if name in known[s]], name


@pytest.mark.parametrize(
    ("search", "names"),
    [
        ("slurry", ["line.slurry", "line.viscosity", "lammps.chain", "recipe.phases"]),
        ("dry", ["line.calendering", "transport.fields", "transport.film", "lammps.output"]),
    ],
)
def test_the_physics_of_a_search_is_found(search, names):
    assert {f"castline.{name}" for name in names} <= set(physics(search))


def behind(name: str) -> set[str]:
    """Modules behind those that a module imports."""
    names = imported(module_file(name).read_text())
    return {found for first in names for found in import_closure(first)}


def test_every_module_that_python_loads_for_a_search_identifies_it():
    """Python itself is asked: nothing of castline is loaded that the digest does not hold."""
    for search in STEPS:
        code = f"import castline.calibration.{search}_search, sys; print(*sys.modules)"
        loaded = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout.split()
        ours = {name for name in loaded if name.split(".")[0] == "castline"}
        described = {name for text in DESCRIPTIONS for name in behind(text)} | DESCRIPTIONS
        assert ours - described <= set(import_closure(f"castline.calibration.{search}_search"))


def test_imports_are_followed_wherever_they_stand():
    text = (
        "from typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    from castline.campaign import config\n"
        "def later():\n    import castline.images.voxels\n"
        "from castline.recipe import psd as psds\n"
    )
    found = imported(text)
    assert {"castline.images.voxels", "castline.recipe.psd"} <= found
    assert "castline.campaign.config" not in found


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)
def test_a_stage_knows_no_other(stage):
    others = {other.run.__module__ for other in STAGES} - {stage.run.__module__}
    assert not others & imported(module_file(stage.run.__module__).read_text())


def test_at_most_three_modules_lie_outside_the_rooms():
    assert len(list(PACKAGE.glob("*.py"))) <= 3
