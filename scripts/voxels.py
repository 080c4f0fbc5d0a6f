"""Voxelise one particle state: labels 0 pore, 1 AM, 2 SE, 3 CBD."""

from castline.campaign.script import run_script, total_cost, write_sidecar
from castline.images.film import slurry_image
from castline.images.vtk_files import write_vti
from castline.line.order import FILMS
from castline.packing.state import read_state
from castline.transport.imaging import imaged
from castline.transport.settings import TransportConfig


def main(report):
    settings = TransportConfig(**snakemake.params.settings)
    state = read_state(snakemake.input.state)
    if snakemake.wildcards.state in FILMS:
        image, particles, spacing_m = imaged(state, settings, report)
    else:
        (image, spacing_m), particles = slurry_image(state, settings), None
    fields = {"phase": image} if particles is None else {"phase": image, "particle": particles}
    write_vti(snakemake.output.image, fields, spacing_m, periodic=state.periodic)
    report(f"{' x '.join(map(str, image.shape))} voxels")
    summary = {
        "shape": [int(n) for n in image.shape],
        "spacing_um": [float(h) * 1e6 for h in spacing_m],
        "cost": total_cost(voxels=image.size),
    }
    write_sidecar(snakemake, snakemake.output.sidecar, summary)


run_script(snakemake, main)
