"""Calibration: force-field parameters found so that simulated observables meet targets.

settings -> parameters, targets (what is free, what is wanted) -> line (one electrode through the
stages) -> trial (one candidate set) -> study (many trials, resumable) -> report (what was found).
"""
