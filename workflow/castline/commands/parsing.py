"""Values on the command line, each refused in words that say what is allowed."""

import argparse
import math
import re

from castline.images.volume import VOXEL_UM_RANGE


def count(text: str) -> int:
    """A whole number from 1."""
    if not re.fullmatch("[0-9]{1,9}", text) or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1")
    return int(text)


def voxel_um(text: str) -> float:
    """A voxel edge length in micrometres."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    low, high = VOXEL_UM_RANGE
    if not low <= value <= high:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a plain number of micrometres between {low:g} and {high:g}"
        )
    return value


def mapping(text: str) -> tuple[int, int]:
    """A label 0 to 255 of a whole number, such as ``65535=3``."""
    found = re.fullmatch(r"(-?[0-9]{1,18})=([0-9]{1,3})", text)
    if not found or int(found[2]) > 255:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not VALUE=LABEL with whole numbers and a label 0 to 255"
        )
    return int(found[1]), int(found[2])
