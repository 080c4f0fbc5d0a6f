"""What is below the voxels: the nanopores of the carbon-binder domain."""

import math

from castline.base.errors import InputError

REFERENCE_S_PER_M = 15.93
REFERENCE_NANOPOROSITY = 0.5
BRUGGEMAN_EXPONENT = 1.5


def cbd_conductivity_s_per_m(
    nanoporosity,
    *,
    reference_s_per_m=REFERENCE_S_PER_M,
    reference_nanoporosity=REFERENCE_NANOPOROSITY,
    exponent=BRUGGEMAN_EXPONENT,
):
    """Conductivity of a carbon-binder voxel at a given nanoporosity.

    s = s_ref ((1 - e) / (1 - e_ref))^b: Bruggeman's law for the solid between the nanopores,
    relative to the state in which the conductivity was stated. The study gives 15.93 S/m for the
    dry domain of 50 % nanopores; calendering lowers the nanoporosity at constant solids, so the
    same carbon and binder conduct better in less volume.

    Parameters
    ----------
    nanoporosity : float
        Volume fraction of nanopores in the domain, 0 to below 1.
    reference_s_per_m, reference_nanoporosity : float
        Where the law is anchored.
    exponent : float
        1.5 for spheres, D. A. G. Bruggeman, Ann. Phys. 416 (1935) 636-664; 0 keeps the stated
        conductivity at any nanoporosity, as the study does.

    Returns
    -------
    float
        S/m.

    Raises
    ------
    InputError
        If a nanoporosity is outside [0, 1), the reference not positive, or the exponent negative.
    """
    for value in (nanoporosity, reference_nanoporosity):
        if not 0 <= value < 1:
            raise InputError(f"a nanoporosity must lie in [0, 1), got {value}")
    if not (math.isfinite(reference_s_per_m) and reference_s_per_m > 0):
        raise InputError(f"the reference conductivity must be positive, got {reference_s_per_m}")
    if not (math.isfinite(exponent) and exponent >= 0):
        raise InputError(f"the exponent must not be negative, got {exponent}")
    return reference_s_per_m * ((1 - nanoporosity) / (1 - reference_nanoporosity)) ** exponent
