"""What ``castline conductivity`` prints and writes."""

from castline import __version__
from castline.recipe.phases import Phase


def print_image(image, results):
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


def print_table(rows, named):
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


def write_json(path, entries):
    from castline.base.files import write_json

    head = {"castline": __version__}
    write_json(path, head | (entries[0] if len(entries) == 1 else {"images": entries}))


def entry(image, results, arguments, metrics):
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
        "metrics": metrics,
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


def write_fields(path, image, results):
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


def write_figure(path, image, results):
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
