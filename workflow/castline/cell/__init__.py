"""From film to cell: discharge of a solid-state half-cell, solved with PyBaMM.

Only `model`, `parameters` and `discharge` import PyBaMM, which is an extra (`castline[cell]`) and
slow to import; nothing of the line does.
"""
