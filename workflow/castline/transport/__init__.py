"""Effective conductivity of voxel images: the steady Poisson equation between two electrodes."""

from castline.transport.solve import (
    TransportResult,
    effective_conductivity,
    estimate_memory_bytes,
)
from castline.transport.subvoxel import cbd_conductivity_s_per_m

__all__ = [
    "TransportResult",
    "cbd_conductivity_s_per_m",
    "effective_conductivity",
    "estimate_memory_bytes",
]
