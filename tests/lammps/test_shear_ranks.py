"""The same shear on 1, 2 and 4 MPI ranks."""

import numpy as np
import pytest

from castline.campaign.config import load_campaign
from castline.lammps.forcefield import load_force_field
from castline.line.slurry import SlurryConfig, equilibrate
from castline.line.stage import Bench
from castline.line.viscosity import Sheared, steady_mean

STRAIN_SAMPLES = 12


def quiet(line: str) -> None:
    pass


def test_viscosity_agrees_on_1_2_and_4_ranks(tmp_path):
    """Equal at first, as the input is; later within the joint 95 % error, as chaos sets in."""
    tiny = load_campaign(
        {
            "campaign": "unit",
            "matrix": {"solid_content_percent": ["50"], "psds": {"AM_1": {"d50_um": 3.0}}},
            "recipe": {"dry_mass_g": 6e-10},
            "viscosity": {"shear_rates_per_s": [1000], "contact_stokes_number": 0.02},
        }
    )
    recipe = tiny.recipe_of("AM_1", "50")
    force_field = load_force_field("config/forcefields/slurry.yaml")
    loose = SlurryConfig(volume_tolerance=0.02, energy_tolerance=0.5)
    slurry = equilibrate(recipe, force_field, loose, None, Bench(tmp_path, 1, quiet))
    sheared = Sheared(recipe, force_field, slurry.state, slurry.summary["particle_pressure_kpa"])
    flow = sheared.flow(1000.0, tiny.viscosity, "automatic")
    series = {}
    for ranks in (1, 2, 4):
        bench = Bench(tmp_path, report=quiet, ranks=ranks)
        with sheared.start(flow, bench, f"{ranks} ranks") as run:
            segment = run.segment(sheared.variables(flow, STRAIN_SAMPLES))
        series[ranks] = segment.series["viscosity_mpa_s"].to_numpy()
    one = steady_mean(series[1])
    for ranks in (2, 4):
        np.testing.assert_allclose(series[ranks][:2], series[1][:2], rtol=1e-4)
        other = steady_mean(series[ranks])
        assert other.mean == pytest.approx(one.mean, abs=1.96 * np.hypot(one.stderr, other.stderr))
