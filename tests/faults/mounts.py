"""Small and read-only file systems, where this machine lets the tests mount them."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


def mount(*arguments: object) -> None:
    """Run `mount`; skip the test where mounting is not permitted."""
    answer = subprocess.run(
        ["mount", *map(str, arguments)], capture_output=True, text=True, check=False
    )
    if answer.returncode != 0:
        pytest.skip(f"mounting is not permitted here: {answer.stderr.strip()}")


@contextmanager
def small_disk(folder: Path, kilobytes: int) -> Iterator[None]:
    """A file system of its own, of limited size, at `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    mount("-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", folder)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def resize(folder: Path, kilobytes: int) -> None:
    mount("-o", f"remount,size={kilobytes}k", folder)


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Refuse every write below `folder`, also to root."""
    mount("--bind", folder, folder)
    try:
        mount("-o", "remount,ro,bind", folder)
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def kilobytes_in(folder: Path) -> int:
    """Disk space of all files below a folder."""
    return sum(path.lstat().st_blocks for path in folder.rglob("*")) // 2
