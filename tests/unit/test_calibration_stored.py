"""Stored slurries in place of new ones, and trials on some electrodes of the matrix alone."""

import shutil
from pathlib import Path

import pytest

from castline.base.errors import ConfigError, InputError
from castline.base.files import write_json
from castline.calibration.candidate import Candidate
from castline.calibration.space import stored_slurries
from castline.calibration.stored import slurry_path, stored_slurry
from castline.calibration.targets import terms_in_trials, terms_of
from castline.campaign.config import load_campaign, read_campaign
from castline.campaign.routes import as_in_its_file
from castline.lammps.forcefield import gel_factor
from castline.line.slurry import SLURRY
from castline.recipe.electrode import Electrode

STORED = "results/paper"
ELECTRODE = Electrode("AM_1", "50", 2)
STUDY_MASS_G = 1.39e-8


@pytest.fixture(scope="module")
def campaign():
    return read_campaign("config/calibration.yaml")


@pytest.fixture
def recipe(campaign):
    return campaign.at_size(STUDY_MASS_G).recipe_of("AM_1", "50")


@pytest.fixture
def folder(tmp_path) -> Path:
    """Results with one stored slurry."""
    path = slurry_path(str(tmp_path), ELECTRODE)
    path.parent.mkdir(parents=True)
    shutil.copy(slurry_path(STORED, ELECTRODE), path)
    return tmp_path


def test_a_trial_starts_from_the_stored_slurry(campaign, recipe, slurry_force_field, tmp_path):
    candidate = Candidate(
        line=campaign.at_size(STUDY_MASS_G),
        slurry_set=slurry_force_field,
        dry_set=slurry_force_field,
        slurry_work=tmp_path,
        work=tmp_path,
        report=print,
        purpose="calibration",
        stored_slurries=STORED,
    )
    state = candidate.run(ELECTRODE, SLURRY, None).state
    assert state.count == recipe.particle_count
    assert not list(tmp_path.iterdir())  # nothing was run


def test_what_does_not_fit_the_recipe_is_refused(campaign, recipe, slurry_force_field, folder):
    small = campaign.recipe_of("AM_1", "50")
    with pytest.raises(InputError, match="sc50/r2/slurry.dump.gz: holds 5051 particles, not"):
        stored_slurry(STORED, ELECTRODE, small, slurry_force_field)
    other = campaign.at_size(STUDY_MASS_G).recipe_of("AM_1", "52")
    with pytest.raises(InputError, match="sc50/r2/slurry.dump.gz: its particles differ|holds 5051"):
        stored_slurry(STORED, ELECTRODE, other, slurry_force_field)
    with pytest.raises(InputError, match="r99/slurry.dump.gz: not there"):
        stored_slurry(STORED, ELECTRODE._replace(replicate=99), recipe, slurry_force_field)


def test_a_sidecar_of_another_slurry_set_is_refused(recipe, slurry_force_field, folder):
    sidecar = slurry_path(str(folder), ELECTRODE).with_name("slurry.json")
    factor = gel_factor(slurry_force_field, recipe)
    write_json(sidecar, {"gel_factor": factor})
    found = stored_slurry(str(folder), ELECTRODE, recipe, slurry_force_field)
    assert found.summary["gel_factor"] == factor
    write_json(sidecar, {"gel_factor": 1.1 * factor})
    with pytest.raises(InputError, match="comes from another set"):
        stored_slurry(str(folder), ELECTRODE, recipe, slurry_force_field)


def test_space_of_a_search_knows_its_stored_slurries(campaign, folder):
    settings = campaign.calibration
    found = stored_slurries(campaign, settings, "dry")
    names = [f"{STORED}/{e}/r{k}" for e in ("AM_1/sc50", "AM_2/sc52") for k in (1, 2, 3)]
    assert list(found) == [f"{name}/slurry.dump.gz" for name in names]
    assert len(set(found.values())) == 6
    dry = settings.dry.model_copy(update={"slurries": str(folder)})
    other = settings.model_copy(update={"dry": dry})
    with pytest.raises(
        InputError, match="r1/slurry.dump.gz: not there; the search needs AM_1 50 %"
    ):
        stored_slurries(campaign, other, "dry")


def test_targets_on_other_electrodes_are_left_to_the_confirmation(campaign):
    dry = campaign.calibration.dry
    wanted = terms_in_trials(dry, campaign.matrix)
    assert {key.electrode for term in wanted for key in term.keys} == {"AM_1/50", "AM_2/52"}
    left = {t.target for t in terms_of(dry, campaign.matrix)} - {t.target for t in wanted}
    assert left == {"dry_density_grows", "dry_porosity_52"}


CHANGES = [
    ({"electrodes": ["AM_1/60"]}, "electrodes: 'AM_1/60' is not in the matrix; allowed: AM_1/48"),
    ({"electrodes": ["AM_2/48"], "targets": None}, "electrodes: no target is about AM_2/48 alone"),
    ({"confirmation": None}, "targets.dry_density_grows: no electrode of its is among electrodes"),
    ({"aspect": [1, 1, 2]}, "at most one of slurries, which have their box, and aspect"),
    ({"racing": {"replicates": 2, "fewest": 3}}, "fewest 3 is above replicates 2"),
    ({"trials": 1}, "trials 1 is below racing.fewest 2"),
]


@pytest.mark.parametrize(("change", "named"), CHANGES)
def test_faults_of_the_search_are_named(campaign, change, named):
    data = as_in_its_file(campaign.model_dump(mode="json", exclude_none=True))
    dry = data["calibration"]["dry"]
    if "targets" in change:
        dry["targets"] = {"dry_porosity_52": dry["targets"]["dry_porosity_52"]}
    if "confirmation" in change:
        del data["calibration"]["confirmation"]
    dry |= {k: v for k, v in change.items() if v is not None}
    with pytest.raises(ConfigError) as caught:
        load_campaign(data)
    assert "calibration.dry" in str(caught.value)
    assert named in str(caught.value)


def test_a_slurry_search_makes_its_slurries(campaign):
    data = as_in_its_file(campaign.model_dump(mode="json", exclude_none=True))
    data["calibration"]["slurry"]["slurries"] = STORED
    with pytest.raises(ConfigError, match="slurry.slurries: a slurry search makes its own"):
        load_campaign(data)


def test_cbd_of_the_shipped_search_has_no_reach(campaign):
    free = campaign.calibration.dry.free
    assert free["lennard_jones.CBD-CBD.cutoff"].high <= 1.6
