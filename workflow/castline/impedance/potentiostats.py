"""What potentiostats write around their tables: BioLogic's EC-Lab and Gamry.

The binary .mpr is read by galvani, which is licensed GPL-3.0-or-later: it is the optional extra
``castline[instruments]`` and imported only when such a file is read.
"""

import re
from pathlib import Path

import numpy as np

from castline.base.errors import InputError


def ec_lab_header(path, lines) -> int:
    """Index of the line of column names of an EC-Lab text.

    Raises
    ------
    InputError
        It is no EC-Lab text, or shorter than it says.
    """
    match = re.match(r"Nb header lines\s*: (\d+)", lines[1]) if len(lines) > 1 else None
    if not match or "ASCII FILE" not in lines[0]:
        raise InputError(f"{path}:1: not an EC-Lab ASCII file")
    header = int(match.group(1)) - 1
    if not 2 <= header < len(lines):
        raise InputError(f"{path}:2: {header + 1} header lines in a file of {len(lines)}")
    return header


def read_ec_lab_binary(path) -> np.ndarray:
    """Columns of a BioLogic binary file as a structured array of shape (n,), through galvani.

    Raises
    ------
    InputError
        Missing file or library, or galvani cannot read it.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"{path}: cannot be read: no such file")
    try:
        from galvani.BioLogic import MPRfile
    except ImportError:
        raise InputError(
            f"{path}: reading .mpr needs the optional extra: pip install 'castline[instruments]', "
            "or export the file as .mpt"
        ) from None
    try:
        return MPRfile(str(path)).data
    except (ValueError, AssertionError, OSError, KeyError, NotImplementedError) as error:
        raise InputError(
            f"{path}: galvani cannot read it ({error or type(error).__name__}): export it as .mpt"
        ) from None


def gamry_tables(path, lines, tag: str) -> list[tuple[int, list[str], list[str]]]:
    """Tables of a Gamry file whose tag begins so: index of the names, names, lines below them.

    A table has names and units in the two lines below its tag; its rows begin with a tab.

    Raises
    ------
    InputError
        There is none.
    """
    found = []
    for index, line in enumerate(lines):
        if re.match(rf"{tag}\d*\t", line) and index + 2 < len(lines):
            end = index + 2
            while end < len(lines) and lines[end].startswith("\t"):
                end += 1
            following = next((line for line in lines[end:] if line.strip()), "")
            if re.match(r"\t|[-+]?[\d.]", following):
                raise InputError(
                    f"{path}:{end + 1}: the {tag} table goes on below a line without a tab in front"
                )
            found.append((index + 1, lines[index + 1].split("\t"), lines[index + 2 : end]))
    if not found:
        raise InputError(f"{path}:1: no {tag} table in it: not such a Gamry file")
    return found
