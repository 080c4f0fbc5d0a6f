"""Both container recipes do the same, from the lock, with all that a campaign needs."""

import re
from pathlib import Path

from campaign_runs import WORKFLOW_PARTS

CONTAINERFILE = Path("envs/Containerfile").read_text()
APPTAINER = Path("envs/castline.def").read_text()
STEPS = Path("envs/container.sh").read_text()


def copied_by_containerfile() -> dict[str, str]:
    """Place in the image of everything that is copied."""
    copied = {}
    for line in re.findall(r"^COPY (.+)$", CONTAINERFILE, re.MULTILINE):
        *sources, target = line.split()
        for source in sources:
            copied[source] = f"{target}{source}" if target.endswith("/") else target
    return copied


def section(name: str) -> list[str]:
    """Lines of a section of the Apptainer definition."""
    found = re.search(rf"^%{name}\n((?: .*\n)*)", APPTAINER, re.MULTILINE)
    return [line.strip() for line in found[1].splitlines()]


def test_both_copy_the_same_files():
    assert dict(line.split() for line in section("files")) == copied_by_containerfile()


def test_all_that_a_campaign_needs_is_copied():
    assert set(copied_by_containerfile()) >= {*WORKFLOW_PARTS, "pyproject.toml"} - {"Snakefile"}
    for source, target in copied_by_containerfile().items():
        assert Path(source).exists(), source
        assert target == f"/opt/castline/{source}"


def test_both_start_from_one_system_and_take_the_same_steps():
    [system] = re.findall(r"^FROM (.+)$", CONTAINERFILE, re.MULTILINE)
    assert f"\nFrom: {system}\n" in APPTAINER
    assert re.findall(r"^RUN (.+)$", CONTAINERFILE, re.MULTILINE) == section("post")
    [path] = re.findall(r"PATH=(\S+)", CONTAINERFILE)
    assert f"export PATH={path}" in section("environment")


def test_the_steps_install_the_lock_and_nothing_newer():
    installs = re.findall(r"pip install (.+)$", STEPS, re.MULTILINE)
    assert [line for line in installs if "-r envs/requirements.txt" in line] == installs[:1]
    assert all("--no-deps" in line for line in installs[1:])
