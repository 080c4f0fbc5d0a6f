"""Reading images: each format along its declared axes, with its voxel size, whole or refused."""

import struct

import h5py
import nrrd
import numpy as np
import pytest
import pyvista
import tifffile
from PIL import Image

from castline.base.errors import InputError
from castline.images.labels import cropped, label_image_of
from castline.images.readers import read_image
from castline.images.volume import edge_lengths_m
from castline.images.vtk_files import write_vti

# Sizes that differ and labels without symmetry: a wrong axis or order is another image.
SHAPE = (6, 5, 12)
LABELS = np.random.default_rng(3).integers(0, 4, SHAPE).astype(np.uint8)
ZYX = np.ascontiguousarray(LABELS.transpose(2, 1, 0))


def read(path, **options):
    """Labels [x, y, z] of a file, and its voxel edges in um (x, y, z) as far as it has them."""
    volume = read_image(path, **options)
    spacing = volume.spacing
    if spacing is None or spacing.unit_m is None:
        return volume.to_xyz(), None
    edges = [None if e is None else e * spacing.unit_m * 1e6 for e in spacing.edges]
    return volume.to_xyz(), edges


def assert_read(path, edges_um=None, **options):
    labels, edges = read(path, **options)
    np.testing.assert_array_equal(labels, LABELS)
    assert edges == (edges_um and pytest.approx(edges_um))


def refusal(path, **options):
    with pytest.raises(InputError) as caught:
        read_image(path, **options)
    message = str(caught.value)
    assert str(path.name) in message or str(path.parent) in message
    assert len(message.splitlines()) == 1
    return message


def write_slices(folder, names, slices=ZYX):
    folder.mkdir()
    for name, values in zip(names, slices, strict=True):
        if name.endswith((".tif", ".tiff")):
            tifffile.imwrite(folder / name, values)
        else:
            Image.fromarray(values).save(folder / name)
    return folder


# TIFF


def test_every_series_of_pages_is_read(tmp_path):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, ZYX[:7])
    tifffile.imwrite(path, ZYX[7:], append=True)
    assert_read(path)
    assert read_image(path).notes == ("2 series of pages joined along z",)


def test_pages_appended_one_by_one_are_read(tmp_path):
    path = tmp_path / "a.tif"
    for page in ZYX:
        tifffile.imwrite(path, page, append=True)
    assert_read(path)


@pytest.mark.parametrize("compression", [None, "lzw", "zstd", "zlib", "packbits"])
@pytest.mark.parametrize("bigtiff", [False, True])
def test_compressed_stacks(tmp_path, compression, bigtiff):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, ZYX, compression=compression, bigtiff=bigtiff)
    assert_read(path)


@pytest.mark.parametrize("compression", ["group3", "group4", "tiff_lzw"])
def test_white_is_one_in_bilevel_stacks(tmp_path, compression):
    first, *others = [Image.fromarray(page > 1) for page in ZYX]
    path = tmp_path / "a.tif"
    first.save(path, save_all=True, append_images=others, compression=compression)
    labels, _ = read(path)
    np.testing.assert_array_equal(labels, LABELS > 1)


def pillow_stack(path):
    """Pages with their directories in between, as most programs write them."""
    first, *others = [Image.fromarray(page) for page in ZYX]
    first.save(path, save_all=True, append_images=others)
    with tifffile.TiffFile(path) as file:
        return path.read_bytes(), [page.offset for page in file.pages]


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.99])
def test_interrupted_downloads_are_refused(tmp_path, share):
    path = tmp_path / "a.tif"
    content, _ = pillow_stack(path)
    assert_read(path)
    path.write_bytes(content[: int(share * len(content))])
    assert "a.tif" in refusal(path)
    tifffile.imwrite(path, ZYX)
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    assert "a.tif" in refusal(path)


@pytest.mark.parametrize("target", [0, "before", 10**8])
def test_broken_chains_of_pages_are_refused(tmp_path, target):
    path = tmp_path / "a.tif"
    content, offsets = pillow_stack(path)
    at = offsets[5]
    (tags,) = struct.unpack_from("<H", content, at)
    chain = offsets[2] if target == "before" else target
    broken = bytearray(content)
    struct.pack_into("<I", broken, at + 2 + 12 * tags, chain)
    path.write_bytes(broken)
    assert "page" in refusal(path)


