"""Effective conductivity of voxel images: the steady Poisson equation between two electrodes."""

from castline.transport.solve import (
    TransportResult,
    effective_conductivity,
    effective_conductivity_diagonal,
    estimate_memory_bytes,
)

__all__ = [
    "TransportResult",
    "effective_conductivity",
    "effective_conductivity_diagonal",
    "estimate_memory_bytes",
]
