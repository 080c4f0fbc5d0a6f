"""``castline conductivity --metrics``: what an image says beside its conductivity."""

from dataclasses import asdict
from itertools import combinations

import numpy as np

from castline.base.errors import InputError

# Those that need labels, then those that need conductivities.
OF_LABELS = ("connectivity", "interfaces", "triple-lines", "chords", "thickness", "electrode")
OF_CONDUCTIVITY = ("profile", "tensor", "subvolumes")
METRICS = (*OF_LABELS, *OF_CONDUCTIVITY)
AXES = "xyz"


def check_metrics(names, image, mask):
    """Refuse metrics that the image has no meaning for.

    Raises
    ------
    InputError
    """
    shape = image.volume.to_xyz().shape
    if "subvolumes" in names and min(shape) < 8:
        raise InputError(
            f"--metrics subvolumes needs 8 voxels along each axis, {image.path} has "
            f"{' x '.join(map(str, shape))}"
        )
    if names and mask is not None:
        raise InputError("--metrics takes no --mask: what is outside would count as a label")
    if image.labels is None:
        for name in names:
            if name in OF_LABELS:
                raise InputError(f"--metrics {name} needs labels, not --voxel-conductivity")


def measure(names, image, results, options):
    """The metrics asked for, by name, as they stand in the JSON.

    Parameters
    ----------
    names : sequence of str
        Of `METRICS`.
    image : castline.commands.conductivity_image.Image
    results : dict
        What was solved, by axis.
    options : dict
        Of the solver, for the tensor and the sub-volumes.
    """
    return {name: _MAKERS[name](image, results, options) for name in METRICS if name in names}


def print_metrics(found):
    """Print them, a line each."""
    for name, values in found.items():
        for line in _PRINTERS[name](values):
            print(f"  {name}: {line}")


def _connectivity(image, results, _):
    from castline.images.metrics import connectivity

    return {
        axis: {
            label: asdict(connectivity(image.labels, label, AXES.index(axis)))
            for label in image.fraction
        }
        for axis in results
    }


def _print_connectivity(values):
    for axis, labels in values.items():
        for label, found in labels.items():
            yield (
                f"label {label} along {axis}: {100 * found['through']:.2f} % through, "
                f"{100 * (found['inlet_only'] + found['outlet_only']):.2f} % at one end, "
                f"{100 * found['isolated']:.2f} % isolated, {found['clusters']} clusters"
            )


def _interfaces(image, *_):
    from castline.images.metrics import interface_areas

    volume = image.labels.size * np.prod(image.spacing_m)
    areas = interface_areas(image.labels, image.spacing_m)
    return {
        f"{one}-{other}": {"area_m2": area, "per_volume_per_m": float(area / volume)}
        for (one, other), area in areas.items()
    }


def _print_interfaces(values):
    for pair, found in values.items():
        yield f"labels {pair}: {1e-6 * found['per_volume_per_m']:.4g} um2/um3"


def _triple_lines(image, *_):
    from castline.images.metrics import triple_line_length_m

    volume = image.labels.size * np.prod(image.spacing_m)
    found = {}
    for three in combinations(image.fraction, 3):
        length = triple_line_length_m(image.labels, image.spacing_m, three)
        found["-".join(map(str, three))] = {
            "length_m": length,
            "per_volume_per_m2": float(length / volume),
        }
    return found


def _print_triple_lines(values):
    for three, found in values.items():
        yield f"labels {three}: {1e-12 * found['per_volume_per_m2']:.4g} um/um3"


def _chords(image, results, _):
    from castline.images.metrics import chord_lengths_m

    found = {}
    for axis in results:
        found[axis] = {}
        for label in image.fraction:
            lengths = chord_lengths_m(image.labels, image.spacing_m, label, AXES.index(axis))
            mean = float(1e6 * lengths.mean()) if lengths.size else None
            found[axis][label] = {"number": int(lengths.size), "mean_um": mean}
    return found


def _print_chords(values):
    for axis, labels in values.items():
        for label, found in labels.items():
            mean = f"mean {found['mean_um']:.4g} um" if found["number"] else "none whole"
            yield f"label {label} along {axis}: {mean} ({found['number']})"


def _thickness(image, *_):
    from castline.images.thickness import local_thickness_m

    found = {}
    for label, share in image.fraction.items():
        if share == 1:
            raise InputError(f"--metrics thickness: label {label} fills all of {image.path}")
        um = 1e6 * local_thickness_m(image.labels, image.spacing_m, label)
        um = um[image.labels == label]
        d10, d50, d90 = np.percentile(um, [10, 50, 90])
        found[label] = {
            "mean_um": float(um.mean()),
            "d10_um": float(d10),
            "d50_um": float(d50),
            "d90_um": float(d90),
        }
    return found