def test_pages_of_two_kinds_are_refused(tmp_path):
    path = tmp_path / "a.tif"
    with tifffile.TiffWriter(path) as file:
        file.write(ZYX)
        file.write(ZYX[0, ::2, ::2])
    assert "page 12 is (3, 3) of uint8, the first (5, 6)" in refusal(path)
    with tifffile.TiffWriter(path) as file:
        file.write(ZYX, metadata=None)
        file.write(ZYX[0], subfiletype=1, metadata=None)
    assert "smaller copy" in refusal(path)


@pytest.mark.parametrize(
    ("values", "options", "words"),
    [
        (ZYX[:, :, :3], {"photometric": "rgb"}, "a colour image of 3 samples"),
        (
            ZYX.repeat(2).reshape(12, 5, 6, 2),
            {"photometric": "minisblack", "extrasamples": ["unassalpha"]},
            "a colour image of 2 samples",
        ),
        (ZYX[:3], {"imagej": True, "metadata": {"axes": "CYX"}}, "declares 3 channels"),
        (ZYX, {"imagej": True, "metadata": {"axes": "TYX"}}, "declares 12 time frames"),
        (ZYX[:, None].repeat(2, 1), {"ome": True, "metadata": {"axes": "ZCYX"}}, "axes ZCYX"),
        (ZYX, {"photometric": "miniswhite"}, "white-is-zero"),
        (ZYX, {"extratags": [(274, "H", 1, 6, True)]}, "turned by 90 degrees"),
        (np.zeros((2, 16, 16), "u1"), {"compression": "jpeg"}, "changes labels"),
    ],
)
def test_tiffs_that_are_no_stack_of_labels_are_refused(tmp_path, values, options, words):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, values, **options)
    assert words in refusal(path)


def test_an_ome_file_of_two_images_is_refused(tmp_path):
    path = tmp_path / "a.ome.tif"
    with tifffile.TiffWriter(path, ome=True) as file:
        for values in (ZYX, ZYX):
            file.write(values, metadata={"axes": "ZYX"})
    assert "holds 2 images (ome); keep the one" in refusal(path)


def test_channels_or_frames_are_slices_if_the_user_says_so(tmp_path):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, ZYX, imagej=True, metadata={"axes": "TYX"})
    assert_read(path, order="zyx")


@pytest.mark.parametrize("axes", ["XYZ", "YZX", "ZXY"])
def test_axes_that_a_tiff_declares_are_used(tmp_path, axes):
    path = tmp_path / "a.tif"
    values = LABELS.transpose(["XYZ".index(axis) for axis in axes])
    tifffile.imwrite(path, values, photometric="minisblack", metadata={"axes": axes})
    assert_read(path)
    assert "contradicts the file" in refusal(path, order="zyx")


def test_an_array_saved_as_xyz_is_read_as_such_if_the_user_says_so(tmp_path):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, LABELS)
    assert_read(path, order="xyz")
    assert "x = axis 0" in read_image(path, order="xyz").axes_text()


@pytest.mark.parametrize(
    ("unit", "factor"), [("um", 1), ("micron", 1), ("µm", 1), ("nm", 1e-3), ("mm", 1e3)]
)
def test_imagej_voxel_sizes(tmp_path, unit, factor):
    path = tmp_path / "a.tif"
    metadata = {"axes": "ZYX", "spacing": 0.3 / factor, "unit": unit.replace("µ", "\\u00B5")}
    resolution = (factor / 0.2, factor / 0.25)
    tifffile.imwrite(path, ZYX, imagej=True, resolution=resolution, metadata=metadata)
    assert_read(path, (0.2, 0.25, 0.3))


def test_ome_voxel_sizes(tmp_path):
    path = tmp_path / "a.ome.tif"
    sizes = {"PhysicalSizeX": 0.2, "PhysicalSizeY": 250.0, "PhysicalSizeZ": 0.3}
    units = {"PhysicalSizeXUnit": "µm", "PhysicalSizeYUnit": "nm"}
    tifffile.imwrite(path, ZYX, ome=True, metadata={"axes": "ZYX", **sizes, **units})
    assert_read(path, (0.2, 0.25, 0.3))


@pytest.mark.parametrize("declared", [b"14", b"11", b"07", b"01"])
def test_an_ome_file_that_declares_more_or_fewer_slices_than_it_has_is_refused(tmp_path, declared):
    path = tmp_path / "a.ome.tif"
    tifffile.imwrite(path, ZYX, ome=True, metadata={"axes": "ZYX"})
    path.write_bytes(path.read_bytes().replace(b'SizeZ="12"', b'SizeZ="%s"' % declared))
    assert "the file has 12" in refusal(path) or "OME series" in refusal(path)


