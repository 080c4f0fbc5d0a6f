"""One tiny electrode of a candidate through the real stages: every observable is there."""

import pytest

from castline.calibration.candidate import Candidate, electrodes_of
from castline.calibration.dry_search import dry_steps
from castline.calibration.observables import OBSERVABLES
from castline.calibration.settings import CalibrationConfig
from castline.calibration.slurry_search import slurry_steps
from castline.calibration.targets import terms
from castline.campaign.config import load_campaign
from castline.lammps.chain import StageRun
from castline.lammps.forcefield import load_force_field
from castline.recipe.electrode import Electrode

TARGETS = {
    "slurry": {
        "density": {"observable": "porosity", "band": [-0.02, 0.02]},
        "flow": {"observable": "viscosity_pa_s", "shear_rates_per_s": [300, 1000], "band": [0, 1]},
    },
    "dry": {"pores": {"observable": "porosity", "state": "calendered", "band": [0.2, 0.3]}},
}


@pytest.fixture
def candidate(tmp_path) -> Candidate:
    campaign = load_campaign(
        {
            "campaign": "unit",
            "seed": 3,
            "matrix": {"solid_content_percent": ["50"], "psds": {"AM_1": {"d50_um": 3.0}}},
            "recipe": {"dry_mass_g": 4e-10},
            "slurry": {"volume_tolerance": 0.02, "energy_tolerance": 0.5},
            "viscosity": {
                "shear_rates_per_s": [100],
                "relative_stderr": 0.5,
                "min_strain": 0.25,
                "max_strain": 0.25,
                "inertial_number": 0.1,
                "contact_stokes_number": 0.1,
            },
            "drying": {"thickness_tolerance": 0.1, "shrinkage": {"stages": 1}},
            "calendering": {"pressure_mpa": 20, "strain_per_step": 1e-4},
        }
    )
    return Candidate(
        line=campaign,
        slurry_set=load_force_field("config/forcefields/slurry.yaml"),
        dry_set=load_force_field("config/forcefields/dry_at_once.yaml"),
        slurry_work=tmp_path / "slurries",
        work=tmp_path / "trial",
        report=lambda line: None,
        purpose="calibration",
    )


def terms_of(search: str):
    free = {"hertz.friction": {"low": 0.0, "high": 1.0}}
    settings = CalibrationConfig(**{search: {"free": free, "targets": TARGETS[search]}})
    return terms(settings.stage(search).targets, ["AM_1"], ["50"])


def test_every_observable_is_measured_and_slurries_are_replayed(candidate, monkeypatch):
    wanted = terms_of("slurry")
    electrodes = electrodes_of(wanted, [1])
    assert electrodes == [Electrode("AM_1", "50", 1)]
    shared = candidate._replace(work=candidate.slurry_work)
    seen = {key for _, numbers in slurry_steps(shared, electrodes, wanted) for key in numbers}
    assert {key.observable for key in seen} == set(OBSERVABLES["slurry"]["slurry"])
    assert {key.shear_rate_per_s for key in seen} == {None, 300.0, 1000.0}

    run, stages = StageRun._run, []

    def counted(self, *given):
        stages.append(self.stage)
        return run(self, *given)

    monkeypatch.setattr(StageRun, "_run", counted)
    wanted = terms_of("dry")
    films = [numbers for _, numbers in dry_steps(candidate, electrodes_of(wanted, [1]), wanted)]
    assert [{key.state for key in numbers} for numbers in films] == [{"dried"}, {"calendered"}]
    for numbers in films:
        state = next(iter(numbers)).state
        assert {key.observable for key in numbers} == set(OBSERVABLES["dry"][state])
    assert "slurry" not in stages  # its segments are replayed
    assert {"drying", "calendering"} <= set(stages)
