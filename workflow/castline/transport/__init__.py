"""Effective conductivity of voxel images: the steady Poisson equation between two electrodes."""

from importlib import import_module

# The solver's compiler is slow to import: every job reads the settings of this room, few solve.
_HOMES = {
    "TransportResult": "solve",
    "cbd_conductivity_s_per_m": "subvoxel",
    "effective_conductivity": "solve",
    "estimate_memory_bytes": "solve",
}
__all__ = list(_HOMES)


def __getattr__(name: str):
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
