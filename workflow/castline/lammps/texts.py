"""The LAMMPS boundary: SI in, `units micro` (pg, um, us) out, and back."""

from pathlib import Path

import numpy as np

from castline.base.errors import InputError
from castline.lammps.forcefield import ForceField, Hertz, pair_coefficients
from castline.packing.bonds import BondList
from castline.packing.state import (
    ParticleState,
    fine_types,
    read_dump_table,
    type_properties,
)


def data_text(
    state: ParticleState,
    mass_scale: float = 1.0,
    margin_m: float = 0.0,
    triclinic: bool = False,
    coarse_mass_scale: float | None = None,
    bonded: bool = False,
) -> str:
    """LAMMPS data file with the particles.

    Parameters
    ----------
    mass_scale : densities are multiplied by it (see castline.lammps.timestep).
    coarse_mass_scale : the same for coarse particles, if it differs.
    margin_m : empty space added below and above along z.
    triclinic : declare a box that can be tilted.
    bonded : for the atom style of particles that may be bonded, with the bonds that the state has.
    """
    low, high = state.low_m * 1e6, state.high_m * 1e6
    low[2] -= margin_m * 1e6
    high[2] += margin_m * 1e6
    lines = ["castline", "", f"{state.count} atoms", f"{state.types.max()} atom types", ""]
    bonds = state.bonds.ids if bonded and state.bonds is not None else np.empty((0, 2), int)
    if bonded:
        lines[-1:] = [f"{len(bonds)} bonds", "1 bond types", ""]
    for axis, a, b in zip("xyz", low, high, strict=True):
        lines.append(f"{a:.12g} {b:.12g} {axis}lo {axis}hi")
    if triclinic:
        lines.append("0 0 0 xy xz yz")
    lines += ["", f"Atoms # {'bpm/sphere' if bonded else 'sphere'}", ""]
    molecule = " 0" if bonded else ""
    diameter = state.diameter_m * 1e6
    density = state.mass_kg * 1e15 / (np.pi / 6 * diameter**3)
    is_fine = fine_types(state)[state.types - 1]
    density *= np.where(is_fine, mass_scale, coarse_mass_scale or mass_scale)
    lines += [
        f"{i}{molecule} {t} {d:.12g} {rho:.12g} {x:.12g} {y:.12g} {z:.12g}"
        for i, t, d, rho, (x, y, z) in zip(
            state.ids, state.types, diameter, density, state.position_m * 1e6, strict=True
        )
    ]
    if len(bonds):
        lines += ["", "Bonds", ""]
        lines += [f"{n} 1 {i} {j}" for n, (i, j) in enumerate(bonds, start=1)]
    return "\n".join(lines) + "\n"


def coefficient_text(state: ParticleState, force_field: ForceField, factor: float = 1.0) -> str:
    """Lines pair_coeff of a state, to be included by the static inputs: contacts and Lennard-Jones.

    They are a file of their own because LAMMPS restart files do not keep those of hybrid styles.
    Two coarse particles have the second granular style, whose damping may differ. `factor`
    multiplies the pair forces (castline.lammps.forcefield.gel_factor). Without coarse particles
    there is one granular style only, which then has no number.
    """
    phases, diameter = type_properties(state)
    fine = fine_types(state)

    def style(i: int, j: int) -> str:
        return "" if fine.all() else " 1" if fine[i - 1] or fine[j - 1] else " 2"

    return "".join(
        f"pair_coeff {i} {j} gran/hertz/history{style(i, j)}\n"
        f"pair_coeff {i} {j} lj/smooth/linear {e:.12g} {s:.12g} {c:.12g}\n"
        for i, j, e, s, c in pair_coefficients(force_field, phases, diameter * 1e6, factor)
    )


def moved(
    state: ParticleState,
    dump: Path,
    periodic: tuple[bool, bool, bool],
    bonds: BondList | None = None,
) -> ParticleState:
    """`state` with box, positions and bonds of LAMMPS dumps; masses and diameters stay physical.

    Raises
    ------
    InputError
        Unreadable dump, or particles that are not those of `state`.
    """
    low, high, _, table = read_dump_table(dump)
    if not np.array_equal(table["id"].to_numpy(), state.ids):
        raise InputError(f"dump {dump}: its particles are not the {state.count} that were started")
    return ParticleState(
        low_m=low * 1e-6,
        high_m=high * 1e-6,
        periodic=periodic,
        ids=state.ids,
        types=state.types,
        phases=state.phases,
        position_m=table[["x", "y", "z"]].to_numpy() * 1e-6,
        diameter_m=state.diameter_m,
        mass_kg=state.mass_kg,
        bonds=bonds,
    ).wrapped()


def hertz_variables(hertz: Hertz, mass_scale: float, factor: float = 1.0, prefix: str = "") -> dict:
    """Variables kn, kt, gn, gt, xmu of the static inputs, with a prefix for walls.

    Damping multiplies the pair's effective mass, so it is divided by the mass scale.
    """
    kn = hertz.normal_stiffness_kpa * factor
    gn = hertz.normal_damping_per_us_um * factor / mass_scale
    values = {
        "kn": kn,
        "kt": kn * hertz.tangential_ratio,
        "gn": gn,
        "gt": gn * hertz.tangential_damping_ratio,
        "xmu": hertz.friction,
    }
    return {prefix + name: value for name, value in values.items()}


def contact_variables(
    hertz: Hertz, mass_scale: float, factor: float = 1.0, coarse_mass_scale: float | None = None
) -> dict:
    """`hertz_variables` and coarse_gn, coarse_gt, the damping of two coarse particles.

    The effective mass of a pair with a fine particle is about the fine one's, whatever the other's.
    """
    coarse = hertz_variables(hertz, coarse_mass_scale or mass_scale, factor)
    both = {"coarse_gn": coarse["gn"], "coarse_gt": coarse["gt"]}
    return {**hertz_variables(hertz, mass_scale, factor), **both}


def size_classes(state: ParticleState) -> tuple[list[str], list[str]]:
    """LAMMPS types of the fine and of the coarse particles."""
    is_fine = fine_types(state)
    fine, coarse = (np.flatnonzero(group) + 1 for group in (is_fine, ~is_fine))
    return [str(n) for n in fine], [str(n) for n in coarse]


def neighbour_variables(state: ParticleState) -> dict[str, str]:
    """Variables fine, coarse or sizes of the static inputs: one size of neighbour bins for each.

    Two sizes are enough; one for each type costs more than it saves. Particles that are all equally
    large have no coarse ones, and one size of bins.
    """
    fine, coarse = size_classes(state)
    if not coarse:
        return {"sizes": "one", "neighbor": "bin"}
    return {"fine": ",".join(fine), "coarse": ",".join(coarse)}
