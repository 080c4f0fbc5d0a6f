"""The ``castline`` command. Each sub-command is a pair: its arguments and what it runs."""

import argparse
import math
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from castline import __version__
from castline.base.errors import CastlineError, InputError
from castline.recipe.phases import Phase

AXES = {"x": 0, "y": 1, "z": 2}
# Edge lengths outside this range were given in another unit.
VOXEL_UM_RANGE = (1e-3, 1e3)
# What a file of particle sizes may leave open, and what is allowed; None for any text.
PSD_READING = {
    "diameter": ["mean", "lower", "upper"],
    "amount": ["fraction", "undersize", "oversize"],
    "basis": ["volume", "number"],
    "diameter_unit": None,
    "diameter_column": None,
    "fraction_column": None,
    "delimiter": ["comma", "semicolon", "tab", "space"],
    "decimal": ["point", "comma"],
    "encoding": ["utf-8", "utf-16", "latin-1", "cp1252", "mac-roman"],
}


class _Parser(argparse.ArgumentParser):
    """Reports a wrong command line in one line."""

    def error(self, message):
        self.exit(2, f"{self.prog}: error: {message} (see {self.prog} --help)\n")


def main(argv=None):
    """Run a sub-command; returns the exit code, 2 for anything wrong with the input."""
    parser = _Parser(prog="castline", description="Solid-state battery cathodes in silico.")
    parser.add_argument("--version", action="version", version=f"castline {__version__}")
    commands = parser.add_subparsers(metavar="command", required=True)
    _add_check(commands)
    _add_plan(commands)
    _add_conductivity(commands)
    _add_measured(commands)
    arguments = parser.parse_args(argv)
    try:
        return arguments.run(arguments) or 0
    except CastlineError as error:
        print(f"castline: error: {error}", file=sys.stderr)
        return 2
    except MemoryError as error:
        print(f"castline: error: not enough memory: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader of a pipe has seen enough; nothing is left to be flushed
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _add_check(commands):
    parser = commands.add_parser(
        "check",
        help="check a campaign file and all that it names",
        description="Check a campaign file and all that it names, and print the campaign's name. "
        "Check a file from somebody else before Snakemake sees it: Snakemake's own reader runs "
        "Python expressions in a file that asks for it.",
    )
    parser.add_argument("config", type=Path, help="campaign YAML")
    parser.set_defaults(run=_check)


def _check(arguments):
    from castline.campaign.config import read_campaign

    print(read_campaign(arguments.config).campaign)


def _add_plan(commands):
    parser = commands.add_parser(
        "plan",
        help="what a campaign would run and cost",
        description="Print what a campaign would run, why, and what that would cost, before it "
        "runs. Call it where Snakemake is called, in the folder of castline's Snakefile.",
    )
    parser.add_argument("config", type=Path, help="campaign YAML")
    parser.add_argument(
        "--nodes", type=_count, default=1, help="nodes of 40 cores that are free; default: 1"
    )
    parser.set_defaults(run=_plan)


def _count(text):
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1")
    return int(text)


def _plan(arguments):
    from castline.campaign.config import read_campaign
    from castline.campaign.cost_model import read_runs
    from castline.campaign.plan import plan_text, used_text
    from castline.campaign.prediction import Planner

    campaign = read_campaign(arguments.config)
    # Snakemake takes a second to import; a faulty campaign file is reported without it.
    from castline.campaign.dry_run import dry_run

    found = dry_run(arguments.config)
    results = Path("results")
    planner = Planner(campaign, results)
    print(plan_text(planner, found.jobs, found.reasons, arguments.nodes))
    cost = results / campaign.campaign / "tables/cost.csv"
    if cost.exists():
        print("Predicted and used by the run that is there:")
        print(used_text(Planner(campaign, results, without=campaign.campaign), read_runs(cost)))


def _add_conductivity(commands):
    parser = commands.add_parser(
        "conductivity",
        help="effective conductivity of a label image",
        description="Effective conductivity of a label image: potential difference across one "
        "axis, periodic sides. Prints a table and writes JSON.",
    )
    parser.add_argument("image", type=Path, help=".vti, .npy, .tif(f), .h5, or a folder of slices")
    parser.add_argument(
        "--phase",
        action="append",
        type=_phase,
        required=True,
        metavar="LABEL=S_PER_M",
        help="conductivity of a label in S/m, once per conducting label; castline's own labels "
        "(0 pore, 1 AM, 2 SE, 3 CBD) insulate if not given, any other must be given",
    )
    parser.add_argument(
        "--voxel-um",
        nargs="+",
        type=_voxel_um,
        metavar="UM",
        help="voxel edge length in micrometres, one or three (x y z); a .vti may carry its own",
    )
    parser.add_argument("--axis", choices=[*AXES, "all"], default="z", help="default: z")
    parser.add_argument(
        "--sides", choices=["periodic", "no-flux"], default="periodic", help="default: periodic"
    )
    parser.add_argument("--field", help="VTI field or HDF5 dataset that holds the labels")
    parser.add_argument(
        "--tolerance", type=float, default=1e-6, help="relative, of value and flux; default: 1e-6"
    )
    parser.add_argument("--json", type=Path, help="default: IMAGE.conductivity.json")
    parser.add_argument(
        "--fields", type=Path, metavar="VTI", help="write potential and current density (1 V)"
    )
    parser.set_defaults(run=_conductivity)


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


def _voxel_um(text):
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    low, high = VOXEL_UM_RANGE
    if not low <= value <= high:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a plain number of micrometres between {low:g} and {high:g}"
        )
    return value


