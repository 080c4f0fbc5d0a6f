"""measurements.yaml and the tables made from it, on the synthetic example and on faulty copies."""

import runpy
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from uncertainties import ufloat

from castline.base.errors import ConfigError
from castline.measured.cells import (
    agree,
    analyse_measurements,
    sample_density_kg_per_m3,
)
from castline.measured.measurements import Cell, load_measurements, measurement_files
from castline.results.schema import TABLES

EXAMPLE = Path(__file__).parents[2] / "examples" / "synthetic_measurements"


def tables_of(folder):
    path = folder / "measurements.yaml"
    return analyse_measurements(load_measurements(path), folder)


@pytest.fixture(scope="module")
def tables():
    return tables_of(EXAMPLE)


@pytest.fixture
def folder(tmp_path):
    """A copy of the example with two cells and one slurry, to break."""
    target = tmp_path / "example"
    shutil.copytree(EXAMPLE, target)
    content = yaml.safe_load((target / "measurements.yaml").read_text())
    content["cells"] = content["cells"][:2]
    content["viscosity"] = content["viscosity"][:1]
    (target / "measurements.yaml").write_text(yaml.safe_dump(content, sort_keys=False))
    return target


def edit(folder, change):
    path = folder / "measurements.yaml"
    content = yaml.safe_load(path.read_text())
    change(content)
    path.write_text(yaml.safe_dump(content, sort_keys=False))


def known_parameters():
    return runpy.run_path(str(EXAMPLE / "generate.py"))["CELLS"]


def test_example_returns_its_known_parameters(tables):
    cells = tables.cells.set_index("cell")
    assert (cells["status"] == "ok").all()
    assert (cells["data_origin"] == "synthetic").all()
    assert cells["dc_agrees_with_impedance"].all()
    for name, (_, _, _, porosity, sigma_e, sigma_ion) in known_parameters().items():
        row = cells.loc[name]
        assert row["porosity"] == pytest.approx(porosity, abs=1e-4)
        assert row["sigma_e_impedance_s_per_m"] == pytest.approx(sigma_e, rel=0.01)
        assert row["sigma_e_dc_s_per_m"] == pytest.approx(sigma_e, rel=0.005)
        sigma_ion_error = 3 * row["sigma_ion_uncertainty_s_per_m"]
        assert row["sigma_ion_s_per_m"] == pytest.approx(sigma_ion, abs=sigma_ion_error)


def test_every_file_of_the_example_says_synthetic():
    files = [path for path in EXAMPLE.iterdir() if path.suffix in (".csv", ".yaml")]
    assert len(files) > 20
    for path in files:
        assert path.read_text().startswith("# SYNTHETIC example"), path.name
    assert sum(path.stat().st_size for path in files) < 300_000


def test_example_is_what_its_script_generates(tmp_path):
    shutil.copy(EXAMPLE / "generate.py", tmp_path)
    runpy.run_path(str(tmp_path / "generate.py"), run_name="__main__")
    for path in EXAMPLE.glob("*.csv"):
        made = pd.read_csv(tmp_path / path.name, comment="#")
        np.testing.assert_allclose(made, pd.read_csv(path, comment="#"), rtol=2e-5)


def test_electrode_means(tables):
    cells, means = tables.cells, tables.electrodes.set_index(["psd", "solid_content_percent"])
    pair = cells[(cells["psd"] == "AM_1") & (cells["solid_content_percent"] == 48)]
    row = means.loc[("AM_1", 48)]
    assert row["n_cells"] == 2
    assert row["porosity_mean"] == pytest.approx(pair["porosity"].mean())
    assert row["porosity_std"] == pytest.approx(pair["porosity"].std())
    errors = pair["sigma_e_dc_uncertainty_s_per_m"]
    assert row["sigma_e_dc_mean_uncertainty_s_per_m"] == pytest.approx(
        np.sqrt((errors**2).sum()) / 2
    )
    assert np.isnan(means.loc[("AM_2", 48), "porosity_std"])


