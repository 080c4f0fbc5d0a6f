import numpy as np
import pytest
import yaml

from castline.base.errors import ConfigError
from castline.lammps.forcefield import (
    Bonds,
    ForceField,
    gel_factor,
    load_force_field,
    pair_coefficients,
)

RULE = {"well_fj_per_um": 2.0, "distance": 0.9, "cutoff": 1.3}
HERTZ = {
    "normal_stiffness_kpa": 10.0,
    "tangential_ratio": 1.2,
    "normal_damping_per_us_um": 5.0,
    "tangential_damping_ratio": 0.9,
    "friction": 0.1,
}


def force_field(**rules) -> ForceField:
    return ForceField(
        name="t", description="", hertz=HERTZ, lennard_jones={"default": RULE, **rules}
    )


def test_pair_coefficients_follow_the_formula():
    rows = pair_coefficients(force_field(), ["AM", "SE"], np.array([4.0, 1.0]), factor=3.0)
    i, j, epsilon, sigma, cutoff = rows[1]
    assert (i, j) == (1, 2)
    assert epsilon == pytest.approx(3.0 * 2.0 * 2.0)
    assert sigma * 2 ** (1 / 6) == pytest.approx(0.9 * 2.5)
    assert cutoff == pytest.approx(1.3 * 2.5)
    assert len(rows) == 3


def test_pair_rules_are_found_in_either_order():
    special = {**RULE, "well_fj_per_um": 7.0}
    field = force_field(**{"AM-CBD": special})
    assert field.pair_rule("CBD", "AM").well_fj_per_um == 7.0
    assert field.pair_rule("AM", "CBD").well_fj_per_um == 7.0
    assert field.pair_rule("CBD", "CBD").well_fj_per_um == 2.0


def test_gel_factor_is_a_power_of_the_solids_fraction(study, slurry_force_field):
    recipes = [study.recipe_of("AM_1", sc) for sc in ("48", "52")]
    factors = [gel_factor(slurry_force_field, r) for r in recipes]
    ratio = recipes[1].cbd_solids_fraction / recipes[0].cbd_solids_fraction
    assert factors[1] / factors[0] == pytest.approx(ratio**slurry_force_field.gel.exponent)
    assert factors[1] / factors[0] > 1.9


def test_dry_set_has_no_gel(study, dry_force_field):
    assert gel_factor(dry_force_field, study.recipe_of("AM_1", "48")) == 1.0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"hertz": {**HERTZ, "friction": -1}}, "hertz.friction"),
        ({"lennard_jones": {"CBD-CBD": RULE}}, "needs `default`"),
        ({"lennard_jones": {"default": RULE, "AM-Cu": RULE}}, "AM-Cu"),
        ({"extra": 1}, "extra"),
        ({"bonds": {"modulus_kpa": 1e6}}, "bonds.strain_at_break"),
        ({"bonds": {"modulus_kpa": 0, "strain_at_break": 0.1}}, "bonds.modulus_kpa"),
        (
            {"bonds": {"modulus_kpa": 1e6, "strain_at_break": 0.3}},
            "bonds: Value error, strain_at_break needs less than 0.3,",
        ),
    ],
)
def test_bad_force_field_names_file_and_key(tmp_path, change, message):
    path = tmp_path / "ff.yaml"
    content = {"name": "t", "description": "", "hertz": HERTZ, "lennard_jones": {"default": RULE}}
    path.write_text(yaml.safe_dump({**content, **change}))
    with pytest.raises(ConfigError, match=r"ff\.yaml") as caught:
        load_force_field(path)
    assert message in str(caught.value)


def test_bonds_may_stretch_as_far_as_their_pair_is_known(tmp_path):
    """The neighbours of a CBD are known up to the end of the CBD-CBD force."""
    path = tmp_path / "ff.yaml"
    content = {"name": "t", "description": "", "hertz": HERTZ}
    content["lennard_jones"] = {"default": RULE, "CBD-CBD": {**RULE, "cutoff": 1.5}}
    content["bonds"] = {"modulus_kpa": 1e6, "strain_at_break": 0.49}
    path.write_text(yaml.safe_dump(content))
    assert load_force_field(path).bonds.strain_at_break == 0.49


def test_a_bond_is_a_bar_as_thick_as_its_cbd():
    """2 GPa on the cross-section of 2.6 um: 10.6 mN per unit strain, 1 mN at 10 %."""
    axial = Bonds(modulus_kpa=2e6, strain_at_break=0.1).axial_force_fj_per_um(2.6)
    assert axial * 1e-9 == pytest.approx(2e9 * np.pi / 4 * 2.6e-6**2)  # 1e-15 J/um is 1e-9 N
