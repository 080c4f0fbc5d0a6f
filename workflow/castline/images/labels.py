"""From an image to labels: grey-value thresholds, label maps, cropping."""

import itertools
from dataclasses import dataclass, replace

import numpy as np

from castline.base.errors import InputError
from castline.images.volume import AXES, Volume, edge_lengths_m


@dataclass(frozen=True)
class LabelImage:
    """Labels on voxels of known size.

    Attributes
    ----------
    labels : array (nx, ny, nz) of uint8
    spacing_m : 3 floats
    spacing_source : str
    volume : Volume
        What was read, cropped.
    """

    labels: np.ndarray
    spacing_m: tuple[float, float, float]
    spacing_source: str
    volume: Volume


def label_image_of(
    volume: Volume, path, voxel_um=None, ignore_spacing=False, mapped=None, thresholds=None
) -> LabelImage:
    """Labels 0 to 255 of an image and its voxels' edge lengths.

    Parameters
    ----------
    volume : Volume
    path : for messages
    voxel_um, ignore_spacing
        As `castline.images.volume.edge_lengths_m` takes them.
    mapped : dict of int to int, optional
        Label by value of the image; values not named keep theirs.
    thresholds : sequence of float, optional
        Rising grey values; a voxel's label is how many of them it reaches.

    Raises
    ------
    InputError
        If the values are no labels 0 to 255, a mapped value is not there, or the edge lengths are
        not known.
    """
    if mapped and thresholds:
        raise InputError("--map and --threshold exclude each other")
    values = volume.to_xyz()
    if values.dtype == np.bool_:
        values = values.astype(np.uint8)
    if np.issubdtype(values.dtype, np.integer) or np.issubdtype(values.dtype, np.floating):
        if thresholds:
            labels = _above(values, thresholds, path)
        else:
            labels = _as_labels(_mapped(values, mapped, path) if mapped else values, path)
    else:
        raise InputError(f"{path}: labels must be whole numbers, got {values.dtype}")
    spacing_m, source = edge_lengths_m(path, volume.spacing, voxel_um, ignore_spacing)
    return LabelImage(np.ascontiguousarray(labels), spacing_m, source, volume)


def cropped(volume: Volume, path, ranges: dict[str, tuple[int, int]]) -> Volume:
    """Part of an image: voxels from the first up to, not with, the last of each axis named.

    The origin does not move with it: `cropped_origin_m` gives the new one.

    Raises
    ------
    InputError
        If a range is empty or leaves the image.
    """
    part = [slice(None)] * 3
    for axis, (first, last) in ranges.items():
        k = volume.axes.index(axis)
        size = volume.values.shape[k]
        if not 0 <= first < last <= size:
            raise InputError(
                f"{path}: --crop {axis}={first}:{last} is not within its {size} voxels along {axis}"
            )
        part[k] = slice(first, last)
    periodic = volume.periodic
    if periodic is not None:
        whole = [
            volume.to_xyz().shape[k] == ranges.get(a, (0, 0))[1] - ranges.get(a, (0, 0))[0]
            or a not in ranges
            for k, a in enumerate(AXES)
        ]
        periodic = tuple(p and w for p, w in zip(periodic, whole, strict=True))
    return replace(volume, values=volume.values[tuple(part)], periodic=periodic)


def cropped_origin_m(volume: Volume, spacing_m, ranges) -> tuple[float, float, float]:
    """Corner of the first voxel that is left after `cropped`."""
    offset = [ranges.get(a, (0, 0))[0] * h for a, h in zip(AXES, spacing_m, strict=True)]
    corner = np.array(volume.origin_m) + np.array(volume.direction) @ np.array(offset)
    return tuple(corner.tolist())


def _above(values, thresholds, path):
    rising = all(a < b for a, b in itertools.pairwise(thresholds))
    if not rising or not np.isfinite(thresholds).all():
        raise InputError(f"--threshold takes rising numbers, got {' '.join(map(str, thresholds))}")
    if np.isnan(values).any():
        raise InputError(f"{path}: has voxels that are no number (NaN)")
    labels = np.zeros(values.shape, dtype=np.uint8)
    for threshold in thresholds:
        labels += values >= threshold
    return labels


def _mapped(values, mapped, path):
    result = (
        values.astype(np.float64)
        if np.issubdtype(values.dtype, np.floating)
        else (values.astype(np.int64))
    )
    for value, label in mapped.items():
        where = values == value
        if not where.any():
            raise InputError(f"{path}: --map {value}={label}: has no voxel of value {value}")
        result[where] = label
    return result


def _as_labels(values, path):
    low, high = values.min(), values.max()
    if not (low >= 0 and high <= 255):
        raise InputError(
            f"{path}: labels must lie between 0 and 255, found {low} to {high}; --map {high:g}=1 "
            "or --threshold make labels of them"
        )
    labels = values.astype(np.uint8)
    if np.issubdtype(values.dtype, np.floating) and (labels != values).any():
        raise InputError(
            f"{path}: labels must be whole numbers; this looks like a grey-value image, "
            "--threshold makes labels of it"
        )
    return labels
