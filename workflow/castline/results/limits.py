"""Which input limits an electrode in the cell, and what a manufacturer could do about it."""

from dataclasses import dataclass
from itertools import groupby

import numpy as np
import pandas as pd

from castline.base.errors import InputError

# Inputs of the table cell_sensitivity, as they are shown.
INPUTS = {
    "sigma_e": "electronic conductivity",
    "sigma_ion": "ionic conductivity",
    "contact_area": "AM-SE contact area",
    "am_size": "AM size",
    "thickness": "thickness",
    "separator_conductivity": "separator conductivity",
}
# What one can choose is not what limits: the thickness works through all the others.
LIMITING = tuple(name for name in INPUTS if name != "thickness")
ADVICE = {
    "sigma_e": "more carbon and binder, or the solid content at which they connect best",
    "sigma_ion": "more SE, or pressing harder; or a thinner film",
    "contact_area": "pressing harder, or finer SE or AM",
    "am_size": "a finer AM",
    "separator_conductivity": "a thinner separator",
}
USED_UP = 0.995  # of the nominal capacity: then no input can raise the capacity


@dataclass(frozen=True)
class Limit:
    """What limits one electrode at one C rate.

    Attributes
    ----------
    input : the one with the largest elasticity of those in `LIMITING`.
    by_capacity : whether elasticities are those of the capacity, else of the mean overpotential.
    elasticities : by input.
    utilisation, loss_mv : of the discharge.
    """

    psd: str
    solid_content_percent: float
    thickness_um: float
    c_rate: float
    input: str
    by_capacity: bool
    elasticities: dict[str, float]
    utilisation: float
    loss_mv: float


def limits(table: pd.DataFrame) -> list[Limit]:
    """The limit of every electrode at every C rate, from the table `cell_sensitivity`.

    Raises
    ------
    InputError
        An electrode lacks an input.
    """
    found = []
    keys = ["psd", "solid_content_percent", "thickness_um", "c_rate"]
    for key, part in table.groupby(keys):
        utilisation = float(part["utilisation"].iloc[0])
        by_capacity = utilisation < USED_UP
        column = "elasticity_capacity" if by_capacity else "elasticity_loss"
        values = dict(zip(part["input"], part[column], strict=True))
        if lacks := [name for name in LIMITING if name not in values]:
            raise InputError(
                f"table cell_sensitivity: {key[0]} {key[1]:g} % has no row of input {lacks[0]}"
            )
        largest = max(LIMITING, key=lambda name: abs(values[name]))
        loss = float(part["loss_mv"].iloc[0])
        found.append(Limit(*key, largest, by_capacity, values, utilisation, loss))
    return found


def sentences(table: pd.DataFrame) -> list[str]:
    """One sentence an electrode: what limits it at each C rate, and what would help at the highest.

    Parameters
    ----------
    table : table `cell_sensitivity`.
    """
    lines = []
    found = limits(table)
    for cell in dict.fromkeys((it.psd, it.solid_content_percent) for it in found):
        own = [it for it in found if (it.psd, it.solid_content_percent) == cell]
        own = sorted(own, key=lambda it: it.c_rate)
        parts = [
            f"{INPUTS[name]} ({'; '.join(f'{it.c_rate:g} C: {_how(it)}' for it in same)})"
            for name, same in groupby(own, lambda it: it.input)
        ]
        lines.append(
            f"{cell[0]} {cell[1]:g} %, {own[-1].thickness_um:.3g} um: limited by "
            f"{', then '.join(parts)}; at {own[-1].c_rate:g} C try {ADVICE[own[-1].input]}."
        )
    return lines


def _how(limit: Limit) -> str:
    value = limit.elasticities[limit.input]
    if limit.by_capacity:
        return f"{100 * limit.utilisation:.0f} % of the capacity, elasticity {value:.2f}"
    share = "" if np.isnan(value) else f", elasticity {value:.2f}"
    return f"{limit.loss_mv:.3g} mV lost{share}"
