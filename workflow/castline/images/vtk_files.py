"""VTK images: .vti, which castline writes, and legacy .vtk structured points."""

import math
import re
from functools import partial
from pathlib import Path

import numpy as np

from castline.base.errors import InputError, printable
from castline.base.files import write_atomically
from castline.images import legacy_vtk, vti
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
    path = Path(path)
    shapes = {np.shape(field)[:3] for field in fields.values()}
    if len(shapes) != 1 or len(shape := next(iter(shapes))) != 3:
        raise InputError(f"{path}: a VTI file needs 3-D fields of one shape, got {sorted(shapes)}")
    spacing = np.broadcast_to(np.asarray(spacing_m, dtype=np.float64), 3)
    if not (np.isfinite(spacing).all() and (spacing > 0).all()):
        raise InputError(f"voxel edge lengths must be positive and finite, got {spacing_m}")
    flags = {} if periodic is None else {PERIODIC: np.asarray(periodic, dtype=np.uint8)}
    content = vti.vti_content(
        vti.Grid(
            extent=tuple(end for n in shape for end in (0, n)),
            spacing=tuple(spacing),
            origin=tuple(origin_m),
            direction=np.eye(3) if direction is None else np.asarray(direction, float),
            cells={name: partial(_flat, np.asarray(field)) for name, field in fields.items()},
            points={},
            fields={name: partial(_flat, field) for name, field in flags.items()},
        )
    )
    write_atomically(path, content)


def _flat(field):
    """(n,) or (n, 3), x fastest, of a field (nx, ny, nz) or (nx, ny, nz, 3)."""
    return field.reshape(-1, *field.shape[3:], order="F")


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
    try:
        values = _field(path, grid, field)
        periodic = _periodic(path, grid)
    except vti.DamagedError as error:
        raise InputError(f"{path}: damaged VTK file: {printable(str(error), 200)}") from None
    direction = grid.direction
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
        periodic=periodic,
    )


def _read_grid(path):
    """The image in a file.

    Raises
    ------
    InputError
        It is damaged, or has no voxels.
    """
    read = legacy_vtk.read_grid if path.suffix.lower() == ".vtk" else vti.read_grid
    try:
        grid = read(path.read_bytes())
    except vti.DamagedError as error:
        raise InputError(f"{path}: damaged VTK file: {printable(str(error), 200)}") from None
    if min(grid.dimensions) < 1 or max(grid.dimensions) < 2:
        raise InputError(f"{path}: damaged VTK file: no voxels")
    return grid


def _field(path, grid, field):
    cells, points = list(grid.cells), list(grid.points)
    named = printable(", ".join(cells + [POINTS + name for name in points]), 200) or "none"
    shape = grid.cell_shape
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
        data = grid.cells[field]()
    elif field.startswith(POINTS) and field.removeprefix(POINTS) in points:
        data, shape = grid.points[field.removeprefix(POINTS)](), grid.dimensions
    else:
        raise InputError(f"{path}: no field {field!r}; it has {named}")
    if data.ndim != 1:
        raise InputError(f"{path}: field {field!r} holds vectors, labels are single numbers")
    return data.reshape(shape, order="F")


def _periodic(path, grid):
    if PERIODIC not in grid.fields:
        return None
    flags = grid.fields[PERIODIC]()
    if flags.shape != (3,):
        raise InputError(f"{path}: {PERIODIC} must have three flags, it has {flags.size}")
    return tuple(bool(flag) for flag in flags)


def _check_extents(path, head):
    """No memory is asked for an image that the file cannot hold."""
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
