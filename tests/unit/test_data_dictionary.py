"""Every table column has a unit and a meaning."""

import pytest

from castline.base.errors import InputError
from castline.impedance.prediction import PARAMETER_COLUMNS, SPECTRUM_COLUMNS
from castline.measured.cells import CELL_COLUMNS, ELECTRODE_COLUMNS, VISCOSITY_COLUMNS, fit_columns
from castline.measured.cells import SPECTRUM_COLUMNS as MEASURED_SPECTRUM_COLUMNS
from castline.results.schema import TABLES, data_dictionary, undocumented
from castline.results.tables import COST, TRANSPORT, VISCOSITY
from castline.results.trends import COLUMNS as TRENDS

WRITTEN = {
    "viscosity": VISCOSITY,
    "transport": TRANSPORT,
    "cost": COST,
    "trends": TRENDS,
    "predicted_tlm": PARAMETER_COLUMNS,
    "predicted_spectra": SPECTRUM_COLUMNS,
    "measured_cells": CELL_COLUMNS,
    "measured_electrodes": ELECTRODE_COLUMNS,
    "measured_tlm_fits": fit_columns(),
    "measured_spectra": MEASURED_SPECTRUM_COLUMNS,
    "measured_viscosity": VISCOSITY_COLUMNS,
}
ENDINGS = {
    "_per_s": "1/s",
    "_pa_s": "Pa s",
    "_pa": "Pa",
    "_mpa": "MPa",
    "_g_per_cm3": "g/cm3",
    "_um": "um",
    "_mm": "mm",
    "_mm2": "mm2",
    "_mg": "mg",
    "_ohm": "ohm",
    "_ohm_m": "ohm m",
    "_ohm_m2": "ohm m2",
    "_s_per_m": "S/m",
    "_hz": "Hz",
    "_mb": "MB",
    "_deg": "degree",
}


@pytest.mark.parametrize("name", WRITTEN)
def test_every_column_that_is_written_is_described(name):
    assert undocumented(name, WRITTEN[name]) == []


@pytest.mark.parametrize("name", WRITTEN)
def test_no_column_is_described_that_is_not_written(name):
    assert set(TABLES[name].columns) == set(WRITTEN[name])


@pytest.mark.parametrize("ending", ENDINGS)
def test_units_agree_with_the_names(ending):
    longer = [other for other in ENDINGS if other != ending and other.endswith(ending)]
    for table in TABLES.values():
        for name, column in table.columns.items():
            if name.endswith(ending) and not name.endswith(tuple(longer)):
                assert column.unit == ENDINGS[ending], name


def test_dictionary_has_a_line_for_each_column_in_its_order():
    text = data_dictionary({"viscosity": VISCOSITY})
    rows = [line.split("|")[1].strip() for line in text.splitlines() if line.startswith("| `")]
    assert rows == [f"`{name}`" for name in VISCOSITY]
    assert "| `shear_rate_per_s` | 1/s | imposed rate of simple shear |" in text


@pytest.mark.parametrize("tables", [{"viscosity": ["psd", "colour"]}, {"colours": ["colour"]}])
def test_undescribed_column_is_named(tables):
    with pytest.raises(InputError, match="column colour is not described"):
        data_dictionary(tables)
