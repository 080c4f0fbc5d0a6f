"""Analysis of the measured cells and slurries of a measurements.yaml, as tables.

A cell that cannot be analysed becomes a row with status "failed" and the reason; all others are
analysed. No failed cell enters a mean.
"""

import warnings
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from uncertainties import ufloat

from castline.base.errors import CastlineError, InputError
from castline.impedance.fit import SpectrumWarning, fit_tlm
from castline.impedance.selection import select_points
from castline.impedance.spectra import read_spectrum
from castline.measured.dc_polarization import (
    DcUnits,
    analyse_dc_polarization,
    read_dc_polarization,
)
from castline.measured.measurements import Cell, Measurements
from castline.measured.slurries import viscosity_rows
from castline.results.schema import TABLES

KEYS = ["psd", "solid_content_percent", "state"]
COVERAGE_FACTOR = 2.0
# Dry films of slurries have less; more means a mass or a length in another unit.
MAX_POROSITY = 0.9
# Quantities of a cell with the ending that carries their unit.
GEOMETRY = (("thickness", "_um"), ("diameter", "_mm"), ("mass", "_mg"))
AVERAGED = (
    ("density", "_g_per_cm3"),
    ("porosity", ""),
    ("sigma_e_impedance", "_s_per_m"),
    ("sigma_e_dc", "_s_per_m"),
    ("sigma_ion", "_s_per_m"),
)
TLM_UNITS = {
    "interface_cpe_q": "_s_sn_per_m",
    "double_layer_cpe_q": "_s_sn_per_m3",
}


@dataclass(frozen=True)
class MeasuredTables:
    """Tables of all measurements.

    Attributes
    ----------
    cells : pandas.DataFrame
        One row a cell, failed ones included.
    electrodes : pandas.DataFrame
        Means over the cells of an electrode in one state.
    tlm_fits : pandas.DataFrame
        One row a fitted spectrum: every parameter with its standard error.
    spectra : pandas.DataFrame
        Measured points with the fitted line, one row a frequency.
    viscosity : pandas.DataFrame
        Mean curves, and a failed row for each sample that could not be read.
    """

    cells: pd.DataFrame
    electrodes: pd.DataFrame
    tlm_fits: pd.DataFrame
    spectra: pd.DataFrame
    viscosity: pd.DataFrame


def analyse_measurements(measurements: Measurements, folder, report=lambda line: None):
    """Analyse everything that a measurements.yaml lists.

    Parameters
    ----------
    measurements : Measurements
    folder : path-like
        Folder of measurements.yaml, to which its file names are relative.
    report : callable
        Takes one line a cell.

    Returns
    -------
    MeasuredTables
    """
    folder = Path(folder)
    cells, fits, spectra, viscosity = [], [], [], []
    for cell in measurements.cells:
        row, fitted = _cell_row(measurements, cell, folder)
        cells.append(row)
        if fitted:
            keys = {"cell": cell.name, **{key: getattr(cell, key) for key in KEYS}}
            fits.append(keys | _fit_columns(fitted[1]))
            spectra.append(_spectrum_rows(keys, measurements, cell, *fitted))
        left_out = f"left out: {row['points_left_out']}" if row["points_left_out"] else ""
        said = [cell.name, row["status"], row["reason"], row["warnings"], left_out]
        report(" ".join(text for text in said if text))
    for curve in measurements.viscosity:
        viscosity += [
            {"data_origin": measurements.data_origin, **row}
            for row in viscosity_rows(curve, folder)
        ]
    cells = pd.DataFrame(cells, columns=_columns_of("measured_cells"))
    return MeasuredTables(
        cells=cells,
        electrodes=_electrode_means(cells),
        tlm_fits=pd.DataFrame(fits, columns=_columns_of("measured_tlm_fits")),
        spectra=pd.concat(spectra)
        if spectra
        else pd.DataFrame(columns=_columns_of("measured_spectra")),
        viscosity=pd.DataFrame(viscosity, columns=_columns_of("measured_viscosity")),
    )


def sample_density_kg_per_m3(cell: Cell):
    """Density of a punched disc, with uncertainty: m / (pi d^2 L / 4)."""
    diameter_m, thickness_m = cell.diameter_mm.ufloat(1e-3), cell.thickness_um.ufloat(1e-6)
    return cell.mass_mg.ufloat(1e-6) / (np.pi / 4.0 * diameter_m**2 * thickness_m)


def sample_porosity(density_kg_per_m3, theoretical_density_kg_per_m3):
    """Porosity 1 - density / theoretical density, with uncertainty.

    Raises
    ------
    InputError
        The sample is denser than its components, or hardly holds any.
    """
    porosity = 1.0 - density_kg_per_m3 / theoretical_density_kg_per_m3
    if porosity.nominal_value < 0:
        raise InputError(
            f"density {density_kg_per_m3.nominal_value / 1e3:.3g} g/cm3 exceeds that of the "
            f"components without voids, {theoretical_density_kg_per_m3 / 1e3:.3g} g/cm3: check "
            "mass_mg, thickness_um, diameter_mm"
        )
    if porosity.nominal_value > MAX_POROSITY:
        raise InputError(
            f"porosity {porosity.nominal_value:.4g} is above {MAX_POROSITY:g}, density "
            f"{density_kg_per_m3.nominal_value / 1e3:.3g} g/cm3: check the units of mass_mg, "
            "thickness_um, diameter_mm"
        )
    return porosity


