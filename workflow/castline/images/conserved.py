"""Spheres to voxels without losing what overlaps: every particle keeps its volume.

A ductile particle that is pressed into its neighbours flows into the pores beside it. Of all images
in which each particle has the volume of its sphere, the one wanted here moves the least: the sum
over voxels of the squared distance to the centre of their particle is minimal. That is optimal
transport to a part of the box, and its solution is a power diagram again: a voxel belongs to the
particle of least |x - c|^2 - R^2 if that is not positive, with radii R that are unknown (B. Levy,
J. Comput. Phys. 451 (2022) 110838). They are found by damped Newton steps; how fast a volume grows
with R^2 is the sum over its faces of area over twice the distance of the two centres, or over 2 R
where the face is free.
"""

from collections.abc import Callable

import numpy as np
from numba import njit
from scipy import sparse

from castline.base.errors import ConvergenceError, InputError
from castline.images.voxels import Spheres, on_grid
from castline.recipe.phases import Phase
from castline.recipe.recipe import sphere_volume

ROUNDS = 40
DAMPING = 0.6  # whole steps go to and fro, since volumes are whole voxels
LARGEST_STEP = 0.3  # of R^2
SWEEPS = 50
# Shares of a volume: of a phase, to stop at and to refuse; of a particle, or a voxel where that is
# more; and of all, what particles may have beyond that.
PHASE, REFUSED, PARTICLE, BEYOND = 0.002, 0.01, 0.01, 0.005


def conserving_radii(
    centres,
    radii,
    phases,
    ids,
    origin,
    shape,
    spacing,
    periodic=(True, True, False),
    report: Callable[[str], None] = lambda line: None,
):
    """Radii with which `label_image` gives every particle the volume of its sphere.

    Also what a sphere has outside a closed side of the box is moved inside.

    Parameters
    ----------
    centres, radii, phases, ids, origin, shape, spacing, periodic : as of `label_image`.
    report : takes a line with the number of rounds and the volumes reached.

    Returns
    -------
    array (n,)
        In the order and unit of the radii given.

    Raises
    ------
    InputError
        If the spheres have more volume than the box, or for what `label_image` refuses.
    ConvergenceError
        If a phase stays more than a hundredth from its volume, as with particles smaller than a
        voxel.
    """
    spheres = on_grid(centres, radii, phases, ids, origin, shape, spacing, periodic)
    wanted = sphere_volume(2 * spheres.radii) / np.prod(spheres.spacing)
    share = wanted.sum() / np.prod(spheres.shape)
    if share > 1:
        raise InputError(
            f"voxel_rule conserved: the spheres have {share:.3f} times the volume of their box; "
            "such a film has only a plain image"
        )
    numbers = np.arange(1, len(wanted) + 1, dtype=np.int32)
    squared = spheres.radii**2
    least = np.inf
    for rounds in range(ROUNDS + 1):
        image = spheres.stamped(np.sqrt(squared), numbers)
        counts = np.bincount(image.ravel(), minlength=len(wanted) + 1)[1:]
        misfit = _misfit(counts, wanted, spheres.phases)
        if misfit < least:
            best, least, reached, found_after = squared, misfit, counts, rounds
        if misfit <= 1:
            break
        squared = _step(spheres, squared, image, counts, wanted)
    _check(reached, wanted, spheres, np.sqrt(best), found_after, report)
    grown = np.empty_like(best)
    grown[spheres.rank] = np.sqrt(best)
    return grown


def _misfit(counts, wanted, phases):
    """Largest of the errors that are looked at, each over what is allowed."""
    missing = counts - wanted
    beyond = np.maximum(np.abs(missing) - np.maximum(PARTICLE * wanted, 1), 0).sum()
    of_phases = [
        abs(missing[phases == p].sum()) / _allowed(wanted[phases == p], PHASE)
        for p in np.unique(phases)
    ]
    return max(beyond / (BEYOND * wanted.sum()), *of_phases)


def _allowed(wanted, share):
    """Voxels that a phase may lack; whole voxels a particle add up like a random walk."""
    return max(share * wanted.sum(), np.sqrt(len(wanted)))


def _check(counts, wanted, spheres: Spheres, radii, rounds, report):
    """Report what was reached, and refuse it where a phase is too far from its volume."""
    texts, refused = [], False
    for p in np.unique(spheres.phases):
        mine = spheres.phases == p
        missing = counts[mine].sum() - wanted[mine].sum()
        refused |= abs(missing) > _allowed(wanted[mine], REFUSED)
        texts.append(f"{Phase(p).name} {100 * missing / wanted[mine].sum():+.2f} %")
    median = np.median(np.abs(counts / wanted - 1))
    line = (
        f"volumes after {rounds} rounds: {', '.join(texts)}; median of particles within "
        f"{100 * median:.2f} %, radii grown at most {np.max(radii / spheres.radii):.2f} times"
    )
    if refused:
        raise ConvergenceError(
            f"voxel_rule conserved: {line}; smaller voxels (voxel_um) or a plain image are needed"
        )
    report(line)