@dataclass(frozen=True)
class _Image:
    labels: np.ndarray
    spacing_m: tuple[float, float, float]
    conductivity_s_per_m: dict[int, float]
    fraction: dict[int, float]


def _conductivity(arguments):
    image = _load(arguments)
    target = arguments.json or Path(f"{arguments.image}.conductivity.json")
    _check_output(target)
    if arguments.fields:
        if arguments.fields.suffix != ".vti":
            raise InputError(f"{arguments.fields}: must end in .vti")
        _check_output(arguments.fields)
    axes = AXES if arguments.axis == "all" else {arguments.axis: AXES[arguments.axis]}
    results = {name: _solve(image, name, arguments) for name in axes}
    _print_table(arguments.image, image, results)

    from castline.base.files import write_json

    outputs = [("JSON", target, lambda: write_json(target, _as_json(arguments, image, results)))]
    if arguments.fields:
        fields = arguments.fields
        outputs.append(("fields", fields, lambda: _write_fields(fields, image, results)))
    for what, path, write in outputs:
        try:
            write()
        except OSError as error:
            raise InputError(f"{path}: cannot be written: {error.strerror}") from error
        print(f"{what}: {path}")


def _load(arguments):
    from castline.images.readers import read_labels
    from castline.images.voxels import volume_fractions

    labels, spacing_m = read_labels(arguments.image, arguments.field)
    if arguments.voxel_um is not None:
        if len(arguments.voxel_um) not in (1, 3):
            raise InputError(f"--voxel-um takes one or three, got {len(arguments.voxel_um)}")
        spacing_m = tuple(1e-6 * edge for edge in np.broadcast_to(arguments.voxel_um, 3))
    if spacing_m is None:
        raise InputError(f"{arguments.image}: give the voxel edge length with --voxel-um")
    fraction = volume_fractions(labels)
    given = dict(arguments.phase)
    if len(given) < len(arguments.phase):
        raise InputError("a label was given more than one conductivity with --phase")
    present = ", ".join(map(str, fraction))
    for label in given:
        if label not in fraction:
            raise InputError(f"{arguments.image}: has no label {label}; it has {present}")
    for label in fraction:
        if label not in given and label not in list(Phase):
            raise InputError(
                f"{arguments.image}: label {label} has no conductivity; add --phase {label}=..."
            )
    conductivity = {label: given.get(label, 0.0) for label in fraction}
    return _Image(labels, spacing_m, conductivity, fraction)


def _check_output(path):
    """Refuse before the solve what could not be written after it."""
    folder = path.resolve().parent
    if not folder.is_dir():
        raise InputError(f"{path.parent}: no such folder")
    if path.is_dir() or not os.access(folder, os.W_OK):
        raise InputError(f"{path}: cannot be written")


def _solve(image, name, arguments):
    from castline.transport.solve import effective_conductivity

    table = np.zeros(256)
    for label, conductivity in image.conductivity_s_per_m.items():
        table[label] = conductivity
    with _Bar(f"along {name}", arguments.tolerance) as bar:
        return effective_conductivity(
            table[image.labels],
            image.spacing_m,
            AXES[name],
            periodic=arguments.sides == "periodic",
            phases=image.labels,
            with_fields=arguments.fields is not None,
            tolerance=arguments.tolerance,
            progress=bar.report,
        )


class _Bar:
    """Progress on a terminal: how far energy and flux have come, on a logarithmic scale."""

    def __init__(self, title, tolerance):
        from rich.console import Console
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
        self.task = self.bar.add_task(title, total=1.0, state="setting up")

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


