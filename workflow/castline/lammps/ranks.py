"""How many MPI ranks a LAMMPS stage gets: one, unless its box is large.

A small box runs fastest per core on one rank, and a campaign has many of them to fill a node with.
Large boxes are split so that each rank keeps enough particles to be busy with; one job stays on
one node, so that all of its ranks start without help from the batch system.
"""

NODE_CORES = 40
PARTICLES_PER_RANK = 10_000


def ranks_for(particles: int) -> int:
    """MPI ranks for a box with this many particles, from 1 to the cores of a node."""
    return max(1, min(NODE_CORES, particles // PARTICLES_PER_RANK))
