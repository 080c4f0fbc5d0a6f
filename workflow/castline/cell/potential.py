"""Open-circuit potentials as far as they are known without PyBaMM: their range, own files."""

import numpy as np
import pandas as pd

from castline.base.errors import InputError
from castline.base.paths import located
from castline.cell.settings import CellConfig

# Lithium contents between which the potential of the shipped sets was measured, those of the full
# cell of Chen2020 (doi 10.1149/1945-7111/ab9050), and the potential there (a test compares it).
MEASURED_STOICHIOMETRY = (0.2661, 0.9084)
MEASURED_POTENTIAL_V = (4.2849, 3.5614)


def read_potential(path: str) -> tuple[np.ndarray, np.ndarray]:
    """Stoichiometry (ascending) and potential in V of a CSV.

    Raises
    ------
    InputError
        It cannot be read, lacks a column, or potential does not fall with stoichiometry.
    """
    try:
        table = pd.read_csv(located(path))
        values = table[["stoichiometry", "potential_v"]].to_numpy(float)
    except (OSError, KeyError, ValueError) as error:
        raise InputError(f"{path}: needs columns stoichiometry, potential_v ({error})") from None
    values = values[np.argsort(values[:, 0])]
    x, u = values.T
    if len(x) < 3 or not np.isfinite(values).all() or x[0] < 0 or x[-1] > 1:
        raise InputError(f"{path}: needs at least three finite rows, stoichiometry from 0 to 1")
    if not (np.diff(x) > 0).all() or not (np.diff(u) < 0).all():
        raise InputError(f"{path}: potential_v must fall where stoichiometry rises")
    return x, u


def known_range(config: CellConfig) -> tuple[tuple[float, float], tuple[float, float]]:
    """Lithium contents between which the potential is known, and the potentials there, V."""
    if config.open_circuit_potential_csv is None:
        return MEASURED_STOICHIOMETRY, MEASURED_POTENTIAL_V
    x, u = read_potential(config.open_circuit_potential_csv)
    return (float(x[0]), float(x[-1])), (float(u[0]), float(u[-1]))


def check_window(config: CellConfig) -> None:
    """Refuse a discharge that begins outside of the known potential.

    Raises
    ------
    InputError
        One line; also see `read_potential`.
    """
    _, (top, bottom) = known_range(config)
    if not bottom < config.voltage_max_v <= top:
        raise InputError(
            f"cell.voltage_max_v: {config.voltage_max_v:g} V; allowed: {bottom:.4g} to {top:.4g} "
            "V, where the open-circuit potential is known"
        )
