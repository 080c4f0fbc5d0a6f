"""A documentation page as a reader follows it: its commands, files, output and pictures."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

from campaign_runs import SNAKEMAKE

from castline.cli import main

FENCE = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CAPTION = re.compile(r":caption: (\S+)\n+")
NUMBER = r"(?<![\w.])-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?"
# It takes Snakemake into its process, which is no place for one after another.
OWN_PROCESS = ("plan",)


def blocks(page: Path) -> list[tuple[str, str]]:
    """Kind and text of each fenced block: '' are commands, 'text' is what they print."""
    return FENCE.findall(page.read_text("utf-8"))


def command_lines(text: str) -> list[str]:
    """Lines of a block of commands, those that go on behind a backslash joined."""
    return [line for line in text.replace("\\\n", " ").splitlines() if line]


def pictures(page: Path) -> list[Path]:
    """Paths of the page's pictures."""
    return [page.parent / name for name in re.findall(r"!\[[^]]*\]\(([^)]+)\)", page.read_text())]


def write_file(kind: str, text: str) -> None:
    """Write a ``code-block`` whose caption is a path, below the current folder."""
    caption = CAPTION.match(text)
    if caption is not None and kind.startswith("{code-block}"):
        Path(caption[1]).write_text(text[caption.end() :])


def follow(line: str, move, capsys, dry: bool = False) -> tuple[int, str]:
    """Do what a line of a page says; its exit code and what it prints.

    Parameters
    ----------
    move : changes the folder, for `cd`.
    dry : whether Snakemake only says what it would run, and a plan is no more than a check.
    """
    assert not re.search(r"[|;&<>$`]", line), f"{line}: needs a shell"
    program, *arguments = shlex.split(line, comments=True)
    if program == "cd":
        move(Path(arguments[0]))
        return 0, ""
    if program == "cat":
        return 0, Path(arguments[0]).read_text()
    if dry and arguments[:1] == ["plan"]:
        arguments = ["check", arguments[1]]
    if program == "castline" and arguments[0] not in OWN_PROCESS:
        capsys.readouterr()
        code = main(arguments) or 0
        return code, "".join(capsys.readouterr())
    command = {
        "castline": [sys.executable, "-m", "castline.cli"],
        "python": [sys.executable],
        "snakemake": [*SNAKEMAKE[:1], *(["-n"] if dry else [])],
    }[program]
    done = subprocess.run(
        [*command, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


def is_shown(expected: str, printed: str, tolerance: float) -> bool:
    """Whether a line of the page is one that was printed; `...` stands for anything.

    Numbers may be off by the relative `tolerance`; with 0 their digits must be the same.
    """
    parts = re.split(rf"(\.\.\.|{NUMBER})", " ".join(expected.split()))
    pattern = "".join(
        re.escape(part) if place % 2 == 0 else ".*" if part == "..." else f"({NUMBER})"
        for place, part in enumerate(parts)
    )
    found = re.fullmatch(pattern, " ".join(printed.split()))
    if found is None:
        return False
    wanted = [part for part in parts[1::2] if part != "..."]
    return all(
        given == want or abs(float(given) - float(want)) <= tolerance * abs(float(want))
        for want, given in zip(wanted, found.groups(), strict=True)
    )


def missing_lines(shown: str, printed: str, tolerance: float) -> list[str]:
    """Lines of the page that were not printed in that order."""
    missing, rest = [], iter(printed.splitlines())
    for expected in filter(None, map(str.strip, shown.splitlines())):
        if expected != "..." and not any(is_shown(expected, line, tolerance) for line in rest):
            missing.append(expected)
            rest = iter(printed.splitlines())
    return missing
