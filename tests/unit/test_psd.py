import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from castline.base.errors import InputError
from castline.recipe.psd import from_csv, log_normal


@given(
    st.floats(0.1e-6, 50e-6),
    st.floats(0.01, 0.8),
    st.integers(1, 12),
)
def test_log_normal_keeps_volume_and_number(d50_m, sigma, classes):
    sizes = log_normal(d50_m, sigma, classes)
    assert sizes.volume_fraction.sum() == pytest.approx(1.0, abs=1e-12)
    assert (np.diff(sizes.diameter_m) > 0).all()
    number = (sizes.volume_fraction / sizes.diameter_m**3).sum()
    assert number == pytest.approx(np.exp(4.5 * sigma**2) / d50_m**3, rel=1e-9)


def test_many_classes_have_the_median_of_the_distribution():
    sizes = log_normal(4e-6, 0.4, 200)
    below = sizes.volume_fraction[sizes.diameter_m < 4e-6].sum()
    assert below == pytest.approx(0.5, abs=0.01)


def test_csv_is_sorted_and_in_metres(tmp_path):
    path = tmp_path / "psd.csv"
    path.write_text("diameter_um,volume_fraction\n5,0.25\n2.5,0.75\n")
    sizes = from_csv(path)
    np.testing.assert_allclose(sizes.diameter_m, [2.5e-6, 5e-6])
    np.testing.assert_allclose(sizes.volume_fraction, [0.75, 0.25])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("diameter_um,volume_fraction\n", "no rows"),
        ("diameter,volume_fraction\n1,1\n", "missing column diameter_um"),
        ("diameter_um,volume_fraction\n1,0.5\n2,0.4\n", "sums to 0.9"),
        ("diameter_um,volume_fraction\n-1,1\n", "line 2: diameter_um = '-1'"),
        ("diameter_um,volume_fraction\n1,0.5\n2,nan\n", "line 3: volume_fraction = 'nan'"),
        ("diameter_um,volume_fraction\n1,0.5\n1,0.5\n", "appears twice"),
        ("diameter_um,volume_fraction\n1\n", "volume_fraction = None"),
    ],
)
def test_bad_csv_names_file_and_fault(tmp_path, text, message):
    path = tmp_path / "psd.csv"
    path.write_text(text)
    with pytest.raises(InputError, match="psd.csv") as caught:
        from_csv(path)
    assert message in str(caught.value)


def test_missing_csv():
    with pytest.raises(InputError, match="no_such.csv"):
        from_csv("no_such.csv")
