"""``castline conductivity``: effective conductivity of label images from files."""

import argparse
import math
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from castline.base.errors import InputError
from castline.commands.conductivity_image import load
from castline.commands.conductivity_metrics import METRICS, check_metrics, measure, print_metrics
from castline.commands.conductivity_output import (
    entry,
    print_image,
    print_table,
    write_fields,
    write_figure,
    write_json,
)
from castline.commands.outputs import check_outputs, check_result, publish
from castline.commands.parsing import count, mapping, voxel_um
from castline.commands.progress_bar import Bar

AXES = {"x": 0, "y": 1, "z": 2}
FIGURES = (".png", ".svg", ".pdf")
# Voxels from which on several threads are faster than one.
WORTH_THREADS = 2_000_000


def add(commands):
    """Add the sub-command to the parsers of ``castline``."""
    parser = commands.add_parser(
        "conductivity",
        help="effective conductivity of a label image",
        description="Effective conductivity of label images: potential difference across one "
        "axis. Prints a table and writes JSON. docs/images.md says how each format is read.",
    )
    parser.add_argument(
        "image",
        type=Path,
        nargs="+",
        help=".tif(f), .vti, .vtk, .npy, .npz, .raw, .h5, .nrrd, or a folder of .tif, .png or .bmp "
        "slices",
    )
    parser.add_argument(
        "--phase",
        action="append",
        type=_phase,
        default=[],
        metavar="LABEL=S_PER_M",
        help="conductivity of a label in S/m, once per label; label 0 insulates if not given, and "
        "so do castline's own labels (1 AM, 2 SE, 3 CBD) in images that castline made; any other "
        "label must be given, with 0 if it insulates",
    )
    parser.add_argument(
        "--voxel-um",
        nargs="+",
        type=voxel_um,
        metavar="UM",
        help="voxel edge length in micrometres, one or three (x y z), if the file has none",
    )
    parser.add_argument(
        "--ignore-spacing",
        action="store_true",
        help="ignore voxel edge lengths in the file, where they are wrong",
    )
    parser.add_argument("--axis", choices=[*AXES, "all"], default="z", help="default: z")
    parser.add_argument(
        "--sides",
        choices=["periodic", "no-flux"],
        help="default: no-flux; periodic for films that castline made, where both sides are",
    )
    parser.add_argument(
        "--field", help="VTK field (point:NAME for points), HDF5 dataset or .npz array"
    )
    parser.add_argument(
        "--order",
        choices=["zyx", "xyz"],
        help="axes of the array where the file does not declare them; default: xyz for .npy, .npz "
        "and .h5, zyx for TIFF, slices and .raw",
    )
    parser.add_argument(
        "--raw-shape",
        nargs=3,
        type=count,
        metavar=("NX", "NY", "NZ"),
        help="voxels along x, y, z of a .raw file",
    )
    parser.add_argument("--raw-type", type=_raw_type, help="of a .raw file: uint8, uint16le, ...")
    parser.add_argument(
        "--map",
        action="append",
        type=mapping,
        default=[],
        metavar="VALUE=LABEL",
        help="label of a value of the image, such as 65535=3",
    )
    parser.add_argument(
        "--threshold",
        nargs="+",
        type=float,
        metavar="GREY",
        help="rising grey values; the label is how many of them a voxel reaches",
    )
    parser.add_argument(
        "--crop",
        nargs="+",
        type=_range,
        default=[],
        metavar="AXIS=FIRST:LAST",
        help="voxels to keep, such as z=10:200 (200 not included)",
    )
    parser.add_argument(
        "--mask",
        type=Path,
        help="image of the same shape; where it is 0 is outside the sample: no current, no volume",
    )
    parser.add_argument(
        "--voxel-conductivity",
        action="store_true",
        help="the image holds the conductivity of each voxel in S/m, no labels",
    )
    parser.add_argument(
        "--tolerance", type=float, default=1e-6, help="relative, of value and flux; default: 1e-6"
    )
    parser.add_argument("--max-iterations", type=count, default=500, help="default: 500")
    parser.add_argument(
        "--threads",
        type=count,
        help="default: all cores for images of 2 million voxels or more, else 1; the result is the "
        "same to the last bit",
    )
    parser.add_argument(
        "--metrics",
        nargs="+",
        choices=[*METRICS, "all"],
        default=[],
        help="measure these as well; docs/images.md says what they are",
    )
    parser.add_argument(
        "--json",
        type=Path,
        help="default: IMAGE.conductivity.json, along x or y IMAGE.conductivity.x.json; to be "
        "given for several images",
    )
    parser.add_argument(
        "--fields", type=Path, metavar="VTI", help="write potential and current density (1 V)"
    )
    parser.add_argument(
        "--figure",
        type=Path,
        help="draw slices, phase fractions and tortuosity factors: .png, .svg or .pdf",
    )
    parser.set_defaults(run=run)


def _phase(text):
    label, equals, value = text.partition("=")
    try:
        phase, conductivity = int(label), float(value)
    except ValueError:
        phase = -1
    if not equals or not 0 <= phase <= 255:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not LABEL=VALUE with a label 0 to 255 and a plain number in S/m"
        )
    if not (math.isfinite(conductivity) and conductivity >= 0):
        raise argparse.ArgumentTypeError(f"{text!r}: a conductivity is finite and not negative")
    return phase, conductivity


def _raw_type(text):
    from castline.images.arrays import RAW_TYPES

    if text not in RAW_TYPES:
        raise argparse.ArgumentTypeError(f"{text!r} is not one of {', '.join(RAW_TYPES)}")
    return text


def _range(text):
    found = re.fullmatch(r"([xyz])=([0-9]{1,9}):([0-9]{1,9})", text)
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r} is not AXIS=FIRST:LAST, such as z=10:200")
    return found[1], (int(found[2]), int(found[3]))


