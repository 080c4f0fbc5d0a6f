"""castline conductivity: every format, what it writes, and what it refuses."""

import json
import os
import pty
import subprocess
import sys

import h5py
import numpy as np
import pytest
import tifffile

from castline.cli import main
from castline.images.readers import read_image
from castline.images.vtk_files import read_vti, write_vti
from castline.transport import effective_conductivity

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


def test_the_command_itself_reports_without_a_traceback(tmp_path):
    command = [sys.executable, "-m", "castline.cli", "conductivity", str(tmp_path / "none.npy")]
    command += ["--phase", "1=1", "--voxel-um", "0.2"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert result.stderr == f"castline: error: {tmp_path / 'none.npy'}: no such file\n"
