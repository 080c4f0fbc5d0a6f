"""Random seeds that follow from the campaign's seed."""

import hashlib


def seed_for(campaign_seed: int, *names: object) -> int:
    """A LAMMPS seed (1 .. 9e8) derived from the campaign seed and the names of cell and stage."""
    text = "/".join(str(part) for part in (campaign_seed, *names))
    digest = hashlib.sha256(text.encode()).digest()
    return 1 + int.from_bytes(digest[:8], "big") % 900_000_000
