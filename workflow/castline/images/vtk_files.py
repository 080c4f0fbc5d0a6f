"""VTK images: .vti, which castline writes, and legacy .vtk structured points."""

import contextlib
import errno
import logging
import math
import re
import warnings
from pathlib import Path

import numpy as np

from castline.base.errors import InputError, printable
from castline.base.files import publishing
from castline.images.volume import Spacing, Volume, is_plausible_m, ordered

HEAD_BYTES = 10_000
# Deflate cannot shrink anything further; labels take a byte each.
MAX_EXPANSION = 1100
# Field data that castline gives the images of its films: which axes are periodic.
PERIODIC = "castline_periodic"
POINTS = "point:"


def write_vti(path, fields, spacing_m, origin_m=(0.0, 0.0, 0.0), *, direction=None, periodic=None):
    """Write cell data to a VTK image file that ParaView opens; lengths are in metres.

    Parameters
    ----------
    path : path
        File to write, ending in ``.vti``. Written beside and renamed, so it is never half there.
    fields : dict of str to array (nx, ny, nz) or (nx, ny, nz, 3)
        Cell data by name, for example ``{"phase": image}``.
    spacing_m : float or sequence of 3 floats
    origin_m : sequence of 3 floats
    direction : array (3, 3), optional
        Columns are the directions of x, y, z in space.
    periodic : sequence of 3 bools, optional
        For an image of a film of castline's own: which of its axes are periodic.

    Raises
    ------
    InputError
        If there is no field or the fields differ in shape.
    OSError
        If the file cannot be written to its end.
    """
    import pyvista

    path = Path(path)
    shapes = {np.shape(field)[:3] for field in fields.values()}
    if len(shapes) != 1 or len(next(iter(shapes))) != 3:
        raise InputError(f"{path}: a VTI file needs 3-D fields of one shape, got {sorted(shapes)}")
    spacing = np.broadcast_to(np.asarray(spacing_m, dtype=np.float64), 3)
    if not (np.isfinite(spacing).all() and (spacing > 0).all()):
        raise InputError(f"voxel edge lengths must be positive and finite, got {spacing_m}")
    grid = pyvista.ImageData(
        dimensions=[n + 1 for n in shapes.pop()],
        spacing=tuple(spacing),
        origin=tuple(float(x) for x in origin_m),
    )
    if direction is not None:
        grid.direction_matrix = np.asarray(direction, dtype=np.float64)
    if periodic is not None:
        grid.field_data[PERIODIC] = np.asarray(periodic, dtype=np.uint8)
    for name, field in fields.items():
        field = np.asarray(field)
        if field.ndim == 3:
            grid.cell_data[name] = field.ravel(order="F")
        else:
            grid.cell_data[name] = field.reshape(-1, field.shape[3], order="F")
    with publishing(path) as beside:
        grid.save(beside)
        if not _is_whole(beside):  # VTK only logs that it could not write
            raise OSError(errno.EIO, "cut short; is the disk full?", str(path))


def read_vti(path, field=None):
    """Read one cell-data field from a VTK image file with lengths in metres.

    Parameters
    ----------
    path : path
    field : str, optional
        Name of the field; may be left out where the file has one field or one named ``phase``.

    Returns
    -------
    values : array (nx, ny, nz)
    spacing_m : tuple of 3 floats
    origin_m : tuple of 3 floats

    Raises
    ------
    InputError
        If the file is missing, unreadable, or does not hold the field.
    """
    volume = read_vtk(path, field)
    return np.ascontiguousarray(volume.values), volume.spacing.edges, volume.origin_m


