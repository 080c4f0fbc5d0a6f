"""Electronic and ionic conductivity of a labelled film, as the study defines them.

Electronic: Poisson equation over AM and CBD, 1 V between the z faces, sides periodic. Ionic: Fick's
first law in the SE alone between the z faces, D/D_bulk times the bulk conductivity of the SE.
"""

import numpy as np

from castline.config import TransportConfig
from castline.phases import Phase
from castline.transport import effective_conductivity


def film_conductivities(image: np.ndarray, spacing_m, settings: TransportConfig) -> dict:
    """Conductivities along z of a label image (nx, ny, nz), spacing in m.

    Returns
    -------
    sigma_e_s_per_m, sigma_ion_s_per_m, diffusivity_ratio (D/D_bulk), whether each path percolates,
    the fraction of the conducting voxels that do, residual flux imbalances, iterations.
    """
    electronic = np.zeros(len(Phase))
    electronic[Phase.AM] = settings.sigma_am_s_per_m
    electronic[Phase.CBD] = settings.sigma_cbd_s_per_m
    ionic = np.zeros(len(Phase))
    ionic[Phase.SE] = 1.0
    cbd_only = np.zeros(len(Phase))
    cbd_only[Phase.CBD] = 1.0
    e = effective_conductivity(electronic[image], spacing_m)
    ion = effective_conductivity(ionic[image], spacing_m)
    bulk_s_per_m = settings.sigma_se_bulk_ms_per_cm * 0.1
    return {
        "sigma_e_s_per_m": e.value_s_per_m,
        "sigma_ion_s_per_m": bulk_s_per_m * ion.value_s_per_m,
        "diffusivity_ratio": ion.value_s_per_m,
        "electronic_percolates": e.percolates,
        "ionic_percolates": ion.percolates,
        "cbd_percolates": effective_conductivity(cbd_only[image], spacing_m).percolates,
        "electronic_percolating_fraction": e.percolating_fraction,
        "ionic_percolating_fraction": ion.percolating_fraction,
        "electronic_flux_imbalance": e.flux_imbalance,
        "ionic_flux_imbalance": ion.flux_imbalance,
        "electronic_iterations": e.iterations,
        "ionic_iterations": ion.iterations,
    }