@pytest.mark.parametrize(
    ("description", "right"),
    [
        ('{"shape": [5, 6]}', True),  # tifffile 191: metadata of one page, twelve are there
        ("ImageJ=1.53\nimages=1\n", True),
        ("ImageJ=1.53\nimages=12\nslices=12\n", True),  # hyperspy 1174: no unit
        ("ImageJ=1.53\nimages=40\nslices=40\n", False),
        ("ImageJ=1.53\nimages=12\nslices=6\n", False),
    ],
)
def test_metadata_that_do_not_fit_the_pages(tmp_path, description, right):
    path = tmp_path / "a.tif"
    first, *others = [Image.fromarray(page) for page in ZYX]
    first.save(path, save_all=True, append_images=others, tiffinfo={270: description})
    if right:
        assert_read(path)
    else:
        assert "failed to reshape" in refusal(path)


def test_a_large_imagej_stack_has_one_directory_for_all_slices(tmp_path):
    """Report imread 19: ImageJ stores stacks of 4 GB and more so."""
    path = tmp_path / "a.tif"
    metadata = {"axes": "ZYX", "unit": "um", "spacing": 0.3}
    tifffile.imwrite(path, ZYX, imagej=True, resolution=(5, 4), metadata=metadata)
    with tifffile.TiffFile(path) as file:
        first, second = (page.offset for page in file.pages[:2])
    content = bytearray(path.read_bytes()[:second])
    (tags,) = struct.unpack_from(">H" if content[:2] == b"MM" else "<H", content, first)
    end = first + 2 + 12 * tags
    path.write_bytes(content[:end] + bytes(4) + content[end + 4 :])
    assert_read(path, (0.2, 0.25, 0.3))
    path.write_bytes(path.read_bytes()[:-50])
    assert "a.tif" in refusal(path)


# Slices


@pytest.mark.parametrize("suffix", [".tif", ".tiff", ".png", ".bmp"])
@pytest.mark.parametrize("form", ["slice_{}", "{:04d}", "scan 3 ({})", "2024-01-02_z{}_end"])
def test_slices_are_in_the_order_of_their_numbers(tmp_path, form, suffix):
    names = [form.format(k) + suffix for k in range(1, 13)]
    folder = write_slices(tmp_path / "slices", names)
    (folder / "notes.txt").write_text("not a slice")
    (folder / ".hidden.tif").write_text("not a slice")
    assert_read(folder)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({5: None}, "slice 6 is missing between s1.tif and s12.tif"),
        ({4: "s05.tif", 5: "s5.tif"}, "slice 5 is there twice"),
        ({4: "mask.tif"}, "not named like"),
        ({4: "s5.png"}, "slices of different kinds"),
        ({4: "s5.tif", 5: "t6.tif"}, "not named like"),
    ],
)
def test_folders_that_are_not_one_stack_are_refused(tmp_path, change, words):
    names = {k: f"s{k + 1}.tif" for k in range(12)} | change
    chosen = {k: name for k, name in names.items() if name}
    folder = write_slices(tmp_path / "slices", chosen.values(), [ZYX[k] for k in chosen])
    assert words in refusal(folder)


def test_numbers_that_vary_in_two_places_are_refused(tmp_path):
    names = [f"t{k // 6}_z{k % 6}.png" for k in range(12)]
    assert "differ in 2 numbers" in refusal(write_slices(tmp_path / "slices", names))


