"""Figures: one module per figure, tables in, matplotlib figure out."""