def test_spectra_and_viscosity_tables(tables):
    assert set(tables.spectra["cell"]) == set(tables.cells["cell"])
    relative = (tables.spectra["z_real_fit_ohm"] / tables.spectra["z_real_ohm"] - 1).std()
    assert relative == pytest.approx(0.01, rel=0.2)
    curves = tables.viscosity.groupby(["psd", "solid_content_percent"])
    assert (curves["n_samples"].max() == 4).all()
    for _, curve in curves:
        slope = np.polyfit(
            np.log(curve["shear_rate_per_s"]), np.log(curve["viscosity_mean_pa_s"]), 1
        )
        assert slope[0] == pytest.approx(-0.35, abs=0.02)


def test_density_uncertainty_follows_error_propagation():
    cell = Cell.model_validate(
        {
            "name": "a",
            "psd": "AM_1",
            "solid_content_percent": 50,
            "thickness_um": {"value": 100, "uncertainty": 3},
            "diameter_mm": {"value": 10, "uncertainty": 0.1},
            "mass_mg": {"value": 16, "uncertainty": 0.2},
        }
    )
    density = sample_density_kg_per_m3(cell)
    assert density.nominal_value == pytest.approx(16e-6 / (np.pi * 25e-6 * 1e-4))
    relative = np.sqrt(0.03**2 + (2 * 0.01) ** 2 + (0.2 / 16) ** 2)
    assert density.std_dev / density.nominal_value == pytest.approx(relative, rel=1e-6)


def test_agreement_counts_common_uncertainty_once():
    assert agree(ufloat(100, 1), ufloat(102, 1))
    assert not agree(ufloat(100, 1), ufloat(104, 1))
    leads = ufloat(0, 5)
    assert not agree(ufloat(100, 1) - leads, ufloat(104, 1) - leads)


def break_missing(folder):
    (folder / "synthetic_am1_sc48_a_impedance.csv").unlink()


def break_line(number, text):
    def apply(folder):
        path = folder / "synthetic_am1_sc48_a_impedance.csv"
        lines = path.read_text().splitlines()
        lines[number - 1] = text or lines[number - 2]
        path.write_text("\n".join(lines) + "\n")

    return apply


def break_order(folder):
    path = folder / "synthetic_am1_sc48_a_impedance.csv"
    lines = path.read_text().splitlines()
    lines[4], lines[5] = lines[5], lines[4]
    path.write_text("\n".join(lines) + "\n")


def break_sign(folder):
    path = folder / "synthetic_am1_sc48_a_impedance.csv"
    path.write_text(path.read_text().replace("z_imag_ohm", "minus_ohm"))
    edit(
        folder,
        lambda c: c["cells"][0]["impedance"].update(columns={"minus_imaginary": "minus_ohm"}),
    )


def break_unit(folder):
    path = folder / "synthetic_am1_sc48_a_impedance.csv"
    path.write_text(path.read_text().replace("z_real_ohm", "z_real_mohm"))
    edit(
        folder,
        lambda c: c["cells"][0]["impedance"].update(columns={"real": "z_real_mohm"}),
    )


def break_thickness(folder):
    edit(folder, lambda c: c["cells"][0]["thickness_um"].update(value=9.6))


def break_dc(folder):
    path = folder / "synthetic_am1_sc48_a_dc.csv"
    path.write_text("\n".join(path.read_text().splitlines()[:60]) + "\n")


def change_impedance(folder, change):
    """Rewrite the points of the first cell: frequencies and complex impedances, as arrays."""
    path = folder / "synthetic_am1_sc48_a_impedance.csv"
    head = path.read_text().splitlines()[:2]
    frequency, real, imag = np.loadtxt(path, delimiter=",", skiprows=2).T
    impedance = change(frequency, real + 1j * imag)
    rows = [f"{f:.9g},{z.real:.9g},{z.imag:.9g}" for f, z in zip(frequency, impedance, strict=True)]
    path.write_text("\n".join([*head, *rows]) + "\n")


def break_both_signs(folder):
    change_impedance(folder, lambda frequency, z: -z)


def break_inductance(folder):
    """An inductance of 10 uH in a cell whose leads are said to have none."""
    change_impedance(folder, lambda frequency, z: z + 2j * np.pi * frequency * 1e-5)


