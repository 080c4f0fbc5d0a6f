"""``castline conductivity``: effective conductivity of label images from files."""

import argparse
import math
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from castline import __version__
from castline.base.errors import InputError
from castline.commands.outputs import check_outputs, check_result, publish
from castline.commands.parsing import count, mapping, voxel_um
from castline.recipe.phases import Phase

AXES = {"x": 0, "y": 1, "z": 2}
FIGURES = (".png", ".svg", ".pdf")


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


@dataclass(frozen=True)
class _Image:
    path: Path
    volume: object
    labels: np.ndarray | None
    sigma: np.ndarray  # of each label, or of each voxel where there are no labels
    spacing_m: tuple[float, float, float]
    spacing_source: str
    origin_m: tuple[float, float, float]
    conductivity_s_per_m: dict[int, float]
    fraction: dict[int, float]
    mask: np.ndarray | None
    is_own: bool  # labels are castline's phases

    def sigma_s_per_m(self):
        values = self.sigma if self.labels is None else self.sigma[self.labels]
        return values if self.mask is None else np.where(self.mask, values, 0.0)


def run(arguments):
    """Solve, print the table, write the outputs."""
    _check_arguments(arguments)
    outputs = _outputs(arguments)
    axes = list(AXES) if arguments.axis == "all" else [arguments.axis]
    check_result(outputs["--json"], arguments.image, axes)
    rows, entries = [], []
    for path in arguments.image:
        image = _load(path, arguments)
        results = {axis: _solve(image, axis, arguments) for axis in axes}
        _print_image(image, results)
        rows += [(path.name, along) for along in results.values()]
        entries.append(_entry(image, results, arguments))
    _check_labels_used(arguments, entries)
    _print_table(rows, named=len(entries) > 1)
    writers = {"--json": lambda path: _write_json(path, entries)}
    if arguments.fields:
        writers["--fields"] = lambda path: _write_fields(path, image, results)
    if arguments.figure:
        writers["--figure"] = lambda path: _write_figure(path, image, results)
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


def _load(path, arguments):
    from castline.images.labels import cropped, cropped_origin_m, label_image_of
    from castline.images.readers import read_image
    from castline.images.volume import edge_lengths_m
    from castline.images.voxels import volume_fractions

    ranges = dict(arguments.crop)
    whole = read_image(
        path, arguments.field, arguments.order, arguments.raw_shape, arguments.raw_type
    )
    volume = cropped(whole, path, ranges)
    edges_um = None if arguments.voxel_um is None else np.broadcast_to(arguments.voxel_um, 3)
    mask = _mask(arguments, volume, ranges) if arguments.mask else None
    if arguments.voxel_conductivity:
        spacing = edge_lengths_m(path, volume.spacing, edges_um, arguments.ignore_spacing)
        labels, sigma, conductivity, fraction = None, volume.to_xyz(), {}, {}
        if not np.any(sigma):
            raise InputError(f"{path}: no voxel conducts")
    else:
        image = label_image_of(
            volume,
            path,
            edges_um,
            arguments.ignore_spacing,
            dict(arguments.map),
            arguments.threshold,
        )
        labels, spacing = image.labels, (image.spacing_m, image.spacing_source)
        fraction = volume_fractions(labels if mask is None else labels[mask])
    is_own = volume.periodic is not None and not arguments.map and not arguments.threshold
    if labels is not None:
        given = dict(arguments.phase)
        if len(arguments.image) > 1:  # a label may be missing in some images
            given = {label: value for label, value in given.items() if label in fraction}
        conductivity = _conductivities(path, given, fraction, is_own)
        sigma = np.zeros(256)
        for label, value in conductivity.items():
            sigma[label] = value
    return _Image(
        path=path,
        volume=volume,
        labels=labels,
        sigma=sigma,
        spacing_m=spacing[0],
        spacing_source=spacing[1],
        origin_m=cropped_origin_m(volume, spacing[0], ranges),
        conductivity_s_per_m=conductivity,
        fraction=fraction,
        mask=mask,
        is_own=is_own,
    )


