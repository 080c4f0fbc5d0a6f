"""castline conductivity: every format, what it writes, and what it refuses."""

import json
import os
import pty
import subprocess
import sys
from dataclasses import asdict

import h5py
import numpy as np
import pytest
import tifffile

from castline.cli import main
from castline.images.readers import read_image
from castline.images.vtk_files import read_vti, write_vti
from castline.transport import effective_conductivity
from castline.transport.electrode import electrode_tortuosity

AM_ONLY = ["--phase", "1=1", "--phase", "2=0", "--phase", "3=0"]


@pytest.fixture(scope="module")
def labels():
    rng = np.random.default_rng(6)
    coarse = rng.choice([0, 1, 2, 3], size=(3, 4, 5), p=[0.1, 0.5, 0.2, 0.2])
    return np.kron(coarse, np.ones((3, 3, 3))).astype(np.uint8)


@pytest.fixture
def npy(tmp_path, labels):
    path = tmp_path / "film.npy"
    np.save(path, labels)
    return path


def write(path, labels):
    if path.suffix == ".vti":
        write_vti(path, {"phase": labels}, 2e-7)
    elif path.suffix == ".npy":
        np.save(path, labels)
    elif path.suffix in (".tif", ".tiff"):
        tifffile.imwrite(path, labels.transpose(2, 1, 0))
    elif path.suffix == ".h5":
        with h5py.File(path, "w") as file:
            file["scan/labels"] = labels
    else:
        path.mkdir()
        for k in range(labels.shape[2]):
            tifffile.imwrite(path / f"slice_{k:04d}.tif", labels[:, :, k].T)


@pytest.mark.parametrize("name", ["a.vti", "a.npy", "a.tif", "a.tiff", "a.h5", "slices"])
def test_every_format_gives_the_same_result(tmp_path, labels, capsys, name):
    path = tmp_path / name
    write(path, labels)
    target = tmp_path / "out.json"
    command = ["conductivity", str(path), "--phase", "1=0.005", "--phase", "2=0"]
    command += ["--phase", "3=15.93", "--voxel-um", "0.2", "--json", str(target)]
    assert main(command) == 0
    sigma = np.array([0.0, 0.005, 0.0, 15.93])[labels]
    expected = effective_conductivity(sigma, 2e-7, periodic=False)
    written = json.loads(target.read_text())
    assert written["axes"]["z"]["conductivity_s_per_m"] == expected.value_s_per_m
    assert written["axes"]["z"]["tortuosity_factor"] == expected.tortuosity_factor
    assert written["shape"] == [9, 12, 15]
    assert written["voxel_um"] == pytest.approx([0.2, 0.2, 0.2])
    assert written["sides"] == "no-flux"
    out, err = capsys.readouterr()
    assert f"{expected.value_s_per_m:.6g}" in out
    assert "label 2: " in out
    assert "sides along z: no-flux (default for an image from a file)" in out
    assert err == ""


def test_all_axes_fields_and_default_json(npy, labels, capsys):
    fields = npy.with_name("fields.vti")
    command = ["conductivity", str(npy), *AM_ONLY, "--voxel-um", "0.2", "0.2", "0.3"]
    command += ["--axis", "all", "--sides", "periodic", "--fields", str(fields)]
    assert main(command) == 0
    written = json.loads(npy.with_name("film.npy.conductivity.json").read_text())
    assert list(written["axes"]) == ["x", "y", "z"]
    sigma = (labels == 1).astype(float)
    for axis, name in enumerate("xyz"):
        expected = effective_conductivity(sigma, (2e-7, 2e-7, 3e-7), axis)
        value = written["axes"][name]["conductivity_s_per_m"]
        assert value == pytest.approx(expected.value_s_per_m, rel=1e-9)
    potential, spacing, _ = read_vti(fields, "potential_z_v")
    assert potential.shape == labels.shape
    assert spacing == pytest.approx((2e-7, 2e-7, 3e-7))
    density, _, _ = read_vti(fields, "phase")
    assert np.array_equal(density, labels)


