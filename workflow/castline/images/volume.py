"""A 3-D image as a file holds it: its values, which axis is which, its voxels' edge lengths."""

from dataclasses import dataclass, replace

import numpy as np

from castline.base.errors import InputError, printable

AXES = "xyz"
# Edge lengths outside this range were given in another unit.
VOXEL_UM_RANGE = (1e-3, 1e3)
# Programs write edge lengths as rational numbers or rounded: agreement means within this share.
SPACING_TOLERANCE = 1e-3

METRES = {
    **dict.fromkeys(("m", "meter", "metre", "meters", "metres"), 1.0),
    **dict.fromkeys(("cm", "centimeter", "centimetre"), 1e-2),
    **dict.fromkeys(("mm", "millimeter", "millimetre", "millimeters"), 1e-3),
    **dict.fromkeys(
        ("um", "µm", "μm", "micron", "microns", "micrometer", "micrometre", "micrometers"), 1e-6
    ),
    **dict.fromkeys(("nm", "nanometer", "nanometre", "nanometers"), 1e-9),
    **dict.fromkeys(("å", "angstrom", "ångström"), 1e-10),
    **dict.fromkeys(("in", "inch"), 0.0254),
}


@dataclass(frozen=True)
class Spacing:
    """Voxel edge lengths that a file declares.

    Attributes
    ----------
    edges : along x, y, z; None where the file does not say.
    unit_m : length of the unit in m; None if the file names none.
    source : what declares them, for messages.
    """

    edges: tuple[float | None, float | None, float | None]
    unit_m: float | None
    source: str


@dataclass(frozen=True)
class Volume:
    """A 3-D array and what its file says about it.

    Attributes
    ----------
    values : array (n0, n1, n2)
        As the file indexes it.
    axes : str
        Name of each array axis, such as ``zyx``.
    axes_source : str
        Why they are called so.
    spacing : Spacing, or None where the file has none.
    origin_m : 3 floats
        Corner of the first voxel.
    direction : array (3, 3)
        Columns are the directions of the image's x, y, z in space.
    periodic : 3 bools, or None
        By axis x, y, z, where castline wrote the image of a film of its own; None for any other.
    notes : tuple of str
        What a reader of the result should know about how the file was read.
    """

    values: np.ndarray
    axes: str
    axes_source: str
    spacing: Spacing | None = None
    origin_m: tuple[float, float, float] = (0.0, 0.0, 0.0)
    direction: tuple = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
    periodic: tuple[bool, bool, bool] | None = None
    notes: tuple[str, ...] = ()

    def to_xyz(self) -> np.ndarray:
        """The values indexed [x, y, z], without copying them."""
        return self.values.transpose([self.axes.index(axis) for axis in AXES])

    def axes_text(self) -> str:
        """Which array axis is which, in words."""
        named = ", ".join(f"{axis} = axis {self.axes.index(axis)}" for axis in AXES)
        return f"{named} of the array {self.values.shape} ({self.axes_source})"


def ordered(values, path, order, declared, convention) -> Volume:
    """A Volume of an array whose axes are declared, given by the user, or else the convention's.

    Parameters
    ----------
    order : str, or None
        Axes that the user says, such as ``zyx``.
    declared : str, or None
        Axes that the file declares.
    convention : (str, str)
        Axes where neither does, and the name of that convention.

    Raises
    ------
    InputError
        If the array is not 3-D, or the user contradicts the file.
    """
    if values.ndim != 3 or values.size == 0:
        raise InputError(f"{path}: a 3-D label image is needed, this one has shape {values.shape}")
    if order and declared and order != declared:
        raise InputError(f"{path}: --order {order} contradicts the file, which declares {declared}")
    if declared:
        return Volume(values, declared, "declared by the file")
    if order:
        return Volume(values, order, "by --order")
    axes, name = convention
    other = "zyx" if axes == "xyz" else "xyz"
    return Volume(values, axes, f"{name}; --order {other} if not so")