def _conductivities(path, given, fraction, is_own):
    present = ", ".join(map(str, fraction))
    for label in given:
        if label not in fraction:
            raise InputError(f"{path}: has no label {label}; it has {present}")
    insulating = set(Phase) if is_own else {Phase.PORE}
    for label in fraction:
        if label not in given and label not in insulating:
            raise InputError(
                f"{path}: label {label} has no conductivity; add --phase {label}=..., 0 if it "
                "insulates"
            )
    if not any(given.values()):
        raise InputError(f"{path}: no label conducts, every --phase is 0")
    return {label: given.get(label, 0.0) for label in fraction}


def _check_labels_used(arguments, entries):
    present = {label for entry in entries for label in entry["phase_volume_fraction"]}
    for label in dict(arguments.phase):
        if label not in present:
            raise InputError(f"no image has label {label} of --phase {label}=...")


def _mask(arguments, volume, ranges):
    from castline.images.labels import cropped
    from castline.images.readers import WITH_AXES, read_image

    order = None if arguments.mask.suffix.lower() in WITH_AXES else arguments.order
    mask = cropped(read_image(arguments.mask, order=order), arguments.mask, ranges).to_xyz() != 0
    shape = volume.to_xyz().shape
    if mask.shape != shape:
        raise InputError(f"{arguments.mask}: shape {mask.shape}, the image has {shape}")
    if not mask.any():
        raise InputError(f"{arguments.mask}: is 0 everywhere")
    return mask


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
    with _Bar(f"{image.path.name} along {axis}", arguments.tolerance) as bar:
        result = effective_conductivity(
            image.sigma_s_per_m(),
            image.spacing_m,
            AXES[axis],
            periodic=sides == "periodic",
            phases=image.labels,
            with_fields=arguments.fields is not None,
            tolerance=arguments.tolerance,
            max_iterations=arguments.max_iterations,
            progress=bar.report,
        )
    # The solver divides the current by the whole cross-section.
    area = 1.0 if image.mask is None else float(image.mask.mean())
    return _Along(axis, sides, why, result.value_s_per_m / area, result)


@dataclass(frozen=True)
class _Along:
    """What was found along one axis."""

    axis: str
    sides: str
    why: str
    value_s_per_m: float
    result: object


class _Bar:
    """Progress on a terminal: how far energy and flux have come, on a logarithmic scale."""

    def __init__(self, title, tolerance):
        from rich.console import Console
        from rich.markup import escape
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        console = Console(stderr=True)
        self.tolerance = tolerance
        self.bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[state]}"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self.task = self.bar.add_task(escape(title), total=1.0, state="setting up")

    def __enter__(self):
        self.bar.start()
        return self

    def __exit__(self, *_):
        self.bar.stop()

    def report(self, iteration, change, imbalance):
        worst = max(change, imbalance, self.tolerance)
        done = math.log(min(worst, 1.0)) / math.log(self.tolerance)
        state = f"iteration {iteration}, energy {change:.0e}, flux {imbalance:.0e}"
        self.bar.update(self.task, completed=done, state=state)


def _print_image(image, results):
    shape = " x ".join(map(str, image.volume.to_xyz().shape))
    edges = " x ".join(f"{1e6 * edge:.4g}" for edge in image.spacing_m)
    print(f"{image.path}: {shape} voxels of {edges} um (x y z; {image.spacing_source})")
    print(f"  {image.volume.axes_text()}")
    for note in image.volume.notes:
        print(f"  {note}")
    for text in dict.fromkeys(f"{along.sides} ({along.why})" for along in results.values()):
        axes = ", ".join(a for a, r in results.items() if f"{r.sides} ({r.why})" == text)
        print(f"  sides along {axes}: {text}")
    if image.mask is not None:
        print(f"  mask: {100 * image.mask.mean():.2f} % of the image is inside")
    if image.labels is None:
        low, high = image.sigma.min(), image.sigma.max()
        print(f"  conductivity of each voxel from the image, {low:g} to {high:g} S/m")
    for label, conductivity in image.conductivity_s_per_m.items():
        name = f" {Phase(label).name}" if image.is_own and label in list(Phase) else ""
        state = f"{conductivity:g} S/m" if conductivity else "insulating"
        print(f"  label {label}{name}: {100 * image.fraction[label]:.2f} % of the volume, {state}")


