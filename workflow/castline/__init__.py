"""From a slurry recipe to the effective conductivities of a solid-state battery cathode."""

__version__ = "0.1.0"
