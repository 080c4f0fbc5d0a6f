"""Where castline's files lie that are no Python, and paths as a configuration names them."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
# A wheel carries the files of the project inside the package; in a clone they lie around it.
INSTALLED = PACKAGE / "project"
PROJECT = INSTALLED if INSTALLED.is_dir() else PACKAGE.parents[1]
WORKFLOW = PROJECT / "workflow"
SHIPPED = "castline:"


def located(path: str) -> str:
    """Path of a file that a configuration names.

    `castline:config/forcefields/dry.yaml` is a file that castline ships, whatever the current
    folder; every other path counts from the current folder.
    """
    if not path.startswith(SHIPPED):
        return path
    shipped = PROJECT / path.removeprefix(SHIPPED)
    # in the project itself by the short name, which says the same on every machine
    return str(shipped.relative_to(PROJECT) if Path.cwd() == PROJECT else shipped)