def test_a_vti_carries_its_own_voxel_size(tmp_path, labels):
    path = tmp_path / "a.vti"
    write_vti(path, {"phase": labels}, (1e-7, 2e-7, 3e-7))
    assert main(["conductivity", str(path), *AM_ONLY]) == 0
    written = json.loads((tmp_path / "a.vti.conductivity.json").read_text())
    assert written["voxel_um"] == pytest.approx([0.1, 0.2, 0.3])


def test_nothing_percolates_is_a_result_not_an_error(tmp_path, capsys):
    path = tmp_path / "a.npy"
    image = np.ones((4, 4, 4), dtype=np.uint8)
    image[:, :, 2] = 0
    np.save(path, image)
    assert main(["conductivity", str(path), "--phase", "1=1", "--voxel-um", "1"]) == 0
    written = json.loads((tmp_path / "a.npy.conductivity.json").read_text())
    assert written["axes"]["z"]["conductivity_s_per_m"] == 0
    assert written["axes"]["z"]["percolates"] is False
    assert written["axes"]["z"]["tortuosity_factor"] is None
    assert "no path between the electrodes" in capsys.readouterr().out


def refused(capsys, *command):
    try:
        code = main(["conductivity", *map(str, command)])
    except SystemExit as stop:
        code = stop.code
    out, err = capsys.readouterr()
    assert code == 2
    assert err.count("\n") == 1
    assert "Traceback" not in out + err
    return err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--phase", "7=1", "--voxel-um", "0.2"], "has no label 7; it has 0, 1, 2, 3"),
        (["--phase", "1=5mS/cm", "--voxel-um", "0.2"], "a plain number in S/m"),
        (["--phase", "AM=5", "--voxel-um", "0.2"], "label 0 to 255"),
        (["--phase", "1", "--voxel-um", "0.2"], "LABEL=VALUE"),
        (["--phase", "1=-1", "--voxel-um", "0.2"], "not negative"),
        (["--phase", "1=nan", "--voxel-um", "0.2"], "finite"),
        (["--phase", "1=inf", "--voxel-um", "0.2"], "finite"),
        (["--phase", "1=1", "--phase", "1=2", "--voxel-um", "0.2"], "more than one"),
        (["--phase", "1=1", "--voxel-um", "2e-7"], "micrometres"),
        (["--phase", "1=1", "--voxel-um", "0.2um"], "micrometres"),
        (["--phase", "1=1", "--voxel-um", "0.2", "0.2"], "one or three"),
        (["--phase", "1=1"], "--voxel-um"),
        (["--voxel-um", "0.2"], "--phase"),
        (["--phase", "1=1", "--voxel-um", "0.2", "--axis", "w"], "--axis"),
        ([*AM_ONLY, "--voxel-um", "0.2", "--tolerance", "0"], "tolerance"),
        (["--phase", "1=1", "--voxel-um", "0.2", "--fields", "a.vtk"], "must end in .vti"),
        (["--phase", "1=1", "--voxel-um", "0.2", "--fields", "no/where.vti"], "no such folder"),
        (["--phase", "1=1", "--voxel-um", "0.2", "--json", "no/where.json"], "no such folder"),
    ],
)
def test_wrong_options_are_one_line_and_exit_code_two(npy, capsys, options, words):
    assert words in refused(capsys, npy, *options)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (np.ones((4, 4), dtype=np.uint8), "3-D label image"),
        (np.ones((2, 2, 2, 2), dtype=np.uint8), "3-D label image"),
        (np.ones((0, 2, 2), dtype=np.uint8), "3-D label image"),
        (np.full((2, 2, 2), 1.5), "whole numbers"),
        (np.full((2, 2, 2), np.nan), "between 0 and 255"),
        (np.full((2, 2, 2), 300), "between 0 and 255"),
        (np.full((2, 2, 2), -1), "between 0 and 255"),
        (np.full((2, 2, 2), "x"), "whole numbers"),
        (np.full((2, 2, 2), 9), "label 9 has no conductivity; add --phase 9="),
    ],
)
def test_wrong_images_are_one_line_and_exit_code_two(tmp_path, capsys, values, words):
    path = tmp_path / "image.npy"
    if values.dtype == int and values.flat[0] == 9:
        values.flat[0] = 1
    np.save(path, values)
    assert words in refused(capsys, path, "--phase", "1=1", "--voxel-um", "0.2")


