"""Figure 6: rendered microstructures, slurry, dried and calendered."""

from matplotlib.figure import Figure
from matplotlib.patches import Patch

from castline.figures.style import PAGE_INCH, PHASE_COLOURS, new_figure
from castline.particles import ParticleState
from castline.render import render

PIXELS_PER_UM = 30.0
SCALE_BAR_UM = 5.0


def microstructure_figure(states: dict[str, ParticleState], title: str) -> Figure:
    """A row of states at one scale, with a scale bar and a legend of the phases."""
    pictures = {name: render(state, PHASE_COLOURS, PIXELS_PER_UM) for name, state in states.items()}
    widths = [p.rgba.shape[1] for p in pictures.values()]
    height = max(p.rgba.shape[0] for p in pictures.values())
    figure = new_figure(PAGE_INCH, PAGE_INCH * height / sum(widths) + 0.75)
    axes = figure.subplots(1, len(pictures), squeeze=False, width_ratios=widths)[0]
    for panel, (name, picture) in zip(axes, pictures.items(), strict=True):
        rows, columns = picture.rgba.shape[:2]
        panel.imshow(picture.rgba, interpolation="antialiased")
        panel.set_xlim(0, columns)
        panel.set_ylim(rows, rows - height)
        panel.set_title(name)
        panel.axis("off")
    bar = SCALE_BAR_UM * PIXELS_PER_UM
    first = axes[0]
    rows = first.get_ylim()[0]
    first.plot([0, bar], [rows - 4] * 2, color="black", lw=2, solid_capstyle="butt")
    first.text(bar / 2, rows - 16, f"{SCALE_BAR_UM:g} µm", ha="center", va="bottom")
    figure.suptitle(title, fontsize=8)
    names = {"AM": "active material", "SE": "solid electrolyte", "CBD": "carbon-binder domain"}
    figure.legend(
        handles=[Patch(color=PHASE_COLOURS[k], label=f"{v} ({k})") for k, v in names.items()],
        loc="outside lower center",
        ncols=3,
    )
    return figure
