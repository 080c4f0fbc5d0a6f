"""150 damaged images, the same on every run: each is read right or refused in one line.

Bytes are cut off, taken out or put in at random places. A changed value of a pixel is no damage
that a file without checksums can show, so no byte is only changed.
"""

import h5py
import nrrd
import numpy as np
import pytest
import pyvista
import tifffile
from PIL import Image

from castline.base.errors import InputError
from castline.images.readers import read_image

SHAPE = (9, 11, 14)
LABELS = np.random.default_rng(5).integers(0, 4, SHAPE).astype(np.uint8)
ZYX = np.ascontiguousarray(LABELS.transpose(2, 1, 0))
PER_FORMAT = 10


def write_pillow(path, **options):
    first, *others = [Image.fromarray(page) for page in ZYX]
    first.save(path, save_all=True, append_images=others, **options)


def write_vtk(path):
    grid = pyvista.ImageData(dimensions=[n + 1 for n in SHAPE], spacing=(2e-7,) * 3)
    grid.cell_data["phase"] = LABELS.ravel(order="F")
    grid.save(path)


def write_hdf5(path):
    with h5py.File(path, "w") as file:
        file.create_dataset("labels", data=LABELS, compression="gzip", fletcher32=True)


def write_slices(path):
    for k, page in enumerate(ZYX):
        Image.fromarray(page).save(path.with_name(f"s{k + 1}{path.suffix}"))


IMAGEJ = {"imagej": True, "metadata": {"axes": "ZYX", "unit": "um", "spacing": 0.2}}
WRITERS = {
    "tifffile.tif": lambda path: tifffile.imwrite(path, ZYX),
    "pillow.tif": write_pillow,
    "lzw.tif": lambda path: write_pillow(path, compression="tiff_lzw"),
    "zlib.tif": lambda path: tifffile.imwrite(path, ZYX, compression="zlib"),
    "imagej.tif": lambda path: tifffile.imwrite(path, ZYX, resolution=(5, 5), **IMAGEJ),
    "a.ome.tif": lambda path: tifffile.imwrite(path, ZYX, ome=True, metadata={"axes": "ZYX"}),
    "big.tif": lambda path: tifffile.imwrite(path, ZYX, bigtiff=True),
    "a.vti": write_vtk,
    "a.vtk": write_vtk,
    "a.npy": lambda path: np.save(path, LABELS),
    "a.npz": lambda path: np.savez_compressed(path, LABELS),
    "a.h5": write_hdf5,
    "a.nrrd": lambda path: nrrd.write(str(path), LABELS, index_order="F"),
    "a.raw": lambda path: path.write_bytes(ZYX.tobytes()),
    "s7.png": write_slices,
}


def mutate(content, rng):
    """Cut the end off, take a piece out, or put one in."""
    at = int(rng.integers(len(content)))
    length = int(rng.integers(1, max(2, len(content) // 3)))
    kind = rng.integers(3)
    if kind == 0:
        return content[:at]
    if kind == 1:
        return content[:at] + content[at + length :]
    return content[:at] + rng.bytes(length) + content[at:]


def test_there_are_150():
    assert len(WRITERS) * PER_FORMAT == 150


@pytest.mark.parametrize("name", WRITERS)
def test_damaged_images_are_read_right_or_refused_in_one_line(tmp_path, capfd, name):
    path = tmp_path / name
    WRITERS[name](path)
    source = tmp_path if name.startswith("s7") else path
    options = {"raw_shape": SHAPE, "raw_type": "uint8"} if path.suffix == ".raw" else {}
    content = path.read_bytes()
    np.testing.assert_array_equal(read_image(source, **options).to_xyz(), LABELS)
    refusals = []
    for seed in range(PER_FORMAT):
        path.write_bytes(mutate(content, np.random.default_rng(seed)))
        try:
            labels = read_image(source, **options).to_xyz()
        except InputError as error:
            refusals.append(str(error))
        else:
            np.testing.assert_array_equal(labels, LABELS, err_msg=f"seed {seed}")
    assert refusals
    for message in refusals:
        assert name in message
        assert len(message.splitlines()) == 1, message
    shown = capfd.readouterr()
    assert shown.out + shown.err == ""
