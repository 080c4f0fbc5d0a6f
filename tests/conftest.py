"""Fixtures: the study's recipe, a tiny slurry, and a copy of the workflow to run in."""

import shutil
from pathlib import Path

import pytest
from campaign_runs import REPOSITORY, WORKFLOW_PARTS

from castline.campaign.config import Campaign, load_campaign
from castline.lammps.forcefield import load_force_field


@pytest.fixture(autouse=True)
def in_repository(monkeypatch):
    """Paths in shipped configs are relative to the repository."""
    monkeypatch.chdir(REPOSITORY)


@pytest.fixture
def campaign_dict() -> dict:
    return {
        "campaign": "unit",
        "matrix": {
            "solid_content_percent": ["50"],
            "psds": {"AM_1": {"d50_um": 4.0, "sigma": 0.355}},
        },
        "viscosity": {"shear_rates_per_s": [100]},
    }


@pytest.fixture
def study(campaign_dict) -> Campaign:
    return load_campaign(campaign_dict)


@pytest.fixture
def tiny(campaign_dict) -> Campaign:
    """About 150 particles, so that a LAMMPS stage takes a second."""
    matrix = {**campaign_dict["matrix"], "psds": {"AM_1": {"d50_um": 3.0}}}
    recipe = {"dry_mass_g": 4e-10}
    return load_campaign({**campaign_dict, "matrix": matrix, "recipe": recipe})


@pytest.fixture
def slurry_force_field():
    return load_force_field("config/forcefields/slurry.yaml")


@pytest.fixture
def dry_force_field():
    return load_force_field("config/forcefields/dry.yaml")


@pytest.fixture(scope="session")
def workflow_copy(tmp_path_factory):
    """Copy what the workflow needs into a fresh folder; called with a name."""

    def copy(name: str) -> Path:
        folder = tmp_path_factory.mktemp(name)
        for part in WORKFLOW_PARTS:
            source = REPOSITORY / part
            if source.is_dir():
                ignore = shutil.ignore_patterns("__pycache__", "*.egg-info")
                shutil.copytree(source, folder / part, ignore=ignore)
            else:
                shutil.copy(source, folder / part)
        return folder

    return copy
