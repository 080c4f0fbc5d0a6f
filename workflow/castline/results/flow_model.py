"""The Herschel-Bulkley model of a flow curve, and what its parameters are called in the tables."""

import numpy as np

# Of the fits to all replicates of an electrode together, in place of a replicate's number.
POOLED = "pooled"
PARAMETERS = {
    "yield_stress": "yield_stress_pa",
    "consistency": "consistency_pa_s_n",
    "index": "flow_index",
}


def log_viscosity(
    rate: np.ndarray, yield_stress: float, consistency: float, index: float
) -> np.ndarray:
    """ln of the Herschel-Bulkley viscosity in Pa.s at shear rates in 1/s."""
    return np.log(yield_stress / rate + consistency * rate ** (index - 1))
