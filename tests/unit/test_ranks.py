"""Particles per rank."""

import pytest

from castline.lammps.ranks import NODE_CORES, PARTICLES_PER_RANK, ranks_for


@pytest.mark.parametrize(
    ("particles", "ranks"),
    [
        (1, 1),
        (5051, 1),  # the study's electrode
        (2 * PARTICLES_PER_RANK - 1, 1),
        (2 * PARTICLES_PER_RANK, 2),
        (10**8, NODE_CORES),
    ],
)
def test_ranks_follow_the_particles_up_to_one_node(particles, ranks):
    assert ranks_for(particles) == ranks
