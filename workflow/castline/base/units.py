"""Factors between units, for conversions at the boundaries."""

KPA_PER_BAR = 100.0
