"""Structure of a particle state: densities, porosities, profiles, coordination, contact areas."""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from castline.packing.nanoporosity import cbd_nanoporosity
from castline.packing.state import ParticleState
from castline.recipe.phases import SOLID_PHASES, Phase
from castline.recipe.recipe import Recipe, sphere_volume

CONTACT_PAIRS = (
    (Phase.AM, Phase.SE),
    (Phase.AM, Phase.CBD),
    (Phase.SE, Phase.CBD),
    (Phase.CBD, Phase.CBD),
    (Phase.SE, Phase.SE),
)
PROFILE_BINS = 40


def theoretical_density_kg_per_m3(recipe: Recipe, state_name: str) -> float:
    """Density without voids: of the slurry with its solvent, else of the dry components."""
    if state_name == "slurry":
        return recipe.slurry_density_kg_per_m3
    return recipe.theoretical_density_kg_per_m3


def cap_volume(radius, height):
    """Volume of the part of a sphere below a plane `height` above its lowest point."""
    h = np.clip(height, 0.0, 2 * radius)
    return np.pi * h**2 * (radius - h / 3)


def phase_profiles(state: ParticleState, bins: int) -> pd.DataFrame:
    """Nominal sphere volume fraction of each phase in slabs along z.

    Sphere volumes are cut exactly at the slab faces, wrapped where z is periodic; overlaps count
    twice. Columns: z_um (slab centre above the lower face), am, se, cbd (volume fractions).
    """
    edges = np.linspace(0.0, state.lengths_m[2], bins + 1)
    slab_volume = state.volume_m3 / bins
    z = state.position_m[:, 2] - state.low_m[2]
    radius = state.diameter_m / 2
    shifts = (-state.lengths_m[2], 0.0, state.lengths_m[2]) if state.periodic[2] else (0.0,)
    table = {"z_um": (edges[:-1] + edges[1:]) / 2 * 1e6}
    for phase in SOLID_PHASES:
        mask = state.of_phase(phase)
        below = np.zeros(bins + 1)
        for shift in shifts:
            height = edges[:, None] - (z[mask] + shift - radius[mask])[None, :]
            below += cap_volume(radius[mask], height).sum(axis=1)
        table[phase.name.lower()] = np.diff(below) / slab_volume
    return pd.DataFrame(table)


def contacts(state: ParticleState) -> pd.DataFrame:
    """All overlapping pairs: indices i < j, phases, and the area of the contact circle in m2.

    The contact circle is where the two sphere surfaces meet; spheres inside one another have none.
    """
    lengths = np.where(state.periodic, state.lengths_m, 0.0)
    position = state.wrapped().position_m - state.low_m
    # Rounding may leave a centre on the upper face, which a periodic tree refuses. Across other
    # axes a centre stays where it is, also beyond a plane.
    position = np.where(lengths > 0, position % np.where(lengths > 0, lengths, 1.0), position)
    tree = cKDTree(position, boxsize=lengths)
    pairs = _candidate_pairs(tree, position, state.diameter_m / 2)
    i, j = pairs.T
    step = position[i] - position[j]
    step -= lengths * np.round(np.divide(step, lengths, out=np.zeros_like(step), where=lengths > 0))
    distance = np.linalg.norm(step, axis=1)
    ri, rj = state.diameter_m[i] / 2, state.diameter_m[j] / 2
    touch = (distance < ri + rj) & (distance > np.abs(ri - rj))
    i, j, distance, ri, rj = (a[touch] for a in (i, j, distance, ri, rj))
    along = (distance**2 + ri**2 - rj**2) / (2 * distance)
    return pd.DataFrame(
        {
            "i": i,
            "j": j,
            "phase_i": state.phases[i],
            "phase_j": state.phases[j],
            "area_m2": np.pi * (ri**2 - along**2),
        }
    )


def _candidate_pairs(tree: cKDTree, position: np.ndarray, radius: np.ndarray) -> np.ndarray:
    """(m, 2) pairs i < j near enough to touch; small spheres search far only from large ones."""
    small = radius <= np.quantile(radius, 0.5) * 1.000001
    near = tree.query_pairs(2 * radius[small].max(), output_type="ndarray")
    large = np.flatnonzero(~small)
    around = tree.query_ball_point(position[large], radius[large] + radius.max())
    far = [
        (min(a, b), max(a, b))
        for a, hits in zip(large, around, strict=True)
        for b in hits
        if a != b
    ]
    far = np.array(far, dtype=int).reshape(-1, 2)
    return np.unique(np.vstack([near, far]), axis=0)


