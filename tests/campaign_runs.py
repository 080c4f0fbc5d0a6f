"""Starting Snakemake the way a user does."""

import os
import subprocess
import sys
from pathlib import Path

SNAKEMAKE = [str(Path(sys.executable).parent / "snakemake"), "--cores", "2"]
TEST = ["--configfile", "config/test.yaml"]


def snakemake(folder: Path, *arguments: str, **environment) -> subprocess.CompletedProcess:
    return subprocess.run(
        [*SNAKEMAKE, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        check=False,
    )
