"""Label images as groups keep them: VTI, NumPy, TIFF stacks, HDF5."""

from pathlib import Path

import numpy as np

from castline.base.errors import InputError

FORMATS = ".vti, .npy, .tif, .tiff, .h5, .hdf5 or a folder of .tif slices"


def read_labels(path, field=None):
    """Read a label image.

    VTI, NumPy and HDF5 arrays are taken as indexed [x, y, z]. A TIFF stack, one file or a folder of
    slices in the order of their names, holds pages along z, rows along y and columns along x.

    Parameters
    ----------
    path : path
    field : str, optional
        VTI cell field or HDF5 dataset, where the file holds more than one.

    Returns
    -------
    labels : array (nx, ny, nz) of uint8
    spacing_m : tuple of 3 floats, or None
        Voxel edge lengths where the format carries them in metres (VTI).

    Raises
    ------
    InputError
        If the file is missing, damaged, of another format, not 3-D, or does not hold labels
        0 to 255.
    """
    path = Path(path)
    if not path.exists():
        raise InputError(f"{path}: no such file")
    spacing_m = None
    suffix = path.suffix.lower()
    try:
        if path.is_dir():
            values = _read_slices(path)
        elif suffix == ".vti":
            from castline.images.voxels import read_vti

            values, spacing_m, _ = read_vti(path, field)
        elif suffix == ".npy":
            values = np.load(path, allow_pickle=False)
        elif suffix in (".tif", ".tiff"):
            import tifffile

            values = _from_pages(tifffile.imread(path))
        elif suffix in (".h5", ".hdf5"):
            values = _read_hdf5(path, field)
        else:
            raise InputError(f"{path}: unknown image format; give {FORMATS}")
    except (OSError, ValueError, EOFError, KeyError, MemoryError) as error:
        raise InputError(f"{path}: cannot be read: {' '.join(str(error).split())}") from error
    return _as_labels(values, path), spacing_m


def _from_pages(pages):
    return pages.transpose(2, 1, 0) if pages.ndim == 3 else pages


def _read_slices(folder):
    import tifffile

    files = sorted(file for file in folder.iterdir() if file.suffix.lower() in (".tif", ".tiff"))
    if not files:
        raise InputError(f"{folder}: the folder holds no .tif slices")
    slices = [tifffile.imread(file) for file in files]
    for file, image in zip(files, slices, strict=True):
        if image.ndim != 2 or image.shape != slices[0].shape:
            raise InputError(
                f"{file}: a slice must be 2-D of shape {slices[0].shape}, got {image.shape}"
            )
    return _from_pages(np.stack(slices))


def _read_hdf5(path, field):
    import h5py

    with h5py.File(path, "r") as file:
        volumes = []
        file.visititems(
            lambda name, item: (
                volumes.append(name) if isinstance(item, h5py.Dataset) and item.ndim == 3 else None
            )
        )
        if field is None:
            if len(volumes) != 1:
                found = ", ".join(volumes) or "none"
                raise InputError(f"{path}: name one 3-D dataset with --field; it holds {found}")
            field = volumes[0]
        if field not in file or not isinstance(file[field], h5py.Dataset):
            raise InputError(f"{path}: no dataset {field!r}; 3-D: {', '.join(volumes) or 'none'}")
        return file[field][()]


def _as_labels(values, path):
    if values.ndim != 3 or values.size == 0:
        raise InputError(f"{path}: a 3-D label image is needed, this one has shape {values.shape}")
    if values.dtype == np.bool_:
        return values.astype(np.uint8)
    if not np.issubdtype(values.dtype, np.number) or np.iscomplexobj(values):
        raise InputError(f"{path}: labels must be whole numbers, got {values.dtype}")
    low, high = values.min(), values.max()
    if not (low >= 0 and high <= 255):
        raise InputError(f"{path}: labels must lie between 0 and 255, found {low} to {high}")
    labels = values.astype(np.uint8)
    if np.issubdtype(values.dtype, np.floating) and (labels != values).any():
        raise InputError(
            f"{path}: labels must be whole numbers; this looks like a grey-value image"
        )
    return labels