def agree(first, second, coverage_factor=COVERAGE_FACTOR) -> bool:
    """Whether two numbers with uncertainty differ by less than so many standard uncertainties."""
    difference = first - second
    return bool(abs(difference.nominal_value) <= coverage_factor * difference.std_dev)


def _columns_of(table: str) -> list[str]:
    return list(TABLES[table].columns)


def _cell_row(measurements, cell, folder):
    """Row of the cells table, and the cell's spectrum with its fit, or None."""
    row = {
        "cell": cell.name,
        **{key: getattr(cell, key) for key in KEYS},
        "data_origin": measurements.data_origin,
        "status": "ok",
        "reason": "",
        "warnings": "",
        "points_left_out": "",
    }
    for name, unit in GEOMETRY:
        row |= _columns(name, unit, getattr(cell, f"{name}{unit}").ufloat())
    fitted = None
    try:
        density = sample_density_kg_per_m3(cell)
        row |= _columns("density", "_g_per_cm3", density / 1e3)
        porosity = sample_porosity(density, measurements.theoretical_density_kg_per_m3)
        row |= _columns("porosity", "", porosity)
        if cell.impedance:
            selection = _select(measurements, cell, folder)
            said = (*selection.spectrum.notes, selection.summary)
            row["points_left_out"] = "; ".join(filter(None, said))
            fitted = selection, _fit_cell(measurements, cell, selection)
        row |= _conductivities(measurements, cell, folder, fitted)
    except CastlineError as error:
        row |= {"status": "failed", "reason": str(error)}
        fitted = None
    return row, fitted


def _select(measurements, cell, folder):
    """Read the spectrum of a cell and choose the points to fit."""
    given = cell.impedance
    spectrum = read_spectrum(
        folder / given.file,
        given.columns,
        given.impedance_unit,
        given.frequency_unit,
        given.phase_unit,
        given,
        given.loop,
        given.drift_corrected,
    )
    return select_points(
        spectrum,
        given.frequency_window_hz,
        given.leave_out_hz,
        given.drop_outliers,
        measurements.kramers_kronig_tolerance,
    )


def _fit_cell(measurements, cell, selection):
    """Fit the spectrum of a cell; warnings go to the table, not to the screen."""
    leads = cell.series_resistance_ohm
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SpectrumWarning)
            return fit_tlm(
                selection.spectrum.frequency_hz[selection.used],
                selection.spectrum.impedance_ohm[selection.used],
                cell.thickness_um.value * 1e-6,
                cell.area_m2,
                weighting=cell.impedance.weighting,
                electronic_interface=cell.impedance.electronic_interface,
                series_resistance_ohm=leads if leads == "fit" else leads.value,
                series_inductance_h=cell.impedance.series_inductance_h,
                kramers_kronig_tolerance=measurements.kramers_kronig_tolerance,
            )
    except CastlineError as error:
        raise type(error)(f"{selection.spectrum.path}: {error}") from None


def _dc_cell(cell, folder):
    """Read and analyse the DC polarization of a cell."""
    given = cell.dc_polarization
    path = folder / given.file
    units = DcUnits(given.time_unit, given.voltage_unit, given.current_unit)
    columns = given.time_column, given.voltage_column, given.current_column
    data = read_dc_polarization(path, *columns, units, given)
    try:
        return analyse_dc_polarization(*data)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def _conductivities(measurements, cell, folder, fitted):
    """Columns of resistances and conductivities from both methods.

    Both resistances are without leads; the uncertainty of the leads and of the geometry is common
    to them and therefore does not count in their comparison.
    """
    shape_per_m = cell.thickness_um.ufloat(1e-6) / (
        np.pi / 4.0 * cell.diameter_mm.ufloat(1e-3) ** 2
    )
    fit = fitted[1] if fitted else None
    leads_ohm, leads_error_ohm = _leads(cell, fit)
    columns, resistances, notes = {}, {}, []
    if fit:
        notes += fit.warnings
        electronic = _resistance(
            measurements, fit, fit.sigma_e_s_per_m, fit.standard_errors["sigma_e_s_per_m"]
        )
        ionic = _resistance(
            measurements, fit, fit.sigma_ion_s_per_m, fit.standard_errors["sigma_ion_s_per_m"]
        )
        # The fit took the leads off already; what remains is their uncertainty, which a fit of the
        # leads has counted, too.
        fitted_leads = cell.series_resistance_ohm == "fit"
        resistances["impedance"] = electronic if fitted_leads else electronic - leads_error_ohm
        low, high = fit.sigma_e_interval_s_per_m
        columns |= {
            "sigma_e_impedance_low_s_per_m": low,
            "sigma_e_impedance_high_s_per_m": high,
            **_columns("sigma_ion", "_s_per_m", shape_per_m / ionic),
        }
    if cell.dc_polarization:
        result = _dc_cell(cell, folder)
        notes += [f"DC polarization leaves out {text}" for text in result.left_out]
        gain = ufloat(1.0, measurements.instrument_accuracy)
        measured = ufloat(result.resistance_ohm, result.resistance_stderr_ohm) * gain
        resistances["dc"] = measured - leads_ohm - leads_error_ohm
        if resistances["dc"].nominal_value <= 0:
            raise InputError(
                f"{cell.dc_polarization.file}: resistance {result.resistance_ohm:.4g} ohm is not "
                f"above that of the leads, {leads_ohm:.4g} ohm"
            )
    for method, resistance in resistances.items():
        columns |= _columns(f"resistance_{method}", "_ohm", resistance)
        columns |= _columns(f"sigma_e_{method}", "_s_per_m", shape_per_m / resistance)
    columns["warnings"] = "; ".join(notes)
    if len(resistances) == 2:
        ratio = resistances["dc"].nominal_value / resistances["impedance"].nominal_value
        columns["dc_minus_impedance_percent"] = 100.0 * (ratio - 1.0)
        columns["dc_agrees_with_impedance"] = agree(resistances["dc"], resistances["impedance"])
    return columns