@pytest.mark.parametrize("name", ["a.vti", "a.npy", "a.tif", "a.h5"])
def test_damaged_and_missing_files_are_one_line_and_exit_code_two(tmp_path, capsys, name):
    path = tmp_path / name
    options = ["--phase", "1=1", "--voxel-um", "0.2"]
    assert "no such file" in refused(capsys, path, *options)
    path.write_bytes(b"garbage, not an image")
    assert name in refused(capsys, path, *options)


def test_unknown_formats_empty_folders_and_ragged_slices(tmp_path, capsys):
    options = ["--phase", "1=1", "--voxel-um", "0.2"]
    (tmp_path / "a.jpg").write_bytes(b"")
    assert "unknown image format" in refused(capsys, tmp_path / "a.jpg", *options)
    folder = tmp_path / "slices"
    folder.mkdir()
    assert "holds no .tif" in refused(capsys, folder, *options)
    tifffile.imwrite(folder / "0.tif", np.ones((4, 4), dtype=np.uint8))
    tifffile.imwrite(folder / "1.tif", np.ones((4, 5), dtype=np.uint8))
    assert "a slice must be 2-D" in refused(capsys, folder, *options)


def test_a_result_that_cannot_be_written_is_refused_before_the_solve(npy, capsys, monkeypatch):
    monkeypatch.setattr("castline.transport.solve.effective_conductivity", None)
    options = ["--phase", "1=1", "--voxel-um", "0.2", "--json", npy.parent]
    assert "cannot be written" in refused(capsys, npy, *options)


def test_too_little_memory_is_one_line_and_exit_code_two(npy, capsys, monkeypatch):
    def refuse(*_, **__):
        raise MemoryError("Unable to allocate 64. GiB")

    monkeypatch.setattr("castline.transport.solve.effective_conductivity", refuse)
    options = [*AM_ONLY, "--voxel-um", "0.2"]
    assert "not enough memory: Unable to allocate" in refused(capsys, npy, *options)


def test_an_hdf5_file_with_two_volumes_needs_a_name(tmp_path, capsys, labels):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file["raw"] = labels.astype(np.float32)
        file["labels"] = labels
    options = [path, "--phase", "1=1", "--voxel-um", "0.2"]
    assert "name one 3-D dataset with --field" in refused(capsys, *options)
    assert "no dataset 'none'" in refused(capsys, *options, "--field", "none")
    volume = read_image(path, "labels")
    assert np.array_equal(volume.to_xyz(), labels)
    assert volume.spacing is None


def test_a_bar_is_drawn_on_a_terminal_and_only_there(npy):
    command = [sys.executable, "-m", "castline.cli", "conductivity", str(npy), *AM_ONLY]
    command += ["--voxel-um", "0.2"]
    piped = subprocess.run(command, capture_output=True, text=True, check=True)
    assert piped.stderr == ""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=theirs, env=os.environ | {"TERM": "xterm"}
    )
    os.close(theirs)
    drawn = b""
    while True:
        try:
            chunk = os.read(ours, 4096)
        except OSError:
            break
        if not chunk:
            break
        drawn += chunk
    os.close(ours)
    assert process.wait() == 0
    assert b"along z" in drawn


def test_a_damaged_vti_is_one_line_whatever_vtk_prints(tmp_path, labels):
    path = tmp_path / "a.vti"
    write_vti(path, {"phase": labels}, 2e-7)
    content = path.read_bytes()
    path.write_bytes(content[:500] + content[-200:])
    command = [sys.executable, "-m", "castline.cli", "conductivity", str(path), *AM_ONLY]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert result.stderr.startswith(f"castline: error: {path}: ")
    assert result.stderr.count("\n") == 1


