"""Readers of spectra: real instrument files, CSV, and faults named with file and line."""

import sys
from pathlib import Path

import numpy as np
import pytest

from castline.base.errors import InputError
from castline.impedance.spectra import SpectrumColumns, read_spectrum

FILES = Path(__file__).parents[1] / "data" / "instrument_files"


@pytest.mark.parametrize(
    ("name", "n_points", "first_hz", "first_ohm", "first_line"),
    [
        ("biologic_peis.mpt", 43, 1000.3201, 65.470886 - 0.38998979j, 62),
        ("gamry_eispot.DTA", 72, 200015.6, 825.8584 - 1367.239j, 449),
        ("zplot_comments.z", 21, 3.0e5, 147.77 - 11.335j, 124),
        ("zplot_commas.z", 31, 3.0e5, 642.62 - 85.821j, 11),
    ],
)
def test_real_text_files(name, n_points, first_hz, first_ohm, first_line):
    spectrum = read_spectrum(FILES / name)
    assert spectrum.frequency_hz.size == spectrum.impedance_ohm.size == n_points
    assert spectrum.frequency_hz[0] == first_hz
    assert spectrum.impedance_ohm[0] == first_ohm
    assert spectrum.location(0) == f"{FILES / name}:{first_line}"


def test_biologic_binary_equals_its_text_export():
    pytest.importorskip("galvani")
    binary, text = (
        read_spectrum(FILES / "biologic_peis.mpr"),
        read_spectrum(FILES / "biologic_peis.mpt"),
    )
    np.testing.assert_allclose(binary.frequency_hz, text.frequency_hz, rtol=1e-6)
    np.testing.assert_allclose(binary.impedance_ohm, text.impedance_ohm, rtol=1e-6)
    assert binary.location(3).endswith("biologic_peis.mpr: point 3")


def test_missing_galvani_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "galvani.BioLogic", None)
    with pytest.raises(InputError, match=r"castline\[instruments\]"):
        read_spectrum(FILES / "biologic_peis.mpr")


def test_binary_without_impedance_is_named(tmp_path):
    pytest.importorskip("galvani")
    path = tmp_path / "empty.mpr"
    path.write_bytes(b"not a BioLogic file")
    with pytest.raises(InputError, match=r"empty\.mpr"):
        read_spectrum(path)


def csv(tmp_path, text):
    path = tmp_path / "cell.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_csv_with_column_map_unit_and_turned_sign(tmp_path):
    path = csv(tmp_path, "# bench 2\nf/Hz,Z' (mohm),-Z'' (mohm),T\n100,2000,30,25\n10,2100,40,25\n")
    columns = SpectrumColumns(frequency="f/Hz", real="Z' (mohm)", minus_imaginary="-Z'' (mohm)")
    spectrum = read_spectrum(path, columns, "mohm")
    np.testing.assert_allclose(spectrum.impedance_ohm, [2.0 - 0.03j, 2.1 - 0.04j])
    assert spectrum.lines == (3, 4)


@pytest.mark.parametrize(
    ("header", "unit", "written"),
    [
        ("mohm", "ohm", "mohm"),
        ("mΩ", "ohm", "mohm"),
        ("Ohm", "mohm", "ohm"),
        ("kOhm", "ohm", "kohm"),
    ],
)
def test_unit_in_the_header_must_agree(tmp_path, header, unit, written):
    path = csv(tmp_path, f"f/Hz,re/{header},im/{header}\n1,2,3\n")
    columns = SpectrumColumns(frequency="f/Hz", real=f"re/{header}", imaginary=f"im/{header}")
    with pytest.raises(InputError, match=rf"cell\.csv:1: column .* is in {written}, .* {unit}"):
        read_spectrum(path, columns, unit)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("frequency_hz,z_real_ohm\n1,2\n", r"cell\.csv:1: no column 'z_imag_ohm'"),
        ("frequency_hz,z_real_ohm,z_imag_ohm\n1,2,3\n1,two,3\n", r"cell\.csv:3: needs numbers"),
        ("frequency_hz,z_real_ohm,z_imag_ohm\n1,2\n", r"cell\.csv:2: needs numbers"),
        ("frequency_hz,z_real_ohm,z_imag_ohm\n", r"cell\.csv:1: a header without data"),
        ("# nothing\n", r"cell\.csv: no header"),
    ],
)
def test_faulty_csv_is_named_with_its_line(tmp_path, text, message):
    with pytest.raises(InputError, match=message):
        read_spectrum(csv(tmp_path, text))


def test_frequency_in_kilohertz_is_converted(tmp_path):
    path = csv(tmp_path, "f/kHz,z_real_ohm,z_imag_ohm\n1,2,3\n")
    assert read_spectrum(path, SpectrumColumns(frequency="f/kHz")).frequency_hz == [1000.0]


@pytest.mark.parametrize("name", ["absent.csv", "absent.mpr", "absent.DTA"])
def test_missing_file_is_named(tmp_path, name):
    with pytest.raises(InputError, match=f"{name}: cannot be read"):
        read_spectrum(tmp_path / name)


@pytest.mark.parametrize("suffix", [".mpt", ".DTA", ".z", ".xlsx"])
def test_wrong_content_or_format_is_named(tmp_path, suffix):
    path = tmp_path / f"cell{suffix}"
    path.write_text("frequency_hz,z_real_ohm,z_imag_ohm\n1,2,3\n")
    with pytest.raises(InputError, match=rf"cell\{suffix}"):
        read_spectrum(path)


def test_gamry_table_in_another_unit_is_refused(tmp_path):
    text = (FILES / "gamry_eispot.DTA").read_bytes().decode("latin-1")
    path = tmp_path / "cell.DTA"
    path.write_text(text.replace("\ts\tHz\tohm\tohm", "\ts\tHz\tmohm\tohm"), encoding="latin-1")
    with pytest.raises(InputError, match=r"cell\.DTA:448: column 'Zreal' is in mohm"):
        read_spectrum(path)