def run(arguments):
    """Solve, print the table, write the outputs."""
    _check_arguments(arguments)
    outputs = _outputs(arguments)
    axes = list(AXES) if arguments.axis == "all" else [arguments.axis]
    check_result(outputs["--json"], arguments.image, axes)
    metrics = METRICS if "all" in arguments.metrics else arguments.metrics
    rows, entries = [], []
    for path in arguments.image:
        image = load(path, arguments)
        check_metrics(metrics, image, image.mask)
        results = {axis: _solve(image, axis, arguments) for axis in axes}
        found = measure(metrics, image, results, _solver_options(image, arguments))
        print_image(image, results)
        print_metrics(found)
        rows += [(path.name, along) for along in results.values()]
        entries.append(entry(image, results, arguments, found))
    _check_labels_used(arguments, entries)
    print_table(rows, named=len(entries) > 1)
    writers = {"--json": lambda path: write_json(path, entries)}
    if arguments.fields:
        writers["--fields"] = lambda path: write_fields(path, image, results)
    if arguments.figure:
        writers["--figure"] = lambda path: write_figure(path, image, results)
    publish(outputs, writers)
    for option, path in outputs.items():
        print(f"{option.removeprefix('--').replace('json', 'JSON')}: {path}")


def _check_arguments(arguments):
    several = len(arguments.image) > 1
    if several and (arguments.fields or arguments.figure):
        raise InputError("--fields and --figure take one image at a time")
    if several and arguments.json is None:
        raise InputError("several images need the name of their common result with --json")
    if arguments.voxel_conductivity:
        if arguments.phase or arguments.map or arguments.threshold:
            raise InputError("--voxel-conductivity excludes --phase, --map and --threshold")
    elif not arguments.phase:
        raise InputError("give the conductivity of each label with --phase LABEL=S_PER_M")
    if arguments.voxel_um is not None and len(arguments.voxel_um) not in (1, 3):
        raise InputError(f"--voxel-um takes one or three, got {len(arguments.voxel_um)}")
    if arguments.mask and arguments.sides == "periodic":
        raise InputError("--mask has an outside, so its sides cannot be periodic")
    for pairs, what in (
        (arguments.phase, "a label was given more than one conductivity with --phase"),
        (arguments.map, "a value was given more than one label with --map"),
        (arguments.crop, "an axis was given more than one range with --crop"),
    ):
        if len(dict(pairs)) < len(pairs):
            raise InputError(what)


def _outputs(arguments):
    """Path by option, checked before the solve: what could not be written after it is refused."""
    outputs = {"--json": arguments.json or _default_json(arguments.image[0], arguments.axis)}
    if arguments.fields:
        if arguments.fields.suffix != ".vti":
            raise InputError(f"{arguments.fields}: must end in .vti")
        outputs["--fields"] = arguments.fields
    if arguments.figure:
        if arguments.figure.suffix not in FIGURES:
            raise InputError(f"{arguments.figure}: must end in {', '.join(FIGURES)}")
        outputs["--figure"] = arguments.figure
    inputs = [*arguments.image, *([arguments.mask] if arguments.mask else [])]
    check_outputs(outputs, inputs)
    return outputs


def _default_json(image, axis):
    if image.name in ("", ".."):
        image = image.resolve()
    part = f".{axis}" if axis in ("x", "y") else ""
    return image.with_name(f"{image.name}.conductivity{part}.json")


def _check_labels_used(arguments, entries):
    present = {label for entry in entries for label in entry["phase_volume_fraction"]}
    for label in dict(arguments.phase):
        if label not in present:
            raise InputError(f"no image has label {label} of --phase {label}=...")


def _sides(image, axis, arguments):
    """Sides of the solve along an axis, and why."""
    if arguments.sides:
        return arguments.sides, "--sides"
    if image.mask is not None:
        return "no-flux", "--mask"
    if image.volume.periodic is None:
        return "no-flux", "default for an image from a file"
    others = [image.volume.periodic[k] for k in range(3) if k != AXES[axis]]
    if all(others):
        return "periodic", "default for a film that castline made: its sides are"
    return "no-flux", "default: not all its sides are periodic"


@dataclass(frozen=True)
class _Along:
    """What was found along one axis."""

    axis: str
    sides: str
    why: str
    value_s_per_m: float
    result: object


def _solver_options(image, arguments):
    from castline.transport.threads import available

    threads = arguments.threads
    if threads is None:
        threads = available() if image.volume.to_xyz().size >= WORTH_THREADS else 1
    return {
        "tolerance": arguments.tolerance,
        "max_iterations": arguments.max_iterations,
        "threads": threads,
    }


def _solve(image, axis, arguments):
    from castline.transport.solve import effective_conductivity

    if image.mask is not None:
        first = np.take(image.mask, [0], axis=AXES[axis])
        if (image.mask != first).any():
            raise InputError(
                f"{arguments.mask}: its cross-section changes along {axis}; a conductivity needs "
                "one area"
            )
    sides, why = _sides(image, axis, arguments)
    with Bar(f"{image.path.name} along {axis}", arguments.tolerance) as bar:
        result = effective_conductivity(
            image.sigma_s_per_m(),
            image.spacing_m,
            AXES[axis],
            periodic=sides == "periodic",
            phases=image.labels,
            with_fields=arguments.fields is not None
            or bool({"profile", "all"} & {*arguments.metrics}),
            progress=bar.report,
            **_solver_options(image, arguments),
        )
    # The solver divides the current by the whole cross-section.
    area = 1.0 if image.mask is None else float(image.mask.mean())
    return _Along(axis, sides, why, result.value_s_per_m / area, result)
