"""The interactive 3-D view of a microstructure: one HTML file that needs nothing beside it.

The spheres are drawn exactly, by ray casting in the browser (WebGL 2), with no library: a packing
of 5000 spheres in three states is a file of about 0.4 MB.
"""

import base64
import json

import numpy as np

from castline.packing.state import ParticleState
from castline.recipe.phases import SOLID_PHASES, Phase
from castline.report.templates import render_template

PHASE_NAMES = {"AM": "active material", "SE": "solid electrolyte", "CBD": "carbon-binder domain"}


def microstructure_page(
    states: dict[str, ParticleState],
    title: str,
    colours: dict[str, tuple[float, float, float]],
) -> str:
    """HTML of the 3-D view of one electrode.

    Parameters
    ----------
    states : particle states by name; the last is shown first.
    title : heading of the page.
    colours : (r, g, b) between 0 and 1 by phase name.

    Returns
    -------
    HTML text with the spheres as base64 of little-endian 32-bit floats (x, y, z from the box
    centre, radius; um), ordered by phase.
    """
    phases = [p for p in SOLID_PHASES if any(state.holds(p) for state in states.values())]
    data = {
        "phases": [
            {"name": p.name, "label": PHASE_NAMES[p.name], "colour": list(colours[p.name])}
            for p in phases
        ],
        "states": [_state_data(name, state, phases) for name, state in states.items()],
    }
    return render_template("microstructure.html.jinja", title=title, data=json.dumps(data))


def _state_data(name: str, state: ParticleState, phases: list[Phase]) -> dict:
    state = state.wrapped()
    centre_m = (state.low_m + state.high_m) / 2
    spheres_um = np.column_stack([state.position_m - centre_m, state.diameter_m / 2]) * 1e6
    lengths_um = [float(f"{x:.6g}") for x in state.lengths_m * 1e6]
    by_phase = [spheres_um[state.of_phase(p)] for p in phases]
    return {
        "name": name,
        "lengths": lengths_um,
        "counts": [len(part) for part in by_phase],
        "facts": " × ".join(f"{x:.3g}" for x in lengths_um)
        + (" µm; here the CBD carries the solvent" if name == "slurry" else " µm"),
        "spheres": base64.b64encode(np.vstack(by_phase).astype("<f4").tobytes()).decode(),
    }
