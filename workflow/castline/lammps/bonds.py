"""Bonds between CBD at the LAMMPS boundary: how they begin in a chain, and what is left of them.

LAMMPS keeps the length at which a bond was made in its restart files, not in data files. A chain
that starts from a film with bonds therefore gives each bond its length again.
"""

from pathlib import Path

import numpy as np

from castline.base.errors import InputError
from castline.lammps.forcefield import ForceField
from castline.packing.bonds import BondList
from castline.packing.state import ParticleState
from castline.recipe.phases import Phase

# LAMMPS file by which bonds begin, included by workflow/lammps/common.lmp.
BOND_FILE = "bonds.lmp"
# Values of the variable `bonds` of a segment: they begin in a later one, in this one, or did.
LATER, BEGIN, ACT = "later", "begin", "act"
# Where LAMMPS keeps what it knows of each bond of a particle: its length first of four values.
HISTORY, VALUES = "HISTORY_BPM_ROTATIONAL", 4
# Damping of a bond over the critical one. Numerical: a bond without contact would ring.
DAMPING_RATIO = 0.5
UNBREAKABLE = 1e300


def style_text(state: ParticleState, force_field: ForceField, mass_scale: float) -> str:
    """Commands of the bond style: central forces beside the pair forces, no shear, no bending."""
    is_cbd = state.of_phase(Phase.CBD)
    diameter = state.diameter_m[is_cbd][0] * 1e6
    mass = mass_scale * state.mass_kg[is_cbd][0] * 1e15
    bonds = force_field.bonds
    axial = bonds.axial_force_fj_per_um(diameter)
    damping = DAMPING_RATIO * 2 * np.sqrt(axial / diameter * mass / 2)
    values = [axial, 0, 0, 0, axial * bonds.strain_at_break, *3 * [UNBREAKABLE], damping, 0, 0, 0]
    return (
        "bond_style bpm/rotational overlay/pair yes smooth no normalize yes\n"
        f"bond_coeff 1 {' '.join(f'{value:.12g}' for value in values)}\n"
    )


def making_text(state: ParticleState, force_field: ForceField, mass_scale: float) -> str:
    """Commands that bond all CBD that touch, at their distance then."""
    is_cbd = state.of_phase(Phase.CBD)
    return (
        # LAMMPS makes bonds only where those that are there would replace the pair forces.
        "special_bonds lj 0 1 1 coul 0 1 1\n"
        f"group binder type {state.types[is_cbd][0]}\n"
        f"create_bonds many binder binder 1 0 {state.diameter_m[is_cbd][0] * 1e6:.12g}\n"
        "special_bonds lj 1 1 1 coul 1 1 1\n"
        "variable bonds_made equal $(bonds)\n" + style_text(state, force_field, mass_scale)
    )


def keeping_text(state: ParticleState, force_field: ForceField, mass_scale: float) -> str:
    """Commands that give the bonds of `state`, read with its particles, their lengths.

    The first run would take the distances of now for them; it comes before, without a step.
    """
    first, length = state.bonds.ids[:, 0], state.bonds.rest_length_m * 1e6
    slots = np.arange(len(first)) - np.searchsorted(first, first)
    return (
        style_text(state, force_field, mass_scale)
        + "run 0\n"
        + "".join(
            f"set atom {atom} d2_{HISTORY}[{VALUES * slot + 1}] {r0:.12g}\n"
            for atom, slot, r0 in zip(first, slots, length, strict=True)
        )
    )


def read_bonds(dump: Path) -> BondList:
    """The bonds of a LAMMPS dump of local entries: two ids and the length when made, um.

    Raises
    ------
    InputError
        Unreadable dump.
    """
    try:
        lines = dump.read_text().splitlines()
        start = next(i for i, line in enumerate(lines) if line.startswith("ITEM: ENTRIES"))
        rows = np.array([line.split() for line in lines[start + 1 :]], float).reshape(-1, 3)
    except (OSError, ValueError, StopIteration) as error:
        raise InputError(f"bonds {dump}: cannot be read ({error})") from None
    return BondList.sorted_by_id(rows[:, :2].astype(int), rows[:, 2] * 1e-6)
