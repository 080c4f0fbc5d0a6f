"""Solvent beyond what carbon and binder carry is refused before anything runs, with what works."""

import re

import pytest

from castline.base.errors import ConfigError, SimulationError
from castline.base.paths import located
from castline.campaign.config import load_campaign
from castline.lammps.forcefield import gel_factor, load_force_field
from castline.line.carrying import one_of_each
from castline.line.viscosity import Sheared
from castline.packing.state import type_properties


def with_cbd(campaign_dict: dict, share: float, content: str = "50", **recipe) -> dict:
    rest = 1 - share
    composition = {"am": 0.68 * rest, "se": 0.32 * rest, "cbd": share}
    matrix = {**campaign_dict["matrix"], "solid_content_percent": [content]}
    return {**campaign_dict, "matrix": matrix, "recipe": {"composition": composition, **recipe}}


def refused(campaign: dict) -> str:
    with pytest.raises(ConfigError) as caught:
        load_campaign(campaign)
    [line] = str(caught.value).splitlines()
    return line


@pytest.mark.parametrize("dry_diameter_um", [2.6, 0.8])
def test_little_binder_cannot_carry_the_solvent_of_a_thin_slurry(campaign_dict, dry_diameter_um):
    """Finer CBD are smaller spheres of the same gel, which is too thin all the same."""
    given = with_cbd(campaign_dict, 0.004, cbd={"dry_diameter_um": dry_diameter_um})
    line = refused(given)
    assert line.startswith("config: matrix.psds.AM_1: 50 %: recipe.composition: the solvent is")
    more, content = re.search(r"cbd of about ([\d.]+) %, or .* about (\d+) %", line).groups()
    # What the line says would work is no longer refused for this reason.
    for works in (
        with_cbd(campaign_dict, 1.15 * float(more) / 100),
        with_cbd(campaign_dict, 0.004, str(int(content) + 2)),
    ):
        assert "can carry" not in refused(works)


def test_a_slurry_that_stands_may_still_relax_too_slowly_for_a_rate(campaign_dict):
    given = with_cbd(campaign_dict, 0.02)
    line = refused(given)
    assert "viscosity.shear_rates_per_s: 100 1/s, and this slurry" in line
    highest = float(re.search(r"no more than ([\d.]+) 1/s", line)[1])
    load_campaign({**given, "viscosity": {"shear_rates_per_s": [0.9 * highest]}})
    more, content = re.search(r"cbd of about ([\d.]+) %, or .* about (\d+) %", line).groups()
    load_campaign(with_cbd(campaign_dict, 1.05 * float(more) / 100))
    load_campaign(with_cbd(campaign_dict, 0.02, str(int(content) + 1)))


def test_the_rate_is_refused_where_the_stage_would_refuse_it(campaign_dict):
    """The bound from one particle of each class is that of the whole slurry."""
    given = with_cbd(campaign_dict, 0.02)
    highest = float(re.search(r"no more than ([\d.]+) 1/s", refused(given))[1])
    campaign = load_campaign({**given, "viscosity": {"shear_rates_per_s": [0.9 * highest]}})
    recipe = campaign.recipe_of("AM_1", "50")
    slurry_set = load_force_field(located(campaign.force_fields.slurry))
    sheared = Sheared(recipe, slurry_set, one_of_each(recipe), 1.0)
    sheared.flow(0.95 * highest, campaign.viscosity, "automatic")
    with pytest.raises(SimulationError, match="contact Stokes number"):
        sheared.flow(1.05 * highest, campaign.viscosity, "automatic")


def test_a_sphere_of_solvent_as_wide_as_the_box_is_refused(campaign_dict):
    line = refused(with_cbd(campaign_dict, 0.004, dry_mass_g=2.2e-9))
    assert re.search(r"each of the 1 CBD has 16.8 um, and the slurry's box is 13.2 um wide", line)
    assert "recipe.cbd.dry_diameter_um" in line


def test_one_of_each_class_stands_for_the_slurry(study):
    recipe = study.recipe_of("AM_1", "50")
    phases, diameter = type_properties(one_of_each(recipe))
    assert phases == [c.phase for c in recipe.classes]
    assert diameter.tolist() == [c.diameter_slurry_m for c in recipe.classes]
    assert gel_factor(load_force_field("config/forcefields/slurry.yaml"), recipe) > 0.9
