"""Images of ``castline conductivity``: values, labels, conductivities, mask, voxel size."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from castline.base.errors import InputError
from castline.recipe.phases import Phase


@dataclass(frozen=True)
class Image:
    """An image as the command line says it is to be read."""

    path: Path
    volume: object
    labels: np.ndarray | None
    sigma: np.ndarray  # of each label, or of each voxel where there are no labels
    spacing_m: tuple[float, float, float]
    spacing_source: str
    origin_m: tuple[float, float, float]
    conductivity_s_per_m: dict[int, float]
    fraction: dict[int, float]
    mask: np.ndarray | None
    is_own: bool  # labels are castline's phases

    def sigma_s_per_m(self):
        values = self.sigma if self.labels is None else self.sigma[self.labels]
        return values if self.mask is None else np.where(self.mask, values, 0.0)


def load(path, arguments):
    """The image of a file."""
    from castline.images.labels import cropped, cropped_origin_m, label_image_of
    from castline.images.readers import read_image
    from castline.images.volume import edge_lengths_m
    from castline.images.voxels import volume_fractions

    ranges = dict(arguments.crop)
    whole = read_image(
        path, arguments.field, arguments.order, arguments.raw_shape, arguments.raw_type
    )
    volume = cropped(whole, path, ranges)
    edges_um = None if arguments.voxel_um is None else np.broadcast_to(arguments.voxel_um, 3)
    mask = _mask(arguments, volume, ranges) if arguments.mask else None
    if arguments.voxel_conductivity:
        spacing = edge_lengths_m(path, volume.spacing, edges_um, arguments.ignore_spacing)
        labels, sigma, conductivity, fraction = None, volume.to_xyz(), {}, {}
        if not np.any(sigma):
            raise InputError(f"{path}: no voxel conducts")
    else:
        image = label_image_of(
            volume,
            path,
            edges_um,
            arguments.ignore_spacing,
            dict(arguments.map),
            arguments.threshold,
        )
        labels, spacing = image.labels, (image.spacing_m, image.spacing_source)
        fraction = volume_fractions(labels if mask is None else labels[mask])
    is_own = volume.periodic is not None and not arguments.map and not arguments.threshold
    if labels is not None:
        given = dict(arguments.phase)
        if len(arguments.image) > 1:  # a label may be missing in some images
            given = {label: value for label, value in given.items() if label in fraction}
        conductivity = _conductivities(path, given, fraction, is_own)
        sigma = np.zeros(256)
        for label, value in conductivity.items():
            sigma[label] = value
    return Image(
        path=path,
        volume=volume,
        labels=labels,
        sigma=sigma,
        spacing_m=spacing[0],
        spacing_source=spacing[1],
        origin_m=cropped_origin_m(volume, spacing[0], ranges),
        conductivity_s_per_m=conductivity,
        fraction=fraction,
        mask=mask,
        is_own=is_own,
    )


def _conductivities(path, given, fraction, is_own):
    present = ", ".join(map(str, fraction))
    for label in given:
        if label not in fraction:
            raise InputError(f"{path}: has no label {label}; it has {present}")
    insulating = set(Phase) if is_own else {Phase.PORE}
    for label in fraction:
        if label not in given and label not in insulating:
            raise InputError(
                f"{path}: label {label} has no conductivity; add --phase {label}=..., 0 if it "
                "insulates"
            )
    if not any(given.values()):
        raise InputError(f"{path}: no label conducts, every --phase is 0")
    return {label: given.get(label, 0.0) for label in fraction}


def _mask(arguments, volume, ranges):
    from castline.images.labels import cropped
    from castline.images.readers import WITH_AXES, read_image

    order = None if arguments.mask.suffix.lower() in WITH_AXES else arguments.order
    mask = cropped(read_image(arguments.mask, order=order), arguments.mask, ranges).to_xyz() != 0
    shape = volume.to_xyz().shape
    if mask.shape != shape:
        raise InputError(f"{arguments.mask}: shape {mask.shape}, the image has {shape}")
    if not mask.any():
        raise InputError(f"{arguments.mask}: is 0 everywhere")
    return mask
