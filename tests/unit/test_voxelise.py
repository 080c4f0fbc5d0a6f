"""castline voxelise: spheres of any program become the label image of the same spheres."""

import json

import numpy as np
import pytest

from castline.cli import main
from castline.images.readers import read_image
from castline.images.voxels import label_image
from castline.images.vtk_files import read_vti
from castline.packing.state import ParticleState, write_state

# id, type, x, y, z, radius, um
SPHERES = np.array(
    [[1, 1, 1.0, 1.1, 1.2, 0.9], [2, 2, 2.6, 1.0, 1.4, 0.8], [5, 3, 0.1, 2.0, 2.2, 0.5]]
)
BOX = [0, 4, 0, 3, 0, 3]
EXPECTED = label_image(
    SPHERES[:, 2:5], SPHERES[:, 5], SPHERES[:, 1].astype(int), SPHERES[:, 0], (0, 0, 0),
    (20, 15, 15), 0.2, periodic=(False, False, False),
)  # fmt: skip


def voxelise(path, *options):
    output = path.with_name("out.vti")
    command = ["voxelise", str(path), "--voxel-um", "0.2", "--output", str(output)]
    assert main([*command, *map(str, options)]) == 0
    values, spacing, origin = read_vti(output)
    assert spacing == pytest.approx((2e-7,) * 3)
    assert origin == pytest.approx((0, 0, 0))
    return values


def text(separator, header, factor=1.0):
    rows = SPHERES * [1, 1, *[factor] * 4]
    lines = [separator.join(f"{value:.10g}" for value in row) for row in rows]
    return "\n".join([*header, *lines]) + "\n"


@pytest.mark.parametrize(
    ("name", "content", "unit"),
    [
        ("a.csv", text(",", ["id,type,x,y,z,radius"]), "um"),
        ("a.csv", text(", ", ['"ID", "type", "x", "y", "z", "radius"'], 1e3), "nm"),
        ("a.txt", text(" ", ["# a comment", "id type x y z radius"], 1e-3), "mm"),
        ("a.txt", text("\t", []), "um"),
    ],
)
def test_tables_of_spheres(tmp_path, name, content, unit):
    path = tmp_path / name
    path.write_text(content)
    values = voxelise(path, "--length-unit", unit, "--box-um", *BOX)
    np.testing.assert_array_equal(values, EXPECTED)


def dump(units="", bounds="ff ff ff", frames=1):
    frame = f"{units}ITEM: TIMESTEP\n7\nITEM: NUMBER OF ATOMS\n3\nITEM: BOX BOUNDS {bounds}\n"
    frame += "0 4\n0 3\n0 3\nITEM: ATOMS id type x y z radius\n"
    return (frame + text(" ", [])) * frames


def test_a_dump_has_its_box_and_may_say_its_units(tmp_path, capsys):
    path = tmp_path / "a.dump"
    path.write_text(dump())
    np.testing.assert_array_equal(voxelise(path, "--length-unit", "um"), EXPECTED)
    path.write_text(dump("ITEM: UNITS\nmicro\n"))
    np.testing.assert_array_equal(voxelise(path), EXPECTED)
    assert "label 2: 1 spheres" in capsys.readouterr().out
    assert read_image(path.with_name("out.vti")).periodic is None
    path.write_text(dump("ITEM: UNITS\nmicro\n", "pp ff ff"))
    assert (voxelise(path) == 3).sum() > (EXPECTED == 3).sum()
    np.testing.assert_array_equal(voxelise(path, "--periodic", "none"), EXPECTED)
    swapped = voxelise(path, "--periodic", "none", "--map", "1=7", "--map", "2=1")
    np.testing.assert_array_equal(swapped, np.array([0, 7, 1, 3])[EXPECTED])


