"""How particles become voxels: the keys of the `transport` section that say so."""

from typing import Literal

from pydantic import Field

from castline.base.sections import Positive, Section


class VoxelConfig(Section):
    """Size and rule of the voxels."""

    voxel_um: Positive = Field(default=0.2, description="voxel edge length, um")
    voxel_rule: Literal["plain", "conserved"] = Field(
        default="plain",
        description="what becomes of overlaps in the images of films: plain counts them once, as "
        "the study does; conserved moves them into pores, so that every particle keeps its volume "
        "(docs/structure.md)",
    )