@pytest.mark.parametrize("suffix", [".tif", ".png", ".bmp"])
def test_a_damaged_slice_is_named(tmp_path, suffix):
    folder = write_slices(tmp_path / "slices", [f"s{k}{suffix}" for k in range(12)])
    content = (folder / f"s7{suffix}").read_bytes()
    for damaged in (content[: len(content) // 2], b""):
        (folder / f"s7{suffix}").write_bytes(damaged)
        assert f"s7{suffix}" in refusal(folder)


def test_slices_must_be_alike_grey_and_of_one_page(tmp_path):
    colour = write_slices(tmp_path / "a", ["1.png"], [np.zeros((5, 4, 3), np.uint8)])
    assert "a colour picture (RGB)" in refusal(colour)
    types = write_slices(tmp_path / "b", ["1.tif", "2.tif"], [ZYX[0], ZYX[0].astype(np.uint16)])
    assert "2.tif: a slice must be 2-D of shape (5, 6) and type uint8" in refusal(types)
    pages = write_slices(tmp_path / "c", ["1.tif"], [ZYX])
    assert "a slice must have one page, this file has 12" in refusal(pages)
    assert "name the folder" in refusal(colour / "1.png")


# Arrays


def test_numpy_files_are_xyz_unless_the_user_says_so(tmp_path):
    np.save(tmp_path / "a.npy", LABELS)
    assert_read(tmp_path / "a.npy")
    np.save(tmp_path / "fortran.npy", np.asfortranarray(LABELS))
    assert_read(tmp_path / "fortran.npy")
    np.save(tmp_path / "b.npy", ZYX)
    assert_read(tmp_path / "b.npy", order="zyx")
    np.savez(tmp_path / "one.npz", LABELS)
    assert_read(tmp_path / "one.npz")
    np.savez_compressed(tmp_path / "two.npz", labels=LABELS, grey=LABELS[0])
    assert_read(tmp_path / "two.npz", field="labels")
    assert "name one array with --field; it has labels, grey" in refusal(tmp_path / "two.npz")
    assert "no array 'x'" in refusal(tmp_path / "two.npz", field="x")
    assert "--field is for" in refusal(tmp_path / "a.npy", field="labels")


@pytest.mark.parametrize("kind", ["uint8", "uint16le", "uint16be", "float32be", "int32le"])
def test_raw_files(tmp_path, kind):
    end = {"e": ">" if kind.endswith("be") else "<"}.get(kind[-1], "|")
    dtype = np.dtype(kind.removesuffix("le").removesuffix("be")).newbyteorder(end)
    path = tmp_path / "a.raw"
    path.write_bytes(ZYX.astype(dtype).tobytes())
    assert_read(path, raw_shape=SHAPE, raw_type=kind)
    path.write_bytes(LABELS.astype(dtype).tobytes())
    assert_read(path, raw_shape=SHAPE, raw_type=kind, order="xyz")
    words = f"but 6 x 5 x 13 of {kind} are {390 * dtype.itemsize}"
    assert words in refusal(path, raw_shape=(6, 5, 13), raw_type=kind)
    assert "needs --raw-shape" in refusal(path)


def test_hdf5_axes_are_its_labels_else_those_of_fiji_else_xyz(tmp_path):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file["plain"] = LABELS
        file["zyx"] = ZYX
        file["labelled"] = LABELS.transpose(1, 2, 0)
        for dimension, label in zip(file["labelled"].dims, "yzx", strict=True):
            dimension.label = label
        file["labelled"].attrs["element_size_um"] = (0.25, 0.3, 0.2)
        file["fiji"] = ZYX
        file["fiji"].attrs["element_size_um"] = (0.3, 0.25, 0.2)
        file["ilastik"] = ZYX
        tags = '{"axes": [{"key": "z"}, {"key": "y"}, {"key": "x"}]}'
        file["ilastik"].attrs["axistags"] = tags
        file["odd"] = LABELS
        file["odd"].dims[0].label = "c"
    assert_read(path, field="plain")
    assert_read(path, field="zyx", order="zyx")
    assert_read(path, (0.2, 0.25, 0.3), field="labelled")
    assert_read(path, (0.2, 0.25, 0.3), field="fiji")
    assert_read(path, field="ilastik")
    assert "dimension labels of /odd are c" in refusal(path, field="odd")
    assert "contradicts the file" in refusal(path, field="ilastik", order="xyz")


def test_nrrd_axes_sizes_and_directions(tmp_path):
    path = tmp_path / "a.nrrd"
    header = {"spacings": [0.2, 0.25, 0.3], "units": ["um", "um", "um"]}
    nrrd.write(str(path), LABELS, header, index_order="F")
    assert_read(path, (0.2, 0.25, 0.3))
    directions = np.array([[0, 2e-4, 0], [2.5e-4, 0, 0], [0, 0, 3e-4]])
    header = {"space dimension": 3, "space directions": directions, "space origin": [1, 2, 3]}
    nrrd.write(str(path), LABELS, header | {"space units": ["mm"] * 3}, index_order="F")
    assert_read(path, (0.2, 0.25, 0.3))
    volume = read_image(path)
    np.testing.assert_allclose(np.array(volume.direction), [[0, 1, 0], [1, 0, 0], [0, 0, 1]])
    corner = (1e-3 * np.array([1, 2, 3])) - 1e-3 * directions.sum(axis=0) / 2
    np.testing.assert_allclose(volume.origin_m, corner)
    directions[0] = directions[1] + 1e-4
    nrrd.write(str(path), LABELS, header | {"space directions": directions}, index_order="F")
    assert "not at right angles" in refusal(path)


def test_nrrd_data_in_another_file_and_cut_data_are_refused(tmp_path):
    path = tmp_path / "a.nrrd"
    nrrd.write(str(path), LABELS, {"encoding": "raw"}, index_order="F")
    content = path.read_bytes()
    path.write_bytes(content[:-20])
    refusal(path)
    path.write_bytes(content.replace(b"encoding: raw", b"encoding: raw\ndata file: /etc/passwd"))
    assert "another file" in refusal(path)


# VTK


def vtk_grid(**options):
    grid = pyvista.ImageData(dimensions=[n + 1 for n in SHAPE], **options)
    grid.cell_data["labels"] = LABELS.ravel(order="F")
    return grid


def test_vtk_images_of_other_programs(tmp_path):
    path = tmp_path / "a.vti"
    grid = vtk_grid(spacing=(2e-7, 2.5e-7, 3e-7), origin=(1e-6, 0, 0))
    grid.save(path)
    assert_read(path, (0.2, 0.25, 0.3))
    grid.offset = (2, 0, 0)
    grid.direction_matrix = [[0, -1, 0], [1, 0, 0], [0, 0, 1]]
    grid.save(path)
    volume = read_image(path)
    np.testing.assert_allclose(volume.origin_m, (1e-6, 4e-7, 0), atol=1e-12)
    np.testing.assert_allclose(volume.direction, grid.direction_matrix)
    assert "leave out --order" in refusal(path, order="zyx")
    legacy = tmp_path / "a.vtk"
    vtk_grid(spacing=(2e-7, 2.5e-7, 3e-7)).save(legacy)
    assert_read(legacy, (0.2, 0.25, 0.3))
    pyvista.Sphere().save(legacy)
    assert "STRUCTURED_POINTS is needed" in refusal(legacy)


def test_point_data_are_refused_with_the_way_to_read_them(tmp_path):
    path = tmp_path / "a.vti"
    grid = pyvista.ImageData(dimensions=SHAPE, spacing=(2e-7,) * 3)
    grid.point_data["labels"] = LABELS.ravel(order="F")
    grid.save(path)
    assert "holds no cell data; fields: point:labels" in refusal(path)
    assert_read(path, (0.2, 0.2, 0.2), field="point:labels")
    np.testing.assert_allclose(
        read_image(path, "point:labels").origin_m, (-1e-7, -1e-7, -1e-7), atol=1e-15
    )


@pytest.mark.parametrize("share", [0.3, 0.7, 0.98])
def test_cut_vtk_files_are_refused_silently(tmp_path, capfd, share):
    for name in ("a.vti", "a.vtk"):
        path = tmp_path / name
        vtk_grid().save(path)
        content = path.read_bytes()
        path.write_bytes(content[: int(share * len(content))])
        assert name in refusal(path)
    shown = capfd.readouterr()
    assert shown.out + shown.err == ""


def test_films_of_castline_say_which_axes_are_periodic(tmp_path):
    path = tmp_path / "a.vti"
    write_vti(path, {"phase": LABELS}, 2e-7, periodic=(True, True, False))
    assert read_image(path).periodic == (True, True, False)
    part = cropped(read_image(path), path, {"x": (0, 6), "y": (1, 5)})
    assert part.periodic == (True, False, False)
    write_vti(path, {"phase": LABELS}, 2e-7)
    assert read_image(path).periodic is None


# Voxel sizes


def sized(tmp_path, spacing, voxel_um=None, ignore=False):
    path = tmp_path / "a.vti"
    vtk_grid(spacing=spacing).save(path)
    edges_m, source = edge_lengths_m(path, read_image(path).spacing, voxel_um, ignore)
    return [pytest.approx(1e6 * edge) for edge in edges_m], source


def test_spacing_in_the_file_and_on_the_command_line(tmp_path):
    assert sized(tmp_path, (2e-7, 2e-7, 3e-7)) == ([0.2, 0.2, 0.3], "VTK, in metres")
    assert sized(tmp_path, (2e-7, 2e-7, 3e-7), (0.2, 0.2, 0.3))[0] == [0.2, 0.2, 0.3]
    # PyVista's default says nothing, other lengths without a plausible size still have a ratio.
    assert sized(tmp_path, (1, 1, 1), (0.2, 0.2, 0.3))[0] == [0.2, 0.2, 0.3]
    assert sized(tmp_path, (2, 2, 3), (0.2, 0.2, 0.3))[0] == [0.2, 0.2, 0.3]
    assert sized(tmp_path, (2e-7,) * 3, (0.3,) * 3, ignore=True)[0] == [0.3, 0.3, 0.3]


@pytest.mark.parametrize(
    ("spacing", "voxel_um", "words"),
    [
        ((1, 1, 1), None, "without a unit of length"),
        ((2e-7, 2e-7, 2e-7), (0.3, 0.3, 0.3), "contradicts VTK, in metres"),
        ((2e-7, 2e-7, 2e-7), (0.2, 0.2, 0.2005), "contradicts"),
        ((1, 1, 2.5), (0.2, 0.2, 0.2), "contradicts VTK, which gives 1 x 1 x 2.5 (no unit)"),
    ],
)
def test_spacings_that_cannot_be_used_are_refused(tmp_path, spacing, voxel_um, words):
    with pytest.raises(InputError) as caught:
        sized(tmp_path, spacing, voxel_um)
    assert words in str(caught.value)


def test_a_voxel_size_without_its_third_edge_or_out_of_range_is_refused(tmp_path):
    path = tmp_path / "a.tif"
    options = {"imagej": True, "resolution": (5, 5)}
    tifffile.imwrite(path, ZYX, metadata={"axes": "ZYX", "unit": "um"}, **options)
    with pytest.raises(InputError, match=r"gives voxels of 0\.2 x 0\.2 x \? um .* --voxel-um"):
        edge_lengths_m(path, read_image(path).spacing)
    assert edge_lengths_m(path, read_image(path).spacing, (0.2, 0.2, 0.5))[0] == (2e-7, 2e-7, 5e-7)
    with pytest.raises(InputError, match="contradicts ImageJ"):
        edge_lengths_m(path, read_image(path).spacing, (0.3, 0.2, 0.5))
    tifffile.imwrite(path, ZYX, metadata={"axes": "ZYX", "unit": "cm", "spacing": 1}, **options)
    with pytest.raises(InputError, match="voxels of 2000 x 2000 x 10000 um, not between"):
        edge_lengths_m(path, read_image(path).spacing)


# Labels


def labels_of(tmp_path, values, **options):
    np.save(tmp_path / "a.npy", values)
    volume = read_image(tmp_path / "a.npy")
    return label_image_of(volume, tmp_path / "a.npy", (1, 1, 1), **options).labels


def test_thresholds_maps_and_crops_make_labels(tmp_path):
    grey = np.array([[[0, 99, 100, 65535]]], dtype=np.uint16)
    assert labels_of(tmp_path, grey, thresholds=[100, 200]).tolist() == [[[0, 0, 1, 2]]]
    assert labels_of(tmp_path, grey, mapped={65535: 3, 99: 0}).tolist() == [[[0, 0, 100, 3]]]
    bilevel = labels_of(tmp_path, LABELS > 1, mapped={1: 3})
    np.testing.assert_array_equal(bilevel, 3 * (LABELS > 1))
    swapped = labels_of(tmp_path, LABELS, mapped={1: 2, 2: 1})
    np.testing.assert_array_equal(swapped, np.array([0, 2, 1, 3])[LABELS])
    part = cropped(read_image(tmp_path / "a.npy"), "a.npy", {"z": (3, 5), "x": (0, 2)})
    np.testing.assert_array_equal(part.to_xyz(), LABELS[:2, :, 3:5])
    for options, words in (
        ({"thresholds": [2, 1]}, "rising"),
        ({"thresholds": [1, float("nan")]}, "rising"),
        ({"mapped": {9: 1}}, "has no voxel of value 9"),
        ({"mapped": {1: 2}, "thresholds": [1]}, "exclude each other"),
    ):
        with pytest.raises(InputError, match=words):
            labels_of(tmp_path, LABELS, **options)
    with pytest.raises(InputError, match="z=3:99 is not within its 12 voxels along z"):
        cropped(read_image(tmp_path / "a.npy"), "a.npy", {"z": (3, 99)})