def read_vtk(path, field=None) -> Volume:
    """Read one field of a .vti or legacy .vtk image.

    Parameters
    ----------
    path : path
    field : str, optional
        Name of the field of cell data, or ``point:NAME`` for a field of point data, each point of
        which is taken as a voxel. May be left out where there is one field of cell data, or one
        named ``phase``.

    Raises
    ------
    InputError
        If the file is missing, damaged, no regular image, or does not hold the field.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"{path}: no such file")
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if path.suffix.lower() == ".vtk":
        if not head.startswith(b"# vtk DataFile"):
            raise InputError(f"{path}: not a legacy VTK file")
        _check_legacy(path, head)
    else:
        if b"<VTKFile" not in head[:400]:
            raise InputError(f"{path}: not a VTK XML image file")
        _check_extents(path, head)
        if not _is_whole(path):
            raise InputError(f"{path}: cut short: its last bytes are not </VTKFile>")
    grid = _read_grid(path)
    values = _field(path, grid, field)
    if path.suffix.lower() == ".vtk" and re.search(rb"^BINARY\s*$", head, re.MULTILINE):
        _check_legacy_data(path, values)
    direction = np.array(grid.direction_matrix)
    low = np.array(grid.extent[0::2]) * np.array(grid.spacing)
    if field is not None and field.startswith(POINTS):
        low = low - np.array(grid.spacing) / 2
    edges = tuple(float(edge) for edge in grid.spacing)
    plausible = all(np.isfinite(edge) and is_plausible_m(edge) for edge in edges)
    spacing = Spacing(edges, 1.0, "VTK, in metres") if plausible else Spacing(edges, None, "VTK")
    volume = ordered(values, path, None, "xyz", ("xyz", "VTK"))
    return Volume(
        values=volume.values,
        axes=volume.axes,
        axes_source=volume.axes_source,
        spacing=spacing,
        origin_m=tuple((np.array(grid.origin) + direction @ low).tolist()),
        direction=tuple(map(tuple, direction.tolist())),
        periodic=_periodic(path, grid),
    )


def _read_grid(path):
    import pyvista

    with _silent_vtk() as errors:
        grid = pyvista.read(path)
    if not isinstance(grid, pyvista.ImageData):
        raise InputError(f"{path}: holds {type(grid).__name__}, no image of equal voxels")
    if errors or grid.n_cells == 0:
        reason = printable(" ".join(str(errors[0]).split()), 200) if errors else "no voxels"
        raise InputError(f"{path}: damaged VTK file: {reason}")
    return grid


@contextlib.contextmanager
def _silent_vtk():
    """VTK and PyVista report faults on the terminal; collect them instead."""
    import pyvista

    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with (
            warnings.catch_warnings(record=True) as caught,
            pyvista.vtk_verbosity("off"),
            pyvista.VtkErrorCatcher(send_to_logging=False) as catcher,
        ):
            warnings.simplefilter("always")
            errors = []
            yield errors
            errors += [event.alert for event in catcher.events]
            errors += [str(w.message) for w in caught if "VTK" in str(w.message)]
    finally:
        logging.disable(before)


def _field(path, grid, field):
    cells = list(grid.cell_data.keys())
    points = list(grid.point_data.keys())
    named = printable(", ".join(cells + [POINTS + name for name in points]), 200) or "none"
    shape = tuple(n - 1 for n in grid.dimensions)
    if field is None:
        if not cells:
            raise InputError(
                f"{path}: holds no cell data; fields: {named} (--field point:NAME takes each point "
                "as a voxel)"
            )
        field = "phase" if "phase" in cells else cells[0]
        if field != "phase" and len(cells) > 1:
            raise InputError(f"{path}: name one of its fields: {named}")
    if field in cells:
        data = np.asarray(grid.cell_data[field])
    elif field.startswith(POINTS) and field.removeprefix(POINTS) in points:
        data, shape = np.asarray(grid.point_data[field.removeprefix(POINTS)]), grid.dimensions
    else:
        raise InputError(f"{path}: no field {field!r}; it has {named}")
    if data.ndim != 1:
        raise InputError(f"{path}: field {field!r} holds vectors, labels are single numbers")
    return data.reshape(shape, order="F")


def _periodic(path, grid):
    if PERIODIC not in grid.field_data:
        return None
    flags = np.asarray(grid.field_data[PERIODIC])
    if flags.shape != (3,):
        raise InputError(f"{path}: {PERIODIC} must have three flags, it has {flags.size}")
    return tuple(bool(flag) for flag in flags)


def _check_extents(path, head):
    """VTK ends the whole process when it cannot hold the image that a header promises."""
    for text in re.findall(rb'Extent="([^"]*)"', head):
        try:
            low_high = np.array(text.split(), dtype=np.int64).reshape(3, 2)
        except (ValueError, OverflowError):
            raise InputError(f"{path}: an extent is not six whole numbers") from None
        _check_count(path, [int(high) - int(low) + 1 for low, high in low_high])


def _check_legacy(path, head):
    found = re.search(rb"^DATASET\s+(\S+)", head, re.MULTILINE | re.IGNORECASE)
    if found is None or found[1].upper() != b"STRUCTURED_POINTS":
        kind = printable(found[1].decode("ascii", "replace")) if found else "none"
        raise InputError(f"{path}: dataset {kind}; STRUCTURED_POINTS is needed")
    for text in re.findall(rb"^DIMENSIONS\s+(.*)$", head, re.MULTILINE | re.IGNORECASE):
        try:
            nx, ny, nz = (int(word) for word in text.split())
        except ValueError:
            raise InputError(f"{path}: DIMENSIONS are not three whole numbers") from None
        _check_count(path, (nx, ny, nz))


def _check_legacy_data(path, values):
    """A binary array must end where a line does: VTK takes any bytes that are put in for data."""
    content = path.read_bytes()
    raw = values.ravel(order="F").astype(values.dtype.newbyteorder(">")).tobytes()
    at = content.find(raw)
    if at < 0 or content[at + len(raw) :][:1] not in (b"\n", b""):
        raise InputError(f"{path}: damaged VTK file: its data are not as long as it says")


def _check_count(path, shape):
    points = math.prod(shape)
    if points > MAX_EXPANSION * path.stat().st_size:
        raise InputError(f"{path}: promises {points} points, far more than the file can hold")


def _is_whole(path):
    if not path.is_file():
        return False
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 100))
        return file.read().rstrip().endswith(b"</VTKFile>")