def contact_metrics(state: ParticleState) -> dict[str, float | None]:
    """Mean coordination numbers and contact areas between phases.

    `coordination_a_b` is the mean number of b neighbours of an a particle;
    `contact_area_a_b_per_m` is the contact area per volume of electrode, m2/m3. Both are None where
    the state lacks one of the phases.
    """
    table = contacts(state)
    metrics = {}
    for a, b in CONTACT_PAIRS:
        names = f"{a.name}_{b.name}".lower()
        if not (state.holds(a) and state.holds(b)):
            metrics |= {f"coordination_{names}": None, f"contact_area_{names}_per_m": None}
            continue
        direct = (table["phase_i"] == a) & (table["phase_j"] == b)
        swapped = (table["phase_i"] == b) & (table["phase_j"] == a)
        both = table[direct | swapped]
        ends = 2 * len(both) if a == b else len(both)
        metrics[f"coordination_{names}"] = ends / int(state.of_phase(a).sum())
        metrics[f"contact_area_{names}_per_m"] = float(both["area_m2"].sum()) / state.volume_m3
    return metrics


def structure_metrics(
    recipe: Recipe, state: ParticleState, state_name: str, image: np.ndarray
) -> dict[str, float | None]:
    """All metrics of one state; None where they are about a phase that is absent.

    Parameters
    ----------
    image : (nx, ny, nz) labels of the whole box, 0 pore (in the slurry: liquid beside the CBD).

    Returns
    -------
    density_g_per_cm3; porosity = 1 - density / theoretical density (voids including CBD nanopores);
    porosity_without_nanopores (pore voxels); cbd_nanoporosity; thickness_um; nominal sphere volume
    fractions volume_fraction_*; label volume fractions voxel_fraction_*, and how far these are from
    the nominal ones, volume_error_*; contact metrics.
    """
    mass = recipe.dry_mass_kg + (recipe.solvent_mass_kg if state_name == "slurry" else 0.0)
    density = mass / state.volume_m3
    voxel_fraction = {p: float((image == p).mean()) for p in (Phase.PORE, *SOLID_PHASES)}
    nominal = {
        p: float(sphere_volume(state.diameter_m[state.of_phase(p)]).sum()) / state.volume_m3
        for p in SOLID_PHASES
    }
    return {
        "density_g_per_cm3": density / 1e3,
        "porosity": 1.0 - density / theoretical_density_kg_per_m3(recipe, state_name),
        "porosity_without_nanopores": voxel_fraction[Phase.PORE],
        "cbd_nanoporosity": (
            0.0
            if state_name == "slurry" and recipe.cbd is not None
            else cbd_nanoporosity(recipe, voxel_fraction[Phase.CBD], state.volume_m3)
        ),
        "thickness_um": float(state.lengths_m[2]) * 1e6,
        **{f"volume_fraction_{p.name.lower()}": nominal[p] for p in SOLID_PHASES},
        **{f"voxel_fraction_{p.name.lower()}": voxel_fraction[p] for p in SOLID_PHASES},
        **{
            f"volume_error_{p.name.lower()}": (
                voxel_fraction[p] / nominal[p] - 1 if state.holds(p) else None
            )
            for p in SOLID_PHASES
        },
        **contact_metrics(state),
    }


def structure_tables(
    key: Mapping[str, object],
    recipe: Recipe,
    states: Iterable[tuple[str, ParticleState, np.ndarray]],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Metrics and phase profiles of one piece of electrode along the line.

    Parameters
    ----------
    key : first columns of both tables, before the name of the state.
    states : name, particles and label image of each state; taken one at a time.

    Returns
    -------
    metrics : one row a state, see `structure_metrics`.
    profiles : `PROFILE_BINS` rows a state, see `phase_profiles`.
    """
    metrics, profiles = [], []
    for name, state, image in states:
        labels = {**key, "state": name}
        metrics.append({**labels, **structure_metrics(recipe, state, name, image)})
        profile = phase_profiles(state, PROFILE_BINS)
        profiles.append(pd.concat([pd.DataFrame(labels, index=profile.index), profile], axis=1))
    return pd.DataFrame(metrics), pd.concat(profiles)