def break_leads(folder):
    edit(folder, lambda c: c["cells"][0]["series_resistance_ohm"].update(value=500.0))
    edit(folder, lambda c: c["cells"][0].pop("impedance"))


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (break_missing, r"_a_impedance\.csv: cannot be read"),
        (break_line(12, "10,abc,1"), r"_a_impedance\.csv:12: needs numbers"),
        (break_line(12, ""), r"_a_impedance\.csv:12: frequency .* appears twice"),
        (break_line(12, "100,nan,1"), r"_a_impedance\.csv:12: .* must be finite"),
        (break_order, r"_a_impedance\.csv:6: .* breaks the order"),
        (break_sign, r"_a_impedance\.csv: .*Kramers-Kronig"),
        (break_both_signs, r"_a_impedance\.csv: the real part at .* is not positive"),
        (
            break_inductance,
            r"_a_impedance\.csv: .* misses the spectrum by .* rms, .* relations to 0",
        ),
        (break_unit, r"_a_impedance\.csv:2: column 'z_real_mohm' is in mohm"),
        (break_thickness, "exceeds that of the components"),
        (break_leads, "not above that of the leads"),
        (break_dc, r"_a_dc\.csv: .*3 different voltages"),
    ],
)
def test_bad_cell_is_listed_as_failed_and_the_other_is_analysed(folder, damage, reason):
    damage(folder)
    result = tables_of(folder)
    bad, good = result.cells.iloc[0], result.cells.iloc[1]
    assert bad["status"] == "failed"
    assert pd.Series([bad["reason"]]).str.contains(reason).all(), bad["reason"]
    assert good["status"] == "ok"
    assert list(result.electrodes["n_cells"]) == [1]
    assert set(result.spectra["cell"]) == {good["cell"]}


def test_pick_up_from_the_mains_does_not_sink_the_cell(folder):
    edit(folder, lambda c: c["cells"].pop())
    clean = tables_of(folder).cells.iloc[0]
    moved = []

    def pick_up(frequency, z):
        index = int(np.argmin(np.abs(frequency - 50.0)))
        moved.append(frequency[index])
        return np.where(np.arange(z.size) == index, 1.2 * z, z)

    change_impedance(folder, pick_up)
    result = tables_of(folder)
    cell = result.cells.iloc[0]
    assert cell["status"] == "ok"
    assert cell["points_left_out"].startswith("outliers off the Kramers-Kronig chain: ")
    assert f"{moved[0]:.6g} Hz by 1" in cell["points_left_out"]
    for name in ("sigma_e_impedance_s_per_m", "sigma_ion_s_per_m"):
        error = clean[name.replace("_s_per_m", "_uncertainty_s_per_m")]
        assert cell[name] == pytest.approx(clean[name], abs=error)
    spectra = result.spectra[result.spectra["left_out"] != ""]
    assert list(spectra["frequency_hz"]) == pytest.approx(moved)


def test_window_and_named_points_stand_in_the_row(folder):
    keys = {"frequency_window_hz": [1.0, 1e5], "leave_out_hz": [1000.0]}
    edit(folder, lambda c: c["cells"][0]["impedance"].update(keys))
    result = tables_of(folder)
    assert (
        "outside frequency_window_hz; 1000 Hz in leave_out_hz"
        in (result.cells.iloc[0]["points_left_out"])
    )
    assert result.cells.iloc[1]["points_left_out"] == ""
    points = result.spectra[result.spectra["cell"] == result.cells.iloc[0]["cell"]]
    used = points["left_out"] == ""
    assert points["frequency_hz"][used].between(1.0, 1e5).all()
    assert points["z_real_fit_ohm"].notna().all()


def test_short_dc_hold_stands_in_the_warnings(folder):
    edit(folder, lambda c: (c["cells"].pop(), c["cells"][0].pop("impedance")))
    path = folder / "synthetic_am1_sc48_a_dc.csv"
    lines = path.read_text().splitlines()
    voltage = lines[-1].split(",")[1]
    # Ten more samples at a new voltage, as where a protocol was stopped.
    late = float(lines[-1].split(",")[0])
    lines += [f"{late + k},{float(voltage) * 1.5},1e-4" for k in range(1, 11)]
    path.write_text("\n".join(lines) + "\n")
    cell = tables_of(folder).cells.iloc[0]
    assert cell["status"] == "ok"
    assert "DC polarization leaves out the step at" in cell["warnings"]
    assert "has 10 points, needs 20" in cell["warnings"]


