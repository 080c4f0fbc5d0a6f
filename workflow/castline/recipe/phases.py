"""The phases of the line and their codes in label images, renders and tables."""

from enum import IntEnum


class Phase(IntEnum):
    """Material phase; the value is the label in a voxel image (0 is pore)."""

    PORE = 0
    AM = 1
    SE = 2
    CBD = 3


SOLID_PHASES = (Phase.AM, Phase.SE, Phase.CBD)
