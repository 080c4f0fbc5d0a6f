"""What README and documentation promise is there."""

import pkgutil
import re
import shlex
from pathlib import Path

import pytest

from castline.cli import main

PAGES = [Path("README.md"), Path("profiles/README.md"), *sorted(Path("docs").glob("*.md"))]
# The example of docs/add-a-stage.md.
INVENTED = [("workflow/castline/line", "py"), ("workflow/lammps", "lmp")]
TEXT = "\n".join(page.read_text() for page in PAGES)
FENCES = re.findall(r"^```([^\n]*)\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
BLOCKS = "\n".join(block.replace("\\\n", " ") for kind, block in FENCES if not kind)
COMMANDS = sorted(set(re.findall(r"^(?:\.venv/bin/)?castline (.+)$", BLOCKS, re.MULTILINE)))


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_no_line_vanishes_as_a_comment(page):
    """To MyST a line that begins with % is a comment: half a sentence would be missing."""
    assert not re.findall(r"^\s*%.*", page.read_text(), re.MULTILINE)


def test_make_targets_exist():
    targets = re.findall(r"^([a-z-]+):", Path("Makefile").read_text(), re.MULTILINE)
    wanted = set(re.findall(r"(?:^|`)make ([a-z-]+)", TEXT, re.MULTILINE))
    assert {"report", "docs-site"} <= wanted
    assert wanted <= set(targets)


def test_readme_is_for_newcomers():
    assert len(Path("README.md").read_text().splitlines()) < 100


@pytest.mark.parametrize("command", COMMANDS)
def test_printed_commands_have_the_options_that_they_name(command, capsys):
    words = shlex.split(command, comments=True)
    with pytest.raises(SystemExit) as end:
        main([words[0], "--help"])
    assert end.value.code == 0
    offered = set(re.findall(r"--[\w-]+", capsys.readouterr().out))
    assert {word for word in words if word.startswith("--")} <= offered


def test_every_sub_command_is_printed_somewhere(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    offered = re.findall(r"^ {4}(\w+)(?: |$)", capsys.readouterr().out, re.MULTILINE)
    assert {"plan", "status", "conductivity"} <= set(offered)
    assert {command.split()[0] for command in COMMANDS} >= set(offered) - {"check"}


def test_named_files_exist():
    folders = r"(?:config|workflow|scripts|profiles|examples|tests|envs|docs)"
    for name in set(re.findall(rf"`({folders}/[\w./-]+\.\w+)`", TEXT)) - {
        "config/mine.yaml",
        "docs/_build/index.html",
        *(f"{folder}/indentation.{kind}" for folder, kind in INVENTED),
    }:
        assert Path(name).exists(), name


def test_named_modules_exist():
    for name in set(re.findall(r"`(castline(?:\.\w+)+)`", TEXT)):
        pkgutil.resolve_name(name)
    for name in set(re.findall(r"`(castline/[\w/]+\.py)`", TEXT)):
        assert Path("workflow", name).exists(), name


def test_every_image_format_has_its_row():
    from castline.images.readers import FORMATS

    table = Path("docs/images.md").read_text().split("## From values")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| ")]
    for suffix in re.findall(r"\.\w+", FORMATS):
        assert any(f"`{suffix}`" in row for row in rows), suffix