def test_fitted_leads_are_taken_off_both_methods(folder):
    edit(folder, lambda c: c["cells"][0].update(series_resistance_ohm="fit"))
    result = tables_of(folder)
    given, fitted = result.cells.iloc[1], result.cells.iloc[0]
    assert fitted["status"] == "ok"
    assert fitted["dc_agrees_with_impedance"]
    name = "resistance_impedance_uncertainty_ohm"
    assert fitted[name] > given[name]


def test_bad_viscosity_sample_is_listed_and_the_others_averaged(folder):
    names = [f"synthetic_viscosity_am_1_sc48_{k}.csv" for k in (1, 2)]
    (folder / names[0]).unlink()
    path = folder / names[1]
    path.write_text("\n".join(path.read_text().splitlines()[:-3]) + "\n")
    table = tables_of(folder).viscosity
    failed = table[table["status"] == "failed"]
    # The first readable sample sets the shear rates: the shortened one, so that the others differ.
    assert failed["reason"].str.contains("cannot be read").sum() == 1
    assert failed["reason"].str.contains("shear rates differ").sum() == 2
    assert (table[table["status"] == "ok"]["n_samples"] == 1).all()


def test_empty_lists_give_empty_tables_with_their_columns(folder):
    edit(folder, lambda c: c.update(cells=[], viscosity=[]))
    result = tables_of(folder)
    assert list(result.cells.columns) == list(TABLES["measured_cells"].columns)
    assert result.cells.empty
    assert result.spectra.empty
    assert result.viscosity.empty


def test_listed_files_exist_and_missing_ones_are_left_out(folder):
    before = measurement_files(folder / "measurements.yaml")
    break_missing(folder)
    after = measurement_files(folder / "measurements.yaml")
    assert len(before) == 2 * 2 + 4
    assert len(after) == len(before) - 1
    assert measurement_files(None) == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda c: c["cells"][1].update(thicknes_um=3),
            r"measurements\.yaml:\d+: cells\.1\.thicknes",
        ),
        (lambda c: c["cells"][0]["mass_mg"].update(value=-1), r"cells\.0\.mass_mg\.value"),
        (lambda c: c["cells"][1].update(name=c["cells"][0]["name"]), "appears twice"),
        (lambda c: c["components"][0].update(mass_fraction=0.5), "add up to 0.86"),
        (lambda c: c.pop("data_origin"), "data_origin"),
        (lambda c: c.pop("components"), "components: cells need them"),
        (
            lambda c: c["viscosity"][0].update(viscosity_unit="V"),
            r"viscosity\.0\.viscosity_unit: .*'V' is no unit of viscosity",
        ),
        (lambda c: c["viscosity"][0].update(table=[2, 0]), "tables are counted from 1"),
        (lambda c: c["viscosity"][0].update(branch="sideways"), r"viscosity\.0\.branch"),
        (
            lambda c: c["cells"][0]["impedance"].update(columns={"real": "a", "phase": "b"}),
            "give real and imaginary, or modulus and phase",
        ),
        (
            lambda c: c["cells"][0]["impedance"].update(frequency_window_hz=[10, 1]),
            "frequency_window_hz: 10 is not below 1",
        ),
    ],
)
def test_faulty_yaml_is_named(folder, change, message):
    edit(folder, change)
    with pytest.raises(ConfigError, match=message):
        load_measurements(folder / "measurements.yaml")


def test_fault_carries_the_line_of_the_key(folder):
    path = folder / "measurements.yaml"
    lines = path.read_text().splitlines()
    number = next(k for k, line in enumerate(lines, 1) if "mass_mg" in line)
    edit(folder, lambda c: c["cells"][0].update(mass_mg=12))
    with pytest.raises(ConfigError, match=rf"measurements\.yaml:{number}: cells\.0\.mass_mg"):
        load_measurements(path)


def test_missing_and_broken_yaml_are_named(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        load_measurements(tmp_path / "none.yaml")
    path = tmp_path / "measurements.yaml"
    path.write_text("cells: [\n")
    with pytest.raises(ConfigError, match=r"measurements\.yaml:2"):
        load_measurements(path)
