"""Arrays in files: NumPy .npy and .npz, raw bytes, HDF5, NRRD."""

import json
import math
from dataclasses import replace

import numpy as np

from castline.base.errors import InputError, printable
from castline.images.volume import Volume, ordered, unit_in_metres, with_spacing

NUMPY = ("xyz", "NumPy: [x, y, z]")
HDF5 = ("xyz", "HDF5: [x, y, z]")
RAW = ("zyx", "raw: x varies fastest")
RAW_TYPES = {
    "uint8": "u1",
    "int8": "i1",
    **{
        f"{kind}{bits}{end}": f"{mark}{kind[0]}{bits // 8}"
        for kind, sizes in (("uint", (16, 32)), ("int", (16, 32)), ("float", (32, 64)))
        for bits in sizes
        for end, mark in (("le", "<"), ("be", ">"))
    },
}
# Deflate shrinks by at most this factor.
MAX_EXPANSION = 1100


def read_npy(path, order=None) -> Volume:
    """Read a .npy array, indexed [x, y, z] unless `order` says otherwise."""
    with path.open("rb") as file:
        values = np.lib.format.read_array(file, allow_pickle=False)
        rest = len(file.read())
    if rest:
        raise InputError(f"{path}: has {rest} bytes more than its array of {values.shape} needs")
    return ordered(values, path, order, None, NUMPY)


def read_npz(path, field=None, order=None) -> Volume:
    """Read one array of a .npz file, the only one with three axes unless `field` names it."""
    with np.load(path, allow_pickle=False) as file:
        if field is not None and field not in file.files:
            raise InputError(f"{path}: no array {field!r}; it has {', '.join(file.files)}")
        if field is None:
            if len(file.files) != 1:
                found = printable(", ".join(file.files), 200) or "none"
                raise InputError(f"{path}: name one array with --field; it has {found}")
            field = file.files[0]
        return ordered(file[field], path, order, None, NUMPY)


def read_raw(path, shape, kind, order=None) -> Volume:
    """Read a file of bare numbers.

    Parameters
    ----------
    shape : 3 ints
        Voxels along x, y, z.
    kind : str
        One of `RAW_TYPES`.
    order : str
        ``zyx`` (the default): x varies fastest; ``xyz``: z varies fastest.

    Raises
    ------
    InputError
        If the file's size is not that of such an image.
    """
    if shape is None or kind is None:
        raise InputError(f"{path}: a .raw file needs --raw-shape NX NY NZ and --raw-type")
    dtype = np.dtype(RAW_TYPES[kind])
    needed, size = math.prod(shape) * dtype.itemsize, path.stat().st_size
    if size != needed:
        raise InputError(
            f"{path}: {size} bytes, but {' x '.join(map(str, shape))} of {kind} are {needed}"
        )
    axes = order or RAW[0]
    values = np.fromfile(path, dtype).reshape([shape["xyz".index(axis)] for axis in axes])
    return ordered(values, path, order, None, RAW)


def read_hdf5(path, field=None, order=None) -> Volume:
    """Read one 3-D dataset of an HDF5 file, the only one unless `field` names it.

    Its axes are its dimension labels, or the keys of ilastik's ``axistags``; without them z, y, x
    if it has ``element_size_um`` (which Fiji and ilastik write in that order), else x, y, z.

    Raises
    ------
    InputError
        If there is no such dataset, or if what it says of its axes cannot be used.
    """
    import h5py

    with h5py.File(path, "r") as file:
        dataset = _dataset(path, file, field)
        declared = _declared_axes(path, dataset)
        sizes = dataset.attrs.get("element_size_um")
        convention = HDF5 if sizes is None else ("zyx", "HDF5 with element_size_um: [z, y, x]")
        # A chunk that was never written is read as zeros; stored bytes tell.
        if dataset.id.get_storage_size() == 0:
            raise InputError(f"{path}: dataset {dataset.name} was never written")
        volume = ordered(dataset[()], path, order, declared, convention)
        if sizes is None:
            return volume
        sizes = np.ravel(np.asarray(sizes, dtype=float))
        if sizes.size != 3:
            raise InputError(f"{path}: element_size_um must have three numbers, it has {sizes}")
        return with_spacing(volume, sizes.tolist(), 1e-6, "element_size_um")


