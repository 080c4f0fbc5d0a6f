"""Structure metrics and phase profiles of one electrode in all its states."""

import pandas as pd

from castline.base.files import read_json, write_table
from castline.campaign.script import run_script
from castline.images.voxels import read_vti
from castline.packing.state import read_state
from castline.packing.structure import STATES, phase_profiles, structure_metrics
from castline.recipe.recipe import Recipe

PROFILE_BINS = 40


def main(report):
    cell = snakemake.wildcards
    recipe = Recipe.from_dict(read_json(snakemake.input.recipe))
    key = {
        "psd": cell.psd,
        "solid_content_percent": float(cell.sc),
        "replicate": int(cell.rep),
    }
    rows, profiles = [], []
    for name, particles, image in zip(
        STATES, snakemake.input.states, snakemake.input.images, strict=True
    ):
        state = read_state(particles)
        labels = read_vti(image, "phase")[0]
        metrics = structure_metrics(recipe, state, name, labels)
        rows.append({**key, "state": name, **metrics})
        profile = phase_profiles(state, PROFILE_BINS)
        for column, value in reversed(({**key, "state": name}).items()):
            profile.insert(0, column, value)
        profiles.append(profile)
        report(f"{name}: density {metrics['density_g_per_cm3']:.3f} g/cm3")
    write_table(snakemake.output.metrics, pd.DataFrame(rows))
    write_table(snakemake.output.profiles, pd.concat(profiles))


run_script(snakemake, main)
