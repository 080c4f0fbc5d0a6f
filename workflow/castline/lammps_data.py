"""The LAMMPS boundary: SI in, `units micro` (pg, um, us) out, and back."""

from pathlib import Path

import numpy as np

from castline.errors import InputError
from castline.forcefield import ForceField, Hertz, pair_coefficients
from castline.particles import ParticleState, read_dump_table, type_properties


def data_text(
    state: ParticleState,
    mass_scale: float = 1.0,
    margin_m: float = 0.0,
    triclinic: bool = False,
) -> str:
    """LAMMPS data file with the particles.

    Parameters
    ----------
    mass_scale : densities are multiplied by it (see castline.timestep).
    margin_m : empty space added below and above along z.
    triclinic : declare a box that can be tilted.
    """
    low, high = state.low_m * 1e6, state.high_m * 1e6
    low[2] -= margin_m * 1e6
    high[2] += margin_m * 1e6
    lines = ["castline", "", f"{state.count} atoms", f"{state.types.max()} atom types", ""]
    for axis, a, b in zip("xyz", low, high, strict=True):
        lines.append(f"{a:.12g} {b:.12g} {axis}lo {axis}hi")
    if triclinic:
        lines.append("0 0 0 xy xz yz")
    lines += ["", "Atoms # sphere", ""]
    diameter = state.diameter_m * 1e6
    density = state.mass_kg * 1e15 / (np.pi / 6 * diameter**3) * mass_scale
    lines += [
        f"{i} {t} {d:.12g} {rho:.12g} {x:.12g} {y:.12g} {z:.12g}"
        for i, t, d, rho, (x, y, z) in zip(
            state.ids, state.types, diameter, density, state.position_m * 1e6, strict=True
        )
    ]
    return "\n".join(lines) + "\n"


def coefficient_text(state: ParticleState, force_field: ForceField, factor: float = 1.0) -> str:
    """Lennard-Jones pair_coeff lines of a state, to be included by the static inputs.

    They are a file of their own because LAMMPS restart files do not keep those of hybrid styles.
    `factor` multiplies the pair forces (castline.forcefield.gel_factor).
    """
    phases, diameter = type_properties(state)
    pairs = pair_coefficients(force_field, phases, diameter * 1e6, factor)
    return "".join(
        f"pair_coeff {i} {j} lj/smooth/linear {e:.12g} {s:.12g} {c:.12g}\n"
        for i, j, e, s, c in pairs
    )


def moved(state: ParticleState, dump: Path, periodic: tuple[bool, bool, bool]) -> ParticleState:
    """`state` with box and positions of a LAMMPS dump; masses and diameters stay the physical ones.

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


def neighbour_variables(state: ParticleState) -> dict[str, str]:
    """Variables fine, coarse of the static inputs: types below twice the smallest size, the rest.

    Two sizes of neighbour bins are enough; one for each type costs more than it saves.
    """
    _, diameter = type_properties(state)
    is_fine = diameter < min(2 * diameter.min(), diameter.max())
    fine, coarse = (np.flatnonzero(group) + 1 for group in (is_fine, ~is_fine))
    return {"fine": ",".join(map(str, fine)), "coarse": ",".join(map(str, coarse))}
