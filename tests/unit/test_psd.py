import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from castline.base.errors import InputError
from castline.recipe.psd import log_normal
from castline.recipe.psd_files import PsdReading, from_csv


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
        ("diameter_um,volume_fraction\n", "a header without data below it"),
        ("sieve,volume_fraction\n1,1\n", "psd.csv:1: no column 'diameter_um'"),
        ("diameter,volume_fraction\n1,1\n", "column 'diameter' has no unit: give diameter_unit"),
        ("diameter_um,volume_fraction\n1,0.5\n2,0.4\n", "sums to 0.9"),
        ("diameter_um,volume_fraction\n-1,1\n", "psd.csv:2: diameter_um = '-1'"),
        ("diameter_um,volume_fraction\n1,0.5\n2,nan\n", "psd.csv:3: volume_fraction = 'nan'"),
        ("diameter_um,volume_fraction\n1,0.5\n1,0.5\n", "appears twice"),
        (
            "diameter_um,volume_fraction\n1\n",
            "psd.csv:2: needs numbers in the columns diameter_um, volume_fraction: 1 fields",
        ),
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


def read(tmp_path, text, encoding="utf-8", **reading):
    path = tmp_path / "psd.csv"
    path.write_text(text, encoding=encoding)
    return from_csv(path, PsdReading(**reading))


# Three classes between the edges 1, 2, 4 and 8 um.
MEANS_UM = np.sqrt([2.0, 8.0, 32.0])
VOLUME = np.array([0.2, 0.5, 0.3])
NUMBER = VOLUME / MEANS_UM**3 / (VOLUME / MEANS_UM**3).sum()


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        (
            "Size low (µm),Size high (µm),Volume Density (%)\n1,2,20\n2,4,50\n4,8,30\n8,16,0\n",
            {},
        ),
        (
            "Size Classes (μm)\tVolume Density (%)\n1\t20\n2\t50\n4\t30\n8\t0\n",
            {"diameter": "lower"},
        ),
        ("Size [nm];Volume In %\n1000;0\n2000;20\n4000;50\n8000;30\n", {"diameter": "upper"}),
        ("Size (um);Volume Undersize (%)\n1;0,0\n2;20,0\n4;70,0\n8;100,0\n", {}),
        ("Size (um),Undersize\n8,1\n4,0.7\n2,0.2\n1,0\n", {"basis": "volume"}),
        ("Size (um),Volume Oversize (%)\n1,100\n2,80\n4,30\n8,0\n", {}),
        (
            "x,q\n1,0.2\n2,0.5\n4,0.3\n8,0\n",
            {
                **{"diameter_column": "x", "fraction_column": "q", "diameter_unit": "um"},
                **{"diameter": "lower", "basis": "volume"},
            },
        ),
        (
            "lower_um,upper_um,number_fraction\n"
            + "".join(f"{2**k},{2 ** (k + 1)},{n:.12g}\n" for k, n in enumerate(NUMBER)),
            {},
        ),
        (
            "lower_um,upper_um,Counts\n"
            + "".join(f"{2**k},{2 ** (k + 1)},{1e9 * n:.0f}\n" for k, n in enumerate(NUMBER)),
            {},
        ),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_exports_of_instruments(tmp_path, text, reading, encoding):
    sizes = read(tmp_path, text, encoding, **reading)
    np.testing.assert_allclose(sizes.diameter_m, MEANS_UM * 1e-6, rtol=1e-9)
    np.testing.assert_allclose(sizes.volume_fraction, VOLUME, rtol=1e-6)


def test_rounding_is_taken_out_with_a_note(tmp_path):
    sizes = read(tmp_path, "diameter_um,volume_fraction\n1,0.498\n2,0\n3,0.497\n")
    assert sizes.volume_fraction.sum() == pytest.approx(1.0, abs=1e-12)
    assert sizes.notes == (
        "amounts of 99.5 % in all made 100 %",
        "1 classes without particles left out",
    )


@pytest.mark.parametrize(
    ("text", "reading", "message"),
    [
        (
            "Size (um),Volume (%)\n1,50\n2,50\n",
            {},
            "may be the mean of a class or one of its edges",
        ),
        ("Size (um),Undersize (%)\n1,0\n2,100\n", {}, ":1: .*give basis: volume or number"),
        (
            "Size (um),Volume (%)\n1,50\n2,50\n",
            {"diameter": "mean", "basis": "number"},
            "no column 'number_fraction'",
        ),
        (
            "diameter_um,Volume\n1,50\n2,50\n",
            {"fraction_column": "Volume", "basis": "number"},
            "'Volume' is by volume, but basis says number",
        ),
        (
            "Size (um),Volume (%)\n1,50\n2,50\n",
            {"diameter": "lower"},
            "largest class, 2 um, holds 50",
        ),
        (
            "Size (um),Volume (%)\n1,50\n2,50\n",
            {"diameter": "upper"},
            "smallest class, 1 um, holds",
        ),
        ("diameter_um,Volume (%)\n1,0.5\n2,0.5\n", {}, r"sums to 1; must be 100 within 1 %"),
        ("diameter_um,volume_fraction\n1,50\n2,50\n", {}, r"sums to 100; must be 1 within 1 %"),
        ("Size (um),Volume Undersize (%)\n1,20\n2,100\n", {}, "20 % lie below the smallest"),
        ("Size (um),Volume Undersize (%)\n1,100\n2,0\n", {}, "undersize or oversize"),
        ("lower_um,upper_um,volume_fraction\n1,3,0.5\n2,4,0.5\n", {}, ":3: .*overlaps"),
        ("Size (mm),Volume (%)\n1,50\n20,50\n", {"diameter": "mean"}, ":3: a size of 2e[+]04 um"),
        ("diameter_um,volume_fraction\n1,0.5\n2,-0.5\n", {}, ":3: volume_fraction = '-0.5'"),
        ("diameter_um,volume_fraction,volume_fraction\n1,1,1\n", {}, "name each column once"),
    ],
)
def test_what_an_export_leaves_open_is_asked_for(tmp_path, text, reading, message):
    with pytest.raises(InputError, match=message) as caught:
        read(tmp_path, text, **reading)
    assert str(caught.value).startswith(str(tmp_path / "psd.csv"))
