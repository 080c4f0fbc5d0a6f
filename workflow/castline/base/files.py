"""Outputs that appear whole or not at all, and inputs that are what they should be."""

from __future__ import annotations

import contextlib
import glob
import json
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from castline.base.errors import CastlineError, InputError

if TYPE_CHECKING:
    import pandas as pd  # slow to import, and the workflow reads this module at every start


@contextlib.contextmanager
def publishing(path: str | Path) -> Iterator[Path]:
    """A file beside `path` to write into; on leaving it is flushed to disk and renamed to `path`.

    A writer that fails leaves nothing; what a killed one left, the next writer of `path` removes.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    host = socket.gethostname()
    for litter in path.parent.glob(f".{glob.escape(f'{path.name}.{host}')}-*.part*"):
        if not _is_alive(litter.name.rsplit("-", 1)[1].split(".")[0]):
            litter.unlink(missing_ok=True)
    beside = path.with_name(f".{path.name}.{host}-{os.getpid()}.part{path.suffix}")
    beside.unlink(missing_ok=True)  # never written through a link that somebody put there
    try:
        yield beside
        with beside.open("rb") as handle:
            os.fsync(handle.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _is_alive(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True  # it belongs to somebody else
    return True


def write_atomically(path: str | Path, content: bytes) -> None:
    """Write `content`; the file appears whole or not at all."""
    with publishing(path) as beside:
        beside.write_bytes(content)


def write_json(path: str | Path, data: dict) -> None:
    """Write a dictionary as indented JSON, atomically."""
    write_atomically(path, (json.dumps(data, indent=2) + "\n").encode())


def read_json(path: str | Path) -> dict:
    return json.loads(Path(path).read_text())


def read_bytes(path: str | Path, max_bytes: int, error: type[CastlineError] = InputError) -> bytes:
    """Content of a regular file of limited size.

    Raises
    ------
    error
        The file is missing, unreadable, a folder or a device, or larger than `max_bytes`.
    """
    path = Path(path)
    try:
        if path.exists() and not path.is_file():
            raise error(f"{path}: cannot be read: not a file")
        if path.stat().st_size > max_bytes:
            raise error(f"{path}: {path.stat().st_size} bytes; at most {max_bytes}")
        return path.read_bytes()
    except (OSError, ValueError) as fault:
        reason = getattr(fault, "strerror", None) or fault
        raise error(f"{path}: cannot be read: {reason}") from None


def read_text(path: str | Path, max_bytes: int, error: type[CastlineError] = InputError) -> str:
    """Text of a regular file of limited size in UTF-8; raises as `read_bytes` does."""
    try:
        return read_bytes(path, max_bytes, error).decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise error(f"{path}: byte {fault.start}: not UTF-8 text") from None


def write_table(path: str | Path, table: pd.DataFrame) -> None:
    """Write a table as CSV with eight significant digits, atomically."""
    write_atomically(path, table.to_csv(index=False, float_format="%.8g").encode())


def date_future_files_now(folder: str | Path) -> int:
    """Give files of a folder that lie in the future (the clock was ahead) the present time.

    Snakemake fails every job whose output is older than its input, so it would fail until the clock
    has caught up. Files of one time make nothing run again.

    Returns
    -------
    How many there were.
    """
    now, count = time.time(), 0
    for parent, _, names in os.walk(folder):
        for name in names:
            path = Path(parent, name)
            with contextlib.suppress(FileNotFoundError):  # jobs of before may still rename theirs
                if path.lstat().st_mtime > now:
                    os.utime(path, (now, now), follow_symlinks=False)
                    count += 1
    return count
