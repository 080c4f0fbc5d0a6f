"""Figure S3: particle size distributions, asked for and simulated."""

from dataclasses import replace

import numpy as np
from matplotlib.figure import Figure

from castline.figures.common import Electrodes, Given
from castline.figures.style import (
    COLOURS,
    PAGE_INCH,
    PHASE_LINES,
    new_figure,
    panel_letters,
    plain_logarithmic,
    shared_legend,
)
from castline.packing.state import ParticleState
from castline.recipe.electrode import split_powder
from castline.recipe.phases import Phase
from castline.recipe.psd import SizeClasses, percentile_m
from castline.recipe.settings import PsdConfig


def draw(given: Given) -> Figure:
    psds = given.settings["psds"]
    wanted = {psd: PsdConfig(**settings).fine_classes() for psd, settings in psds.items()}
    states = {
        split_powder(powder)[0]: state
        for (_, powder, _), state in given.states.items()
        if state.holds(Phase.AM)
    }
    # Compositions do not matter here.
    return psd_figure(wanted, states, replace(given.electrodes, psds=tuple(sorted(psds))))


def psd_figure(
    wanted: dict[str, SizeClasses], states: dict[str, ParticleState], electrodes: Electrodes
) -> Figure:
    """Cumulative volume of the active materials (a), number of particles by size (b, ...).

    Parameters
    ----------
    wanted : finely cut size distribution of the active material, by distribution.
    states : one dry particle state of each distribution; the solid content does not matter.
    """
    figure = new_figure(PAGE_INCH, 2.9)
    axes = figure.subplots(1, 1 + len(electrodes.psds), squeeze=False)[0]
    cumulative, *counts = axes
    for psd in electrodes.psds:
        look = electrodes.look_of_psd(psd)
        d50 = _cumulative(cumulative, wanted[psd], look.colour, psd)
        cumulative.plot(d50, 50, look.marker, color=look.colour, label=f"{psd}, D50 {d50:.3g} µm")
        if psd in states:
            state = states[psd]
            diameter = np.sort(state.diameter_m[state.of_phase(Phase.AM)]) * 1e6
            volume = np.cumsum(diameter**3) / np.sum(diameter**3)
            cumulative.step(
                np.concatenate([[diameter[0]], diameter]),
                100 * np.concatenate([[0.0], volume]),
                where="post",
                color=look.colour,
                lw=0.8,
                ls="--",
                label=f"{psd}, simulated particles",
            )
    cumulative.set_xlabel("diameter / µm")
    cumulative.set_ylabel("AM volume below / %")
    cumulative.set_ylim(0, 102)
    for panel, psd in zip(counts, electrodes.psds, strict=True):
        panel.set_title(psd)
        panel.set_xlabel("diameter / µm")
        if psd in states:
            _stems(panel, states[psd])
        else:
            panel.text(0.5, 0.5, "not in the results", ha="center", transform=panel.transAxes)
    counts[0].set_ylabel("particles")
    limits = [panel.get_ylim() for panel in counts]
    for panel in counts:
        panel.set_ylim(0.5, 2 * max(high for _, high in limits))
    panel_letters(axes)
    shared_legend(figure, axes, "active material as asked for and as placed; dry diameters")
    return figure


def sizes_figure(name: str, sizes: SizeClasses) -> Figure:
    """A measured distribution: cumulative volume (a), volume of each class (b)."""
    figure = new_figure(PAGE_INCH, 2.9)
    cumulative, classes = figure.subplots(1, 2)
    d50 = _cumulative(cumulative, sizes, COLOURS[0], name)
    cumulative.plot(d50, 50, "o", color=COLOURS[0], label=f"{name}, D50 {d50:.3g} µm")
    cumulative.set_ylabel("volume below / %")
    cumulative.set_ylim(0, 102)
    classes.vlines(sizes.diameter_m * 1e6, 0, 100 * sizes.volume_fraction, color=COLOURS[0], lw=2)
    plain_logarithmic(classes.xaxis)
    classes.set_ylim(bottom=0)
    classes.set_ylabel("volume in the class / %")
    for panel in (cumulative, classes):
        panel.set_xlabel("diameter / µm")
    panel_letters([cumulative, classes])
    shared_legend(figure, [cumulative], "particle sizes, by volume")
    return figure


def _cumulative(panel, sizes: SizeClasses, colour: str, psd: str) -> float:
    """Draw the distribution asked for; return its median in um."""
    diameter, below = sizes.diameter_m * 1e6, np.cumsum(sizes.volume_fraction)
    middle = below - sizes.volume_fraction / 2
    panel.plot(diameter, 100 * middle, color=colour)
    plain_logarithmic(panel.xaxis)
    return percentile_m(sizes, 0.5) * 1e6


def _stems(panel, state: ParticleState) -> None:
    for name, (colour, _) in PHASE_LINES.items():
        chosen = state.of_phase(Phase[name])
        if not chosen.any():
            continue
        diameter, count = np.unique(state.diameter_m[chosen] * 1e6, return_counts=True)
        panel.vlines(diameter, 0.5, count, color=colour, lw=2.5, label=f"{name} (b, c)")
        for x, n in zip(diameter, count, strict=True):
            panel.annotate(
                f"{n}", (x, n), (0, 2), textcoords="offset points", ha="center", fontsize=7
            )
    plain_logarithmic(panel.xaxis, panel.yaxis)
    panel.margins(x=0.12)
