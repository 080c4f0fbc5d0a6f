"""VTK's own writers and readers against ours, in every encoding that VTK has."""

import itertools

import numpy as np
import pytest
import pyvista
from vtkmodules.vtkCommonDataModel import vtkImageData
from vtkmodules.vtkIOLegacy import vtkDataSetWriter
from vtkmodules.vtkIOXML import vtkXMLImageDataWriter

from castline.base.errors import InputError
from castline.images.vtk_files import read_vti, read_vtk, write_vti

SHAPE = (31, 27, 43)  # more bytes than a block of VTK's compressors
RNG = np.random.default_rng(3)
FIELDS = {
    "phase": RNG.integers(0, 4, SHAPE).astype(np.uint8),
    "particle": RNG.integers(0, 2**31, SHAPE).astype(np.int32),
    "id": RNG.integers(0, 2**62, SHAPE),
    "potential": RNG.normal(size=SHAPE).astype(np.float32),
    "current": RNG.normal(size=SHAPE),
}
POINTS = RNG.normal(size=tuple(n + 1 for n in SHAPE)).astype(np.float32)
MODES = {"ascii": 0, "binary": 1, "appended": 2}
COMPRESSORS = {"none": 0, "zlib": 1, "lz4": 2, "lzma": 3}


@pytest.fixture(scope="module")
def grid():
    grid = pyvista.ImageData(dimensions=[n + 1 for n in SHAPE], spacing=(2e-7, 2.5e-7, 3e-7))
    grid.origin = (1e-6, 0.0, -2e-6)
    for name, field in FIELDS.items():
        grid.cell_data[name] = field.ravel(order="F")
    grid.cell_data["vectors"] = RNG.normal(size=(grid.n_cells, 3))
    grid.point_data["at points"] = POINTS.ravel(order="F")
    return grid


def assert_read(path, rounded=False):
    """As it was written, and as VTK reads it; `rounded` where VTK writes few digits."""
    seen = pyvista.read(path)
    for name, field in FIELDS.items():
        read = read_vtk(path, name)
        cells = np.asarray(seen.cell_data[name]).reshape(SHAPE, order="F")
        np.testing.assert_array_equal(read.values, cells)
        if not rounded:
            np.testing.assert_array_equal(read.values, field)
        assert read.values.dtype == field.dtype
        assert read.spacing.edges == pytest.approx((2e-7, 2.5e-7, 3e-7))
        assert read.origin_m == pytest.approx((1e-6, 0.0, -2e-6))
    points = np.asarray(seen.point_data["at points"]).reshape(POINTS.shape, order="F")
    np.testing.assert_array_equal(read_vtk(path, "point:at points").values, points)
    with pytest.raises(InputError, match="'vectors' holds vectors"):
        read_vtk(path, "vectors")


def xml_writer(grid, path, mode, compressor, wide, big, raw):
    writer = vtkXMLImageDataWriter()
    writer.SetInputData(grid)
    writer.SetFileName(str(path))
    writer.SetDataMode(mode)
    writer.SetCompressorType(compressor)
    writer.SetHeaderTypeToUInt64() if wide else writer.SetHeaderTypeToUInt32()
    writer.SetByteOrderToBigEndian() if big else writer.SetByteOrderToLittleEndian()
    writer.SetEncodeAppendedData(not raw)
    return writer


@pytest.mark.parametrize(
    ("mode", "compressor"),
    [("ascii", "none"), *itertools.product(("binary", "appended"), COMPRESSORS)],
)
def test_all_that_vtk_writes_is_read(tmp_path, grid, mode, compressor):
    path = tmp_path / "a.vti"
    kinds = itertools.product((False, True), repeat=3) if mode == "appended" else [(True,) * 3]
    for wide, big, raw in kinds:
        xml_writer(grid, path, MODES[mode], COMPRESSORS[compressor], wide, big, raw).Write()
        assert_read(path)


def test_pieces_are_put_together(tmp_path, grid):
    path = tmp_path / "a.vti"
    writer = xml_writer(grid, path, MODES["appended"], COMPRESSORS["zlib"], True, False, True)
    writer.SetNumberOfPieces(3)
    writer.Write()
    assert path.read_bytes().count(b"<Piece") == 3
    for name, field in FIELDS.items():
        np.testing.assert_array_equal(read_vtk(path, name).values, field)


@pytest.mark.parametrize("binary", [False, True])
@pytest.mark.parametrize("version", [42, 51])
def test_legacy_files_of_vtk_are_read(tmp_path, grid, binary, version):
    path = tmp_path / "a.vtk"
    writer = vtkDataSetWriter()
    image = vtkImageData()
    image.DeepCopy(grid)
    image.GetCellData().SetActiveScalars("phase")
    image.GetCellData().SetActiveVectors("vectors")
    writer.SetInputData(image)
    writer.SetFileName(str(path))
    writer.SetFileVersion(version)
    writer.SetFileTypeToBinary() if binary else writer.SetFileTypeToASCII()
    writer.Write()
    assert_read(path, rounded=not binary)


def test_vtk_reads_what_is_written(tmp_path):
    path = tmp_path / "a.vti"
    turn = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    vectors = RNG.normal(size=(*SHAPE, 3))
    flag = FIELDS["phase"] > 1
    fields = {**FIELDS, "current density": vectors, 'a "flag" & more': flag}
    write_vti(path, fields, 2e-7, (1e-6, 2e-6, 0.1), direction=turn, periodic=(True, True, False))
    grid = pyvista.read(path)
    assert grid.dimensions == tuple(n + 1 for n in SHAPE)
    assert (grid.spacing, grid.origin) == ((2e-7,) * 3, (1e-6, 2e-6, 0.1))
    np.testing.assert_array_equal(np.array(grid.direction_matrix), turn)
    assert grid.active_scalars_name == "phase"
    for name, field in fields.items():
        data = np.asarray(grid.cell_data[name]).reshape(field.shape, order="F")
        np.testing.assert_array_equal(data, field)
    np.testing.assert_array_equal(read_vti(path, "phase")[0], FIELDS["phase"])
    assert read_vtk(path, "phase").periodic == (True, True, False)
