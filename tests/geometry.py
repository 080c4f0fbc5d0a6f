"""Particle states made by hand, for tests."""

import numpy as np

from castline.packing.state import ParticleState


def state_of(spheres, lengths=(10.0, 10.0, 10.0), periodic=(True, True, True)) -> ParticleState:
    """State from rows (phase, x, y, z, diameter), all in um."""
    phases, *rest = zip(*spheres, strict=True)
    x, y, z, diameter = (np.array(v, float) for v in rest)
    return ParticleState(
        low_m=np.zeros(3),
        high_m=np.array(lengths) * 1e-6,
        periodic=periodic,
        ids=np.arange(1, len(spheres) + 1),
        types=np.array([int(p) for p in phases]),
        phases=np.array([int(p) for p in phases]),
        position_m=np.stack([x, y, z], axis=1) * 1e-6,
        diameter_m=diameter * 1e-6,
        mass_kg=np.ones(len(spheres)),
    )