def _print_table(rows, named):
    """Table of all results; with the name of each one's image where there are several."""
    width = max(len(name) for name, _ in rows)
    lead = f"{'image':<{width}}  " if named else ""
    print(
        f"{lead}axis  sigma_eff S/m  tortuosity factor  percolating %  flux imbalance  iterations"
    )
    for name, along in rows:
        lead = f"{name:<{width}}  " if named else ""
        result = along.result
        print(
            f"{lead}{along.axis:<4}  {along.value_s_per_m:13.6g}  "
            f"{result.tortuosity_factor:17.5g}  {100 * result.percolating_fraction:13.2f}  "
            f"{result.flux_imbalance:14.1e}  {result.iterations:10d}"
        )
        shares = ", ".join(
            f"label {label} {100 * share:.2f} %"
            for label, share in (result.phase_flux_share or {}).items()
            if share
        )
        if not result.percolates:
            shares = "nothing, no path between the electrodes"
        if shares:
            print(f"{' ' * len(lead)}      current carried by: {shares}")


def _write_json(path, entries):
    from castline.base.files import write_json

    head = {"castline": __version__}
    write_json(path, head | (entries[0] if len(entries) == 1 else {"images": entries}))


def _entry(image, results, arguments):
    sides = {along.sides for along in results.values()}
    return {
        "image": str(image.path),
        "shape": list(image.volume.to_xyz().shape),
        "array_axes": image.volume.axes,
        "array_axes_source": image.volume.axes_source,
        "voxel_um": [1e6 * edge for edge in image.spacing_m],
        "voxel_um_source": image.spacing_source,
        "sides": sides.pop() if len(sides) == 1 else "by axis",
        "tolerance": arguments.tolerance,
        "crop": {axis: list(ends) for axis, ends in arguments.crop},
        "mask": str(arguments.mask) if arguments.mask else None,
        "phase_conductivity_s_per_m": image.conductivity_s_per_m,
        "phase_volume_fraction": image.fraction,
        "axes": {axis: _axis_entry(along) for axis, along in results.items()},
    }


def _axis_entry(along):
    result = along.result
    return {
        "conductivity_s_per_m": along.value_s_per_m,
        "sides": along.sides,
        "sides_chosen_by": along.why,
        "percolates": result.percolates,
        "percolating_fraction": result.percolating_fraction,
        "tortuosity_factor": result.tortuosity_factor if result.percolates else None,
        "phase_flux_share": result.phase_flux_share,
        "flux_imbalance": result.flux_imbalance,
        "energy_error": result.energy_error,
        "iterations": result.iterations,
    }


def _write_fields(path, image, results):
    from castline.images.vtk_files import write_vti

    if image.labels is None:
        fields = {"conductivity_s_per_m": image.sigma}
    else:
        fields = {"phase": image.labels}
    for axis, along in results.items():
        fields[f"potential_{axis}_v"] = along.result.potential_v
        fields[f"current_density_{axis}_a_per_m2"] = along.result.current_density_a_per_m2
    write_vti(
        path,
        fields,
        image.spacing_m,
        image.origin_m,
        direction=image.volume.direction,
        periodic=image.volume.periodic if image.is_own else None,
    )


def _write_figure(path, image, results):
    from castline.figures.label_image import label_image_figure
    from castline.figures.style import save

    figure = label_image_figure(
        image.path.name,
        image.volume.to_xyz() if image.labels is None else image.labels,
        image.spacing_m,
        image.conductivity_s_per_m,
        image.fraction,
        {axis: along.result.tortuosity_factor for axis, along in results.items()},
    )
    save(figure, [path])
