"""What Snakemake makes of several campaign files: one, in which mappings are merged key by key."""

from collections.abc import Mapping
from pathlib import Path

from castline.base.yaml_files import read_yaml


def merge_warnings(paths: list[str | Path]) -> list[str]:
    """One line for every file of several: what of it counts once they are merged.

    A matrix that is merged plans the electrodes of all files, also where one was meant to stand
    alone.

    Parameters
    ----------
    paths : campaign files in the order in which Snakemake merges them: the last one counts.

    Raises
    ------
    ConfigError
        A file that `read_yaml` refuses.
    """
    contents = {str(path): read_yaml(path)[0] for path in paths}
    files = {path: content for path, content in contents.items() if isinstance(content, dict)}
    if len(files) < 2:
        return []
    counting = _givers(files)
    lines = []
    for path in files:
        keys = [key for key, giver in counting.items() if giver == path]
        given = ", ".join(keys) or "nothing that counts"
        lines.append(f"config: merged from {len(files)} files: {path} gives {given}")
    return lines


def _givers(files: Mapping[str, Mapping], key: str = "") -> dict[str, str]:
    """The file that gives what counts, by key; a section that one file gives is one key."""
    found = {}
    for name in dict.fromkeys(name for mapping in files.values() for name in mapping):
        values = {path: mapping[name] for path, mapping in files.items() if name in mapping}
        if len(values) > 1 and all(isinstance(value, dict) for value in values.values()):
            found |= _givers(values, f"{key}{name}.")
        else:
            found[f"{key}{name}"] = list(values)[-1]
    return found
