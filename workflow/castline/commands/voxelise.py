"""``castline voxelise``: the label image of anyone's spheres."""

import argparse
import math
from pathlib import Path

import numpy as np

from castline.base.errors import InputError
from castline.commands.outputs import check_outputs, publish
from castline.commands.parsing import mapping, voxel_um
from castline.images.volume import AXES, METRES
from castline.recipe.phases import Phase


def add(commands):
    """Add the sub-command to the parsers of ``castline``."""
    parser = commands.add_parser(
        "voxelise",
        help="label image of spheres from a LAMMPS dump, CSV or text",
        description="Label image of spheres: a voxel is filled if its centre lies in a sphere, "
        "overlaps are shared at the radical plane. Writes a .vti for castline conductivity.",
    )
    parser.add_argument(
        "spheres",
        type=Path,
        help="LAMMPS dump (.dump, .lammpstrj, .gz), or .csv or text with the columns id, type, x, "
        "y, z and radius or diameter",
    )
    parser.add_argument(
        "--voxel-um",
        type=voxel_um,
        required=True,
        metavar="UM",
        help="wanted edge length; the nearest that tiles the box is taken, axis by axis",
    )
    parser.add_argument(
        "--length-unit", choices=["m", "mm", "um", "nm", "angstrom"], help="if the file names none"
    )
    parser.add_argument(
        "--box-um",
        nargs=6,
        type=_number,
        metavar=("XLO", "XHI", "YLO", "YHI", "ZLO", "ZHI"),
        help="box, if the file has none or only a part is wanted",
    )
    parser.add_argument(
        "--periodic",
        choices=["none", "x", "y", "z", "xy", "xz", "yz", "xyz"],
        help="axes across which spheres go on at the other side; default: as the dump says, else "
        "none",
    )
    parser.add_argument(
        "--map",
        action="append",
        type=mapping,
        default=[],
        metavar="TYPE=LABEL",
        help="label of a type; default: the type itself, in castline's dumps the phase",
    )
    parser.add_argument("--output", type=Path, metavar="VTI", help="default: SPHERES.vti")
    parser.set_defaults(run=run)


def _number(text):
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError(f"{text!r} is not a plain number of micrometres")
    return value


def run(arguments):
    """Read, voxelise, write, and say what the image holds."""
    from castline.images.spheres import read_spheres
    from castline.images.voxels import grid_for_box, label_image, volume_fractions
    from castline.images.vtk_files import write_vti

    output = arguments.output or Path(f"{arguments.spheres}.vti")
    if output.suffix != ".vti":
        raise InputError(f"{output}: must end in .vti")
    if not arguments.spheres.is_file():
        raise InputError(f"{arguments.spheres}: no such file")
    check_outputs({"--output": output}, [arguments.spheres])
    spheres = read_spheres(arguments.spheres, arguments.length_unit)
    low_m, high_m = _box(arguments, spheres)
    periodic = _periodic(arguments, spheres)
    labels = _labels(arguments, spheres)
    shape, spacing_m = grid_for_box(high_m - low_m, arguments.voxel_um * METRES["um"])
    # The voxeliser wraps at the box it is given; a part of a periodic box does not repeat.
    image = label_image(
        spheres.centre_m, spheres.radius_m, labels, spheres.ids, low_m, shape, spacing_m, periodic
    )
    is_own = spheres.is_own and not arguments.map
    publish(
        {"--output": output},
        {
            "--output": lambda path: write_vti(
                path,
                {"phase": image},
                spacing_m,
                tuple(low_m),
                periodic=periodic if is_own else None,
            )
        },
    )
    edges = " x ".join(f"{1e6 * edge:.6g}" for edge in spacing_m)
    print(f"{arguments.spheres}: {len(labels)} spheres, {' x '.join(map(str, shape))} voxels")
    print(f"  voxels of {edges} um, periodic along {_named(periodic)}")
    counts = dict(zip(*np.unique(labels, return_counts=True), strict=True))
    for label, share in volume_fractions(image).items():
        name = f" {Phase(label).name}" if is_own else ""
        print(f"  label {label}{name}: {counts.get(label, 0)} spheres, {100 * share:.2f} %")
    print(f"image: {output}")


def _named(periodic):
    return ", ".join(axis for axis, wraps in zip(AXES, periodic, strict=True) if wraps) or "no axis"


def _box(arguments, spheres):
    if arguments.box_um is not None:
        box = np.array(arguments.box_um).reshape(3, 2) * METRES["um"]
        low_m, high_m = box[:, 0], box[:, 1]
    elif spheres.low_m is not None:
        low_m, high_m = spheres.low_m, spheres.high_m
    else:
        raise InputError(f"{arguments.spheres}: has no box; give it with --box-um")
    if not (high_m > low_m).all():
        raise InputError(f"{arguments.spheres}: the box has no volume, {low_m} to {high_m} m")
    return low_m, high_m


def _periodic(arguments, spheres):
    if arguments.periodic is not None:
        return tuple(axis in arguments.periodic for axis in AXES)
    if spheres.periodic is None:
        return (False, False, False)
    if arguments.box_um is not None and any(spheres.periodic):
        raise InputError("--box-um cuts a periodic box; say with --periodic which axes still are")
    return spheres.periodic


def _labels(arguments, spheres):
    mapped = dict(arguments.map)
    if len(mapped) < len(arguments.map):
        raise InputError("a type was given more than one label with --map")
    present = [int(kind) for kind in np.unique(spheres.types)]
    for kind in mapped:
        if kind not in present:
            found = ", ".join(map(str, present))
            raise InputError(f"{arguments.spheres}: has no type {kind}; it has {found}")
    for kind in present:
        label = mapped.get(kind, kind)
        if not 1 <= label <= 255:
            raise InputError(
                f"{arguments.spheres}: type {kind} would be label {label}, not 1 to 255; "
                f"--map {kind}=1"
            )
    return np.array([mapped.get(int(kind), int(kind)) for kind in spheres.types])
