"""Starting Snakemake the way a user does."""

import os
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
WORKFLOW_PARTS = ["Snakefile", "workflow", "scripts", "config", "envs", "profiles", "examples"]

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
