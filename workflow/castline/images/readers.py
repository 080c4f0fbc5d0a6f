"""Images as groups keep them: one reader for every format, see docs/images.md."""

from pathlib import Path

from castline.base.errors import CastlineError, InputError, printable
from castline.images.volume import Volume

FORMATS = (
    ".tif, .tiff, .vti, .vtk, .npy, .npz, .raw, .h5, .hdf5, .nrrd, or a folder of .tif, .png or "
    ".bmp slices"
)
WITH_FIELDS = (".vti", ".vtk", ".npz", ".h5", ".hdf5")
WITH_AXES = (".vti", ".vtk", ".nrrd")


def read_image(path, field=None, order=None, raw_shape=None, raw_type=None) -> Volume:
    """Read a 3-D image of any supported format.

    Parameters
    ----------
    path : path
    field : str, optional
        VTK field, HDF5 dataset or .npz array, where the file holds more than one.
    order : str, optional
        Axes of the array, ``zyx`` or ``xyz``, where the file does not declare them.
    raw_shape : 3 ints, optional
        Voxels along x, y, z of a .raw file.
    raw_type : str, optional
        Type of its numbers, one of `castline.images.arrays.RAW_TYPES`.

    Raises
    ------
    InputError
        If the file is missing, damaged, incomplete, of another format or not 3-D, or an option
        does not fit the format; one line.
    """
    path = Path(path)
    if not path.exists():
        raise InputError(f"{path}: no such file")
    suffix = "" if path.is_dir() else path.suffix.lower()
    if field is not None and suffix not in WITH_FIELDS:
        raise InputError(f"{path}: --field is for {', '.join(WITH_FIELDS)}")
    if order is not None and suffix in WITH_AXES:
        raise InputError(f"{path}: the format says which axis is which; leave out --order")
    if suffix != ".raw" and (raw_shape is not None or raw_type is not None):
        raise InputError(f"{path}: --raw-shape and --raw-type are for .raw files")
    try:
        return _read(path, suffix, field, order, raw_shape, raw_type)
    except CastlineError:
        raise
    except Exception as error:  # whatever a damaged file makes its reader raise
        reason = printable(" ".join(str(error).split()), 200) or type(error).__name__
        raise InputError(f"{path}: cannot be read: {reason}") from error


def _read(path, suffix, field, order, raw_shape, raw_type):
    from castline.images import arrays, slices, tiff, vtk_files

    if path.is_dir():
        return slices.read_slices(path, order)
    if suffix in slices.TIFF:
        return tiff.read_tiff(path, order)
    if suffix in (".vti", ".vtk"):
        return vtk_files.read_vtk(path, field)
    if suffix == ".npy":
        return arrays.read_npy(path, order)
    if suffix == ".npz":
        return arrays.read_npz(path, field, order)
    if suffix == ".raw":
        return arrays.read_raw(path, raw_shape, raw_type, order)
    if suffix in (".h5", ".hdf5"):
        return arrays.read_hdf5(path, field, order)
    if suffix == ".nrrd":
        return arrays.read_nrrd(path)
    if suffix in slices.PILLOW:
        raise InputError(f"{path}: one picture is no 3-D image; name the folder of slices")
    raise InputError(f"{path}: unknown image format; give {FORMATS}")
