"""Local thickness of a label: the largest sphere inside it that covers each voxel."""

import numpy as np
import scipy.ndimage

from castline.base.errors import InputError
from castline.images.metrics import checked_labels, checked_spacing

# Sizes told apart, from the smallest to the largest sphere.
SIZES = 32


def local_thickness_m(labels, spacing_m, label: int, sizes: int = SIZES) -> np.ndarray:
    """Diameter of the largest sphere that lies in a label and covers the voxel, m; 0 elsewhere.

    T. Hildebrand and P. Rueegsegger, J. Microsc. 185 (1997) 67-75, on Euclidean distances between
    voxel centres. A layer of an even number of voxels has no central one: the diameter is twice the
    distance less half of the shortest edge, which is right to half a voxel either way. ``sizes``
    radii are told apart, and the smaller one taken between two. Sides are not surfaces: a label may
    go on there.

    Parameters
    ----------
    labels : array (nx, ny, nz) of integers
    spacing_m : float or 3 floats

    Returns
    -------
    array (nx, ny, nz) of float64

    Raises
    ------
    InputError
        If the image is not 3-D, the label absent or alone, or an edge length not positive.
    """
    labels = checked_labels(labels)
    spacing = checked_spacing(spacing_m)
    inside = labels == label
    if not inside.any() or inside.all():
        raise InputError(f"label {label} fills none or all of the image: it has no thickness")
    distance = scipy.ndimage.distance_transform_edt(inside, sampling=spacing)
    thickness = np.zeros(labels.shape)
    smallest = distance[inside].min()
    for radius in np.linspace(smallest, distance.max(), sizes)[::-1]:
        centres = distance >= radius
        covered = scipy.ndimage.distance_transform_edt(~centres, sampling=spacing) < radius
        thickness[inside & covered & (thickness == 0)] = 2 * radius - spacing.min() / 2
    return thickness