def _print_thickness(values):
    for label, found in values.items():
        yield (
            f"label {label}: mean {found['mean_um']:.4g} um, D10 {found['d10_um']:.4g}, "
            f"D50 {found['d50_um']:.4g}, D90 {found['d90_um']:.4g} um by volume"
        )


def _electrode(image, results, options):
    from castline.transport.electrode import electrode_tortuosity

    found = {}
    for axis, along in results.items():
        found[axis] = {}
        for label, conductivity in image.conductivity_s_per_m.items():
            if conductivity == 0:
                continue
            try:
                solved = electrode_tortuosity(
                    image.labels,
                    label,
                    image.spacing_m,
                    AXES.index(axis),
                    periodic=along.sides == "periodic",
                    **options,
                )
            except InputError:  # no surface that the inlet reaches
                found[axis][label] = None
            else:
                found[axis][label] = asdict(solved)
    return found


def _print_electrode(values):
    for axis, labels in values.items():
        for label, found in labels.items():
            if found is None:
                yield f"label {label} along {axis}: no surface that the first face reaches"
            else:
                yield (
                    f"label {label} along {axis}: tortuosity factor "
                    f"{found['tortuosity_factor']:.5g} from the first face, which reaches "
                    f"{100 * found['reached']:.2f} % of it"
                )


def _profile(image, results, _):
    from castline.transport.profile import local_conductivity

    sigma = image.sigma_s_per_m()
    found = {}
    for axis, along in results.items():
        if not along.result.percolates:
            found[axis] = None
            continue
        place = AXES.index(axis)
        local = local_conductivity(
            sigma,
            along.result.potential_v,
            image.spacing_m,
            place,
            periodic=along.sides == "periodic",
        )
        mean = sigma.mean(axis=tuple(other for other in range(3) if other != place))
        found[axis] = {
            "conductivity_s_per_m": local.tolist(),
            "tortuosity_factor": (mean / local).tolist(),
        }
    return found


def _print_profile(values):
    for axis, found in values.items():
        if found is None:
            yield f"along {axis}: no path between the electrodes"
            continue
        tau = np.array(found["tortuosity_factor"])
        yield (
            f"tortuosity factor of the layers along {axis}: {tau.min():.4g} to {tau.max():.4g}, "
            f"median {np.median(tau):.4g}"
        )


def _tensor(image, _, options):
    from castline.transport.profile import conductivity_tensor

    found = conductivity_tensor(image.sigma_s_per_m(), image.spacing_m, **options)
    return {
        "conductivity_s_per_m": found.values_s_per_m.tolist(),
        "asymmetry": found.asymmetry,
        "sides": "periodic",
    }


def _print_tensor(values):
    for axis, row in zip(AXES, values["conductivity_s_per_m"], strict=True):
        yield f"{axis}  " + "  ".join(f"{value:12.5g}" for value in row) + " S/m"
    yield f"periodic sides, asymmetry before averaging {values['asymmetry']:.1e}"


def _subvolumes(image, results, options):
    from castline.images.subvolumes import over_subvolumes
    from castline.transport.solve import effective_conductivity

    sigma = image.sigma_s_per_m()
    found = {}
    for label in image.fraction:
        has = image.labels == label
        found[f"fraction of label {label}"] = over_subvolumes(
            sigma.shape, lambda part, has=has: has[part].mean()
        )
    for axis, along in results.items():

        def conductivity(part, axis=axis):
            return effective_conductivity(
                np.ascontiguousarray(sigma[part]),
                image.spacing_m,
                AXES.index(axis),
                periodic=False,
                **options,
            ).value_s_per_m

        found[f"conductivity along {along.axis}, S/m"] = over_subvolumes(sigma.shape, conductivity)
    return {name: [asdict(size) for size in sizes] for name, sizes in found.items()}


def _print_subvolumes(values):
    for name, sizes in values.items():
        for size in sizes:
            yield (
                f"{name}: {size['count']} of {' x '.join(map(str, size['shape']))} voxels, mean "
                f"{size['mean']:.4g} ({size['low']:.4g} to {size['high']:.4g}), standard deviation "
                f"{size['deviation']:.2g}"
            )


_MAKERS = {
    "connectivity": _connectivity,
    "interfaces": _interfaces,
    "triple-lines": _triple_lines,
    "chords": _chords,
    "thickness": _thickness,
    "electrode": _electrode,
    "profile": _profile,
    "tensor": _tensor,
    "subvolumes": _subvolumes,
}
_PRINTERS = {
    "connectivity": _print_connectivity,
    "interfaces": _print_interfaces,
    "triple-lines": _print_triple_lines,
    "chords": _print_chords,
    "thickness": _print_thickness,
    "electrode": _print_electrode,
    "profile": _print_profile,
    "tensor": _print_tensor,
    "subvolumes": _print_subvolumes,
}
