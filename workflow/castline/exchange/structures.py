"""Particle states as LAMMPS data files, for restarting anyone's simulation from them.

The states themselves are LAMMPS dumps, which OVITO reads, too; the label images are VTI files.
"""

from castline.lammps.texts import data_text
from castline.packing.state import ParticleState, type_properties


def data_file_text(state: ParticleState) -> str:
    """LAMMPS data file (atom_style sphere, units micro) whose first line names units and phases.

    LAMMPS reads it with ``units micro``, ``atom_style sphere`` and the boundary of the first line.
    """
    phases, _ = type_properties(state)
    types = ", ".join(f"{number} {phase}" for number, phase in enumerate(phases, start=1))
    boundary = " ".join("p" if periodic else "f" for periodic in state.periodic)
    first = f"units micro (um, pg, us); boundary {boundary}; types: {types}"
    return first + data_text(state).removeprefix("castline")
