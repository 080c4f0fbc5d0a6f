"""Outputs that appear whole or not at all."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd  # slow to import, and the workflow reads this module at every start


def write_atomically(path: str | Path, content: bytes) -> None:
    """Write `content` beside `path`, flush it to disk, then rename it into place."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    with beside.open("wb") as handle:
        handle.write(content)
        handle.flush()
        os.fsync(handle.fileno())
    beside.replace(path)


def write_json(path: str | Path, data: dict) -> None:
    """Write a dictionary as indented JSON, atomically."""
    write_atomically(path, (json.dumps(data, indent=2) + "\n").encode())


def read_json(path: str | Path) -> dict:
    return json.loads(Path(path).read_text())


def write_table(path: str | Path, table: pd.DataFrame) -> None:
    """Write a table as CSV with eight significant digits, atomically."""
    write_atomically(path, table.to_csv(index=False, float_format="%.8g").encode())