def test_a_dump_of_castline_keeps_phases_and_periodic_sides(tmp_path, capsys):
    path = tmp_path / "film.dump.gz"
    state = ParticleState(
        low_m=np.zeros(3),
        high_m=np.array([4e-6, 3e-6, 3e-6]),
        periodic=(True, True, False),
        ids=np.array([1, 2, 3]),
        types=np.array([1, 2, 3]),
        phases=np.array([2, 1, 3]),
        position_m=SPHERES[:, 2:5] * 1e-6,
        diameter_m=SPHERES[:, 5] * 2e-6,
        mass_kg=np.ones(3) * 1e-15,
    )
    write_state(state, path)
    values = voxelise(path)
    assert set(np.unique(values)) == {0, 1, 2, 3}
    assert (values == 2).sum() == (EXPECTED == 1).sum()
    assert "label 2 SE: 1 spheres" in capsys.readouterr().out
    assert read_image(tmp_path / "out.vti").periodic == (True, True, False)
    assert main(["conductivity", str(tmp_path / "out.vti"), "--phase", "2=1"]) == 0
    written = json.loads((tmp_path / "out.vti.conductivity.json").read_text())
    assert written["sides"] == "periodic"


@pytest.mark.parametrize(
    ("content", "options", "words"),
    [
        (dump(), [], "does not say its unit of length"),
        (dump("ITEM: UNITS\nmicro\n"), ["--length-unit", "nm"], "contradicts its units micro"),
        (dump("ITEM: UNITS\nmicro\n", frames=2), [], "2 frames"),
        (dump("ITEM: UNITS\nmicro\n").replace("radius", "vx"), [], "radius and diameter"),
        (dump("ITEM: UNITS\nmicro\n").replace("x y z", "xs ys zs"), [], "has no column x"),
        (dump("ITEM: UNITS\nmicro\n").replace(" 0.9", " -0.9"), [], "radius is not positive"),
        (dump("ITEM: UNITS\nmicro\n").replace("\n5 3", "\n2 3"), [], "id 2 twice"),
        (dump("ITEM: UNITS\nmicro\n")[:-20], [], "dump"),
        (dump("ITEM: UNITS\nmicro\n"), ["--map", "9=1"], "has no type 9"),
        (dump("ITEM: UNITS\nmicro\n"), ["--map", "1=0"], "label 0, not 1 to 255"),
        (dump("ITEM: UNITS\nmicro\n", "pp pp ff"), ["--box-um", *BOX], "cuts a periodic box"),
    ],
)
def test_dumps_that_cannot_be_used_are_one_line(tmp_path, capsys, content, options, words):
    path = tmp_path / "a.dump"
    path.write_text(content)
    assert main(["voxelise", str(path), "--voxel-um", "0.2", *map(str, options)]) == 2
    out, err = capsys.readouterr()
    assert words in err
    assert err.count("\n") == 1
    assert out == ""
    assert [file.name for file in tmp_path.iterdir()] == ["a.dump"]


@pytest.mark.parametrize(
    ("content", "options", "words"),
    [
        ("id,type,x,y,z,radius\n1,1,0,0,0,1\n", [], "give it with --length-unit"),
        ("id,type,x,y,z,radius\n1,1,0,0,0,1\n", ["--length-unit", "um"], "give it with --box-um"),
        ("id,type,x,y,z\n1,1,0,0,0\n", ["--length-unit", "um"], "radius and diameter"),
        ("id,type,x,y,radius\n1,1,0,0,1\n", ["--length-unit", "um"], "has no column z"),
        ("1 1 0 0 0 1\n2 1 0 0 0\n", ["--length-unit", "um"], "sphere 2: '2 1 0 0 0'"),
        ("1 1 0 0 nan 1\n", ["--length-unit", "um"], "6 numbers are needed"),
        ("1 1.5 0 0 0 1\n", ["--length-unit", "um"], "column type must hold whole numbers"),
        ("\n", ["--length-unit", "um"], "is empty"),
        ("id,type,x,y,z,radius\n", ["--length-unit", "um"], "holds no sphere"),
    ],
)
def test_tables_that_cannot_be_used_are_one_line(tmp_path, capsys, content, options, words):
    path = tmp_path / "a.csv"
    path.write_text(content)
    assert main(["voxelise", str(path), "--voxel-um", "0.2", *options]) == 2
    err = capsys.readouterr().err
    assert words in err
    assert err.count("\n") == 1