def _leads(cell, fit):
    """Resistance of the leads in ohm and its error around zero, as a number with uncertainty."""
    given = cell.series_resistance_ohm
    if given != "fit":
        value, uncertainty = given.value, given.uncertainty
    elif fit:
        value = fit.series_resistance_ohm
        uncertainty = fit.standard_errors["series_resistance_ohm"]
    else:
        raise InputError(f"{cell.name}: series_resistance_ohm: fit needs an impedance spectrum")
    return value, ufloat(0.0, uncertainty) if uncertainty > 0 else 0.0


def _resistance(measurements, fit, sigma_s_per_m, stderr_s_per_m):
    """Resistance of a rail across the cell, with fit and instrument uncertainty but no geometry."""
    resistance_ohm = fit.thickness_m / (fit.area_m2 * sigma_s_per_m)
    relative = np.hypot(stderr_s_per_m / sigma_s_per_m, measurements.instrument_accuracy)
    return ufloat(resistance_ohm, resistance_ohm * relative)


def _columns(name, unit, value):
    """Two columns of a number with uncertainty."""
    return {f"{name}{unit}": value.nominal_value, f"{name}_uncertainty{unit}": value.std_dev}


def _fit_columns(fit):
    """Row of the table of fits, without its keys."""
    values = asdict(fit.parameters) | {
        "sigma_e_s_per_m": fit.sigma_e_s_per_m,
        "sigma_ion_s_per_m": fit.sigma_ion_s_per_m,
        "series_resistance_ohm": fit.series_resistance_ohm,
        "series_inductance_h": fit.series_inductance_h,
    }
    row = {
        "rms_relative_residual_percent": 100.0 * fit.rms_relative_residual,
        "kramers_kronig_rms_percent": 100.0 * fit.kramers_kronig.rms_residual,
        "warnings": "; ".join(fit.warnings),
    }
    for name, value in values.items():
        column = f"{name}{TLM_UNITS.get(name, '')}"
        row |= {column: value, f"{column}_stderr": fit.standard_errors[name]}
    return row


def _spectrum_rows(keys, measurements, cell, selection, fit):
    """Measured and fitted impedance, one row a frequency, points that were left out included."""
    spectrum = selection.spectrum
    fitted = fit.impedance(spectrum.frequency_hz)
    return pd.DataFrame(
        {
            **keys,
            "data_origin": measurements.data_origin,
            "thickness_um": cell.thickness_um.value,
            "area_mm2": cell.area_m2 * 1e6,
            "frequency_hz": spectrum.frequency_hz,
            "z_real_ohm": spectrum.impedance_ohm.real,
            "z_imag_ohm": spectrum.impedance_ohm.imag,
            "z_real_fit_ohm": fitted.real,
            "z_imag_fit_ohm": fitted.imag,
            "left_out": selection.left_out,
        }
    )


def _electrode_means(cells):
    """Mean, sample standard deviation and propagated uncertainty of the mean over good cells."""
    rows = []
    good = cells[cells["status"] == "ok"]
    for keys, group in good.groupby([*KEYS, "data_origin"], sort=True):
        row = dict(zip([*KEYS, "data_origin"], keys, strict=True)) | {"n_cells": len(group)}
        for name, unit in AVERAGED:
            present = group[[f"{name}{unit}", f"{name}_uncertainty{unit}"]].dropna()
            values, uncertainties = present.to_numpy(dtype=float).T
            if values.size:
                combined = np.linalg.norm(uncertainties) / values.size
                row[f"{name}_mean{unit}"] = values.mean()
                row[f"{name}_mean_uncertainty{unit}"] = combined
            if values.size > 1:
                row[f"{name}_std{unit}"] = values.std(ddof=1)
        rows.append(row)
    return pd.DataFrame(rows, columns=_columns_of("measured_electrodes"))
