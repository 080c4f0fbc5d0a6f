"""Voxelise one particle state: labels 0 pore, 1 AM, 2 SE, 3 CBD."""

from castline.campaign.script import run_script, total_cost, write_sidecar
from castline.images.film import film_image, slurry_image
from castline.images.vtk_files import write_vti
from castline.line.order import FILMS
from castline.packing.state import read_state
from castline.transport.settings import TransportConfig


def main(report):
    settings = TransportConfig(**snakemake.params.settings)
    state = read_state(snakemake.input.state)
    if snakemake.wildcards.state in FILMS:
        image, spacing_m = film_image(state, settings, report)
    else:
        image, spacing_m = slurry_image(state, settings)
    write_vti(snakemake.output.image, {"phase": image}, spacing_m, periodic=state.periodic)
    report(f"{' x '.join(map(str, image.shape))} voxels")
    summary = {
        "shape": [int(n) for n in image.shape],
        "spacing_um": [float(h) * 1e6 for h in spacing_m],
        "cost": total_cost(voxels=image.size),
    }
    write_sidecar(snakemake, snakemake.output.sidecar, summary)


run_script(snakemake, main)