def with_spacing(volume: Volume, edges, unit_m, source) -> Volume:
    """The same image with its edge lengths, given by array axis."""
    by_axis = dict(zip(volume.axes, edges, strict=True))
    return replace(volume, spacing=Spacing(tuple(by_axis[a] for a in AXES), unit_m, source))


def unit_in_metres(name: str) -> float | None:
    """Length of a unit in m; None for a name that is no length, such as ``pixel``."""
    return METRES.get(name.strip().lower())


def edge_lengths_m(path, declared: Spacing | None, voxel_um=None, ignore_file=False):
    """Voxel edge lengths along x, y, z in m, and where they come from.

    Parameters
    ----------
    declared : Spacing, or None
        What the file says.
    voxel_um : sequence of 3 floats, optional
        What the user says, um.
    ignore_file : bool
        Whether the user wants what the file says ignored.

    Raises
    ------
    InputError
        If neither says it, if they contradict each other by more than 0.1 %, or if a length is no
        plausible voxel of 0.001 to 1000 um.
    """
    if ignore_file and voxel_um is None:
        raise InputError("--ignore-spacing needs --voxel-um")
    if declared is not None and not ignore_file:
        _check_declared(path, declared)
        if voxel_um is None:
            return _declared_lengths_m(path, declared)
        _check_agreement(path, declared, voxel_um)
    if voxel_um is None:
        raise InputError(f"{path}: has no voxel edge length; give it with --voxel-um")
    return tuple(1e-6 * float(edge) for edge in voxel_um), "--voxel-um"


def _shown(edges) -> str:
    return " x ".join("?" if edge is None else f"{edge:.6g}" for edge in edges)


def is_plausible_m(length) -> bool:
    low, high = VOXEL_UM_RANGE
    return low * (1 - SPACING_TOLERANCE) <= length * 1e6 <= high * (1 + SPACING_TOLERANCE)


def _check_declared(path, declared):
    known = [edge for edge in declared.edges if edge is not None]
    if not all(np.isfinite(edge) and edge > 0 for edge in known):
        raise InputError(
            f"{path}: {declared.source} gives voxels of {_shown(declared.edges)}, which must be "
            "positive; --voxel-um with --ignore-spacing overrides it"
        )
    if declared.unit_m is not None:
        for edge in known:
            if not is_plausible_m(edge * declared.unit_m):
                low, high = VOXEL_UM_RANGE
                raise InputError(
                    f"{path}: {declared.source} gives voxels of {_in_um(declared)} um, not between "
                    f"{low:g} and {high:g}; --voxel-um with --ignore-spacing overrides it"
                )


def _in_um(declared):
    return _shown([None if e is None else e * declared.unit_m * 1e6 for e in declared.edges])


def _declared_lengths_m(path, declared):
    if declared.unit_m is None:
        raise InputError(
            f"{path}: {declared.source} gives voxels of {_shown(declared.edges)} without a unit of "
            "length; give them in micrometres with --voxel-um"
        )
    if None in declared.edges:
        raise InputError(
            f"{path}: {declared.source} gives voxels of {_in_um(declared)} um (x y z); give all "
            "three with --voxel-um"
        )
    return tuple(float(e) * declared.unit_m for e in declared.edges), declared.source


def _check_agreement(path, declared, voxel_um):
    pairs = [(e, um) for e, um in zip(declared.edges, voxel_um, strict=True) if e is not None]
    if declared.unit_m is not None:
        ratios = [e * declared.unit_m * 1e6 / um for e, um in pairs]
        said = f"{_in_um(declared)} um"
    elif all(e == 1 for e, _ in pairs):
        return  # what programs write that know no spacing
    else:
        ratios = [e / um * pairs[0][1] / pairs[0][0] for e, um in pairs]
        said = f"{_shown(declared.edges)} (no unit)"
    if any(abs(ratio - 1) > SPACING_TOLERANCE for ratio in ratios):
        raise InputError(
            f"{path}: --voxel-um {_shown(voxel_um)} contradicts {declared.source}, which gives "
            f"{printable(said)}; leave it out, or add --ignore-spacing"
        )
