"""Voxelise one particle state: labels 0 pore, 1 AM, 2 SE, 3 CBD."""

from castline.config import TransportConfig
from castline.particles import read_state
from castline.script import run_script, total_cost, write_sidecar
from castline.voxels import grid_for_box, label_image, write_vti


def main(report):
    settings = TransportConfig(**snakemake.params.settings)
    state = read_state(snakemake.input.state)
    shape, spacing_m = grid_for_box(state.lengths_m, settings.voxel_um * 1e-6)
    image = label_image(
        state.position_m,
        state.diameter_m / 2,
        state.phases,
        state.ids,
        state.low_m,
        shape,
        spacing_m,
        periodic=state.periodic,
    )
    write_vti(snakemake.output.image, {"phase": image}, spacing_m)
    report(f"{' x '.join(map(str, shape))} voxels")
    summary = {
        "shape": [int(n) for n in shape],
        "spacing_um": [float(h) * 1e6 for h in spacing_m],
        "cost": total_cost(),
    }
    write_sidecar(snakemake, snakemake.output.sidecar, summary)


run_script(snakemake, main)
