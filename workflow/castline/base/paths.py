"""Where the workflow's files lie that are no Python: LAMMPS inputs, templates, measured costs."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
WORKFLOW = PACKAGE.parent
