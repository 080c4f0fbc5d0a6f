"""The LAMMPS boundary: SI in, `units micro` (pg, um, us) out, and back."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from castline.base.errors import InputError
from castline.lammps.forcefield import ForceField, Hertz, LennardJones, pair_coefficients
from castline.packing.bonds import BondList
from castline.packing.state import (
    ParticleState,
    fine_types,
    read_dump_table,
    type_properties,
)

# Of the tables of the collector's force: points, and the least distance over the radius.
TABLE_POINTS = 4000
LEAST_DISTANCE = 0.4


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


def collector_tables(state: ParticleState, force_field: ForceField) -> str:
    """Table file for LAMMPS `wall/table`: how the collector holds each type, in sections `type1`...

    Energy and force of a particle and its mirror image, halves of the pair's at twice the distance
    r of its centre from the plane; lj/smooth/linear, as between particles.
    """
    sections = []
    for n, rule, d in _held(state, force_field):
        r = d / 2 * np.linspace(LEAST_DISTANCE, rule.cutoff, TABLE_POINTS)
        epsilon, sigma = rule.epsilon_sigma(d, d)
        over = sigma / (2 * r)
        energy = 4 * epsilon * (over**12 - over**6)
        force = 24 * epsilon / (2 * r) * (2 * over**12 - over**6)
        energy = (energy - energy[-1] + 2 * (r - r[-1]) * force[-1]) / 2
        rows = [
            f"{k} {at:.15g} {e:.15g} {f:.15g}"
            for k, (at, e, f) in enumerate(zip(r, energy, force - force[-1], strict=True), start=1)
        ]
        sections.append("\n".join([f"type{n}", f"N {TABLE_POINTS}", "", *rows]))
    return "# castline\n\n" + "\n\n".join(sections) + "\n"


def collector_text(state: ParticleState, force_field: ForceField, tables: str) -> str:
    """Commands by which the collector, at the variable `floor`, holds each type, which becomes a
    group; and the variable `hold`, the force upwards.

    Parameters
    ----------
    tables : name of the file with `collector_tables`.
    """
    lines, holds = [], []
    for n, rule, d in _held(state, force_field):
        law = f"wall/table linear {TABLE_POINTS} zlo v_floor {tables} type{n}"
        lines += [
            f"group type{n} empty",  # clear asks for one that is there
            f"group type{n} clear",
            f"group type{n} type {n}",
            f"fix hold{n} type{n} {law} {rule.cutoff * d / 2:.15g}",
        ]
        holds.append(f"f_hold{n}[1]")
    return "\n".join([*lines, f"variable hold equal -({'+'.join(holds)})"]) + "\n"


def _held(
    state: ParticleState, force_field: ForceField
) -> Iterator[tuple[int, LennardJones, float]]:
    """Number of each type, its rule with the collector, its diameter / um."""
    for n, (phase, d) in enumerate(zip(*type_properties(state), strict=True), start=1):
        yield n, force_field.collector_rule(phase), float(d) * 1e6


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
