"""Impedance spectra that the simulated electrodes would show in an ion-blocking cell."""

from dataclasses import asdict

import numpy as np
import pandas as pd

from castline.base.errors import InputError
from castline.impedance.model import (
    TlmParameters,
    area_impedance,
    parameters_from_simulation,
)
from castline.impedance.settings import ImpedanceConfig
from castline.results.schema import TABLES

ELECTRODE = ["psd", "solid_content_percent", "state"]
REPLICATE = [*ELECTRODE, "replicate"]
CONDUCTIVITIES = ["sigma_e_s_per_m", "sigma_ion_s_per_m"]
SE_CONTACTS = ["contact_area_am_se_per_m", "contact_area_se_cbd_per_m"]
# Films after the press: released, and under the pressure of the cell.
PRESSED = ("calendered", "assembled")
AM_CBD_CONTACT = "contact_area_am_cbd_per_m"
NEEDS = {
    "transport": [*REPLICATE, *CONDUCTIVITIES],
    "structure": [*REPLICATE, "thickness_um", AM_CBD_CONTACT, *SE_CONTACTS],
}
PARAMETER_COLUMNS = list(TABLES["predicted_tlm"].columns)
SPECTRUM_COLUMNS = list(TABLES["predicted_spectra"].columns)
SPECTRUM_QUANTITIES = (
    ("z_real", "_ohm_m2"),
    ("z_imag", "_ohm_m2"),
    ("z_real", "_ohm_m"),
    ("z_imag", "_ohm_m"),
    ("modulus", "_ohm_m"),
    ("phase", "_deg"),
)


def predict_spectra(transport: pd.DataFrame, structure: pd.DataFrame, config: ImpedanceConfig):
    """Transmission lines of all calendered replicates, and their mean spectra.

    Parameters
    ----------
    transport : pandas.DataFrame
        Columns psd, solid_content_percent, replicate, state, sigma_e_s_per_m, sigma_ion_s_per_m.
    structure : pandas.DataFrame
        The same keys, thickness_um, contact_area_am_se_per_m, contact_area_am_cbd_per_m and,
        where the structure table has it, contact_area_se_cbd_per_m.
    config : ImpedanceConfig

    Returns
    -------
    spectra : pandas.DataFrame
        Per electrode and frequency: mean and sample standard deviation over replicates of the
        impedance times area (ohm m2), of that per thickness (ohm m), of its modulus and phase.
    parameters : pandas.DataFrame
        One row a replicate; status "failed" with the reason where a rail does not conduct.

    Raises
    ------
    InputError
        A table lacks a column, or a replicate occurs in only one of them.
    """
    contacts = [column for column in SE_CONTACTS if column in structure]
    needed = [*REPLICATE, "thickness_um", AM_CBD_CONTACT, *(contacts or SE_CONTACTS[:1])]
    for name, table, columns in (
        ("transport", transport, [*REPLICATE, *CONDUCTIVITIES]),
        ("structure", structure, needed),
    ):
        missing = [column for column in columns if column not in table]
        if missing:
            raise InputError(f"{name} table: no column {missing[0]}")
    transport = transport[transport["state"].isin(PRESSED)]
    merged = transport[[*REPLICATE, *CONDUCTIVITIES]].merge(
        structure[needed], on=REPLICATE, how="left", validate="one_to_one"
    )
    if merged["thickness_um"].isna().any():
        lost = merged[merged["thickness_um"].isna()].iloc[0]
        raise InputError(
            f"structure table: no {lost['state']} {lost['psd']}, "
            f"{lost['solid_content_percent']} %, replicate {lost['replicate']}"
        )
    merged["se_contact_area_per_m"] = merged[contacts].sum(axis=1)
    if config.thickness_um is not None:
        merged["thickness_um"] = config.thickness_um
    frequency_hz = config.frequency_hz()
    rows, spectra = [], {}
    for replicate in merged.to_dict("records"):
        row = {column: replicate[column] for column in PARAMETER_COLUMNS if column in replicate}
        try:
            parameters = parameters_from_simulation(
                *(replicate[column] for column in CONDUCTIVITIES),
                replicate["se_contact_area_per_m"],
                replicate[AM_CBD_CONTACT],
                config.interface,
            )
        except InputError as error:
            rows.append(row | {"status": "failed", "reason": str(error)})
            continue
        rows.append(row | {"status": "ok", "reason": ""} | _parameter_columns(parameters))
        thickness_m = replicate["thickness_um"] * 1e-6
        impedance = area_impedance(frequency_hz, thickness_m, **asdict(parameters))
        electrode = tuple(replicate[key] for key in ELECTRODE)
        spectra.setdefault(electrode, []).append((impedance, impedance / thickness_m))
    means = [_mean_spectrum(key, frequency_hz, group) for key, group in sorted(spectra.items())]
    return (
        pd.concat(means, ignore_index=True) if means else pd.DataFrame(columns=SPECTRUM_COLUMNS),
        pd.DataFrame(rows, columns=PARAMETER_COLUMNS),
    )


def _parameter_columns(parameters: TlmParameters):
    units = {"interface_cpe_q": "_s_sn_per_m", "double_layer_cpe_q": "_s_sn_per_m3"}
    return {f"{name}{units.get(name, '')}": v for name, v in asdict(parameters).items()}


def _mean_spectrum(electrode, frequency_hz, replicates):
    """Mean and sample standard deviation over the replicates of one electrode."""
    area, specific = (np.array(values) for values in zip(*replicates, strict=True))
    quantities = (
        area.real,
        area.imag,
        specific.real,
        specific.imag,
        np.abs(specific),
        np.degrees(np.angle(specific)),
    )
    table = dict(zip(ELECTRODE, electrode, strict=True))
    table |= {"n_replicates": len(replicates), "frequency_hz": frequency_hz}
    for (name, unit), values in zip(SPECTRUM_QUANTITIES, quantities, strict=True):
        table[f"{name}_mean{unit}"] = values.mean(axis=0)
        table[f"{name}_std{unit}"] = values.std(axis=0, ddof=1) if len(values) > 1 else np.nan
    return pd.DataFrame(table, columns=SPECTRUM_COLUMNS)
