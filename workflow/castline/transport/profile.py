"""Where along the axis the resistance lies, and the tensor of conductivities."""

from dataclasses import dataclass

import numpy as np

from castline.transport.solve import effective_conductivity


def local_conductivity(conductivity_s_per_m, potential_v, spacing_m, axis=2, *, periodic=True):
    """Conductivity of each layer of voxels across an axis, S/m, from what it dissipates.

    A layer that dissipates P of a current I has the resistance P / I^2; between two voxels a face's
    dissipation is shared as their resistivities. So the mean of one over the local conductivities
    is one over the effective one.

    Parameters
    ----------
    conductivity_s_per_m : array (nx, ny, nz)
    potential_v : array (nx, ny, nz)
        For 1 V between the electrodes, NaN where no current flows, as `effective_conductivity`
        gives it.
    spacing_m : float or 3 floats
    axis : int
    periodic : bool
        As the potential was found with.

    Returns
    -------
    array (n,) of float64
        By layer, from the inlet.
    """
    order = [other for other in range(3) if other != axis] + [axis]
    sigma = np.transpose(np.asarray(conductivity_s_per_m, dtype=np.float64), order)
    potential = np.transpose(potential_v, order)
    spacing = np.array(np.broadcast_to(spacing_m, 3), dtype=np.float64)[order]
    conducts = np.isfinite(potential)
    sigma = np.where(conducts, sigma, 0.0)
    potential = np.where(conducts, potential, 0.0)
    # Resistance of half a voxel along the axis.
    with np.errstate(divide="ignore"):
        half = np.where(conducts, spacing[2] / (2 * sigma * spacing[0] * spacing[1]), 0.0)

    dissipated = np.zeros(sigma.shape[2])
    for side in range(2):
        if sigma.shape[side] == 1:
            continue
        other_sigma = np.roll(sigma, -1, side)
        both = (sigma > 0) & (other_sigma > 0)
        if not periodic:
            np.moveaxis(both, side, 0)[-1] = False
        total = np.where(both, sigma + other_sigma, 1.0)
        face = 2 * sigma * other_sigma / total * spacing.prod() / spacing[side] ** 2
        drop = potential - np.roll(potential, -1, side)
        dissipated += np.sum(np.where(both, face * drop**2, 0.0), axis=(0, 1))

    both = conducts[:, :, :-1] & conducts[:, :, 1:]
    resistance = np.where(both, half[:, :, :-1] + half[:, :, 1:], 1.0)
    current = np.where(both, (potential[:, :, :-1] - potential[:, :, 1:]) / resistance, 0.0)
    first, last = conducts[:, :, 0], conducts[:, :, -1]
    inflow = (1 - potential[:, :, 0][first]) / half[:, :, 0][first]
    outflow = potential[:, :, -1][last] / half[:, :, -1][last]
    dissipated[:-1] += np.sum(current**2 * half[:, :, :-1], axis=(0, 1))
    dissipated[1:] += np.sum(current**2 * half[:, :, 1:], axis=(0, 1))
    dissipated[0] += np.sum(inflow**2 * half[:, :, 0][first])
    dissipated[-1] += np.sum(outflow**2 * half[:, :, -1][last])
    # For 1 V the dissipation is the current.
    through = dissipated.sum()
    area = sigma.shape[0] * sigma.shape[1] * spacing[0] * spacing[1]
    return through**2 / dissipated * spacing[2] / area


@dataclass(frozen=True)
class ConductivityTensor:
    """Mean current density over mean field, for a field along each axis.

    Attributes
    ----------
    values_s_per_m : array (3, 3)
        Symmetric; row and column x, y, z.
    asymmetry : float
        Largest difference between an entry and its mirror image before the two were averaged, over
        the mean of the diagonal: what the finite image and its electrodes leave uncertain.
    """

    values_s_per_m: np.ndarray
    asymmetry: float


def conductivity_tensor(conductivity_s_per_m, spacing_m, **options) -> ConductivityTensor:
    """Tensor of effective conductivities, from one solve along each axis with periodic sides.

    No-flux sides would force the current to follow the axis. The electrodes do so near the ends, so
    entries beside the diagonal are too small where the image is not long against its structures.

    Parameters
    ----------
    conductivity_s_per_m, spacing_m, **options
        As of `effective_conductivity`, which raises the errors.
    """
    spacing = np.broadcast_to(spacing_m, 3)
    columns = []
    for axis in range(3):
        solved = effective_conductivity(
            conductivity_s_per_m, spacing_m, axis, periodic=True, with_fields=True, **options
        )
        density = solved.current_density_a_per_m2
        column = density.mean(axis=(0, 1, 2), dtype=np.float64)
        column *= density.shape[axis] * spacing[axis]
        column[axis] = solved.value_s_per_m
        columns.append(column)
    tensor = np.stack(columns, axis=1)
    scale = np.trace(tensor) / 3
    asymmetry = np.abs(tensor - tensor.T).max() / scale if scale > 0 else 0.0
    return ConductivityTensor((tensor + tensor.T) / 2, float(asymmetry))
