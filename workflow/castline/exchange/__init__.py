"""Results in the formats of others: cell models (BPX, PyBaMM) and a research object (RO-Crate)."""