def test_the_command_itself_reports_without_a_traceback(tmp_path):
    command = [sys.executable, "-m", "castline.cli", "conductivity", str(tmp_path / "none.npy")]
    command += ["--phase", "1=1", "--voxel-um", "0.2"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert result.stderr == f"castline: error: {tmp_path / 'none.npy'}: no such file\n"


def single(path, *options):
    """Result along z of one image, as JSON."""
    assert main(["conductivity", str(path), *map(str, options)]) == 0
    return json.loads(path.with_name(f"{path.name}.conductivity.json").read_text())


def test_a_film_of_castline_has_names_periodic_sides_and_insulating_phases(
    tmp_path, labels, capsys
):
    path = tmp_path / "film.vti"
    write_vti(path, {"phase": labels}, 2e-7, periodic=(True, True, False))
    written = single(path, "--phase", "1=1", "--axis", "all")
    sides = {axis: entry["sides"] for axis, entry in written["axes"].items()}
    assert sides == {"x": "no-flux", "y": "no-flux", "z": "periodic"}
    assert written["sides"] == "by axis"
    sigma = (labels == 1).astype(float)
    for axis, name in enumerate("xyz"):
        expected = effective_conductivity(sigma, 2e-7, axis, periodic=name == "z").value_s_per_m
        value = written["axes"][name]["conductivity_s_per_m"]
        assert value == pytest.approx(expected, rel=1e-9)
    out = capsys.readouterr().out
    assert "label 2 SE: " in out
    assert "sides along z: periodic (default for a film that castline made" in out
    assert "sides along x, y: no-flux (default: not all its sides are periodic)" in out


def test_a_foreign_image_has_no_names_and_every_label_a_conductivity(npy, capsys):
    options = ["--phase", "1=1", "--voxel-um", "0.2"]
    assert "label 2 has no conductivity; add --phase 2=..., 0 if it insulates" in refused(
        capsys, npy, *options
    )
    single(npy, *AM_ONLY, "--voxel-um", "0.2")
    assert " AM" not in capsys.readouterr().out
    none = ["--phase", "1=0", "--phase", "2=0", "--phase", "3=0", "--voxel-um", "0.2"]
    assert "no label conducts" in refused(capsys, npy, *none)


def test_the_table_says_which_array_axis_is_which(npy, labels, capsys):
    single(npy, *AM_ONLY, "--voxel-um", "0.2")
    assert "x = axis 0, y = axis 1, z = axis 2 of the array (9, 12, 15)" in capsys.readouterr().out
    np.save(npy, labels.transpose(2, 1, 0))
    written = single(npy, *AM_ONLY, "--voxel-um", "0.2", "--order", "zyx")
    assert "x = axis 2, y = axis 1, z = axis 0 of the array (15, 12, 9)" in capsys.readouterr().out
    expected = effective_conductivity((labels == 1).astype(float), 2e-7, periodic=False)
    assert written["axes"]["z"]["conductivity_s_per_m"] == expected.value_s_per_m
    assert written["array_axes"] == "zyx"


def test_outputs_never_replace_an_input_or_each_other(tmp_path, labels, capsys):
    image = tmp_path / "a.vti"
    write_vti(image, {"phase": labels}, 2e-7)
    content = image.read_bytes()
    (tmp_path / "link.vti").symlink_to(image)
    os.link(image, tmp_path / "hard.vti")
    slices = tmp_path / "slices"
    write(slices, labels)
    base = [image, *AM_ONLY]
    folder = [slices, *AM_ONLY, "--voxel-um", "0.2"]
    for command, words in (
        ([*base, "--json", image], "is the input"),
        ([*base, "--fields", image], "is the input"),
        ([*base, "--fields", tmp_path / "link.vti"], "is the input"),
        ([*base, "--fields", tmp_path / "hard.vti"], "is the input"),
        ([*base, "--fields", tmp_path / "slices" / ".." / "a.vti"], "is the input"),
        ([*base, "--json", tmp_path / "b.vti", "--fields", tmp_path / "b.vti"], "is the file of"),
        ([*folder, "--figure", slices / "a.png"], "would be read as a slice"),
        ([*folder, "--json", slices / "slice_0003.tif"], "is one of the slices"),
        ([*base, "--mask", tmp_path / "m.npy", "--json", tmp_path / "m.npy"], "is the input"),
    ):
        np.save(tmp_path / "m.npy", np.ones(labels.shape, dtype=bool))
        assert words in refused(capsys, *command)
    assert image.read_bytes() == content
    foreign = tmp_path / "precious.json"
    foreign.write_text("[1, 2]")
    assert "is no result of castline" in refused(capsys, *base, "--json", foreign)


def test_a_second_axis_does_not_replace_the_first(npy, capsys):
    options = [*AM_ONLY, "--voxel-um", "0.2"]
    for axis in ("x", "y", "z"):
        assert main(["conductivity", str(npy), *options, "--axis", axis]) == 0
    names = [f"film.npy.conductivity{part}.json" for part in (".x", ".y", "")]
    for name, axis in zip(names, "xyz", strict=True):
        assert list(json.loads(npy.with_name(name).read_text())["axes"]) == [axis]
    assert main(["conductivity", str(npy), *options, "--axis", "all"]) == 0
    message = refused(capsys, npy, *options, "--axis", "z")
    assert "holds the result along x, y, which would be lost" in message
    assert main(["conductivity", str(npy), *options, "--axis", "all"]) == 0


def test_outputs_are_all_there_or_none(npy, capsys, monkeypatch):
    def fail(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("castline.figures.style.save", fail)
    folder = npy.parent
    options = [*AM_ONLY, "--voxel-um", "0.2", "--fields", folder / "f.vti"]
    message = refused(capsys, npy, *options, "--figure", folder / "f.png")
    assert "f.png: cannot be written: No space left on device" in message
    assert [file.name for file in folder.iterdir()] == ["film.npy"]


def test_the_folder_that_one_is_in_is_named_in_the_output(tmp_path, labels, monkeypatch):
    write(tmp_path / "slices", labels)
    monkeypatch.chdir(tmp_path / "slices")
    assert main(["conductivity", ".", *AM_ONLY, "--voxel-um", "0.2"]) == 0
    assert (tmp_path / "slices.conductivity.json").is_file()
    assert not [f for f in (tmp_path / "slices").iterdir() if f.name.startswith(".")]


def test_fields_keep_origin_and_direction_and_have_the_current_density_of_the_spacing(tmp_path):
    image = tmp_path / "a.vti"
    turned = [[0, -1, 0], [1, 0, 0], [0, 0, 1]]
    write_vti(
        image, {"phase": np.ones((4, 5, 6), np.uint8)}, (1e-7, 2e-7, 4e-7), (1e-6, 2e-6, 3e-6),
        direction=turned,
    )  # fmt: skip
    fields = tmp_path / "f.vti"
    single(image, "--phase", "1=3", "--fields", fields, "--crop", "x=1:4", "--tolerance", "1e-12")
    found = read_image(fields, "potential_z_v")
    np.testing.assert_allclose(found.direction, turned)
    np.testing.assert_allclose(found.origin_m, (1e-6, 2.1e-6, 3e-6))
    assert found.spacing.edges == pytest.approx((1e-7, 2e-7, 4e-7))
    import pyvista

    density = pyvista.read(fields).cell_data["current_density_z_a_per_m2"]
    length_m = 6 * 4e-7
    np.testing.assert_allclose(density, np.tile([0, 0, 3 / length_m], (90, 1)), rtol=1e-5, atol=1)


def test_many_images_make_one_table_and_one_json(tmp_path, labels, capsys):
    paths = [tmp_path / "a.npy", tmp_path / "b.npy"]
    without_3 = np.where(labels == 3, np.uint8(1), labels)
    for path, values in zip(paths, (labels, without_3), strict=True):
        np.save(path, values)
    command = ["conductivity", *map(str, paths), *AM_ONLY, "--voxel-um", "0.2"]
    target = tmp_path / "both.json"
    assert main([*command, "--json", str(target)]) == 0
    out = capsys.readouterr().out
    assert out.count("sigma_eff") == 1
    entries = json.loads(target.read_text())["images"]
    for entry, path in zip(entries, paths, strict=True):
        options = AM_ONLY if path == paths[0] else AM_ONLY[:-2]
        alone = single(path, *options, "--voxel-um", "0.2")
        assert {"castline": alone["castline"]} | entry == alone
    unused = [*command[1:], "--phase", "9=1", "--json", target]
    assert "no image has label 9" in refused(capsys, *unused)
    assert "need the name of their common result" in refused(capsys, *command[1:])
    options = ["--json", target, "--fields", tmp_path / "f.vti"]
    assert "one image at a time" in refused(capsys, *command[1:], *options)


def test_a_mask_takes_its_outside_from_area_and_volume(tmp_path, labels, capsys):
    image, mask = tmp_path / "a.npy", tmp_path / "mask.npy"
    part = labels[:, 2:9]
    padded = np.zeros_like(labels)
    padded[:, 2:9] = part
    np.save(image, padded)
    inside = np.zeros(labels.shape, dtype=np.uint8)
    inside[:, 2:9] = 255
    np.save(mask, inside)
    options = [*AM_ONLY, "--voxel-um", "0.2"]
    masked = single(image, *options, "--mask", mask)
    np.save(tmp_path / "part.npy", part)
    alone = single(tmp_path / "part.npy", *options)
    for name in ("conductivity_s_per_m", "tortuosity_factor"):
        assert masked["axes"]["z"][name] == pytest.approx(alone["axes"]["z"][name], rel=1e-9)
    for label, share in alone["phase_volume_fraction"].items():
        assert masked["phase_volume_fraction"][label] == pytest.approx(share)
    across = [*options, "--mask", mask, "--axis", "y"]
    assert "cross-section changes along y" in refused(capsys, image, *across)
    assert "cannot be periodic" in refused(
        capsys, image, *options, "--mask", mask, "--sides", "periodic"
    )
    np.save(mask, inside[1:])
    assert "the image has (9, 12, 15)" in refused(capsys, image, *options, "--mask", mask)


def test_conductivities_of_voxels_crops_and_label_maps(tmp_path, labels, capsys):
    image = tmp_path / "a.npy"
    sigma = np.random.default_rng(1).random(labels.shape)
    np.save(image, sigma)
    expected = effective_conductivity(sigma[1:, :, 2:9], 2e-7, periodic=False)
    crop = ["--crop", "x=1:9", "z=2:9", "--voxel-um", "0.2"]
    written = single(image, "--voxel-conductivity", *crop)
    assert written["axes"]["z"]["conductivity_s_per_m"] == expected.value_s_per_m
    np.save(image, np.array([0, 65535, 2, 3], dtype=np.uint16)[labels])
    options = ["--map", "65535=1", *AM_ONLY, *crop]
    expected = effective_conductivity((labels == 1)[1:, :, 2:9].astype(float), 2e-7, periodic=False)
    written = single(image, *options)
    assert written["axes"]["z"]["conductivity_s_per_m"] == expected.value_s_per_m
    assert "--voxel-conductivity excludes" in refused(
        capsys, image, "--voxel-conductivity", *options
    )


def test_max_iterations_end_the_solve(npy, capsys):
    options = [*AM_ONLY, "--voxel-um", "0.2", "--max-iterations", "1"]
    assert "no convergence" in refused(capsys, npy, *options)


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_a_figure_is_drawn(npy, suffix):
    target = npy.with_name(f"a{suffix}")
    single(npy, *AM_ONLY, "--voxel-um", "0.2", "--figure", target)
    assert target.stat().st_size > 1000


def test_metrics_in_print_and_json(tmp_path, labels, npy, capsys):
    target = tmp_path / "out.json"
    command = ["conductivity", str(npy), "--phase", "1=1", "--phase", "2=0.1", "--phase", "3=0"]
    command += ["--voxel-um", "0.2", "--json", str(target), "--metrics", "all"]
    assert main(command) == 0
    printed = capsys.readouterr().out
    entry = json.loads(target.read_text())
    metrics = entry["metrics"]
    for name in metrics:
        assert f"  {name}: " in printed
    value = entry["axes"]["z"]["conductivity_s_per_m"]

    for found in metrics["connectivity"]["z"].values():
        shares = [found[key] for key in ("through", "inlet_only", "outlet_only", "isolated")]
        assert sum(shares) == pytest.approx(1)
    # Each row of three equal labels is a chord where it does not touch the faces.
    chords = metrics["chords"]["z"]["1"]
    assert chords["mean_um"] >= 0.6
    areas = metrics["interfaces"]
    assert areas["1-2"]["per_volume_per_m"] == pytest.approx(
        areas["1-2"]["area_m2"] / (labels.size * 0.2e-6**3)
    )
    assert all(found["per_volume_per_m2"] >= 0 for found in metrics["triple-lines"].values())
    assert metrics["thickness"]["1"]["d10_um"] <= metrics["thickness"]["1"]["d90_um"]
    electrode = electrode_tortuosity(labels, 1, 2e-7, periodic=False)
    assert metrics["electrode"]["z"]["1"] == asdict(electrode)
    assert "3" not in metrics["electrode"]["z"]
    profile = np.array(metrics["profile"]["z"]["conductivity_s_per_m"])
    assert 1 / np.mean(1 / profile) == pytest.approx(value, rel=1e-5)
    tensor = np.array(metrics["tensor"]["conductivity_s_per_m"])
    sigma = np.array([0.0, 1.0, 0.1, 0.0])[labels]
    periodic = effective_conductivity(sigma, 2e-7, 1, periodic=True)
    assert tensor[1, 1] == pytest.approx(periodic.value_s_per_m, rel=1e-5)
    halves = metrics["subvolumes"]["conductivity along z, S/m"][0]
    corner = effective_conductivity(sigma[:4, :6, :7], 2e-7, periodic=False)
    assert halves["count"] == 8
    assert halves["shape"] == [4, 6, 7]
    assert halves["mean"] >= corner.value_s_per_m / 8
    fraction = metrics["subvolumes"]["fraction of label 1"][0]
    assert fraction["low"] <= fraction["mean"] <= fraction["high"]


def test_only_the_metrics_asked_for(tmp_path, npy):
    target = tmp_path / "out.json"
    command = ["conductivity", str(npy), *AM_ONLY, "--voxel-um", "0.2", "--json", str(target)]
    assert main([*command, "--metrics", "chords", "connectivity", "--axis", "all"]) == 0
    metrics = json.loads(target.read_text())["metrics"]
    assert list(metrics) == ["connectivity", "chords"]
    assert list(metrics["chords"]) == ["x", "y", "z"]


def test_metrics_of_labels_need_labels(tmp_path, capsys):
    path = tmp_path / "sigma.npy"
    np.save(path, np.ones((8, 8, 8)))
    command = ["conductivity", str(path), "--voxel-conductivity", "--voxel-um", "1"]
    assert main([*command, "--metrics", "thickness"]) == 2
    assert "--metrics thickness needs labels" in capsys.readouterr().err
    assert main([*command, "--metrics", "profile", "tensor", "subvolumes"]) == 0
    assert "tensor: x" in capsys.readouterr().out


def test_metrics_take_no_mask(tmp_path, labels, npy, capsys):
    mask = tmp_path / "mask.npy"
    np.save(mask, np.ones(labels.shape, dtype=np.uint8))
    command = ["conductivity", str(npy), *AM_ONLY, "--voxel-um", "0.2", "--mask", str(mask)]
    assert main([*command, "--metrics", "chords"]) == 2
    assert "--metrics takes no --mask" in capsys.readouterr().err


def test_images_too_thin_for_subvolumes_are_refused(tmp_path, capsys):
    path = tmp_path / "slice.npy"
    np.save(path, np.ones((9, 1, 9), dtype=np.uint8))
    command = ["conductivity", str(path), "--phase", "1=1", "--voxel-um", "1"]
    assert main([*command, "--metrics", "subvolumes"]) == 2
    assert "needs 8 voxels along each axis" in capsys.readouterr().err


def test_too_many_threads_are_refused(npy, capsys):
    command = ["conductivity", str(npy), *AM_ONLY, "--voxel-um", "0.2", "--threads", "10000"]
    assert main(command) == 2
    assert "threads must be 1 to" in capsys.readouterr().err