def _dataset(path, file, field):
    import h5py

    volumes = []

    def visit(name, item):
        if isinstance(item, h5py.Dataset) and item.ndim == 3:
            volumes.append(name)

    file.visititems(visit)
    found = printable(", ".join(volumes), 200) or "none"
    if field is None:
        if len(volumes) != 1:
            raise InputError(f"{path}: name one 3-D dataset with --field; it holds {found}")
        field = volumes[0]
    if field not in file or not isinstance(file[field], h5py.Dataset):
        raise InputError(f"{path}: no dataset {field!r}; 3-D: {found}")
    return file[field]


def _declared_axes(path, dataset):
    labels = [dimension.label.strip().lower() for dimension in dataset.dims]
    source = "dimension labels"
    if not any(labels) and "axistags" in dataset.attrs:
        tags = json.loads(dataset.attrs["axistags"])["axes"]
        labels, source = [tag["key"] for tag in tags], "axistags"
    if not any(labels):
        return None
    axes = "".join(labels)
    if sorted(labels) != ["x", "y", "z"]:
        raise InputError(
            f"{path}: {source} of {dataset.name} are {printable(', '.join(labels))}; x, y, z are "
            "needed, in any order"
        )
    return axes


def read_nrrd(path) -> Volume:
    """Read a .nrrd image; its first axis is x.

    Voxel edges are the lengths of its space directions, or its spacings, in its unit.

    Raises
    ------
    InputError
        If it is not a 3-D image in one file on axes at right angles.
    """
    import nrrd

    with path.open("rb") as file:
        header = nrrd.read_header(file)
        if {"data file", "datafile"} & set(header):
            raise InputError(f"{path}: its data are in another file; save header and data as one")
        promised = math.prod(int(n) for n in header["sizes"])
        if promised > MAX_EXPANSION * path.stat().st_size:
            raise InputError(f"{path}: promises {promised} voxels, far more than the file can hold")
        values = nrrd.read_data(header, file, path, index_order="F")
    volume = ordered(values, path, None, "xyz", RAW)
    units = list(header.get("space units") or header.get("units") or ())
    unit_m = unit_in_metres(units[0]) if units and len(set(units)) == 1 else None
    if "space directions" in header:
        return _oriented(path, volume, header, unit_m)
    if "spacings" not in header:
        return volume
    return with_spacing(volume, [float(edge) for edge in header["spacings"]], unit_m, "NRRD")


def _oriented(path, volume, header, unit_m):
    vectors = np.asarray(header["space directions"], dtype=float)
    lengths = np.linalg.norm(vectors, axis=-1) if vectors.shape == (3, 3) else np.zeros(3)
    if not (np.isfinite(lengths).all() and (lengths > 0).all()):
        raise InputError(f"{path}: space directions must be three vectors along x, y, z")
    units = vectors / lengths[:, None]
    if np.abs(units @ units.T - np.eye(3)).max() > 1e-3:
        raise InputError(f"{path}: its axes are not at right angles")
    volume = with_spacing(volume, lengths.tolist(), unit_m, "NRRD")
    direction = tuple(map(tuple, units.T.tolist()))
    origin = (0.0, 0.0, 0.0)
    if unit_m is not None and "space origin" in header:
        # NRRD's origin is the centre of the first voxel.
        corner = np.asarray(header["space origin"], dtype=float) - vectors.sum(axis=0) / 2
        origin = tuple((corner * unit_m).tolist())
    return replace(volume, direction=direction, origin_m=origin)
