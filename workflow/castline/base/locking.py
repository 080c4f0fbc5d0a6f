"""Owner locks that vanish with their process, however it dies."""

import contextlib
import fcntl
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from castline.base.errors import CastlineError, InputError, printable


class LockedError(CastlineError):
    """Another living process holds the lock."""


def hold(path: str | Path) -> IO[str]:
    """Lock a file for as long as the returned handle stays open; it names its owner.

    Raises
    ------
    LockedError
        Another process holds it; the message says which.
    InputError
        The folder cannot be written to.
    """
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = path.open("a+")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            handle.seek(0)
            owner = printable(handle.read().strip()) or "unknown"
            handle.close()
            raise LockedError(f"{path.parent}: in use by {owner}") from error
        handle.truncate(0)
        handle.write(f"process {os.getpid()} on {socket.gethostname()}\n")
        handle.flush()
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}") from error
    return handle


def owner(path: str | Path) -> str | None:
    """Which process holds a lock; None where none does."""
    try:
        with Path(path).open() as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return printable(handle.read().strip()) or "unknown"
    except FileNotFoundError:
        return None
    return None


_HELD: list[IO[str]] = []


def hold_until_exit(path: str | Path) -> None:
    """Lock a file until this process ends; raises as `hold` does."""
    _HELD.append(hold(path))


def hold_when_free(path: str | Path) -> IO[str]:
    """Lock a file, once it is free, for as long as the returned handle stays open."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = path.open("a")
    fcntl.flock(handle, fcntl.LOCK_EX)
    return handle


@contextlib.contextmanager
def exclusive(path: str | Path) -> Iterator[None]:
    """Inside the block no other process holds the file's lock; waits for it as long as needed."""
    with hold_when_free(path):
        yield