def _print_table(path, image, results):
    shape = " x ".join(map(str, image.labels.shape))
    edges = " x ".join(f"{1e6 * edge:.4g}" for edge in image.spacing_m)
    print(f"{path}: {shape} voxels of {edges} um")
    for label, conductivity in image.conductivity_s_per_m.items():
        name = f" {Phase(label).name}" if label in list(Phase) else ""
        state = f"{conductivity:g} S/m" if conductivity else "insulating"
        print(f"  label {label}{name}: {100 * image.fraction[label]:.2f} % of the volume, {state}")
    print("axis  sigma_eff S/m  tortuosity factor  percolating %  flux imbalance  iterations")
    for name, result in results.items():
        print(
            f"{name:<4}  {result.value_s_per_m:13.6g}  {result.tortuosity_factor:17.5g}  "
            f"{100 * result.percolating_fraction:13.2f}  {result.flux_imbalance:14.1e}  "
            f"{result.iterations:10d}"
        )
        shares = ", ".join(
            f"label {label} {100 * share:.2f} %"
            for label, share in result.phase_flux_share.items()
            if share
        )
        print(f"      current carried by: {shares or 'nothing, no path between the electrodes'}")


def _as_json(arguments, image, results):
    axes = {
        name: {
            "conductivity_s_per_m": result.value_s_per_m,
            "percolates": result.percolates,
            "percolating_fraction": result.percolating_fraction,
            "tortuosity_factor": result.tortuosity_factor if result.percolates else None,
            "phase_flux_share": result.phase_flux_share,
            "flux_imbalance": result.flux_imbalance,
            "energy_error": result.energy_error,
            "iterations": result.iterations,
        }
        for name, result in results.items()
    }
    return {
        "castline": __version__,
        "image": str(arguments.image),
        "shape": list(image.labels.shape),
        "voxel_um": [1e6 * edge for edge in image.spacing_m],
        "sides": arguments.sides,
        "tolerance": arguments.tolerance,
        "phase_conductivity_s_per_m": image.conductivity_s_per_m,
        "phase_volume_fraction": image.fraction,
        "axes": axes,
    }


def _write_fields(path, image, results):
    from castline.images.voxels import write_vti

    fields = {"phase": image.labels}
    for name, result in results.items():
        fields[f"potential_{name}_v"] = result.potential_v
        fields[f"current_density_{name}_a_per_m2"] = result.current_density_a_per_m2
    write_vti(path, fields, image.spacing_m)


def _add_measured(commands):
    """The commands on measured files, which need no campaign."""
    impedance = commands.add_parser(
        "impedance",
        help="fit the cells of a measurements.yaml",
        description="Fit the impedance spectra and DC polarization of the cells that a "
        "measurements.yaml lists. Prints a table. Ends with 1 if a cell failed.",
    )
    rheology = commands.add_parser(
        "rheology",
        help="average the flow curves of a measurements.yaml",
        description="Average the rheometer files of the slurries that a measurements.yaml lists, "
        "each branch of a sweep on its own. Prints a table. Ends with 1 if a sample failed.",
    )
    psd = commands.add_parser(
        "psd",
        help="read a particle size distribution",
        description="Read a particle size distribution as an instrument exports it. Prints its "
        "percentiles; --csv writes it as a campaign reads it.",
    )
    for parser in (impedance, rheology):
        parser.add_argument("file", type=Path, metavar="measurements.yaml")
    psd.add_argument("file", type=Path, help="delimited text")
    for name, choices in PSD_READING.items():
        psd.add_argument(
            f"--{name.replace('_', '-')}",
            choices=choices,
            help=f"as {name} of a campaign's reading",
        )
    psd.add_argument("--table", type=_count, help="which table of a file with several")
    for parser, run in ((impedance, _impedance), (rheology, _rheology), (psd, _psd)):
        for what, text in (("csv", "CSV"), ("json", "JSON"), ("figure", ".svg, .pdf or .png")):
            parser.add_argument(f"--{what}", type=Path, metavar="FILE", help=f"write {text}")
        parser.set_defaults(run=run)


def _outputs(arguments):
    from castline.report.measured import Outputs

    return Outputs(arguments.csv, arguments.json, arguments.figure)


def _impedance(arguments):
    from castline.report.measured import analyse_cells

    return int(analyse_cells(arguments.file, _outputs(arguments), print) > 0)


def _rheology(arguments):
    from castline.report.measured import analyse_slurries

    return int(analyse_slurries(arguments.file, _outputs(arguments), print) > 0)


def _psd(arguments):
    from castline.recipe.psd_files import PsdReading
    from castline.report.measured import describe_sizes

    given = {name: getattr(arguments, name) for name in (*PSD_READING, "table")}
    describe_sizes(arguments.file, PsdReading(**given), _outputs(arguments), print)


if __name__ == "__main__":
    sys.exit(main())