def _step(spheres: Spheres, squared, image, counts, wanted):
    """The next squared radii (n,), by a damped Newton step from an image of particle numbers."""
    coupling, growth = _derivatives(spheres, np.sqrt(squared), image)
    missing = wanted - counts
    empty = counts == 0
    growth = np.where(empty, 1.0, growth)  # they step in another way, below
    change = np.zeros_like(squared)
    for _ in range(SWEEPS):
        change = (missing + coupling @ change) / growth
    change = np.clip(DAMPING * change, -LARGEST_STEP * squared, LARGEST_STEP * squared)
    following = squared + np.where(empty, 0.0, change)
    for one in np.flatnonzero(empty):
        # A particle without voxels takes its own centre and a little more from whoever has it.
        distance = np.linalg.norm(
            _nearest_image(spheres, spheres.centres - spheres.centres[one]), axis=1
        )
        power = distance**2 - squared
        power[one] = 0.0
        owner = power.argmin()
        reach = min(2 * distance[owner] * spheres.spacing.max(), spheres.radii[one] ** 2 / 4)
        following[one] = max(squared[one], -power[owner]) + reach
    return following


def _derivatives(spheres: Spheres, radii, image):
    """How volumes, in voxels, change with squared radii.

    Returns
    -------
    coupling : sparse (n, n), voxels that one particle takes from another.
    growth : (n,), voxels that a particle gains in all.
    """
    n = len(radii)
    a, b, weight, free = _faces(image, spheres.centres, radii, spheres.spacing, spheres.periodic)
    coupling = sparse.csr_matrix((weight, (a, b)), shape=(n, n))
    coupling = coupling + coupling.T
    return coupling, free + np.asarray(coupling.sum(axis=1)).ravel()


@njit(cache=True)
def _faces(image, centres, radii, spacing, periodic):
    """Faces of voxels between particles a and b, and what each adds to their growth.

    The steps of a slanted face have more area than it has, by the cosine to their axis.

    Returns
    -------
    a, b : (m,) numbers of particles from 0.
    weight : (m,) voxels that the face moves from b to a.
    free : (n,) voxels that the faces to pores add.
    """
    shape = np.array(image.shape)
    length = shape * spacing
    free = np.zeros(len(radii))
    a = np.empty(0, dtype=np.int32)
    b = np.empty(0, dtype=np.int32)
    weight = np.empty(0)
    closest = 1e-6 * spacing.min() ** 2
    face, to_a, to_b = np.empty(3), np.empty(3), np.empty(3)
    for writing in (False, True):
        found = 0
        for i, j, k in np.ndindex(image.shape):
            one = image[i, j, k]
            for axis in range(3):
                beside = np.array((i, j, k))
                beside[axis] += 1
                if beside[axis] == shape[axis]:
                    if not periodic[axis]:
                        continue
                    beside[axis] = 0
                other = image[beside[0], beside[1], beside[2]]
                if one == other:
                    continue
                if not writing:
                    found += one > 0 and other > 0
                    continue
                face[:] = (i + 0.5, j + 0.5, k + 0.5)
                face[axis] += 0.5
                for e in range(3):
                    to_a[e] = centres[one - 1, e] - face[e] * spacing[e] if one else 0.0
                    to_b[e] = centres[other - 1, e] - face[e] * spacing[e] if other else 0.0
                    if periodic[e]:
                        to_a[e] -= length[e] * np.round(to_a[e] / length[e])
                        to_b[e] -= length[e] * np.round(to_b[e] / length[e])
                if one and other:
                    squared = max(((to_b - to_a) ** 2).sum(), closest)
                    a[found], b[found] = one - 1, other - 1
                    weight[found] = abs(to_b[axis] - to_a[axis]) / (2 * squared * spacing[axis])
                    found += 1
                else:
                    mine = max(one, other) - 1
                    to = to_a if one else to_b
                    cosine = abs(to[axis]) / max(np.sqrt((to**2).sum()), 1e-9 * spacing[axis])
                    free[mine] += cosine / (2 * radii[mine] * spacing[axis])
        if not writing:
            a, b = np.empty(found, dtype=np.int32), np.empty(found, dtype=np.int32)
            weight = np.empty(found)
    return a, b, weight, free


def _nearest_image(spheres: Spheres, step):
    """Steps (m, 3) between points of the box, by the shortest way through its periodic sides."""
    length = np.where(spheres.periodic, np.array(spheres.shape) * spheres.spacing, np.inf)
    return step - np.where(spheres.periodic, length, 0.0) * np.round(step / length)
